// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/emitter.h"

#include <string.h>

void mho_emitter_start(mho_emitter_t* e, uint16_t first_slot) {
  e->count = 0;
  e->uses = 0;
  e->is_repeating = 0;
  e->free_count = 0;
  for (uint32_t slot = MHO_DRU_SLOTS; slot-- > first_slot;) e->free_slots[e->free_count++] = (uint16_t)slot;
}

uint16_t mho_emitter_take_slot(mho_emitter_t* e) {
  if (e->free_count == 0u) {
    e->result = MHO_NO_MEMORY;
    return 0;
  }
  return e->free_slots[--e->free_count];
}

void mho_emitter_free_slot(mho_emitter_t* e, uint16_t slot) {
  if (slot == 0u) return;  // what mho_emitter_take_slot() gives when it has none
  e->free_slots[e->free_count++] = slot;
}

mho_dru_command_t* mho_emit(mho_emitter_t* e, uint8_t opcode, uint32_t dst, uint32_t a, uint32_t b) {
  mho_dru_command_t* const command = e->commands == NULL ? &e->scratch : &e->commands[e->count];
  ++e->count;
  memset(command, 0, sizeof *command);
  command->opcode = opcode;
  command->dst = (uint16_t)dst;
  command->a = (uint16_t)a;
  command->b = (uint16_t)b;
  return command;
}

static int8_t first_range(int keep_range) {
  return keep_range ? MHO_DRU_RANGE_KEEP : 0;
}

void mho_emit_program(mho_emitter_t* e, uint32_t index, int keep_range) {
  const mho_tile_t* const tile = &e->plan->tiles[index];
  mho_dru_tile_t* const out = mho_arena_take(e->arena, 1u, sizeof *out);
  if (out == NULL) {
    e->result = MHO_NO_MEMORY;
    return;
  }
  out->kind = tile->kind;
  out->format = tile->format;
  out->rows = tile->rows;
  out->columns = tile->columns;
  out->first_slice = tile->first_slice;
  out->slices = tile->slices;
  out->source_address = mho_address(&e->memory, tile->source);
  out->row_stride = tile->row_stride;
  out->order_address = tile->order == NULL ? 0u : mho_address(&e->memory, tile->order);
  out->scale_mantissa = tile->scale_mantissa;
  out->scale_exponent = tile->scale_exponent;
  out->feedback = tile->feedback;
  out->damping = tile->damping;
  out->input_range = first_range(keep_range);
  for (uint32_t s = 0; s < tile->macros; ++s) out->macro[s] = e->residency->macros[index][s];
  mho_emit(e, MHO_DRU_OPCODE_PROGRAM, 0u, 0u, mho_tile_number(e->plan, index))->arg[0] =
      mho_address(&e->memory, out);
}

void mho_emitter_repeat(mho_emitter_t* e, uint32_t state_use, uint32_t next_use) {
  e->is_repeating = 1;
  if (e->commands != NULL) mho_residency_seek(e->residency, state_use, next_use);
}

void mho_emit_restore(mho_emitter_t* e) {
  if (e->commands == NULL) return;
  for (uint32_t tile; (tile = mho_residency_restore(e->residency)) != MHO_NONE;) mho_emit_program(e, tile, 1);
}

void mho_emit_use(mho_emitter_t* e, uint32_t tile) {
  if (e->commands == NULL && e->is_repeating) return;
  ++e->uses;
  if (e->commands == NULL) {
    if (e->residency != NULL) mho_residency_record(e->residency, tile);
    return;
  }
  if (mho_residency_use(e->residency, tile)) mho_emit_program(e, tile, 1);
}
