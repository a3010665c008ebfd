// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/verify.h"

#include <string.h>

#include "firmware/libmho/compile.h"
#include "firmware/libmho/long_residual.h"

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
    for (uint32_t j = first; j < end; ++j) {
      const int32_t entry = row[j];
      if (entry != 0) sum += (int64_t)entry * x[j];  // most of a sparse matrix needs no product
    }
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

static mho_dru_vector_t* take_vector(uint32_t n, mho_arena_t* scratch) {
  return mho_arena_take(scratch, 1u, (uint32_t)(sizeof(mho_dru_vector_t) + n * sizeof(int32_t)));
}

// r = b − Â·x, exact up to the rounding to 31 bits at the end, as the DRU reports it.
static mho_result_t subtract_product(mho_dru_vector_t* r, const mho_system_t* s, const int32_t* b,
                                     int32_t b_exponent, const mho_dru_vector_t* x, mho_arena_t scratch) {
  const uint32_t n = s->n;
  const int32_t* const x_words = (const int32_t*)(x + 1);
  wide_t* const exact = mho_arena_take(&scratch, n, sizeof(wide_t));
  if (exact == NULL) return MHO_NO_MEMORY;
  const int32_t product_exponent = s->a_exponent + x->exponent;
  const int32_t exponent = b_exponent < product_exponent ? b_exponent : product_exponent;
  if (b_exponent - exponent > 62 || product_exponent - exponent > 24) return MHO_OVERFLOW;
  for (uint32_t i = 0; i < n; ++i) {
    const wide_t minuend = wide_shift_left(wide_from(b[i]), (uint32_t)(b_exponent - exponent));
    const wide_t ax =
        wide_shift_left(row_times(s->a + i * n, x_words, n), (uint32_t)(product_exponent - exponent));
    exact[i] = wide_add(minuend, wide_negate(ax));
  }
  const bool is_zero = is_all_zero(exact, n);
  const int32_t shift = is_zero ? 0 : normal_shift(exact, n);
  r->length = n;
  r->exponent = is_zero ? 0 : exponent + shift;
  for (uint32_t i = 0; i < n; ++i) mho_vector_words(r)[i] = is_zero ? 0 : normalised(exact[i], shift);
  return MHO_OK;
}

static bool are_equal(const mho_dru_vector_t* a, const mho_dru_vector_t* b) {
  return a->length == b->length && a->exponent == b->exponent &&
         memcmp(a + 1, b + 1, a->length * sizeof(int32_t)) == 0;
}

// The same for a system in two parts. x has 64-bit words, the minuend too unless it is a residual.
static mho_result_t subtract_long_product(mho_dru_vector_t* r, const mho_system_t* s,
                                          const mho_dru_vector_t* residual, const mho_dru_vector_t* x,
                                          mho_arena_t scratch) {
  int64_t* const minuend = mho_arena_take(&scratch, 1u, mho_vector_bytes(s->n, 1));
  if (minuend == NULL) return MHO_NO_MEMORY;
  mho_dru_vector_t* const header = (mho_dru_vector_t*)minuend;
  int64_t* const words = (int64_t*)(header + 1);
  if (residual == NULL) {
    mho_system_store_rhs(s, header);
  } else {
    header->exponent = residual->exponent;
    for (uint32_t i = 0; i < s->n; ++i) words[i] = ((const int32_t*)(residual + 1))[i];
  }
  return mho_long_residual(r, s, words, header->exponent, x, scratch);
}

// r = minuend − Â·x, the minuend b̂ or a residual.
static mho_result_t subtract(mho_dru_vector_t* r, const mho_system_t* s, const mho_dru_vector_t* residual,
                             const mho_dru_vector_t* x, mho_arena_t scratch) {
  if (s->low_bits != 0u) return subtract_long_product(r, s, residual, x, scratch);
  if (residual == NULL) return subtract_product(r, s, s->b, s->b_exponent, x, scratch);
  return subtract_product(r, s, (const int32_t*)(residual + 1), residual->exponent, x, scratch);
}

mho_result_t mho_verify(mho_verification_t* out, const mho_system_t* s, const mho_dru_vector_t* settled,
                        const mho_dru_vector_t* x, const mho_dru_vector_t* measured, mho_arena_t scratch) {
  const uint32_t n = s->n;
  mho_dru_vector_t* r = take_vector(n, &scratch);
  mho_dru_vector_t* const rest = take_vector(n, &scratch);
  if (r == NULL || rest == NULL) return MHO_NO_MEMORY;
  const bool has_parts = settled->length != 0u;
  mho_result_t result = subtract(r, s, NULL, has_parts ? settled : x, scratch);
  if (result == MHO_OK && has_parts) {
    result = subtract(rest, s, r, x, scratch);
    r = rest;
  }
  if (result != MHO_OK) return result;
  const uint32_t products_each = s->low_bits == 0u ? 1u : MHO_LONG_PRODUCTS;
  out->multiply_adds = (has_parts ? 2u : 1u) * products_each * (uint64_t)n * n;
  out->agrees = are_equal(r, measured);
  out->norm2 = mho_real_from(0, 0);
  for (uint32_t i = 0; i < n; ++i) {
    const mho_real_t value = mho_real_from(mho_vector_words(r)[i], r->exponent - s->row_scale[i]);
    out->norm2 = mho_real_add(out->norm2, mho_real_mul(value, value));
  }
  return MHO_OK;
}

// Of the columns of x.
static void range_of_scales(const mho_system_t* s, int32_t* least, int32_t* most) {
  *least = INT32_MAX;
  *most = INT32_MIN;
  for (uint32_t j = 0; j < s->n; ++j) {
    if (!mho_system_is_x(s, j)) continue;
    if (s->column_scale[j] < *least) *least = s->column_scale[j];
    if (s->column_scale[j] > *most) *most = s->column_scale[j];
  }
}

bool mho_is_x_resolved(const mho_system_t* s, const mho_dru_vector_t* x, const mho_dru_vector_t* rhs,
                       mho_real_t x_norm2, uint32_t tolerance_bits) {
  int32_t unit = x->exponent;
  if (rhs != NULL) {
    const int32_t of_rhs = rhs->exponent - s->a_exponent - (int32_t)s->bits + MHO_RESIDUAL_GUARD;
    if (of_rhs > unit) unit = of_rhs;
    int32_t least, most;
    range_of_scales(s, &least, &most);
    if (most - least > MHO_RESOLVED_RANGE) return false;
  }
  mho_real_t rounding2 = mho_real_from(0, 0);
  for (uint32_t j = 0; j < s->n; ++j) {
    if (mho_system_is_x(s, j))
      rounding2 = mho_real_add(rounding2, mho_real_from(1, 2 * (unit + s->column_scale[j])));
  }
  const mho_real_t limit = mho_real_mul(x_norm2, mho_real_from(12, -2 * ((int32_t)tolerance_bits + 1)));
  return mho_real_compare(rounding2, limit) <= 0;
}
