// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/plan.h"

static uint32_t count_leaves(uint32_t rows, uint32_t leaf_size) {
  if (rows <= leaf_size) return 1u;
  const uint32_t upper = (rows + 1u) / 2u;
  return count_leaves(upper, leaf_size) + count_leaves(rows - upper, leaf_size);
}

// Halves [lo, hi) until it fits a leaf. Depth is log2(n / leaf size): at most 9 for n = 512.
static uint32_t divide(mho_plan_t* plan, uint32_t lo, uint32_t hi) {
  const uint32_t index = plan->node_count++;
  mho_node_t* const node = &plan->nodes[index];
  node->lo = lo;
  node->hi = hi;
  node->mid = hi;
  node->left = node->right = node->leaf = MHO_NONE;
  node->first_leaf = plan->leaf_count;
  if (hi - lo <= plan->options.leaf_size) {
    node->leaf = plan->leaf_count;
    plan->leaves[plan->leaf_count].start = lo;
    plan->leaves[plan->leaf_count].size = hi - lo;
    ++plan->leaf_count;
  } else {
    node->mid = lo + (hi - lo + 1u) / 2u;
    node->left = divide(plan, lo, node->mid);
    node->right = divide(plan, node->mid, hi);
  }
  node->end_leaf = plan->leaf_count;
  return index;
}

// Upper bound of the tiles: leaves, HP tiles and the off-diagonal blocks of every node.
static uint32_t bound_tiles(const mho_plan_t* plan) {
  const uint32_t size = plan->options.tile_size;
  const uint32_t side = (plan->system.n + size - 1u) / size;
  const uint32_t digits = plan->system.bits / 3u;
  const uint32_t groups = (digits + plan->options.max_slices - 1u) / plan->options.max_slices;
  uint32_t tiles = plan->leaf_count + side * side * groups;
  for (uint32_t i = 0; i < plan->node_count; ++i) {
    const mho_node_t* node = &plan->nodes[i];
    if (node->leaf != MHO_NONE) continue;
    tiles += 2u * ((node->mid - node->lo + size - 1u) / size) * ((node->hi - node->mid + size - 1u) / size);
  }
  return tiles;
}

mho_result_t mho_tree_build(mho_plan_t* plan, mho_arena_t* arena) {
  const uint32_t leaves = count_leaves(plan->system.n, plan->options.leaf_size);
  plan->leaves = mho_arena_take(arena, leaves, sizeof(mho_leaf_t));
  plan->nodes = mho_arena_take(arena, 2u * leaves, sizeof(mho_node_t));
  if (plan->leaves == NULL || plan->nodes == NULL) return MHO_NO_MEMORY;
  plan->leaf_count = 0;
  plan->node_count = 0;
  (void)divide(plan, 0u, plan->system.n);
  plan->tile_capacity = bound_tiles(plan);
  plan->tiles = mho_arena_take(arena, plan->tile_capacity, sizeof(mho_tile_t));
  plan->tile_count = plan->leaf_count;
  return plan->tiles == NULL ? MHO_NO_MEMORY : MHO_OK;
}
