// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Writes commands one after the other. Run twice over the same recursion: the first time it counts commands
// and records which tiles are used when, the second time it writes, with PROGRAM commands where a tile is
// missing.
#pragma once

#include <stdint.h>

#include "firmware/libmho/memory.h"
#include "firmware/libmho/plan.h"
#include "firmware/libmho/residency.h"
#include "registers/dru.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  const mho_plan_t* plan;
  mho_memory_t memory;
  mho_residency_t* residency;
  mho_dru_command_t* commands;  ///< NULL: counting
  mho_dru_command_t scratch;    ///< takes what is written while counting
  uint32_t count;
  uint32_t uses;     ///< tile uses so far
  int is_repeating;  ///< what is emitted uses tiles again whose uses are recorded
  mho_arena_t* arena;
  uint16_t free_slots[MHO_DRU_SLOTS];
  uint32_t free_count;
  mho_result_t result;  ///< MHO_NO_MEMORY once something did not fit: the list is of no use then
} mho_emitter_t;

/// Starts at command 0 with all slots from `first_slot` on free; first_slot is 1 or more.
void mho_emitter_start(mho_emitter_t* e, uint16_t first_slot);

/// A slot that nobody uses; 0 when there is none, and then e->result is MHO_NO_MEMORY.
uint16_t mho_emitter_take_slot(mho_emitter_t* e);
/// Gives a slot back.
void mho_emitter_free_slot(mho_emitter_t* e, uint16_t slot);

/// The place of the next command, which the caller fills; a scratch place while counting.
mho_dru_command_t* mho_emit(mho_emitter_t* e, uint8_t opcode, uint32_t dst, uint32_t a, uint32_t b);

/// Makes sure that a tile sits on its macros before the next command uses it.
void mho_emit_use(mho_emitter_t* e, uint32_t tile);

/// What follows repeats recorded uses, from number `next_use` on, with the tiles where they are after
/// `state_use` uses of an iteration.
void mho_emitter_repeat(mho_emitter_t* e, uint32_t state_use, uint32_t next_use);

/// Puts all tiles back to where they sit when an iteration begins.
void mho_emit_restore(mho_emitter_t* e);

/// Puts a tile on the macros that the residency has chosen. `keep_range`: the sequencer knows its range by
/// now.
void mho_emit_program(mho_emitter_t* e, uint32_t tile, int keep_range);

#ifdef __cplusplus
}
#endif
