// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/plan.h"

static void exchange_rows(mho_real_t* a, mho_real_t* b, uint32_t length) {
  for (uint32_t j = 0; j < length; ++j) {
    const mho_real_t swap = a[j];
    a[j] = b[j];
    b[j] = swap;
  }
}

static uint32_t pivot_row(const mho_real_t* matrix, uint32_t n, uint32_t k) {
  uint32_t best = k;
  for (uint32_t i = k + 1u; i < n; ++i) {
    if (mho_real_compare(mho_real_abs(matrix[i * 2u * n + k]), mho_real_abs(matrix[best * 2u * n + k])) > 0)
      best = i;
  }
  return best;
}

mho_result_t mho_invert(mho_real_t* matrix, uint32_t n) {
  const uint32_t width = 2u * n;
  const mho_real_t negligible = mho_real_from(1, MHO_PIVOT_EXPONENT);
  for (uint32_t i = 0; i < n; ++i) {
    for (uint32_t j = 0; j < n; ++j) matrix[i * width + n + j] = mho_real_from(i == j, 0);
  }
  for (uint32_t k = 0; k < n; ++k) {
    const uint32_t pivot = pivot_row(matrix, n, k);
    if (mho_real_compare(mho_real_abs(matrix[pivot * width + k]), negligible) <= 0) return MHO_SINGULAR;
    if (pivot != k) exchange_rows(matrix + pivot * width, matrix + k * width, width);
    mho_real_t* const row = matrix + k * width;
    const mho_real_t reciprocal = mho_real_div(mho_real_from(1, 0), row[k]);
    for (uint32_t j = k; j < width; ++j) row[j] = mho_real_mul(row[j], reciprocal);
    for (uint32_t i = 0; i < n; ++i) {
      mho_real_t* const other = matrix + i * width;
      const mho_real_t factor = other[k];
      if (i == k || factor.mantissa == 0) continue;
      for (uint32_t j = k; j < width; ++j) other[j] = mho_real_sub(other[j], mho_real_mul(factor, row[j]));
    }
  }
  return MHO_OK;
}
