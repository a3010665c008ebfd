// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The order of equations and unknowns together, where the elimination outgrows its integers in every order of
// the rows: partial pivoting lets entries double at every step of some matrices, however well conditioned
// they are. A rook's pivot is the largest of its row and of its column, and what is left then hardly grows
// (Neal & Poole 1992; Higham 2002, section 9.1).
#include "firmware/libmho/plan.h"

// Factors are at most 1 in magnitude.
enum { kFactorBits = 30 };

// The largest entry of column j in the rows from k on.
static uint32_t largest_in_column(const int32_t* m, uint32_t n, uint32_t k, uint32_t j) {
  uint32_t best = k;
  for (uint32_t i = k + 1u; i < n; ++i) {
    if (mho_magnitude32(m[i * n + j]) > mho_magnitude32(m[best * n + j])) best = i;
  }
  return best;
}

// The largest entry of row i in the columns from k on.
static uint32_t largest_in_row(const int32_t* m, uint32_t n, uint32_t k, uint32_t i) {
  uint32_t best = k;
  for (uint32_t j = k + 1u; j < n; ++j) {
    if (mho_magnitude32(m[i * n + j]) > mho_magnitude32(m[i * n + best])) best = j;
  }
  return best;
}

// Every turn finds a larger entry.
static void find_pivot(const int32_t* m, uint32_t n, uint32_t k, uint32_t* row, uint32_t* column) {
  *column = k;
  for (;;) {
    *row = largest_in_column(m, n, k, *column);
    const uint32_t next = largest_in_row(m, n, k, *row);
    if (mho_magnitude32(m[*row * n + next]) <= mho_magnitude32(m[*row * n + *column])) return;
    *column = next;
  }
}

static void eliminate(int32_t* m, uint32_t n, uint32_t k) {
  const int32_t* const pivot = m + k * n;
  for (uint32_t i = k + 1u; i < n; ++i) {
    int32_t* const row = m + i * n;
    if (row[k] == 0) continue;
    const int64_t factor = row[k] * ((int64_t)1 << kFactorBits) / pivot[k];
    for (uint32_t j = k + 1u; j < n; ++j) {
      row[j] = mho_clamp32(row[j] - mho_round_shift(factor * pivot[j], kFactorBits));
    }
  }
}

mho_result_t mho_order_rows_and_columns(mho_plan_t* plan, mho_arena_t scratch) {
  mho_system_t* const system = &plan->system;
  const uint32_t n = system->n;
  int32_t* const m = mho_system_balanced(system, &scratch);
  if (m == NULL) return MHO_NO_MEMORY;
  for (uint32_t k = 0; k < n; ++k) {
    uint32_t i = 0, j = 0;
    find_pivot(m, n, k, &i, &j);
    if (i != k) {
      mho_system_exchange_rows(system, i, k);
      mho_exchange_rows(m, n, i, k);
    }
    if (j != k) {
      mho_system_exchange_columns(system, j, k);
      mho_exchange_columns(m, n, j, k);
    }
    eliminate(m, n, k);
  }
  plan->digital_ops += (uint64_t)n * n * n / 3u;
  return MHO_OK;
}
