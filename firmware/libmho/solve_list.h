// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the command lists of all methods have in common: slots and scalars with a fixed meaning, single
// commands, and the two products that every method is made of,
//     inverse    LP⁻¹, the BlockAMC recursion written out (facts.md §2)
//     product    a − Â·b in exact integers
// Internal to the compiler; its parts are solve_list.c, products.c, refine.c and krylov.c.
#pragma once

#include <stdint.h>

#include "firmware/libmho/compile.h"
#include "firmware/libmho/emitter.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Slots; the recursion takes its own from MHO_SLOT_FIRST_FREE on, behind the directions of Krylov methods.
enum {
  MHO_SLOT_RHS,
  MHO_SLOT_X,
  MHO_SLOT_RESIDUAL,
  MHO_SLOT_CORRECTION,
  MHO_SLOT_ROW_FINE,
  MHO_SLOT_COLUMN_FINE,
  MHO_SLOT_ROW_WEIGHT,
  MHO_SLOT_COLUMN_WEIGHT,
  MHO_SLOT_ZERO,       ///< n zeros
  MHO_SLOT_DIRECTION,  ///< z = C·LP⁻¹(R·r): what is missing in x, as far as the analogue inverse knows
  MHO_SLOT_IMAGE,      ///< v = −Â·z
  MHO_SLOT_MEASURED,   ///< b − Â·x as measured last
  MHO_SLOT_ESTIMATE,   ///< what the known directions say is missing in x
  MHO_SLOT_SETTLED,    ///< the part of x that is settled; holds nothing before
  MHO_SLOT_FIRST_FREE
};

/// Scalars. All norms are squared and in the user's scaling.
enum {
  MHO_SCALAR_RHS,
  MHO_SCALAR_RESIDUAL,
  MHO_SCALAR_CORRECTION,
  MHO_SCALAR_PREVIOUS_CORRECTION,
  MHO_SCALAR_X,
  MHO_SCALAR_PREVIOUS_RESIDUAL,  ///< of the step or cycle before
  MHO_SCALAR_ESTIMATE,
  MHO_SCALAR_COEFFICIENT,
  MHO_SCALAR_ONE,
  MHO_SCALAR_SETTLED,  ///< 1 once x has a settled part, 0 before
  MHO_SCALAR_BEFORE,   ///< ⟨r, r⟩ before a step of GMRES
  MHO_SCALAR_GAIN,     ///< what it takes from it
  MHO_SCALAR_CAREFUL,  ///< 1 once a cycle of GMRES has been forgotten, 0 before
  MHO_SCALAR_CHECKED,  ///< of the residual when GMRES measured it last, where vectors have 64-bit words
  MHO_SCALAR_FIRST_FREE
};

/// Waveform channels of STORE_SCALAR.
enum { MHO_WAVE_RESIDUAL = 0, MHO_WAVE_CORRECTION = 1, MHO_WAVE_NONE = 2 };

/// Vectors in memory that the lists load.
typedef struct {
  uint32_t row_fine, column_fine, row_weight, column_weight;
} mho_solve_inputs_t;

/// What one solve list is compiled from.
typedef struct {
  mho_emitter_t* e;
  const mho_program_t* program;
  const mho_solve_inputs_t* in;
  const mho_compile_options_t* options;
  uint32_t inverse;           ///< command where the inverse begins
  uint32_t inverse_of_image;  ///< that of slot IMAGE
  uint32_t inverse_uses;      ///< its tile uses
  uint8_t wide_flag;  ///< flag WIDE where b and x have 64-bit words, else 0; factors have 32-bit words
  int has_product;    ///< a product was emitted before
  int ends_moved;     ///< the list ends between an inverse and its product
} mho_solve_list_t;

/// Commands whose jump goes to a place that is not known yet. Up to 4.
typedef struct {
  mho_dru_command_t* command[4];
  uint32_t count;
} mho_jumps_t;

/// @param flags  WIDE: its words in memory and in the slot have 64 bits
void mho_emit_load(mho_solve_list_t* l, uint32_t slot, uint32_t address, uint8_t flags);
/// A copy with 32-bit words.
void mho_emit_copy(mho_solve_list_t* l, uint32_t dst, uint32_t source);
void mho_emit_zeros(mho_solve_list_t* l, uint32_t dst);
/// x = 0; a settled part stays.
void mho_emit_zero_x(mho_solve_list_t* l);
/// x += slot, or with flag SUBTRACT x −= slot.
void mho_emit_add_to_x(mho_solve_list_t* l, uint32_t slot, uint8_t flags);
void mho_emit_return(mho_solve_list_t* l);
void mho_emit_call(mho_solve_list_t* l, uint32_t target);
/// @param wave, reference  waveform that takes sqrt(scalar / reference); MHO_WAVE_NONE, MHO_DRU_NO_SLOT
void mho_emit_store_scalar(mho_solve_list_t* l, uint32_t scalar, const mho_dru_scalar_t* to, uint32_t stride,
                           uint32_t wave, uint32_t reference);
/// Norms of the residual in `slot`, of the correction and of x, and what goes into history and waveform. That
/// of x uses up DIRECTION.
void mho_emit_residual_norm(mho_solve_list_t* l, uint32_t slot);
void mho_emit_correction_norm(mho_solve_list_t* l);
/// Norm of `slot`, an estimate of what is missing in x.
void mho_emit_estimate_norm(mho_solve_list_t* l, uint32_t slot);
/// Once in a list: what x holds becomes its settled part, slot `measured` = b − Â·x the right-hand side of
/// the rest, and slot X is 0. The words of slot X have one exponent for all unknowns; those of the rest are
/// as much finer as the residual is smaller than b. Later ones do nothing.
void mho_emit_settle(mho_solve_list_t* l, uint32_t measured);
/// Stores x, the residual of slot `residual` and ‖x‖, and ends the list.
void mho_emit_end(mho_solve_list_t* l, uint32_t residual, uint32_t code);
/// Ends the list as converged. Resumed, it goes on with the next command as if it had not ended.
void mho_emit_converged(mho_solve_list_t* l, uint32_t residual);
/// b, scales and weights into their slots; x = 0, r = b.
void mho_emit_prologue(mho_solve_list_t* l);
/// Jumps if scalar a > scalar b · 2^power.
void mho_jump_if_greater(mho_solve_list_t* l, mho_jumps_t* jumps, uint32_t a, uint32_t b, int32_t power);
/// Jumps unless scalar a < scalar b · 2^power; so if both are 0.
void mho_jump_unless_less(mho_solve_list_t* l, mho_jumps_t* jumps, uint32_t a, uint32_t b, int32_t power);
/// Jumps if ‖r‖ > 2^-t‖b‖.
void mho_jump_if_residual_large(mho_solve_list_t* l, mho_jumps_t* jumps);
/// Jumps if the squared norm `missing` of what the analogue inverse finds missing in x is above
/// 2^-(t+guard_bits)‖x‖. With a contraction ρ the true error is at most ‖missing‖/(1−ρ): one guard bit covers
/// ρ ≤ 1/2, five cover ρ ≤ 0.97. What they do not cover the digital verification finds.
void mho_jump_if_missing_much(mho_solve_list_t* l, mho_jumps_t* jumps, uint32_t missing, uint32_t guard_bits);
/// x += DIRECTION, r = b − Â·x and their norms. Tiles are in their places again afterwards.
void mho_emit_refinement_step(mho_solve_list_t* l);
/// Ends the list if residual and what is missing are small. If only the residual is, the rest of x is sought
/// with words of its own.
/// @param missing, guard_bits  see mho_jump_if_missing_much()
void mho_emit_end_if_converged(mho_solve_list_t* l, uint32_t missing, uint32_t guard_bits);
/// All of them go to the next command.
void mho_land(const mho_solve_list_t* l, const mho_jumps_t* jumps);

/// Slot DIRECTION = C·LP⁻¹(R·RESIDUAL), or that of IMAGE, as a routine: once in a list, before its products.
/// The tile uses of an iteration begin with it.
void mho_emit_inverse(mho_solve_list_t* l);
/// Slot dst = slot minuend − Â · slot operand, when an inverse has come before; a product ends the tile uses
/// of an iteration.
void mho_emit_product(mho_solve_list_t* l, uint32_t dst, uint32_t minuend, uint32_t operand);
/// The tiles of an iteration that ends after its inverse go back to where they sit at the begin. After the
/// first product of the list.
void mho_emit_rewind(mho_solve_list_t* l);

/// Products in any one list.
enum { MHO_MAX_PRODUCTS = 3 };

/// The solve lists.
void mho_emit_refine(mho_solve_list_t* l);
/// @param directions  1 to MHO_MAX_DIRECTIONS
void mho_emit_gmres(mho_solve_list_t* l, uint32_t directions);
/// Refinement that goes over to GMRES when a step gains less than the published three bits (facts.md §1). A
/// step of GMRES costs about a tenth more (docs/methods.md), so it pays long before refinement stalls.
void mho_emit_auto(mho_solve_list_t* l, uint32_t directions);

/// Directions that fit the scalars, the slots and the vector memory; below 1: none do.
/// @param is_wide  b and x have 64-bit words
int32_t mho_krylov_directions(uint32_t n, int is_wide, const mho_compile_options_t* options);
/// Words of vector memory that a list with so many directions takes at most, likewise.
uint64_t mho_krylov_words(uint32_t n, int is_wide, uint32_t directions);

#ifdef __cplusplus
}
#endif
