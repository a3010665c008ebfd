// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/long_int.h"

#include "firmware/libmho/real.h"

mho_long_t mho_long_from(int64_t value) {
  mho_long_t a;
  a.word[0] = (uint32_t)value;
  a.word[1] = (uint32_t)((uint64_t)value >> 32);
  for (uint32_t i = 2; i < MHO_LONG_WORDS; ++i) a.word[i] = value < 0 ? UINT32_MAX : 0u;
  return a;
}

mho_long_t mho_long_add(mho_long_t a, mho_long_t b) {
  uint64_t carry = 0;
  for (uint32_t i = 0; i < MHO_LONG_WORDS; ++i) {
    carry += (uint64_t)a.word[i] + b.word[i];
    a.word[i] = (uint32_t)carry;
    carry >>= 32;
  }
  return a;
}

mho_long_t mho_long_negate(mho_long_t a) {
  for (uint32_t i = 0; i < MHO_LONG_WORDS; ++i) a.word[i] = ~a.word[i];
  return mho_long_add(a, mho_long_from(1));
}

mho_long_t mho_long_shift_left(mho_long_t a, uint32_t shift) {
  const uint32_t words = shift / 32u;
  const uint32_t bits = shift % 32u;
  mho_long_t out;
  for (uint32_t i = MHO_LONG_WORDS; i-- > 0u;) {
    const uint32_t high = i >= words ? a.word[i - words] : 0u;
    const uint32_t low = i > words ? a.word[i - words - 1u] : 0u;
    out.word[i] = bits == 0u ? high : (high << bits) | (low >> (32u - bits));
  }
  return out;
}

static mho_long_t magnitude_of(mho_long_t a) {
  return mho_long_is_negative(a) ? mho_long_negate(a) : a;
}

uint32_t mho_long_bits(mho_long_t a) {
  a = magnitude_of(a);
  for (uint32_t i = MHO_LONG_WORDS; i-- > 0u;) {
    if (a.word[i] != 0u) return 32u * i + mho_bits32(a.word[i]);
  }
  return 0;
}

// The lowest 64 bits of a / 2^shift rounded down, a >= 0.
static uint64_t cut(const mho_long_t* a, uint32_t shift) {
  uint64_t out = 0;
  for (uint32_t k = 3; k-- > 0u;) {
    const uint32_t i = shift / 32u + k;
    const uint64_t word = i < MHO_LONG_WORDS ? a->word[i] : 0u;
    const int32_t at = 32 * (int32_t)k - (int32_t)(shift % 32u);
    out |= at < 0 ? word >> -at : at > 63 ? 0u : word << at;
  }
  return out;
}

int64_t mho_long_round(mho_long_t a, uint32_t shift) {
  const mho_long_t magnitude = magnitude_of(a);
  const uint64_t rounded =
      shift == 0u ? cut(&magnitude, 0u) : cut(&magnitude, shift) + (cut(&magnitude, shift - 1u) & 1u);
  return mho_long_is_negative(a) ? -(int64_t)rounded : (int64_t)rounded;
}
