// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The two products of an iteration: the low-precision inverse, by BlockAMC or by a GINV macro, and the exact
// residual.
#include "firmware/libmho/solve_list.h"

// Of a block, in slots of their own at the same time: as many as there are rows of tiles beside a leaf of
// 1024 rows on arrays of 64.
enum { kMostStrips = 16 };

static void slice(mho_emitter_t* e, uint16_t dst, uint16_t source, uint32_t first, uint32_t length) {
  mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_SLICE, dst, source, 0u);
  c->arg[0] = first;
  c->arg[1] = length;
}

static inline void subtract_tile(mho_emitter_t* e, uint16_t dst, uint32_t index, uint16_t source) {
  mho_emit_use(e, index);
  mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_MVM, dst, source, mho_tile_number(e->plan, index));
  c->flags = MHO_DRU_FLAG_SUBTRACT | MHO_DRU_FLAG_ACCUMULATE;
  c->arg[0] = e->plan->tiles[index].column;
}

// The strips one behind the other; they are used up. They are joined after the products of many,
// because a JOIN waits for those before it, and products of different strips need not.
static uint16_t join_strips(mho_emitter_t* e, const uint16_t* strips, uint32_t count) {
  uint16_t joined = strips[0];
  for (uint32_t k = 1; k < count; ++k) {
    const uint16_t both = mho_emitter_take_slot(e);
    (void)mho_emit(e, MHO_DRU_OPCODE_JOIN, both, joined, strips[k]);
    mho_emitter_free_slot(e, joined);
    mho_emitter_free_slot(e, strips[k]);
    joined = both;
  }
  return joined;
}

// A slot with target − block · source; `target` is used up.
static uint16_t subtract_block(mho_emitter_t* e, const mho_block_t* block, uint16_t target, uint32_t rows,
                               uint16_t source) {
  const uint32_t size = e->plan->options.tile_size;
  const uint32_t end = block->first_tile + block->tiles;
  uint32_t tile = block->first_tile;
  if (rows <= size || block->tiles == 0u) {
    for (; tile < end; ++tile) subtract_tile(e, target, tile, source);
    return target;
  }
  uint16_t strips[kMostStrips];
  uint32_t count = 0;
  for (uint32_t row = 0; row < rows; row += size) {
    const uint16_t strip = mho_emitter_take_slot(e);
    slice(e, strip, target, row, rows - row < size ? rows - row : size);
    for (; tile < end && e->plan->tiles[tile].row == row; ++tile) subtract_tile(e, strip, tile, source);
    strips[count++] = strip;
    if (count < kMostStrips) continue;
    strips[0] = join_strips(e, strips, count);
    count = 1;
  }
  mho_emitter_free_slot(e, target);
  return join_strips(e, strips, count);
}

// A slot with what the macro says to slot `in`, which stays.
static uint16_t invert_by_ginv(mho_emitter_t* e, uint16_t in) {
  const uint16_t out = mho_emitter_take_slot(e);
  mho_emit_use(e, e->plan->ginv_tile);
  (void)mho_emit(e, MHO_DRU_OPCODE_GINV, out, in, mho_tile_number(e->plan, e->plan->ginv_tile));
  return out;
}

// A slot with node⁻¹ · slot `in` (facts.md §2); `in` stays.
static uint16_t invert(mho_emitter_t* e, uint32_t index, uint16_t in) {
  const mho_node_t* const node = &e->plan->nodes[index];
  if (node->leaf != MHO_NONE) {
    const uint16_t out = mho_emitter_take_slot(e);
    const uint32_t tile = e->plan->leaves[node->leaf].tile;
    mho_emit_use(e, tile);
    (void)mho_emit(e, MHO_DRU_OPCODE_INV, out, in, mho_tile_number(e->plan, tile));
    return out;
  }
  const uint32_t upper_rows = node->mid - node->lo;
  const uint32_t lower_rows = node->hi - node->mid;
  uint16_t upper = mho_emitter_take_slot(e);
  uint16_t lower = mho_emitter_take_slot(e);
  slice(e, upper, in, 0u, upper_rows);
  slice(e, lower, in, upper_rows, lower_rows);

  uint16_t y = invert(e, node->left, upper);
  lower = subtract_block(e, &node->lower, lower, lower_rows, y);
  const uint16_t z = invert(e, node->right, lower);
  if (node->upper.tiles != 0u) {  // otherwise y = A1⁻¹ f is final already
    mho_emitter_free_slot(e, y);
    upper = subtract_block(e, &node->upper, upper, upper_rows, z);
    y = invert(e, node->left, upper);
  }
  const uint16_t out = mho_emitter_take_slot(e);
  (void)mho_emit(e, MHO_DRU_OPCODE_JOIN, out, y, z);
  mho_emitter_free_slot(e, upper);
  mho_emitter_free_slot(e, lower);
  mho_emitter_free_slot(e, y);
  mho_emitter_free_slot(e, z);
  return out;
}

void mho_emit_inverse(mho_solve_list_t* l) {
  mho_emitter_t* const e = l->e;
  const uint32_t first_use = e->uses;
  const uint16_t scaled = mho_emitter_take_slot(e);
  l->inverse_of_image = e->count;
  (void)mho_emit(e, MHO_DRU_OPCODE_MULTIPLY, scaled, MHO_SLOT_IMAGE, MHO_SLOT_ROW_FINE);
  mho_dru_command_t* const from_image = mho_emit(e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u);
  l->inverse = e->count;
  (void)mho_emit(e, MHO_DRU_OPCODE_MULTIPLY, scaled, MHO_SLOT_RESIDUAL, MHO_SLOT_ROW_FINE);
  from_image->arg[0] = e->count;
  const uint16_t solution = e->plan->options.uses_ginv ? invert_by_ginv(e, scaled) : invert(e, 0u, scaled);
  (void)mho_emit(e, MHO_DRU_OPCODE_MULTIPLY, MHO_SLOT_DIRECTION, solution, MHO_SLOT_COLUMN_FINE);
  mho_emitter_free_slot(e, scaled);
  mho_emitter_free_slot(e, solution);
  mho_emit_return(l);
  l->inverse_uses = e->uses - first_use;
}

void mho_emit_product(mho_solve_list_t* l, uint32_t dst, uint32_t minuend, uint32_t operand) {
  mho_emitter_t* const e = l->e;
  const mho_plan_t* const plan = e->plan;
  if (l->has_product) mho_emitter_repeat(e, l->inverse_uses, l->inverse_uses);
  mho_dru_command_t* const begin = mho_emit(e, MHO_DRU_OPCODE_HP_BEGIN, 0u, minuend, operand);
  begin->flags = l->wide_flag;
  begin->arg[0] = (uint32_t)(plan->system.a_exponent - (int32_t)plan->system.low_bits);
  for (uint32_t t = plan->matrix.first_tile; t < plan->matrix.first_tile + plan->matrix.tiles; ++t) {
    mho_emit_use(e, t);
    mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_HP_MVM, 0u, operand, mho_tile_number(e->plan, t));
    c->arg[0] = plan->tiles[t].row;
    c->arg[1] = plan->tiles[t].column;
    c->arg[2] = plan->tiles[t].weight;
  }
  (void)mho_emit(e, MHO_DRU_OPCODE_HP_END, dst, 0u, 0u);
  l->has_product = 1;
}

void mho_emit_rewind(mho_solve_list_t* l) {
  mho_emitter_repeat(l->e, l->inverse_uses, l->inverse_uses);
  mho_emit_restore(l->e);
}
