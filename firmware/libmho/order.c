// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The order of the rows, where the given one will not do. Any row can become a pivot row as long as x keeps
// its order, since equations may stand in any order. An elimination like the planner's goes ahead of it, leaf
// by leaf: of all the rows that are left, each leaf gets those that Gaussian elimination with partial
// pivoting takes in the leaf's columns. Then the block that has to be inverted is as well conditioned as its
// columns allow, and the elimination does not grow. A row stays where it is if it is as good as any.
#include "firmware/libmho/plan.h"
#include "firmware/libmho/scalar_elimination.h"

static void exchange_rows(mho_plan_t* plan, uint32_t i, uint32_t j) {
  mho_system_exchange_rows(&plan->system, i, j);
  mho_exchange_rows(plan->balanced, plan->system.n, i, j);
}

// The columns of a leaf in all rows that are left, as scalar elimination changes them.
static mho_result_t take_panel(mho_panel_t* p, const mho_plan_t* plan, uint32_t lo, mho_arena_t* arena) {
  const uint32_t n = plan->system.n;
  p->first = mho_arena_take(arena, p->rows * p->columns, sizeof(int32_t));
  if (p->first == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < p->rows; ++i) {
    for (uint32_t j = 0; j < p->columns; ++j) {
      p->first[i * p->columns + j] = plan->balanced[(lo + i) * n + lo + j];
    }
  }
  return MHO_OK;
}

static mho_result_t choose_rows(mho_plan_t* plan, uint32_t lo, uint32_t hi, mho_arena_t scratch) {
  mho_panel_t p = {.rows = plan->system.n - lo, .columns = hi - lo};
  const mho_result_t result = take_panel(&p, plan, lo, &scratch);
  if (result != MHO_OK) return result;
  for (uint32_t k = 0; k < p.columns; ++k) {
    const uint32_t pivot = mho_panel_largest_row(&p, k, k);
    if (pivot != k) {
      exchange_rows(plan, lo + pivot, lo + k);
      mho_exchange_rows(p.first, p.columns, pivot, k);
    }
    mho_panel_eliminate(&p, k);
  }
  plan->digital_ops += (uint64_t)p.rows * p.columns * p.columns / 2u;
  return MHO_OK;
}

// [lo, hi), everything before it being eliminated. Depth is log2 n.
static mho_result_t visit(mho_plan_t* plan, uint32_t lo, uint32_t hi, mho_leaf_chooser_t choose,
                          mho_arena_t* arena) {
  if (hi - lo > plan->options.leaf_size) {
    const uint32_t mid = lo + mho_upper_rows(hi - lo);
    const mho_result_t result = visit(plan, lo, mid, choose, arena);
    return result == MHO_OK ? visit(plan, mid, hi, choose, arena) : result;
  }
  mho_result_t result = choose(plan, lo, hi, *arena);
  if (result != MHO_OK || hi == plan->system.n) return result;
  const mho_arena_t before = *arena;
  mho_leaf_t leaf = {.start = lo, .size = hi - lo};
  result = mho_eliminate_leaf(plan, &leaf, arena);
  *arena = before;
  return result;
}

mho_result_t mho_order_leaves(mho_plan_t* plan, mho_leaf_chooser_t choose, mho_arena_t* arena) {
  const mho_arena_t before = *arena;
  plan->balanced = mho_system_balanced(&plan->system, arena);
  if (plan->balanced == NULL) return MHO_NO_MEMORY;
  plan->is_ordering = true;
  const mho_result_t result = visit(plan, 0u, plan->system.n, choose, arena);
  plan->is_ordering = false;
  *arena = before;
  // A block that cannot be eliminated is the plan's to name.
  return result == MHO_SINGULAR || result == MHO_OVERFLOW ? MHO_OK : result;
}

mho_result_t mho_order_rows(mho_plan_t* plan, mho_arena_t* arena) {
  return mho_order_leaves(plan, choose_rows, arena);
}
