// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/verify.h"

// 64 products of 24 + 31 bits stay inside 63 bits.
enum { kProductsPerSum = 64 };

// A 96-bit two's complement number: high · 2^32 + low.
typedef struct {
  int64_t high;
  uint32_t low;
} wide_t;

static wide_t wide_from(int64_t v) {
  const wide_t w = {v >> 32, (uint32_t)v};
  return w;
}

static wide_t wide_add(wide_t a, wide_t b) {
  wide_t sum = {a.high + b.high, a.low + b.low};
  if (sum.low < a.low) ++sum.high;
  return sum;
}

static wide_t wide_negate(wide_t a) {
  wide_t r = {~a.high, ~a.low + 1u};
  if (r.low == 0u) ++r.high;
  return r;
}

static wide_t wide_shift_left(wide_t a, uint32_t shift) {
  for (; shift >= 32u; shift -= 32u) {
    a.high = (int64_t)(((uint64_t)a.high << 32) | a.low);
    a.low = 0;
  }
  if (shift != 0u) {
    a.high = (int64_t)(((uint64_t)a.high << shift) | (a.low >> (32u - shift)));
    a.low <<= shift;
  }
  return a;
}

static bool wide_is_negative(wide_t a) {
  return a.high < 0;
}

static uint32_t wide_bits(wide_t a) {
  if (wide_is_negative(a)) a = wide_negate(a);
  return a.high != 0 ? 32u + mho_bits64((uint64_t)a.high) : mho_bits32(a.low);
}

// |a| / 2^shift rounded half away from zero; the caller knows that it fits 33 bits.
static uint64_t wide_round(wide_t a, uint32_t shift) {
  if (wide_is_negative(a)) a = wide_negate(a);
  if (shift == 0u) return ((uint64_t)a.high << 32) | a.low;
  if (shift > 32u) return (((uint64_t)a.high >> (shift - 33u)) + 1u) >> 1;
  // The result fits, so the part of `high` that a shift by 31 pushes out is empty when it matters.
  const uint64_t doubled = ((uint64_t)a.high << (33u - shift)) | ((uint64_t)a.low >> (shift - 1u));
  return (doubled + 1u) >> 1;
}

// Σ_j a_ij x_j, exactly.
static wide_t row_times(const int32_t* row, const int32_t* x, uint32_t n) {
  wide_t total = {0, 0};
  for (uint32_t first = 0; first < n; first += kProductsPerSum) {
    const uint32_t end = n - first < kProductsPerSum ? n : first + kProductsPerSum;
    int64_t sum = 0;
    for (uint32_t j = first; j < end; ++j) sum += (int64_t)row[j] * x[j];
    total = wide_add(total, wide_from(sum));
  }
  return total;
}

// Common power of two by which to shift so that the largest of n numbers has 31 bits; as the DRU normalises.
static int32_t normal_shift(const wide_t* r, uint32_t n) {
  uint32_t top = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t bits = wide_bits(r[i]);
    if (bits > top) top = bits;
  }
  if (top <= 31u) return (int32_t)top - 31;
  for (uint32_t i = 0; i < n; ++i) {
    if (wide_round(r[i], top - 31u) >> 31 != 0u) return (int32_t)top - 30;
  }
  return (int32_t)top - 31;
}

static int32_t normalised(wide_t r, int32_t shift) {
  if (shift < 0) return (int32_t)((uint32_t)wide_shift_left(r, (uint32_t)-shift).low);
  const int32_t magnitude = (int32_t)wide_round(r, (uint32_t)shift);
  return wide_is_negative(r) ? -magnitude : magnitude;
}

static bool is_all_zero(const wide_t* r, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    if (r[i].high != 0 || r[i].low != 0u) return false;
  }
  return true;
}

mho_result_t mho_verify(mho_verification_t* out, const mho_system_t* s, const mho_dru_vector_t* x,
                        const mho_dru_vector_t* measured, mho_arena_t scratch) {
  const uint32_t n = s->n;
  const int32_t* const x_words = (const int32_t*)(x + 1);
  const int32_t* const measured_words = (const int32_t*)(measured + 1);
  wide_t* const r = mho_arena_take(&scratch, n, sizeof(wide_t));
  if (r == NULL) return MHO_NO_MEMORY;

  const int32_t product_exponent = s->a_exponent + x->exponent;
  const int32_t exponent = s->b_exponent < product_exponent ? s->b_exponent : product_exponent;
  if (s->b_exponent - exponent > 62 || product_exponent - exponent > 24) return MHO_OVERFLOW;
  for (uint32_t i = 0; i < n; ++i) {
    const wide_t b = wide_shift_left(wide_from(s->b[i]), (uint32_t)(s->b_exponent - exponent));
    const wide_t ax =
        wide_shift_left(row_times(s->a + i * n, x_words, n), (uint32_t)(product_exponent - exponent));
    r[i] = wide_add(b, wide_negate(ax));
  }
  out->multiply_adds = (uint64_t)n * n;

  const bool is_zero = is_all_zero(r, n);
  const int32_t shift = is_zero ? 0 : normal_shift(r, n);
  out->agrees = measured->length == n && measured->exponent == (is_zero ? 0 : exponent + shift);
  out->norm2 = mho_real_from(0, 0);
  for (uint32_t i = 0; i < n; ++i) {
    const int32_t word = is_zero ? 0 : normalised(r[i], shift);
    if (word != measured_words[i]) out->agrees = false;
    const mho_real_t value = mho_real_from(word, exponent + shift - s->row_scale[i]);
    out->norm2 = mho_real_add(out->norm2, mho_real_mul(value, value));
  }
  return MHO_OK;
}

bool mho_is_x_resolved(const mho_system_t* s, const mho_dru_vector_t* x, mho_real_t x_norm2,
                       uint32_t tolerance_bits) {
  mho_real_t rounding2 = mho_real_from(0, 0);
  for (uint32_t j = 0; j < s->n; ++j)
    rounding2 = mho_real_add(rounding2, mho_real_from(1, 2 * (x->exponent + s->column_scale[j])));
  const mho_real_t limit = mho_real_mul(x_norm2, mho_real_from(12, -2 * ((int32_t)tolerance_bits + 1)));
  return mho_real_compare(rounding2, limit) <= 0;
}
