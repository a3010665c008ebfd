// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/plan.h"

#include <stdbool.h>

#include "registers/dru.h"

// Largest κ₁ of a quantised leaf in an order of rows that is kept. Our assumption: above 128 random systems
// take many more steps, below 64 solves are longer and plans shorter (docs/architecture.md).
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
  return mho_real_from((int64_t)largest, plan->system.balanced_exponent);
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

// There is another order of the rows to go to, for better leaves.
static int is_selective(const mho_plan_t* plan) {
  return plan->options.reorders_rows && plan->rows < MHO_ROWS_PIVOTED;
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
  const mho_real_t reciprocal = mho_real_div(
      mho_real_from(leaf->top_level, 0), mho_real_from(leaf->max_magnitude, plan->system.balanced_exponent));
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

static void set_next(mho_plan_t* plan, uint32_t lo, uint32_t hi) {
  plan->next_lo = lo;
  plan->next_hi = hi;
}

// To the next part that is to be planned, after one is or could not be; none if nothing is left.
static void ascend(mho_plan_t* plan, bool has_failed) {
  set_next(plan, 0u, 0u);
  while (plan->depth > 0u) {
    mho_plan_frame_t* const frame = &plan->frames[plan->depth - 1u];
    mho_node_t* const node = &plan->nodes[frame->node];
    if (!frame->is_right) node->right = plan->node_count;
    if (!frame->is_right && !has_failed) {
      frame->is_right = true;
      set_next(plan, node->mid, node->hi);
      return;
    }
    node->end_leaf = plan->leaf_count;
    --plan->depth;
  }
}

static mho_result_t divide(mho_plan_t* plan, uint32_t index, mho_arena_t* arena) {
  mho_node_t* const node = &plan->nodes[index];
  node->mid = node->lo + mho_upper_rows(node->hi - node->lo);
  const mho_result_t result = take_blocks(plan, node, arena);
  node->left = plan->node_count;
  plan->frames[plan->depth++] = (mho_plan_frame_t){.node = index, .is_right = false};
  set_next(plan, node->lo, node->mid);
  return result;
}

// Divides down to the next leaf, everything before it being eliminated, plans it and eliminates it.
static mho_result_t visit_leaf(mho_plan_t* plan, mho_arena_t* arena) {
  for (;;) {
    const uint32_t index = mho_tree_add(plan, plan->next_lo, plan->next_hi);
    mho_node_t* const node = &plan->nodes[index];
    if (node->hi - node->lo <= plan->options.leaf_size) {
      const mho_result_t result = plan_leaf(plan, node, arena);
      node->end_leaf = plan->leaf_count;
      if (result != MHO_UNSTABLE) return result;
      ++plan->split_leaves;
    }
    const mho_result_t result = divide(plan, index, arena);
    if (result != MHO_OK) return result;
  }
}

// Begins to divide and eliminate in the present order of the rows.
static mho_result_t begin_attempt(mho_plan_t* plan, mho_arena_t* arena) {
  plan->unstable_leaves = plan->split_leaves = 0;
  plan->fault_start = plan->fault_size = 0;
  plan->depth = 0;
  set_next(plan, 0u, 0u);
  const mho_result_t result = mho_tree_reserve(plan, arena);
  if (result != MHO_OK) return result;
  plan->balanced = mho_system_balanced(&plan->system, arena);
  if (plan->balanced == NULL) return MHO_NO_MEMORY;
  set_next(plan, 0u, plan->system.n);
  return MHO_OK;
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

static mho_result_t begin_in_next_order(mho_plan_t* plan, mho_arena_t* arena) {
  *arena = plan->before;
  const mho_result_t result = take_next_order(plan, arena);
  return result == MHO_OK ? begin_attempt(plan, arena) : result;
}

// The last order may leave a last block that is nearly singular beside the others, as random orthogonal
// matrices do: then the integers have to hold what grows there.
static mho_result_t begin_coarser(mho_plan_t* plan, mho_arena_t* arena) {
  *arena = plan->before;
  plan->system.balanced_exponent = MHO_COARSE_EXPONENT;
  plan->outgrown_start = plan->fault_start;
  plan->outgrown_size = plan->fault_size;
  const mho_result_t result = plan->rows == MHO_ROWS_PIVOTED ? mho_order_rows(plan, arena) : MHO_OK;
  return result == MHO_OK ? begin_attempt(plan, arena) : result;
}

static int may_be_coarser(const mho_plan_t* plan, mho_result_t result) {
  return result == MHO_OVERFLOW && plan->system.balanced_exponent != MHO_COARSE_EXPONENT;
}

// An order of rows that outgrows even coarse integers is not the last one where columns may move, too.
static mho_result_t begin_with_columns(mho_plan_t* plan, mho_arena_t* arena) {
  *arena = plan->before;
  plan->rows = MHO_ROWS_ROOK;
  const mho_result_t result = mho_order_rows_and_columns(plan, *arena);
  if (result != MHO_OK) return fault(plan, MHO_OVERFLOW, plan->outgrown_start, plan->outgrown_size);
  plan->system.balanced_exponent = MHO_BALANCED_EXPONENT;
  return begin_attempt(plan, arena);
}

static int may_move_columns(const mho_plan_t* plan, mho_result_t result) {
  return result == MHO_OVERFLOW && plan->options.reorders_rows && plan->rows == MHO_ROWS_PIVOTED;
}

// After `result` of an attempt: another one in the next order, or with more room to grow, where that may
// help.
static mho_result_t go_on(mho_plan_t* plan, mho_result_t result, mho_arena_t* arena) {
  for (;;) {
    if (is_selective(plan) && is_about_a_block(result)) {
      result = begin_in_next_order(plan, arena);
    } else if (may_be_coarser(plan, result)) {
      result = begin_coarser(plan, arena);
    } else if (may_move_columns(plan, result)) {
      result = begin_with_columns(plan, arena);
    } else {
      return result;
    }
  }
}

mho_result_t mho_plan_begin(mho_plan_t* plan, mho_arena_t* arena) {
  const int skips_order = plan->options.skips_given_order && plan->rows == MHO_ROWS_GIVEN;
  plan->before = *arena;
  const mho_result_t result =
      skips_order && is_selective(plan) ? begin_in_next_order(plan, arena) : begin_attempt(plan, arena);
  return go_on(plan, result, arena);
}

mho_result_t mho_plan_step(mho_plan_t* plan, mho_arena_t* arena) {
  const mho_result_t result = visit_leaf(plan, arena);
  ascend(plan, result != MHO_OK);
  return go_on(plan, result, arena);
}

mho_result_t mho_plan_fail(mho_plan_t* plan, mho_result_t result, mho_arena_t* arena) {
  ascend(plan, true);
  if (result != MHO_NO_MEMORY && plan->leaf_count != 0u) {
    const mho_leaf_t* const leaf = &plan->leaves[plan->leaf_count - 1u];
    (void)fault(plan, result, leaf->start, leaf->size);
  }
  return go_on(plan, result, arena);
}

mho_result_t mho_plan_end(mho_plan_t* plan, mho_arena_t* arena) {
  mho_result_t result = mho_condition_of_blocks(plan, *arena);
  if (result != MHO_OK) return result;
  if (plan->unstable_leaves != 0u) return MHO_UNSTABLE;
  if (plan->system.balanced_exponent == MHO_COARSE_EXPONENT) {
    result = mho_check_coarse_factors(plan, *arena);
    if (result != MHO_OK) {
      return go_on(plan, fault(plan, result, plan->outgrown_start, plan->outgrown_size), arena);
    }
  }
  result = make_ginv_tile(plan, arena);
  if (is_about_a_block(result)) {
    plan->options.uses_ginv = 0;
    *arena = plan->before;
    return mho_plan_begin(plan, arena);
  }
  return result == MHO_OK ? mho_tiles_of_matrix(plan) : result;
}

mho_result_t mho_plan_make(mho_plan_t* plan, mho_arena_t* arena) {
  mho_result_t result = mho_plan_begin(plan, arena);
  while (result == MHO_OK) {
    if (mho_plan_has_more(plan)) {
      result = mho_plan_step(plan, arena);
    } else {
      result = mho_plan_end(plan, arena);
      if (!mho_plan_has_more(plan)) break;
    }
  }
  return result;
}
