// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Flexible GMRES around the analogue inverse, in the form of generalised conjugate residuals (Eisenstat,
// Elman & Schultz 1983; van der Vorst & Vuik 1994): the same iterates, without a Hessenberg matrix. Step j:
//     z_j = C·LP⁻¹(R·r),  v_j = −Â·z_j exactly
//     v_j, z_j made orthogonal:  c = ⟨v_j, v_i⟩/⟨v_i, v_i⟩,  v_j −= c·v_i,  z_j −= c·z_i  for i < j
//     c = ⟨r, v_j⟩/⟨v_j, v_j⟩,   x −= c·z_j,  r −= c·v_j
// Where that hardly changes r, its inverse would tell nothing new and the next z is the inverse of v_j, as in
// Arnoldi's method: both extend the same Krylov space. Most of such a v is v_j, which is
// removed again, and rounding errors weigh more in what is left; a long row of such steps can multiply them
// until z and v have nothing to do with each other. A cycle that has left more than it found shows that: it
// is forgotten, and all begins again carefully, with each v formed anew from the z that is left of it.
//
// r is updated, so that it drifts from b − Â·x by rounding. When r and the next z say converged, and at each
// restart, the residual is measured and projected on the known directions: that gives r anew and what they
// know to be missing in x; the inverse of the new r estimates the rest. Only a measured residual and a small
// estimate are called converged.
//
// Directions have 31 bits: what a step leaves of r along them stays there, about 2^-31 of what r was. A
// system that is solved further is measured whenever r has fallen by 2^-20.
#include "firmware/libmho/solve_list.h"

// Words of vector memory beside the directions, in vectors of n: the fixed slots and what the recursion
// holds.
enum { kOtherVectors = MHO_SLOT_FIRST_FREE + 6 };

// Of these, b, x and its settled part may have words of twice the length.
enum { kWideVectors = 3 };

// Asking for more keeps iterations from ending whose inverse sees errors that are not there (bcsstk02).
enum { kGuardBits = 1 };

// A step that takes less than this part of ⟨r, r⟩ from it, as a power of two, leaves an r whose inverse
// brings nothing new. Chosen by bcsstk02: above, inverses of images crowd out those of residuals, below, some
// chips get stuck. Random systems do not care (docs/architecture.md).
enum { kLeastGainLog2 = -6 };

// ⟨r, r⟩ at the next measurement at the latest, as a power of two of what it was at the last. Our assumption:
// eleven bits above where r stops to fall, for the growth of rounding errors in a long cycle.
enum { kMeasureLog2 = -40 };

// Where the routines begin.
typedef struct {
  uint32_t directions;
  uint32_t image, renewed_image, measure, rewind, update, judge, stalled, limit;
  uint32_t orthogonalise[MHO_MAX_DIRECTIONS];  // against direction i and all before it
  uint32_t project[MHO_MAX_DIRECTIONS];        // likewise
} routines;

static int64_t other_words(uint32_t n, int is_wide) {
  return (int64_t)n * (kOtherVectors + (is_wide ? kWideVectors : 0));
}

uint64_t mho_krylov_words(uint32_t n, int is_wide, uint32_t directions) {
  return (uint64_t)other_words(n, is_wide) + (uint64_t)n * 2u * directions;
}

int32_t mho_krylov_directions(uint32_t n, int is_wide, const mho_compile_options_t* options) {
  const int64_t room = ((int64_t)options->sram_words - other_words(n, is_wide)) / (2 * (int64_t)n);
  const uint32_t most = options->restart < n ? options->restart : n;
  return room < (int64_t)most ? (int32_t)room : (int32_t)most;
}

static uint32_t direction(uint32_t i) {
  return MHO_SLOT_FIRST_FREE + 2u * i;
}

static uint32_t image(uint32_t i) {
  return direction(i) + 1u;
}

static uint32_t norm(uint32_t i) {
  return MHO_SCALAR_FIRST_FREE + i;
}

static void emit_ratio(mho_solve_list_t* l, uint32_t dst, uint32_t a, uint32_t b) {
  (void)mho_emit(l->e, MHO_DRU_OPCODE_RATIO, dst, a, b);
}

// COEFFICIENT = ⟨slot, v_i⟩, to be divided by ⟨v_i, v_i⟩.
static void emit_component(mho_solve_list_t* l, uint32_t slot, uint32_t i) {
  (void)mho_emit(l->e, MHO_DRU_OPCODE_DOT, MHO_SCALAR_COEFFICIENT, slot, image(i));
}

static void emit_square(mho_solve_list_t* l, uint32_t scalar, uint32_t slot) {
  (void)mho_emit(l->e, MHO_DRU_OPCODE_DOT, scalar, slot, slot);
}

// BEFORE of the next step.
static void emit_before(mho_solve_list_t* l) {
  emit_square(l, MHO_SCALAR_BEFORE, MHO_SLOT_RESIDUAL);
}

// dst = a − COEFFICIENT · b
static void emit_subtract(mho_solve_list_t* l, uint32_t dst, uint32_t a, uint32_t b) {
  mho_dru_command_t* const c = mho_emit(l->e, MHO_DRU_OPCODE_AXPY, dst, a, b);
  c->flags = MHO_DRU_FLAG_SUBTRACT;
  c->arg[0] = MHO_SCALAR_COEFFICIENT;
}

// One routine with an entry for each direction: from there it goes through all earlier ones. Removes the
// directions from `v`, and the same combination of their z from `z`.
static void emit_removal(mho_solve_list_t* l, uint32_t* entry, uint32_t directions, uint32_t v, uint32_t z) {
  for (uint32_t i = directions; i-- > 0u;) {
    entry[i] = l->e->count;
    emit_component(l, v, i);
    emit_ratio(l, MHO_SCALAR_COEFFICIENT, MHO_SCALAR_COEFFICIENT, norm(i));
    emit_subtract(l, v, v, image(i));
    emit_subtract(l, z, z, direction(i));
  }
  mho_emit_return(l);
}

static void emit_update(mho_solve_list_t* l) {
  emit_subtract(l, MHO_SLOT_CORRECTION, MHO_SLOT_ZERO, MHO_SLOT_DIRECTION);
  emit_subtract(l, MHO_SLOT_RESIDUAL, MHO_SLOT_RESIDUAL, MHO_SLOT_IMAGE);
  mho_emit_add_to_x(l, MHO_SLOT_CORRECTION, 0u);
  mho_emit_correction_norm(l);
  mho_emit_residual_norm(l, MHO_SLOT_RESIDUAL);
  mho_emit_return(l);
}

// The residual with that norm has been measured.
static void emit_checked(mho_solve_list_t* l, uint32_t scalar) {
  if (l->wide_flag == 0u) return;
  emit_ratio(l, MHO_SCALAR_CHECKED, scalar, MHO_SCALAR_ONE);
}

// Jumps if r is to be measured although it is not small yet.
static void jump_if_due(mho_solve_list_t* l, mho_jumps_t* jumps) {
  if (l->wide_flag == 0u) return;
  mho_dru_command_t* const c =
      mho_emit(l->e, MHO_DRU_OPCODE_BRANCH_LE, 0u, MHO_SCALAR_RESIDUAL, MHO_SCALAR_CHECKED);
  c->arg[1] = (uint32_t)kMeasureLog2;
  jumps->command[jumps->count++] = c;
}

static void emit_measure(mho_solve_list_t* l) {
  mho_emit_product(l, MHO_SLOT_RESIDUAL, MHO_SLOT_RHS, MHO_SLOT_X);
  mho_emit_restore(l->e);
  mho_emit_copy(l, MHO_SLOT_MEASURED, MHO_SLOT_RESIDUAL);
  mho_emit_residual_norm(l, MHO_SLOT_MEASURED);
  emit_checked(l, MHO_SCALAR_RESIDUAL);
  mho_emit_zeros(l, MHO_SLOT_ESTIMATE);
  mho_emit_return(l);
}

// A residual of 0, which alone is not less than twice itself, is the last one: nothing could improve x, which
// the driver has refused as converged.
static void emit_end_if_zero(mho_solve_list_t* l, const routines* r) {
  mho_jumps_t solved = {.count = 0};
  mho_jump_unless_less(l, &solved, MHO_SCALAR_RESIDUAL, MHO_SCALAR_RESIDUAL, 1);
  solved.command[0]->arg[0] = r->stalled;
}

static void emit_judge(mho_solve_list_t* l, const routines* r) {
  mho_jumps_t not_yet = {.count = 0}, unsettled = {.count = 0};
  mho_jump_if_residual_large(l, &not_yet);
  (void)mho_emit(l->e, MHO_DRU_OPCODE_ADD, MHO_SLOT_IMAGE, MHO_SLOT_ESTIMATE, MHO_SLOT_DIRECTION);
  mho_emit_estimate_norm(l, MHO_SLOT_IMAGE);
  mho_jump_if_missing_much(l, &unsettled, MHO_SCALAR_ESTIMATE, kGuardBits);
  mho_emit_converged(l, MHO_SLOT_MEASURED);
  mho_land(l, &unsettled);
  emit_end_if_zero(l, r);
  mho_emit_settle(l, MHO_SLOT_MEASURED);
  mho_land(l, &not_yet);
  mho_emit_add_to_x(l, MHO_SLOT_ESTIMATE, 0u);
  mho_emit_return(l);
}

static void emit_image(mho_solve_list_t* l) {
  mho_emit_product(l, MHO_SLOT_IMAGE, MHO_SLOT_ZERO, MHO_SLOT_DIRECTION);
  mho_emit_restore(l->e);
  emit_before(l);
  mho_emit_return(l);
}

// The image of a DIRECTION that is orthogonal already. The tiles of a product are those behind an inverse.
static void emit_renewed_image(mho_solve_list_t* l, const routines* r) {
  mho_emit_copy(l, MHO_SLOT_ESTIMATE, MHO_SLOT_DIRECTION);
  mho_emit_call(l, l->inverse);
  mho_emit_copy(l, MHO_SLOT_DIRECTION, MHO_SLOT_ESTIMATE);
  mho_emit_call(l, r->image);
  mho_emit_return(l);
}

// All of them, in front of the main line, which the list begins with a jump to.
static void emit_routines(mho_solve_list_t* l, routines* r) {
  mho_dru_command_t* const start = mho_emit(l->e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u);
  mho_emit_inverse(l);
  r->image = l->e->count;
  emit_image(l);
  r->renewed_image = l->e->count;
  emit_renewed_image(l, r);
  r->measure = l->e->count;
  emit_measure(l);
  r->rewind = l->e->count;
  mho_emit_rewind(l);
  mho_emit_return(l);
  emit_removal(l, r->orthogonalise, r->directions, MHO_SLOT_IMAGE, MHO_SLOT_DIRECTION);
  emit_removal(l, r->project, r->directions, MHO_SLOT_RESIDUAL, MHO_SLOT_ESTIMATE);
  r->update = l->e->count;
  emit_update(l);
  r->stalled = l->e->count;
  mho_emit_end(l, MHO_SLOT_RESIDUAL, MHO_END_STALLED);
  r->limit = l->e->count;
  mho_emit_end(l, MHO_SLOT_RESIDUAL, MHO_END_LIMIT);
  r->judge = l->e->count;
  emit_judge(l, r);
  start->arg[0] = l->e->count;
}

// The residual that a cycle starts from.
static void emit_cycle_residual(mho_solve_list_t* l, uint32_t slot) {
  (void)mho_emit(l->e, MHO_DRU_OPCODE_NORM2, MHO_SCALAR_PREVIOUS_RESIDUAL, slot, MHO_SLOT_ROW_WEIGHT);
}

// The next iteration is at `target`, unless there were enough.
static void emit_next(mho_solve_list_t* l, const routines* r, uint32_t target) {
  mho_dru_command_t* const next = mho_emit(l->e, MHO_DRU_OPCODE_LOOP, 0u, 0u, 0u);
  next->arg[0] = target;
  next->arg[1] = l->options->max_iterations;
  mho_emit(l->e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u)->arg[0] = r->limit;
}

// DIRECTION and IMAGE without the directions before `j`.
static void emit_orthogonalisation(mho_solve_list_t* l, const routines* r, uint32_t j) {
  if (j == 0u) return;
  mho_jumps_t careless = {.count = 0};
  mho_emit_call(l, r->orthogonalise[j - 1u]);
  mho_jump_if_greater(l, &careless, MHO_SCALAR_ONE, MHO_SCALAR_CAREFUL, 0);
  mho_emit_call(l, r->renewed_image);
  mho_emit_call(l, r->orthogonalise[j - 1u]);
  mho_land(l, &careless);
}

// The step along direction `j`. GAIN = ⟨r, v_j⟩²/⟨v_j, v_j⟩ is what it takes from ⟨r, r⟩.
static void emit_advance(mho_solve_list_t* l, const routines* r, uint32_t j) {
  emit_orthogonalisation(l, r, j);
  emit_square(l, norm(j), MHO_SLOT_IMAGE);
  mho_emit_copy(l, direction(j), MHO_SLOT_DIRECTION);
  mho_emit_copy(l, image(j), MHO_SLOT_IMAGE);
  emit_component(l, MHO_SLOT_RESIDUAL, j);
  emit_ratio(l, MHO_SCALAR_GAIN, norm(j), MHO_SCALAR_COEFFICIENT);
  emit_ratio(l, MHO_SCALAR_GAIN, MHO_SCALAR_COEFFICIENT, MHO_SCALAR_GAIN);
  emit_ratio(l, MHO_SCALAR_COEFFICIENT, MHO_SCALAR_COEFFICIENT, norm(j));
  mho_emit_call(l, r->update);
}

// The next z. A step that did little takes it from its image, and then there is nothing to judge: it goes on
// at `slow`.
static void emit_next_direction(mho_solve_list_t* l, mho_jumps_t* slow) {
  mho_jumps_t stuck = {.count = 0};
  mho_jump_if_greater(l, &stuck, MHO_SCALAR_BEFORE, MHO_SCALAR_GAIN, -kLeastGainLog2);
  mho_emit_call(l, l->inverse);
  mho_dru_command_t* const judged = mho_emit(l->e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u);
  mho_land(l, &stuck);
  mho_emit_call(l, l->inverse_of_image);
  slow->command[slow->count++] = mho_emit(l->e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u);
  judged->arg[0] = l->e->count;
}

static void emit_check(mho_solve_list_t* l, const routines* r, uint32_t j) {
  mho_emit_call(l, r->measure);
  mho_emit_call(l, r->project[j]);
  mho_emit_call(l, l->inverse);
  mho_emit_call(l, r->judge);
}

// Forgets x, unless that has been done.
static void emit_careful_start(mho_solve_list_t* l, mho_jumps_t* stalled) {
  mho_jump_if_greater(l, stalled, MHO_SCALAR_CAREFUL, MHO_SCALAR_ONE, -2);
  emit_ratio(l, MHO_SCALAR_CAREFUL, MHO_SCALAR_ONE, MHO_SCALAR_ONE);
  mho_emit_zero_x(l);
  mho_emit_copy(l, MHO_SLOT_RESIDUAL, MHO_SLOT_RHS);
  emit_cycle_residual(l, MHO_SLOT_RESIDUAL);
  emit_checked(l, MHO_SCALAR_PREVIOUS_RESIDUAL);
  mho_emit_call(l, l->inverse);
}

// After the last direction. A cycle that does not halve the residual is the last.
static void emit_restart(mho_solve_list_t* l, const routines* r, uint32_t first_step) {
  mho_jumps_t grown = {.count = 0}, stalled = {.count = 0};
  mho_emit_call(l, l->inverse);  // the tiles of a measurement are those behind it
  emit_check(l, r, r->directions - 1u);
  mho_jump_if_greater(l, &grown, MHO_SCALAR_RESIDUAL, MHO_SCALAR_PREVIOUS_RESIDUAL, 0);
  mho_jump_unless_less(l, &stalled, MHO_SCALAR_RESIDUAL, MHO_SCALAR_PREVIOUS_RESIDUAL, -2);
  emit_cycle_residual(l, MHO_SLOT_MEASURED);
  emit_next(l, r, first_step);
  mho_land(l, &grown);
  emit_careful_start(l, &stalled);
  emit_next(l, r, first_step);
  for (uint32_t i = 0; i < stalled.count; ++i) stalled.command[i]->arg[0] = r->stalled;
}

// The steps of a cycle, each with the direction that the one before has left. Where the first has its image
// already, it is entered through `entry`.
static void emit_cycle(mho_solve_list_t* l, const routines* r, mho_dru_command_t* entry) {
  const uint32_t first_step = l->e->count;
  for (uint32_t j = 0; j < r->directions; ++j) {
    mho_emit_call(l, r->image);
    if (j == 0u && entry != NULL) entry->arg[0] = l->e->count;
    emit_advance(l, r, j);
    if (j + 1u == r->directions) break;
    mho_jumps_t unfinished = {.count = 0}, due = {.count = 0};
    emit_next_direction(l, &unfinished);
    jump_if_due(l, &due);
    mho_jump_if_residual_large(l, &unfinished);
    mho_emit_estimate_norm(l, MHO_SLOT_DIRECTION);
    mho_jump_if_missing_much(l, &unfinished, MHO_SCALAR_ESTIMATE, kGuardBits);
    mho_land(l, &due);
    emit_check(l, r, j);
    mho_land(l, &unfinished);
    emit_next(l, r, l->e->count + 2u);
  }
  emit_restart(l, r, first_step);
}

static void emit_start(mho_solve_list_t* l, routines* r, uint32_t directions) {
  r->directions = directions;
  l->ends_moved = 1;
  emit_routines(l, r);
  mho_emit_prologue(l);
  mho_emit_zeros(l, MHO_SLOT_ZERO);
  emit_ratio(l, MHO_SCALAR_CAREFUL, MHO_SCALAR_SETTLED, MHO_SCALAR_ONE);  // nothing is settled yet: 0
}

void mho_emit_gmres(mho_solve_list_t* l, uint32_t directions) {
  routines r;
  emit_start(l, &r, directions);
  emit_cycle_residual(l, MHO_SLOT_RESIDUAL);
  emit_checked(l, MHO_SCALAR_PREVIOUS_RESIDUAL);
  mho_emit_call(l, l->inverse);
  emit_cycle(l, &r, NULL);
}

// The refinement step d that disappointed becomes the first direction: v = −Â·d is the difference of the
// residuals after and before it.
static mho_dru_command_t* emit_change_over(mho_solve_list_t* l, const routines* r) {
  emit_checked(l, MHO_SCALAR_PREVIOUS_RESIDUAL);
  mho_emit_call(l, r->rewind);
  mho_emit_copy(l, MHO_SLOT_DIRECTION, MHO_SLOT_CORRECTION);
  mho_emit_copy(l, MHO_SLOT_MEASURED, MHO_SLOT_RESIDUAL);
  mho_emit_copy(l, MHO_SLOT_RESIDUAL, MHO_SLOT_IMAGE);
  mho_emit(l->e, MHO_DRU_OPCODE_ADD, MHO_SLOT_IMAGE, MHO_SLOT_MEASURED, MHO_SLOT_RESIDUAL)->flags =
      MHO_DRU_FLAG_SUBTRACT;
  mho_emit_add_to_x(l, MHO_SLOT_CORRECTION, MHO_DRU_FLAG_SUBTRACT);
  emit_before(l);
  mho_emit_store_scalar(l, MHO_SCALAR_RESIDUAL, l->program->changes, sizeof(mho_dru_scalar_t), MHO_WAVE_NONE,
                        MHO_DRU_NO_SLOT);
  return mho_emit(l->e, MHO_DRU_OPCODE_JUMP, 0u, 0u, 0u);
}

void mho_emit_auto(mho_solve_list_t* l, uint32_t directions) {
  routines r;
  mho_emitter_t* const e = l->e;
  emit_start(l, &r, directions);
  mho_emit_call(l, l->inverse);
  const uint32_t loop = e->count;
  mho_emit_copy(l, MHO_SLOT_IMAGE, MHO_SLOT_RESIDUAL);
  emit_cycle_residual(l, MHO_SLOT_RESIDUAL);
  mho_emit_refinement_step(l);
  mho_emit_call(l, l->inverse);
  mho_emit_estimate_norm(l, MHO_SLOT_DIRECTION);
  mho_emit_end_if_converged(l, MHO_SCALAR_ESTIMATE, kGuardBits);
  emit_end_if_zero(l, &r);
  mho_jumps_t disappointed = {.count = 0};
  mho_jump_if_greater(l, &disappointed, MHO_SCALAR_RESIDUAL, MHO_SCALAR_PREVIOUS_RESIDUAL, -6);
  emit_next(l, &r, loop);
  mho_land(l, &disappointed);
  mho_dru_command_t* const entry = emit_change_over(l, &r);
  emit_cycle(l, &r, entry);
}
