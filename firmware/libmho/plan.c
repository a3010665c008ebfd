// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/plan.h"

#include "registers/dru.h"

// Largest κ₁ of a quantised leaf in an order of rows that is kept. Our assumption: one above the worst leaf
// (43) of the sparse matrices that converge in their given order; pivoted leaves of random matrices lie below
// it.
enum { kGoodCondition = 64 };

static mho_result_t fault(mho_plan_t* plan, mho_result_t result, uint32_t start, uint32_t size) {
  plan->fault_start = start;
  plan->fault_size = size;
  return result;
}

static mho_real_t column_norm(const mho_plan_t* plan, uint32_t lo, uint32_t hi) {
  uint64_t largest = 0;
  for (uint32_t j = lo; j < hi; ++j) {
    uint64_t sum = 0;
    for (uint32_t i = lo; i < hi; ++i) sum += mho_magnitude32(plan->balanced[i * plan->system.n + j]);
    if (sum > largest) largest = sum;
  }
  return mho_real_from((int64_t)largest, MHO_BALANCED_EXPONENT);
}

// A2 and A3 of a node whose Schur complement is complete.
static mho_result_t take_blocks(mho_plan_t* plan, mho_node_t* node, mho_arena_t* arena) {
  const uint32_t n = plan->system.n;
  const uint32_t upper = node->mid - node->lo;
  const uint32_t lower = node->hi - node->mid;
  node->a1_norm = column_norm(plan, node->lo, node->mid);
  if (plan->options.uses_ginv) return MHO_OK;
  const mho_result_t result =
      mho_tiles_of_block(plan, &node->upper, plan->balanced + node->lo * n + node->mid, upper, lower, arena);
  if (result != MHO_OK) return result;
  return mho_tiles_of_block(plan, &node->lower, plan->balanced + node->mid * n + node->lo, lower, upper,
                            arena);
}

// There is another order of the rows to go to.
static int is_selective(const mho_plan_t* plan) {
  return plan->options.reorders_rows && plan->rows != MHO_ROWS_PIVOTED;
}

// Another order may make a better leaf. Of what is definite, only the order of the diagonal matters.
static int can_be_better(const mho_plan_t* plan, const mho_leaf_t* leaf, mho_arena_t scratch) {
  if (!is_selective(plan)) return 0;
  return plan->rows == MHO_ROWS_GIVEN || !mho_is_definite_leaf(plan, leaf, scratch);
}

// An order, and levels that make use of it; MHO_UNSTABLE: there is no order.
static mho_result_t order_leaf(const mho_plan_t* plan, mho_leaf_t* leaf, mho_arena_t scratch) {
  const uint32_t n = plan->system.n;
  const mho_leaf_options_t* const options = &plan->options.leaf_options;
  mho_result_t result = mho_leaf_order(leaf, options, scratch);
  if (result != MHO_OK || options->conductances.diagonal_cells == 0u) return result;
  result = mho_leaf_use_diagonal(leaf, plan->balanced + leaf->start * n + leaf->start, n, options, scratch);
  if (result != MHO_OK) return result;
  return mho_condition_of_leaf(leaf, options->conductances.level_values, scratch);
}

// Levels, condition and order of a leaf. MHO_SINGULAR also: it may be better with other rows.
static mho_result_t prepare_leaf(const mho_plan_t* plan, mho_leaf_t* leaf, mho_arena_t* arena) {
  const uint32_t n = plan->system.n;
  const mho_level_values_t values = plan->options.leaf_options.conductances.level_values;
  leaf->levels = mho_arena_take(arena, leaf->size * leaf->size, 1u);
  leaf->order = mho_arena_take(arena, leaf->size, 1u);
  if (leaf->order == NULL || leaf->levels == NULL) return MHO_NO_MEMORY;
  mho_result_t result = mho_leaf_quantise(leaf, plan->balanced + leaf->start * n + leaf->start, n,
                                          plan->options.leaf_options.top_level, values);
  if (result != MHO_OK) return result;
  if (mho_condition_of_leaf(leaf, values, *arena) != MHO_OK) return MHO_NO_MEMORY;
  if (leaf->condition > kGoodCondition) {
    if (can_be_better(plan, leaf, *arena)) return MHO_SINGULAR;
    if (plan->options.splits_leaves && leaf->size > 1u) return MHO_UNSTABLE;
  }
  result = order_leaf(plan, leaf, *arena);
  if (result == MHO_NO_MEMORY) return result;
  // A singular leaf has an eigenvalue 0 in every order, however the estimate of its margin comes out.
  if (result == MHO_OK && leaf->condition != UINT32_MAX) return MHO_OK;
  return can_be_better(plan, leaf, *arena) ? MHO_SINGULAR : MHO_UNSTABLE;
}

static void make_tile(mho_plan_t* plan, mho_leaf_t* leaf) {
  const mho_real_t reciprocal = mho_real_div(mho_real_from(leaf->top_level, 0),
                                             mho_real_from(leaf->max_magnitude, MHO_BALANCED_EXPONENT));
  leaf->tile = plan->tile_count++;
  mho_tile_t* const tile = &plan->tiles[leaf->tile];
  tile->kind = MHO_TILE_KIND_INV;
  tile->format = MHO_TILE_FORMAT_LEVELS;
  tile->rows = tile->columns = (uint8_t)leaf->size;
  tile->source = leaf->levels;
  tile->row_stride = leaf->size;
  tile->order = leaf->order;
  tile->scale_mantissa = reciprocal.mantissa;
  tile->scale_exponent = reciprocal.exponent;
  tile->slices = (uint8_t)plan->options.inv_slices;
  tile->macros = 1u;
}

static mho_result_t make_ginv_tile(mho_plan_t* plan, mho_arena_t* arena) {
  const mho_plan_options_t* const o = &plan->options;
  if (!o->uses_ginv) return MHO_OK;
  mho_ginv_levels_t* const g = &plan->ginv;
  const mho_result_t result =
      mho_ginv_levels(g, &plan->system, o->ginv_rows, o->ginv_columns, o->leaf_options.top_level, arena);
  if (result != MHO_OK) return result;
  const mho_real_t one = mho_real_from(1, 0);
  plan->ginv_tile = plan->tile_count++;
  plan->tiles[plan->ginv_tile] = (mho_tile_t){.kind = MHO_TILE_KIND_GINV,
                                              .format = MHO_TILE_FORMAT_LEVELS,
                                              .rows = (uint8_t)g->rows,
                                              .columns = (uint8_t)g->columns,
                                              .source = g->levels,
                                              .row_stride = g->columns,
                                              .order = g->order,
                                              .scale_mantissa = one.mantissa,
                                              .scale_exponent = one.exponent,
                                              .slices = (uint8_t)o->inv_slices,
                                              .macros = 1u,
                                              .feedback = g->feedback,
                                              .damping = o->ginv_damping};
  return MHO_OK;
}

// The node as a leaf. MHO_UNSTABLE: it is to be divided, and nothing was done.
static mho_result_t plan_leaf(mho_plan_t* plan, mho_node_t* node, mho_arena_t* arena) {
  const mho_arena_t before = *arena;
  mho_leaf_t* const leaf = &plan->leaves[plan->leaf_count];
  *leaf = (mho_leaf_t){.start = node->lo, .size = node->hi - node->lo, .tile = MHO_NONE};
  mho_result_t result = plan->options.uses_ginv ? MHO_OK : prepare_leaf(plan, leaf, arena);
  if (result == MHO_UNSTABLE) {
    if (plan->options.splits_leaves && leaf->size > 1u) {
      *arena = before;
      return MHO_UNSTABLE;
    }
    if (plan->unstable_leaves++ == 0u) (void)fault(plan, MHO_UNSTABLE, leaf->start, leaf->size);
    result = MHO_OK;
  }
  node->leaf = plan->leaf_count++;
  if (result == MHO_OK) {
    if (!plan->options.uses_ginv) make_tile(plan, leaf);
    result = mho_eliminate_leaf(plan, leaf, arena);
  }
  return result == MHO_OK || result == MHO_NO_MEMORY ? result : fault(plan, result, leaf->start, leaf->size);
}

// Plans [lo, hi), everything before it being eliminated, and eliminates it. Depth is log2 n.
static mho_result_t visit(mho_plan_t* plan, uint32_t lo, uint32_t hi, mho_arena_t* arena) {
  mho_node_t* const node = &plan->nodes[mho_tree_add(plan, lo, hi)];
  if (hi - lo <= plan->options.leaf_size) {
    const mho_result_t result = plan_leaf(plan, node, arena);
    node->end_leaf = plan->leaf_count;
    if (result != MHO_UNSTABLE) return result;
    ++plan->split_leaves;
  }
  node->mid = lo + mho_upper_rows(hi - lo);
  mho_result_t result = take_blocks(plan, node, arena);
  node->left = plan->node_count;
  if (result == MHO_OK) result = visit(plan, lo, node->mid, arena);
  node->right = plan->node_count;
  if (result == MHO_OK) result = visit(plan, node->mid, hi, arena);
  node->end_leaf = plan->leaf_count;
  return result;
}

// Divides and eliminates in the present order of the rows.
static mho_result_t attempt(mho_plan_t* plan, mho_arena_t* arena) {
  plan->unstable_leaves = plan->split_leaves = 0;
  plan->fault_start = plan->fault_size = 0;
  const mho_result_t result = mho_tree_reserve(plan, arena);
  if (result != MHO_OK) return result;
  plan->balanced = mho_system_balanced(&plan->system, arena);
  return plan->balanced == NULL ? MHO_NO_MEMORY : visit(plan, 0u, plan->system.n, arena);
}

static int is_about_a_block(mho_result_t result) {
  return result == MHO_UNSTABLE || result == MHO_SINGULAR || result == MHO_OVERFLOW;
}

static mho_result_t take_next_order(mho_plan_t* plan, mho_arena_t* arena) {
  if (plan->rows == MHO_ROWS_GIVEN && mho_is_symmetric(&plan->system)) {
    plan->rows = MHO_ROWS_DIAGONAL;
    return mho_order_diagonal(plan, arena);
  }
  if (plan->rows < MHO_ROWS_MATCHED) {
    plan->rows = MHO_ROWS_MATCHED;
    const mho_result_t result = mho_match_rows(plan, *arena);
    if (result != MHO_SINGULAR) return result;
  }
  plan->rows = MHO_ROWS_PIVOTED;
  return mho_order_rows(plan, arena);
}

static mho_result_t attempt_in_next_order(mho_plan_t* plan, mho_arena_t* arena) {
  const mho_result_t result = take_next_order(plan, arena);
  return result == MHO_OK ? attempt(plan, arena) : result;
}

mho_result_t mho_plan_make(mho_plan_t* plan, mho_arena_t* arena) {
  const mho_arena_t before = *arena;
  const int skips_order = plan->options.skips_given_order && plan->rows == MHO_ROWS_GIVEN;
  mho_result_t result =
      skips_order && is_selective(plan) ? attempt_in_next_order(plan, arena) : attempt(plan, arena);
  while (is_selective(plan) && is_about_a_block(result)) {
    *arena = before;
    result = attempt_in_next_order(plan, arena);
  }
  if (result != MHO_OK) return result;
  result = mho_condition_of_blocks(plan, *arena);
  if (result != MHO_OK) return result;
  if (plan->unstable_leaves != 0u) return MHO_UNSTABLE;
  result = make_ginv_tile(plan, arena);
  if (result != MHO_OK) return result;
  return mho_tiles_of_matrix(plan);
}
