// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/plan.h"

// Low-precision tiles of a division of `rows` rows down to single ones, the most that there can be.
static uint32_t bound_block_tiles(uint32_t rows, uint32_t tile_size) {
  if (rows < 2u) return 0;
  const uint32_t upper = mho_upper_rows(rows), lower = rows - upper;
  const uint32_t blocks =
      2u * ((upper + tile_size - 1u) / tile_size) * ((lower + tile_size - 1u) / tile_size);
  return blocks + bound_block_tiles(upper, tile_size) + bound_block_tiles(lower, tile_size);
}

static uint32_t bound_tiles(const mho_plan_t* plan) {
  const uint32_t size = plan->options.tile_size;
  const uint32_t n = plan->system.n;
  const uint32_t across = (n + size - 1u) / size;
  const uint32_t down = (n + plan->options.hp_rows - 1u) / plan->options.hp_rows;
  const uint32_t most = plan->options.max_slices;
  const uint32_t digit_bits = plan->options.digit_bits;
  const uint32_t groups = (mho_digits(plan->system.bits, digit_bits) + most - 1u) / most +
                          (mho_digits(plan->system.low_bits, digit_bits) + most - 1u) / most;
  return n + down * across * groups + plan->options.block_digits * bound_block_tiles(n, size);
}

mho_result_t mho_tree_reserve(mho_plan_t* plan, mho_arena_t* arena) {
  const uint32_t n = plan->system.n;
  plan->leaves = mho_arena_take(arena, n, sizeof(mho_leaf_t));
  plan->nodes = mho_arena_take(arena, 2u * n, sizeof(mho_node_t));
  plan->tile_capacity = bound_tiles(plan);
  plan->tiles = mho_arena_take(arena, plan->tile_capacity, sizeof(mho_tile_t));
  plan->leaf_count = plan->node_count = plan->tile_count = 0;
  return plan->leaves == NULL || plan->nodes == NULL || plan->tiles == NULL ? MHO_NO_MEMORY : MHO_OK;
}

uint32_t mho_tree_add(mho_plan_t* plan, uint32_t lo, uint32_t hi) {
  mho_node_t* const node = &plan->nodes[plan->node_count];
  node->lo = lo;
  node->mid = node->hi = hi;
  node->left = node->right = node->leaf = MHO_NONE;
  node->first_leaf = plan->leaf_count;
  return plan->node_count++;
}
