// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Integers of 192 bits, two's complement, for exact sums of products of a matrix and a vector in two parts
// each.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { MHO_LONG_WORDS = 6, MHO_LONG_BITS = 192 };

/// Σ word[i] · 2^(32 i), the highest word signed.
typedef struct {
  uint32_t word[MHO_LONG_WORDS];
} mho_long_t;

mho_long_t mho_long_from(int64_t value);
/// Modulo 2^192.
mho_long_t mho_long_add(mho_long_t a, mho_long_t b);
mho_long_t mho_long_negate(mho_long_t a);
/// a · 2^shift modulo 2^192, shift below 192.
mho_long_t mho_long_shift_left(mho_long_t a, uint32_t shift);
/// Bits of the magnitude: 0 for 0. a is not −2^191.
uint32_t mho_long_bits(mho_long_t a);
/// a / 2^shift rounded half away from zero, 0 <= shift < 192; the result has a magnitude below 2^63.
int64_t mho_long_round(mho_long_t a, uint32_t shift);

static inline int mho_long_is_negative(mho_long_t a) {
  return (a.word[MHO_LONG_WORDS - 1] >> 31) != 0u;
}

#ifdef __cplusplus
}
#endif
