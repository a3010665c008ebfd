// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Plain refinement (HP-INV, facts.md §1): d = C·LP⁻¹(R·r), x += d, r = b − Â·x. It stops by what it has done,
// as the published loop does: the last d has to be small. The other methods ask what the next one would be.
#include "firmware/libmho/solve_list.h"

// One guard bit where the last step has at least halved the correction, otherwise five.
static void emit_end_if_converged(mho_solve_list_t* l) {
  mho_jumps_t slow = {.count = 0};
  mho_jump_if_greater(l, &slow, MHO_SCALAR_CORRECTION, MHO_SCALAR_PREVIOUS_CORRECTION, -2);
  mho_emit_end_if_converged(l, MHO_SCALAR_CORRECTION, 1u);
  mho_dru_command_t* const fast = mho_emit(l->e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u);
  mho_land(l, &slow);
  mho_emit_end_if_converged(l, MHO_SCALAR_CORRECTION, 5u);
  fast->arg[0] = l->e->count;
}

void mho_emit_refine(mho_solve_list_t* l) {
  mho_emitter_t* const e = l->e;
  mho_dru_command_t* const start = mho_emit(e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u);
  mho_emit_inverse(l);
  start->arg[0] = e->count;
  mho_emit_prologue(l);
  (void)mho_emit(e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_CORRECTION, MHO_SLOT_X, MHO_SLOT_COLUMN_WEIGHT);
  const uint32_t loop = e->count;
  mho_emit_call(l, l->inverse);
  (void)mho_emit(e, MHO_DRU_OPCODE_RATIO, MHO_SCALAR_PREVIOUS_CORRECTION, MHO_SCALAR_CORRECTION,
                 MHO_SCALAR_ONE);
  mho_emit_refinement_step(l);
  emit_end_if_converged(l);
  mho_jumps_t diverged = {.count = 0};
  mho_jump_if_greater(l, &diverged, MHO_SCALAR_RESIDUAL, MHO_SCALAR_RHS, MHO_DIVERGED_LOG2);
  mho_dru_command_t* const next = mho_emit(e, MHO_DRU_OPCODE_LOOP, 0u, 0u, 0u);
  next->arg[0] = loop;
  next->arg[1] = l->options->max_iterations;
  mho_emit_end(l, MHO_SLOT_RESIDUAL, MHO_END_LIMIT);
  mho_land(l, &diverged);
  mho_emit_end(l, MHO_SLOT_RESIDUAL, MHO_END_DIVERGED);
}
