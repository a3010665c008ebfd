// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/long_residual.h"

#include "firmware/libmho/long_int.h"

enum {
  // Products of up to 29 + 31 bits: four of them stay inside 63 bits.
  kProductsPerSum = 4,
  // 62 bits of a minuend, or 53 + 62 + 12 of a sum of products, shifted by these stay inside 191.
  kMostMinuendShift = 120,
  kMostProductShift = 60,
};

// The two parts of the words of x, the lower one not negative: x = upper · 2^31 + lower.
typedef struct {
  const int32_t* upper;
  const int32_t* lower;
} split_t;

static mho_result_t split(split_t* out, const mho_dru_vector_t* x, mho_arena_t* scratch) {
  const int64_t* const words = (const int64_t*)(x + 1);
  int32_t* const upper = mho_arena_take(scratch, x->length, sizeof(int32_t));
  int32_t* const lower = mho_arena_take(scratch, x->length, sizeof(int32_t));
  if (upper == NULL || lower == NULL) return MHO_NO_MEMORY;
  for (uint32_t j = 0; j < x->length; ++j) {
    upper[j] = (int32_t)(words[j] >> MHO_LOW_WORD_BITS);
    lower[j] = (int32_t)(words[j] & INT32_MAX);
  }
  *out = (split_t){upper, lower};
  return MHO_OK;
}

// Σ_j row_j · x_j · 2^weight
static mho_long_t row_times(const int32_t* row, const int32_t* x, uint32_t n, uint32_t weight) {
  mho_long_t total = mho_long_from(0);
  for (uint32_t first = 0; first < n; first += kProductsPerSum) {
    const uint32_t end = n - first < kProductsPerSum ? n : first + kProductsPerSum;
    int64_t sum = 0;
    for (uint32_t j = first; j < end; ++j) sum += (int64_t)row[j] * x[j];
    if (sum != 0) total = mho_long_add(total, mho_long_from(sum));
  }
  return mho_long_shift_left(total, weight);
}

static mho_long_t product(const mho_system_t* s, uint32_t i, const split_t* x) {
  const uint32_t n = s->n;
  const int32_t* const row = s->a + i * n;
  const int32_t* const low_row = s->a_low + i * n;
  const mho_long_t upper = mho_long_add(row_times(row, x->upper, n, s->low_bits + MHO_LOW_WORD_BITS),
                                        row_times(row, x->lower, n, s->low_bits));
  const mho_long_t lower =
      mho_long_add(row_times(low_row, x->upper, n, MHO_LOW_WORD_BITS), row_times(low_row, x->lower, n, 0u));
  return mho_long_add(upper, lower);
}

static void normalise(mho_dru_vector_t* r, const mho_long_t* exact, uint32_t n, int32_t exponent) {
  int32_t* const words = (int32_t*)(r + 1);
  uint32_t top = 0;
  for (uint32_t i = 0; i < n; ++i) {
    const uint32_t bits = mho_long_bits(exact[i]);
    if (bits > top) top = bits;
  }
  int32_t shift = top == 0u ? 0 : (int32_t)top - 31;
  for (uint32_t i = 0; shift > 0 && i < n; ++i) {
    const int64_t rounded = mho_long_round(exact[i], (uint32_t)shift);
    if (mho_magnitude64(rounded) >> 31 == 0u) continue;
    ++shift;  // rounds up to 2^31
    break;
  }
  r->length = n;
  r->exponent = top == 0u ? 0 : exponent + shift;
  for (uint32_t i = 0; i < n; ++i) {
    words[i] = (int32_t)(shift < 0 ? mho_long_round(mho_long_shift_left(exact[i], (uint32_t)-shift), 0u)
                                   : mho_long_round(exact[i], (uint32_t)shift));
  }
}

mho_result_t mho_long_residual(mho_dru_vector_t* r, const mho_system_t* s, const int64_t* minuend,
                               int32_t minuend_exponent, const mho_dru_vector_t* x, mho_arena_t scratch) {
  const uint32_t n = s->n;
  mho_long_t* const exact = mho_arena_take(&scratch, n, sizeof *exact);
  split_t parts;
  if (exact == NULL || split(&parts, x, &scratch) != MHO_OK) return MHO_NO_MEMORY;
  const int32_t product_exponent = s->a_exponent - (int32_t)s->low_bits + x->exponent;
  const int32_t exponent = minuend_exponent < product_exponent ? minuend_exponent : product_exponent;
  const int32_t minuend_shift = minuend_exponent - exponent, product_shift = product_exponent - exponent;
  if (minuend_shift > kMostMinuendShift || product_shift > kMostProductShift) return MHO_OVERFLOW;
  for (uint32_t i = 0; i < n; ++i) {
    const mho_long_t ax = mho_long_shift_left(product(s, i, &parts), (uint32_t)product_shift);
    exact[i] = mho_long_add(mho_long_shift_left(mho_long_from(minuend[i]), (uint32_t)minuend_shift),
                            mho_long_negate(ax));
  }
  normalise(r, exact, n, exponent);
  return MHO_OK;
}
