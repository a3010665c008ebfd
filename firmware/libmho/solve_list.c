// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/solve_list.h"

void mho_emit_load(mho_solve_list_t* l, uint32_t slot, uint32_t address, uint8_t flags) {
  mho_dru_command_t* const c = mho_emit(l->e, MHO_DRU_OPCODE_LOAD, slot, 0u, 0u);
  c->flags = flags;
  c->arg[0] = address;
  c->arg[1] = l->e->plan->system.n;
}

void mho_emit_copy(mho_solve_list_t* l, uint32_t dst, uint32_t source) {
  mho_emit(l->e, MHO_DRU_OPCODE_SLICE, dst, source, 0u)->arg[1] = l->e->plan->system.n;
}

void mho_emit_zeros(mho_solve_list_t* l, uint32_t dst) {
  mho_emit(l->e, MHO_DRU_OPCODE_CLEAR, dst, 0u, 0u)->arg[0] = l->e->plan->system.n;
}

void mho_emit_zero_x(mho_solve_list_t* l) {
  mho_dru_command_t* const c = mho_emit(l->e, MHO_DRU_OPCODE_CLEAR, MHO_SLOT_X, 0u, 0u);
  c->flags = l->wide_flag;
  c->arg[0] = l->e->plan->system.n;
}

void mho_emit_add_to_x(mho_solve_list_t* l, uint32_t slot, uint8_t flags) {
  mho_emit(l->e, MHO_DRU_OPCODE_ADD, MHO_SLOT_X, MHO_SLOT_X, slot)->flags = (uint8_t)(l->wide_flag | flags);
}

void mho_emit_call(mho_solve_list_t* l, uint32_t target) {
  mho_emit(l->e, MHO_DRU_OPCODE_CALL, 0u, 0u, 0u)->arg[0] = target;
}

void mho_emit_return(mho_solve_list_t* l) {
  (void)mho_emit(l->e, MHO_DRU_OPCODE_RETURN, 0u, 0u, 0u);
}

static void store(mho_solve_list_t* l, uint32_t slot, const mho_dru_vector_t* to) {
  mho_dru_command_t* const c = mho_emit(l->e, MHO_DRU_OPCODE_STORE, 0u, slot, 0u);
  c->flags = MHO_DRU_FLAG_RELATIVE;
  c->arg[0] = mho_address(&l->e->memory, to);
}

void mho_emit_store_scalar(mho_solve_list_t* l, uint32_t scalar, const mho_dru_scalar_t* to, uint32_t stride,
                           uint32_t wave, uint32_t reference) {
  mho_dru_command_t* const c = mho_emit(l->e, MHO_DRU_OPCODE_STORE_SCALAR, wave, scalar, reference);
  c->flags = MHO_DRU_FLAG_RELATIVE;
  c->arg[0] = mho_address(&l->e->memory, to);
  c->arg[1] = stride;
}

void mho_emit_residual_norm(mho_solve_list_t* l, uint32_t slot) {
  (void)mho_emit(l->e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_RESIDUAL, slot, MHO_SLOT_ROW_WEIGHT);
  mho_emit_store_scalar(l, MHO_SCALAR_RESIDUAL, l->program->history, sizeof(mho_dru_scalar_t),
                        MHO_WAVE_RESIDUAL, MHO_SCALAR_RHS);
}

void mho_emit_settle(mho_solve_list_t* l, uint32_t measured) {
  mho_jumps_t settled = {.count = 0};
  mho_jump_if_greater(l, &settled, MHO_SCALAR_SETTLED, MHO_SCALAR_ONE, -2);
  store(l, MHO_SLOT_X, l->program->x_settled);
  store(l, measured, l->program->rest_rhs);
  mho_dru_command_t* const kept = mho_emit(l->e, MHO_DRU_OPCODE_SLICE, MHO_SLOT_SETTLED, MHO_SLOT_X, 0u);
  kept->flags = l->wide_flag;
  kept->arg[1] = l->e->plan->system.n;
  mho_emit_zero_x(l);
  mho_emit_copy(l, MHO_SLOT_RHS, measured);
  (void)mho_emit(l->e, MHO_DRU_OPCODE_RATIO, MHO_SCALAR_SETTLED, MHO_SCALAR_ONE, MHO_SCALAR_ONE);
  mho_land(l, &settled);
}

void mho_emit_correction_norm(mho_solve_list_t* l) {
  (void)mho_emit(l->e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_CORRECTION, MHO_SLOT_CORRECTION,
                 MHO_SLOT_COLUMN_WEIGHT);
  mho_jumps_t settled = {.count = 0};
  mho_jump_if_greater(l, &settled, MHO_SCALAR_SETTLED, MHO_SCALAR_ONE, -2);
  (void)mho_emit(l->e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_X, MHO_SLOT_X, MHO_SLOT_COLUMN_WEIGHT);
  mho_dru_command_t* const done = mho_emit(l->e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u);
  mho_land(l, &settled);
  (void)mho_emit(l->e, MHO_DRU_OPCODE_ADD, MHO_SLOT_DIRECTION, MHO_SLOT_SETTLED, MHO_SLOT_X);
  (void)mho_emit(l->e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_X, MHO_SLOT_DIRECTION, MHO_SLOT_COLUMN_WEIGHT);
  done->arg[0] = l->e->count;
  mho_emit_store_scalar(l, MHO_SCALAR_CORRECTION, l->program->corrections, sizeof(mho_dru_scalar_t),
                        MHO_WAVE_CORRECTION, MHO_SCALAR_X);
}

void mho_emit_estimate_norm(mho_solve_list_t* l, uint32_t slot) {
  (void)mho_emit(l->e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_ESTIMATE, slot, MHO_SLOT_COLUMN_WEIGHT);
}

void mho_emit_end(mho_solve_list_t* l, uint32_t residual, uint32_t code) {
  if (l->options->repeats && l->ends_moved) mho_emit_rewind(l);
  store(l, MHO_SLOT_X, l->program->x);
  store(l, residual, l->program->residual);
  mho_emit_store_scalar(l, MHO_SCALAR_X, l->program->x_norm2, 0u, MHO_WAVE_NONE, MHO_DRU_NO_SLOT);
  mho_emit(l->e, MHO_DRU_OPCODE_END, 0u, 0u, 0u)->arg[0] = code;
}

void mho_emit_converged(mho_solve_list_t* l, uint32_t residual) {
  mho_emit_end(l, residual, MHO_END_CONVERGED);
  if (l->options->repeats && l->ends_moved) mho_emit_call(l, l->inverse);  // the end has rewound it
}

void mho_emit_prologue(mho_solve_list_t* l) {
  mho_emit_load(l, MHO_SLOT_RHS, mho_address(&l->e->memory, l->program->rhs),
                (uint8_t)(l->wide_flag | MHO_DRU_FLAG_RELATIVE));
  mho_emit_load(l, MHO_SLOT_ROW_FINE, l->in->row_fine, 0u);
  mho_emit_load(l, MHO_SLOT_COLUMN_FINE, l->in->column_fine, 0u);
  mho_emit_load(l, MHO_SLOT_ROW_WEIGHT, l->in->row_weight, 0u);
  mho_emit_load(l, MHO_SLOT_COLUMN_WEIGHT, l->in->column_weight, 0u);
  (void)mho_emit(l->e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_RHS, MHO_SLOT_RHS, MHO_SLOT_ROW_WEIGHT);
  mho_emit_store_scalar(l, MHO_SCALAR_RHS, l->program->rhs_norm2, 0u, MHO_WAVE_NONE, MHO_DRU_NO_SLOT);
  (void)mho_emit(l->e, MHO_DRU_OPCODE_RATIO, MHO_SCALAR_ONE, MHO_SCALAR_RHS, MHO_SCALAR_RHS);
  mho_emit_zero_x(l);
  // A list finds slots and scalars as the one before it left them.
  (void)mho_emit(l->e, MHO_DRU_OPCODE_CLEAR, MHO_SLOT_SETTLED, 0u, 0u);
  (void)mho_emit(l->e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_SETTLED, MHO_SLOT_X, MHO_SLOT_COLUMN_WEIGHT);
  mho_emit_copy(l, MHO_SLOT_RESIDUAL, MHO_SLOT_RHS);
}

void mho_jump_if_greater(mho_solve_list_t* l, mho_jumps_t* jumps, uint32_t a, uint32_t b, int32_t power) {
  mho_dru_command_t* const c = mho_emit(l->e, MHO_DRU_OPCODE_BRANCH_LE, 0u, a, b);
  c->flags = MHO_DRU_FLAG_INVERT;
  c->arg[1] = (uint32_t)power;
  jumps->command[jumps->count++] = c;
}

void mho_jump_unless_less(mho_solve_list_t* l, mho_jumps_t* jumps, uint32_t a, uint32_t b, int32_t power) {
  mho_dru_command_t* const c = mho_emit(l->e, MHO_DRU_OPCODE_BRANCH_LE, 0u, b, a);
  c->arg[1] = (uint32_t)-power;
  jumps->command[jumps->count++] = c;
}

void mho_jump_if_residual_large(mho_solve_list_t* l, mho_jumps_t* jumps) {
  mho_jump_if_greater(l, jumps, MHO_SCALAR_RESIDUAL, MHO_SCALAR_RHS,
                      -2 * (int32_t)l->options->tolerance_bits);
}

void mho_jump_if_missing_much(mho_solve_list_t* l, mho_jumps_t* jumps, uint32_t missing,
                              uint32_t guard_bits) {
  mho_jump_if_greater(l, jumps, missing, MHO_SCALAR_X,
                      -2 * (int32_t)(l->options->tolerance_bits + guard_bits));
  jumps->command[jumps->count - 1u]->flags |= MHO_DRU_FLAG_TIGHTENED;
}

void mho_emit_refinement_step(mho_solve_list_t* l) {
  mho_emit_copy(l, MHO_SLOT_CORRECTION, MHO_SLOT_DIRECTION);
  mho_emit_add_to_x(l, MHO_SLOT_CORRECTION, 0u);
  mho_emit_correction_norm(l);
  mho_emit_product(l, MHO_SLOT_RESIDUAL, MHO_SLOT_RHS, MHO_SLOT_X);
  mho_emit_restore(l->e);
  mho_emit_residual_norm(l, MHO_SLOT_RESIDUAL);
}

void mho_emit_end_if_converged(mho_solve_list_t* l, uint32_t missing, uint32_t guard_bits) {
  mho_jumps_t again = {.count = 0}, unsettled = {.count = 0};
  mho_jump_if_residual_large(l, &again);
  mho_jump_if_missing_much(l, &unsettled, missing, guard_bits);
  mho_emit_converged(l, MHO_SLOT_RESIDUAL);
  mho_land(l, &unsettled);
  mho_emit_settle(l, MHO_SLOT_RESIDUAL);
  mho_land(l, &again);
}

void mho_land(const mho_solve_list_t* l, const mho_jumps_t* jumps) {
  for (uint32_t i = 0; i < jumps->count; ++i) jumps->command[i]->arg[0] = l->e->count;
}
