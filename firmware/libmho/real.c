// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/real.h"

#include <stdbool.h>

static const mho_real_t kZero = {0, 0};

// Magnitude rounded to 31 bits by a shift that leaves so many, or one more after rounding up.
static mho_real_t rounded(uint64_t magnitude, uint32_t shift, bool is_negative, int32_t exponent) {
  uint32_t mantissa = (uint32_t)(((magnitude >> (shift - 1u)) + 1u) >> 1);
  mho_real_t r = {0, exponent + (int32_t)shift};
  if (mantissa >> 31 != 0u) {
    mantissa >>= 1;
    r.exponent += 1;
  }
  r.mantissa = is_negative ? -(int32_t)mantissa : (int32_t)mantissa;
  return r;
}

mho_real_t mho_real_from(int64_t value, int32_t exponent) {
  if (value == 0) return kZero;
  const uint64_t magnitude = mho_magnitude64(value);
  const uint32_t bits = mho_bits64(magnitude);
  if (bits > 31u) return rounded(magnitude, bits - 31u, value < 0, exponent);
  const uint32_t shift = 31u - bits;
  const int32_t mantissa = (int32_t)((uint32_t)magnitude << shift);
  const mho_real_t r = {value < 0 ? -mantissa : mantissa, exponent - (int32_t)shift};
  return r;
}

mho_real_t mho_real_add(mho_real_t a, mho_real_t b) {
  if (a.mantissa == 0) return b;
  if (b.mantissa == 0) return a;
  if (a.exponent < b.exponent) {
    const mho_real_t swap = a;
    a = b;
    b = swap;
  }
  const int32_t distance = a.exponent - b.exponent;
  if (distance > 31) return a;
  return mho_real_from((int64_t)a.mantissa * ((int64_t)1 << distance) + b.mantissa, b.exponent);
}

mho_real_t mho_real_sub(mho_real_t a, mho_real_t b) {
  b.mantissa = -b.mantissa;
  return mho_real_add(a, b);
}

// A product of normalised mantissas has 61 or 62 bits.
mho_real_t mho_real_mul(mho_real_t a, mho_real_t b) {
  const int64_t product = (int64_t)a.mantissa * b.mantissa;
  if (product == 0) return kZero;
  const uint64_t magnitude = mho_magnitude64(product);
  const uint32_t shift = magnitude >> 61 != 0u ? 31u : 30u;
  return rounded(magnitude, shift, product < 0, a.exponent + b.exponent);
}

mho_real_t mho_real_div(mho_real_t a, mho_real_t b) {
  if (b.mantissa == 0) return kZero;
  return mho_real_from((int64_t)a.mantissa * ((int64_t)1 << 32) / b.mantissa, a.exponent - b.exponent - 32);
}

mho_real_t mho_real_abs(mho_real_t a) {
  if (a.mantissa < 0) a.mantissa = -a.mantissa;
  return a;
}

int mho_real_compare(mho_real_t a, mho_real_t b) {
  const int32_t difference = mho_real_sub(a, b).mantissa;
  return (difference > 0) - (difference < 0);
}

int32_t mho_real_to_int(mho_real_t a, int32_t exponent) {
  const int32_t shift = a.exponent - exponent;
  if (a.mantissa == 0 || shift < -32) return 0;
  if (shift > 0) return a.mantissa < 0 ? INT32_MIN : INT32_MAX;
  return (int32_t)mho_round_shift(a.mantissa, (uint32_t)-shift);
}

int32_t mho_log2_q16(uint32_t mantissa, int32_t exponent) {
  const uint32_t bits = mho_bits32(mantissa);
  uint64_t x = (uint64_t)mantissa << (32u - bits);  // in [2^31, 2^32): 1 to 2
  int32_t result = (exponent + (int32_t)bits - 1) * 65536;
  for (int32_t bit = 1 << 15; bit != 0; bit >>= 1) {
    x = (x * x) >> 31;
    if (x >> 32 != 0u) {
      x >>= 1;
      result += bit;
    }
  }
  return result;
}

uint32_t mho_exp2_q30(uint32_t fraction) {
  // 2^(2^-k) in units of 2^-30 for k = 1 … 16.
  static const uint32_t kRoots[16] = {
      1518500250u, 1276901417u, 1170923762u, 1121280436u, 1097253708u, 1085434106u, 1079572136u, 1076653033u,
      1075196443u, 1074468888u, 1074105294u, 1073923544u, 1073832680u, 1073787251u, 1073764537u, 1073753181u};
  uint64_t x = (uint64_t)1 << 30;
  for (uint32_t k = 0; k < 16u; ++k) {
    if ((fraction >> (15u - k) & 1u) != 0u) x = (x * kRoots[k] + ((uint64_t)1 << 29)) >> 30;
  }
  return (uint32_t)x;
}
