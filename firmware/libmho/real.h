// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Scaled integers for the few places of the planner that need a wide range: a 31-bit mantissa with its own
// power of two, and logarithms in fixed point. Integer instructions only. Not for inner loops over the
// matrix; those work on blocks of integers with one exponent.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// mantissa · 2^exponent; the mantissa is 0 (then exponent 0) or has a magnitude in [2^30, 2^31).
typedef struct {
  int32_t mantissa;
  int32_t exponent;
} mho_real_t;

/// value · 2^exponent, rounded to nearest, ties away from zero.
mho_real_t mho_real_from(int64_t value, int32_t exponent);
/// Sums and differences err by less than one unit of the result's mantissa, products by half a unit.
mho_real_t mho_real_add(mho_real_t a, mho_real_t b);
mho_real_t mho_real_sub(mho_real_t a, mho_real_t b);
mho_real_t mho_real_mul(mho_real_t a, mho_real_t b);
/// a / b to one unit; 0 for b = 0, which callers exclude.
mho_real_t mho_real_div(mho_real_t a, mho_real_t b);
mho_real_t mho_real_abs(mho_real_t a);
/// Negative, 0, positive as a <, ==, > b.
int mho_real_compare(mho_real_t a, mho_real_t b);
/// a in units of 2^exponent, rounded half up, limited to the range of int32_t.
int32_t mho_real_to_int(mho_real_t a, int32_t exponent);

/// log2(mantissa · 2^exponent) in units of 2^-16, mantissa > 0; error below 2^-15.
int32_t mho_log2_q16(uint32_t mantissa, int32_t exponent);
/// 2^(fraction · 2^-16) in units of 2^-30, fraction in [0, 65535]; error below 2^-25.
uint32_t mho_exp2_q30(uint32_t fraction);

/// Bits of the magnitude: 0 for 0, else floor(log2 v) + 1.
static inline uint32_t mho_bits32(uint32_t v) {
  return v == 0u ? 0u : 32u - (uint32_t)__builtin_clz(v);
}
static inline uint32_t mho_bits64(uint64_t v) {
  const uint32_t high = (uint32_t)(v >> 32);
  return high != 0u ? 32u + mho_bits32(high) : mho_bits32((uint32_t)v);
}
static inline uint32_t mho_magnitude32(int32_t v) {
  return v < 0 ? 0u - (uint32_t)v : (uint32_t)v;
}
static inline uint64_t mho_magnitude64(int64_t v) {
  return v < 0 ? 0u - (uint64_t)v : (uint64_t)v;
}

/// The nearest integer of magnitude up to 2^31 − 1.
static inline int32_t mho_clamp32(int64_t value) {
  return value > INT32_MAX ? INT32_MAX : value < -INT32_MAX ? -INT32_MAX : (int32_t)value;
}

/// value / 2^shift rounded half up, 0 <= shift <= 62, value < 2^63 - 1.
static inline int64_t mho_round_shift(int64_t value, uint32_t shift) {
  return shift == 0u ? value : ((value >> (shift - 1u)) + 1) >> 1;
}

#ifdef __cplusplus
}
#endif
