// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Plain refinement (HP-INV, facts.md §1): d = C·LP⁻¹(R·r), x += d, r = b − Â·x.
#include "firmware/libmho/solve_list.h"

void mho_emit_refine(mho_solve_list_t* l) {
  mho_emitter_t* const e = l->e;
  mho_emit_prologue(l);
  const uint32_t loop = e->count;
  mho_emit_previous_correction(l);
  mho_emit_inverse(l, MHO_SLOT_CORRECTION);
  (void)mho_emit(e, MHO_DRU_OPCODE_ADD, MHO_SLOT_X, MHO_SLOT_X, MHO_SLOT_CORRECTION);
  mho_emit_correction_norm(l);
  mho_emit_product(l, MHO_SLOT_RESIDUAL, MHO_SLOT_RHS, MHO_SLOT_X, MHO_AFTER_INVERSE);
  mho_emit_residual_norm(l, MHO_SLOT_RESIDUAL);

  mho_emit_end_if_converged(l);
  mho_jumps_t diverged = {.count = 0};
  mho_jump_if_greater(l, &diverged, MHO_SCALAR_RESIDUAL, MHO_SCALAR_RHS, MHO_DIVERGED_LOG2);
  mho_emit_restore(e);
  mho_dru_command_t* const next = mho_emit(e, MHO_DRU_OPCODE_LOOP, 0u, 0u, 0u);
  next->arg[0] = loop;
  next->arg[1] = l->options->max_iterations;
  mho_emit_end(l, MHO_SLOT_RESIDUAL, MHO_END_LIMIT);
  mho_land(l, &diverged);
  mho_emit_end(l, MHO_SLOT_RESIDUAL, MHO_END_DIVERGED);
}
