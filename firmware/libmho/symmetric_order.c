// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The order of equations and unknowns together, for symmetric definite matrices whose given order makes bad
// leaves. Pivots on the diagonal are as good as any there, but the order in which they are taken decides how
// well conditioned leaves and leading blocks are. Each leaf gets the largest diagonal entries that scalar
// elimination leaves at every step (Cholesky's method with complete pivoting, Higham 2002, section 10.3),
// rows and columns being exchanged alike, so that symmetry stays.
#include "firmware/libmho/plan.h"

static void exchange_both(mho_plan_t* plan, uint32_t i, uint32_t j) {
  const uint32_t n = plan->system.n;
  mho_system_exchange_rows(&plan->system, i, j);
  mho_system_exchange_columns(&plan->system, i, j);
  mho_exchange_rows(plan->balanced, n, i, j);
  mho_exchange_columns(plan->balanced, n, i, j);
}

// Factors are at most 1 in magnitude, as no entry of a column exceeds the largest diagonal one.
enum { kFactorBits = 30 };

// The leaf's columns of Cholesky's factor, without the roots, and the diagonal that they leave.
typedef struct {
  int64_t* diagonal;  // rows
  int32_t* factor;    // of column k from k · rows on
  uint32_t rows;
} factor_t;

static void exchange_in_factor(factor_t* f, uint32_t columns, uint32_t i, uint32_t j) {
  const int64_t swap = f->diagonal[i];
  f->diagonal[i] = f->diagonal[j];
  f->diagonal[j] = swap;
  for (uint32_t k = 0; k < columns; ++k) {
    int32_t* const column = f->factor + k * f->rows;
    const int32_t entry = column[i];
    column[i] = column[j];
    column[j] = entry;
  }
}

static uint32_t largest_diagonal(const factor_t* f, uint32_t k) {
  uint32_t best = k;
  for (uint32_t i = k + 1u; i < f->rows; ++i) {
    if (f->diagonal[i] > f->diagonal[best]) best = i;
  }
  return best;
}

// The factors of column k of the leaf at `lo`, and what they take from the diagonal.
static void take_column(factor_t* f, const mho_plan_t* plan, uint32_t lo, uint32_t k) {
  const uint32_t n = plan->system.n;
  int32_t* const column = f->factor + k * f->rows;
  for (uint32_t i = k + 1u; i < f->rows; ++i) column[i] = plan->balanced[(lo + i) * n + lo + k];
  for (uint32_t j = 0; j < k; ++j) {
    const int32_t* const before = f->factor + j * f->rows;
    const int64_t entry = mho_round_shift(before[k] * f->diagonal[j], kFactorBits);
    for (uint32_t i = k + 1u; i < f->rows; ++i)
      column[i] = mho_clamp32(column[i] - mho_round_shift(before[i] * entry, kFactorBits));
  }
  const int64_t pivot = f->diagonal[k];
  for (uint32_t i = k + 1u; i < f->rows; ++i) {
    const int64_t entry = column[i];
    column[i] = mho_clamp32(entry * ((int64_t)1 << kFactorBits) / pivot);
    f->diagonal[i] -= mho_round_shift(entry * column[i], kFactorBits);
  }
}

// MHO_SINGULAR: the matrix is not definite.
static mho_result_t choose_pivots(mho_plan_t* plan, uint32_t lo, uint32_t hi, mho_arena_t scratch) {
  const uint32_t n = plan->system.n, columns = hi - lo;
  factor_t f = {.rows = n - lo};
  f.diagonal = mho_arena_take(&scratch, f.rows, sizeof(int64_t));
  f.factor = mho_arena_take(&scratch, f.rows * columns, sizeof(int32_t));
  if (f.diagonal == NULL || f.factor == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < f.rows; ++i) f.diagonal[i] = plan->balanced[(lo + i) * n + lo + i];
  for (uint32_t k = 0; k < columns; ++k) {
    const uint32_t pivot = largest_diagonal(&f, k);
    if (f.diagonal[pivot] <= 0) return MHO_SINGULAR;
    if (pivot != k) {
      exchange_both(plan, lo + pivot, lo + k);
      exchange_in_factor(&f, k, pivot, k);
    }
    take_column(&f, plan, lo, k);
  }
  plan->digital_ops += (uint64_t)f.rows * columns * columns / 2u;
  return MHO_OK;
}

mho_result_t mho_order_diagonal(mho_plan_t* plan, mho_arena_t* arena) {
  return mho_order_leaves(plan, choose_pivots, arena);
}

int mho_is_symmetric(const mho_system_t* s) {
  for (uint32_t i = 0; i < s->n; ++i) {
    if (s->row_scale[i] != s->column_scale[i] || s->row_fine[i] != s->column_fine[i]) return 0;
    for (uint32_t j = 0; j < i; ++j) {
      if (s->a[i * s->n + j] != s->a[j * s->n + i]) return 0;
    }
  }
  return 1;
}

int mho_is_definite_leaf(const mho_plan_t* plan, const mho_leaf_t* leaf, mho_arena_t scratch) {
  const uint32_t n = plan->system.n, m = leaf->size;
  int32_t* const block = mho_arena_take(&scratch, m * m, sizeof(int32_t));
  if (block == NULL || !mho_is_symmetric(&plan->system)) return 0;
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t j = 0; j < m; ++j)
      block[i * m + j] = plan->balanced[(leaf->start + i) * n + leaf->start + j];
  }
  for (uint32_t k = 0; k < m; ++k) {
    const int32_t* const pivot = block + k * m;
    if (pivot[k] <= 0) return 0;
    for (uint32_t i = k + 1u; i < m; ++i) {
      int32_t* const row = block + i * m;
      for (uint32_t j = k + 1u; j < m; ++j)
        row[j] = mho_clamp32(row[j] - (int64_t)row[k] * pivot[j] / pivot[k]);
    }
  }
  return 1;
}
