// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/plan.h"

#include "registers/dru.h"

// Largest κ₁ of a quantised leaf in an order of rows that is kept (A: about half the levels of two slices)
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
  const mho_result_t result =
      mho_tiles_of_block(plan, &node->upper, plan->balanced + node->lo * n + node->mid, upper, lower, arena);
  if (result != MHO_OK) return result;
  return mho_tiles_of_block(plan, &node->lower, plan->balanced + node->mid * n + node->lo, lower, upper,
                            arena);
}

// The given order of the rows is kept only if all leaves are good in it.
static int is_selective(const mho_plan_t* plan) {
  return plan->options.reorders_rows && !plan->is_reordered;
}

// Levels, condition and order of a leaf.
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
  if (is_selective(plan) && leaf->condition > kGoodCondition) return MHO_UNSTABLE;
  result = mho_leaf_order(leaf, &plan->options.leaf_options, *arena);
  // A singular leaf has an eigenvalue 0 in every order, however the estimate of its margin comes out.
  return result == MHO_OK && leaf->condition == UINT32_MAX ? MHO_UNSTABLE : result;
}

static void make_tile(mho_plan_t* plan, mho_leaf_t* leaf) {
  const mho_real_t reciprocal = mho_real_div(mho_real_from(plan->options.leaf_options.top_level, 0),
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

// The node as a leaf. MHO_UNSTABLE: it is to be divided or to get other rows, and nothing was done.
static mho_result_t plan_leaf(mho_plan_t* plan, mho_node_t* node, mho_arena_t* arena) {
  const mho_arena_t before = *arena;
  mho_leaf_t* const leaf = &plan->leaves[plan->leaf_count];
  *leaf = (mho_leaf_t){.start = node->lo, .size = node->hi - node->lo};
  mho_result_t result = prepare_leaf(plan, leaf, arena);
  if (result == MHO_UNSTABLE) {
    if (is_selective(plan) || (plan->options.splits_leaves && leaf->size > 1u)) {
      *arena = before;
      return MHO_UNSTABLE;
    }
    if (plan->unstable_leaves++ == 0u) (void)fault(plan, MHO_UNSTABLE, leaf->start, leaf->size);
    result = MHO_OK;
  }
  node->leaf = plan->leaf_count++;
  if (result == MHO_OK) {
    make_tile(plan, leaf);
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
    if (result != MHO_UNSTABLE || is_selective(plan)) return result;
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

mho_result_t mho_plan_make(mho_plan_t* plan, mho_arena_t* arena) {
  const mho_arena_t before = *arena;
  plan->is_reordered = 0;
  mho_result_t result = attempt(plan, arena);
  if (is_selective(plan) && is_about_a_block(result)) {
    *arena = before;
    plan->is_reordered = 1;
    result = mho_order_rows(plan, arena);
    if (result == MHO_OK) result = attempt(plan, arena);
  }
  if (result != MHO_OK) return result;
  result = mho_condition_of_blocks(plan, *arena);
  if (result != MHO_OK) return result;
  if (plan->unstable_leaves != 0u) return MHO_UNSTABLE;
  return mho_tiles_of_matrix(plan);
}
