// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The order of the rows, where the given one will not do. Any row can become a pivot row as long as x keeps its
// order, since equations may stand in any order. An elimination like the planner's goes ahead of it, leaf by
// leaf: of all the rows that are left, each leaf gets those that Gaussian elimination with partial pivoting
// takes in the leaf's columns. Then the block that has to be inverted is as well conditioned as its columns
// allow, and the columns below it are at most a few times as large.
#include "firmware/libmho/plan.h"

enum {
  // A row stays where it is if its pivot is at least 2^-kPreferenceLog2 of the largest: threshold pivoting, which
  // leaves good orders and their sparsity alone (Duff, Erisman & Reid, Direct Methods for Sparse Matrices).
  kPreferenceLog2 = 2,
  kFactorBits = 31 - 1 - kPreferenceLog2,
};

static void exchange_rows(mho_plan_t* plan, uint32_t i, uint32_t j) {
  const uint32_t n = plan->system.n;
  mho_system_exchange_rows(&plan->system, i, j);
  for (uint32_t k = 0; k < n; ++k) {
    const int32_t swap = plan->balanced[i * n + k];
    plan->balanced[i * n + k] = plan->balanced[j * n + k];
    plan->balanced[j * n + k] = swap;
  }
}

// The columns of a leaf in all rows that are left, as scalar elimination changes them.
typedef struct {
  int32_t* first;
  uint32_t rows;
  uint32_t columns;
} panel_t;

static int32_t clamped(int64_t v) {
  return v > INT32_MAX ? INT32_MAX : v < -INT32_MAX ? -INT32_MAX : (int32_t)v;
}

static uint32_t pivot_row(const panel_t* p, uint32_t k) {
  uint32_t best = k;
  for (uint32_t i = k + 1u; i < p->rows; ++i) {
    if (mho_magnitude32(p->first[i * p->columns + k]) > mho_magnitude32(p->first[best * p->columns + k])) best = i;
  }
  const uint32_t largest = mho_magnitude32(p->first[best * p->columns + k]);
  return mho_magnitude32(p->first[k * p->columns + k]) >= (largest >> kPreferenceLog2) ? k : best;
}

static void eliminate_column(const panel_t* p, uint32_t k) {
  const int32_t* const pivot = p->first + k * p->columns;
  for (uint32_t i = k + 1u; i < p->rows; ++i) {
    int32_t* const row = p->first + i * p->columns;
    if (row[k] == 0 || pivot[k] == 0) continue;
    const int64_t factor = ((int64_t)row[k] << kFactorBits) / pivot[k];
    for (uint32_t j = k + 1u; j < p->columns; ++j) {
      row[j] = clamped(row[j] - mho_round_shift(factor * pivot[j], kFactorBits));
    }
  }
}

static mho_result_t choose_rows(mho_plan_t* plan, uint32_t lo, uint32_t hi, mho_arena_t scratch) {
  const uint32_t n = plan->system.n;
  panel_t p = {.rows = n - lo, .columns = hi - lo};
  p.first = mho_arena_take(&scratch, p.rows * p.columns, sizeof(int32_t));
  if (p.first == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < p.rows; ++i) {
    for (uint32_t j = 0; j < p.columns; ++j) {
      p.first[i * p.columns + j] = plan->balanced[(lo + i) * n + lo + j];
    }
  }
  for (uint32_t k = 0; k < p.columns; ++k) {
    const uint32_t pivot = pivot_row(&p, k);
    if (pivot != k) {
      exchange_rows(plan, lo + pivot, lo + k);
      for (uint32_t j = 0; j < p.columns; ++j) {
        const int32_t swap = p.first[pivot * p.columns + j];
        p.first[pivot * p.columns + j] = p.first[k * p.columns + j];
        p.first[k * p.columns + j] = swap;
      }
    }
    eliminate_column(&p, k);
  }
  plan->digital_ops += (uint64_t)p.rows * p.columns * p.columns / 2u;
  return MHO_OK;
}

// The rows [lo, hi), everything before them being eliminated. Depth is log2 n.
static mho_result_t visit(mho_plan_t* plan, uint32_t lo, uint32_t hi, mho_arena_t* arena) {
  if (hi - lo > plan->options.leaf_size) {
    const uint32_t mid = lo + mho_upper_rows(hi - lo);
    const mho_result_t result = visit(plan, lo, mid, arena);
    return result == MHO_OK ? visit(plan, mid, hi, arena) : result;
  }
  mho_result_t result = choose_rows(plan, lo, hi, *arena);
  if (result != MHO_OK || hi == plan->system.n) return result;
  const mho_arena_t before = *arena;
  mho_leaf_t leaf = {.start = lo, .size = hi - lo};
  result = mho_eliminate_leaf(plan, &leaf, arena);
  *arena = before;
  return result;
}

mho_result_t mho_order_rows(mho_plan_t* plan, mho_arena_t* arena) {
  const mho_arena_t before = *arena;
  plan->balanced = mho_system_balanced(&plan->system, arena);
  if (plan->balanced == NULL) return MHO_NO_MEMORY;
  const mho_result_t result = visit(plan, 0u, plan->system.n, arena);
  *arena = before;
  // A block that cannot be eliminated is the plan's to name.
  return result == MHO_SINGULAR || result == MHO_OVERFLOW ? MHO_OK : result;
}
