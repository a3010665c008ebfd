// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/compile.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "firmware/libmho/solve_list.h"

// Longest list that a descriptor can name.
enum { kMaxCommands = 1 << 20 };

// A power of two below any that the scales and words of doubles make up.
enum { kNoWeight = -(1 << 14) };

static uint32_t store_input(const mho_memory_t* memory, mho_arena_t* arena, const int32_t* words, int negate,
                            int32_t exponent, uint32_t n) {
  mho_dru_vector_t* const v = mho_arena_take(arena, 1u, (uint32_t)(sizeof *v + n * sizeof(int32_t)));
  if (v == NULL) return 0u;
  v->exponent = exponent;
  v->length = n;
  for (uint32_t i = 0; i < n; ++i) mho_vector_words(v)[i] = negate ? -words[i] : words[i];
  return mho_address(memory, v);
}

// Norms of corrections and of x are the user's: the scaling of columns is applied, and auxiliary unknowns
// vanish beside those of x.
static uint32_t store_column_weights(const mho_memory_t* memory, mho_arena_t* arena, const mho_system_t* s) {
  const uint32_t address = store_input(memory, arena, s->column_scale, 0, 0, s->n);
  if (address == 0u) return 0u;
  int32_t* const weights = mho_vector_words((mho_dru_vector_t*)mho_pointer(memory, address));
  for (uint32_t j = 0; j < s->n; ++j) {
    if (!mho_system_is_x(s, j)) weights[j] = kNoWeight;
  }
  return address;
}

static mho_result_t store_inputs(mho_solve_inputs_t* in, const mho_plan_t* plan, const mho_memory_t* memory,
                                 mho_arena_t* arena) {
  const mho_system_t* const s = &plan->system;
  mho_factor_vector_t row = {s->row_fine, -30}, column = {s->column_fine, -30};
  if (plan->options.uses_ginv) {
    row = plan->ginv.in;
    column = plan->ginv.out;
  }
  in->row_fine = store_input(memory, arena, row.word, 0, row.exponent, s->n);
  in->column_fine = store_input(memory, arena, column.word, 0, column.exponent, s->n);
  in->row_weight = store_input(memory, arena, s->row_scale, 1, 0, s->n);
  in->column_weight = store_column_weights(memory, arena, s);
  return in->column_weight == 0u ? MHO_NO_MEMORY : MHO_OK;
}

static void emit_solve(mho_emitter_t* e, mho_program_t* program, const mho_solve_inputs_t* in,
                       const mho_compile_options_t* options) {
  mho_solve_list_t list = {.e = e,
                           .program = program,
                           .in = in,
                           .options = options,
                           .wide_flag = e->plan->system.low_bits != 0u ? MHO_DRU_FLAG_WIDE : 0u};
  mho_emitter_start(e, (uint16_t)(MHO_SLOT_FIRST_FREE + 2u * program->directions));
  if (program->directions == 0u) {
    mho_emit_refine(&list);
  } else if (options->method == MHO_JOB_METHOD_GMRES) {
    mho_emit_gmres(&list, program->directions);
  } else {
    mho_emit_auto(&list, program->directions);
  }
}

// Two directions are the fewest that gain anything on refinement.
static mho_result_t choose_directions(mho_program_t* p, const mho_system_t* s,
                                      const mho_compile_options_t* options) {
  p->directions = 0;
  if (options->method == MHO_JOB_METHOD_REFINE) return MHO_OK;
  const int32_t fit = mho_krylov_directions(s->n, s->low_bits != 0u, options);
  const int32_t fewest = s->n == 1u || options->restart == 1u ? 1 : 2;
  if (fit >= fewest) {
    p->directions = (uint32_t)fit;
    return MHO_OK;
  }
  return options->method == MHO_JOB_METHOD_AUTO ? MHO_OK : MHO_NO_MEMORY;
}

// What one run of the solve list reads and writes.
static mho_result_t take_vectors(mho_program_t* p, const mho_system_t* s, uint32_t max_iterations,
                                 mho_arena_t* arena) {
  const uint32_t vector_bytes = mho_vector_bytes(s->n, 0);
  const uint32_t wide_bytes = mho_vector_bytes(s->n, s->low_bits != 0u);
  p->rhs = mho_arena_take(arena, 1u, wide_bytes);
  p->x = mho_arena_take(arena, 1u, wide_bytes);
  p->x_settled = mho_arena_take(arena, 1u, wide_bytes);
  p->rest_rhs = mho_arena_take(arena, 1u, vector_bytes);
  p->residual = mho_arena_take(arena, 1u, vector_bytes);
  p->history = mho_arena_take(arena, max_iterations, sizeof(mho_dru_scalar_t));
  p->corrections = mho_arena_take(arena, max_iterations, sizeof(mho_dru_scalar_t));
  p->rhs_norm2 = mho_arena_take(arena, 1u, sizeof(mho_dru_scalar_t));
  p->x_norm2 = mho_arena_take(arena, 1u, sizeof(mho_dru_scalar_t));
  p->changes = mho_arena_take(arena, max_iterations, sizeof(mho_dru_scalar_t));
  if (p->rhs == NULL || p->x == NULL || p->x_settled == NULL || p->rest_rhs == NULL || p->residual == NULL ||
      p->history == NULL || p->corrections == NULL || p->rhs_norm2 == NULL || p->x_norm2 == NULL ||
      p->changes == NULL) {
    return MHO_NO_MEMORY;
  }
  mho_system_store_rhs(s, p->rhs);
  return MHO_OK;
}

// Runs at once that the vector memory holds, each with what a single one would take.
static uint32_t runs_in_memory(const mho_program_t* p, const mho_system_t* s,
                               const mho_compile_options_t* options) {
  const uint64_t words = mho_krylov_words(s->n, s->low_bits != 0u, p->directions);
  const uint64_t room = options->sram_words / words;
  return room < options->parallel ? (uint32_t)(room == 0u ? 1u : room) : options->parallel;
}

// The vectors of all runs, one behind the other. Where the arena has no room for more runs, there are fewer.
static mho_result_t take_runs(mho_program_t* p, const mho_system_t* s, const mho_compile_options_t* options,
                              mho_arena_t* arena) {
  const mho_result_t result = take_vectors(p, s, options->max_iterations, arena);
  if (result != MHO_OK) return result;
  p->selected = 0;
  p->data_bytes = (uint32_t)(((uintptr_t)arena->next - (uintptr_t)p->rhs + 63u) & ~(uintptr_t)63u);
  const uint32_t most = runs_in_memory(p, s, options);
  for (p->parallel = 1; p->parallel < most; ++p->parallel) {
    if (mho_arena_take(arena, 1u, p->data_bytes) == NULL) break;
  }
  return MHO_OK;
}

// Every tile that sits on macros when an iteration begins, once.
static mho_result_t compile_program_list(mho_program_t* p, mho_emitter_t* e) {
  const mho_plan_t* const plan = e->plan;
  mho_dru_command_t* const commands = mho_arena_take(e->arena, plan->tile_count + 1u, sizeof *commands);
  if (commands == NULL) return MHO_NO_MEMORY;
  e->commands = commands;
  e->count = 0;
  p->programmed_macros = p->inv_macros = p->ginv_macros = 0;
  for (uint32_t t = 0; t < plan->tile_count; ++t) {
    if (!e->residency->is_resident[t]) continue;
    mho_emit_program(e, t, 0);
    p->programmed_macros += plan->tiles[t].macros;
    if (plan->tiles[t].kind == MHO_TILE_KIND_INV) ++p->inv_macros;
    if (plan->tiles[t].kind == MHO_TILE_KIND_GINV) ++p->ginv_macros;
  }
  (void)mho_emit(e, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  p->program = commands;
  p->program_commands = e->count;
  return e->result;
}

static bool programs_tiles(const mho_program_t* p) {
  for (uint32_t i = 0; i < p->solve_commands; ++i) {
    if (p->solve[i].opcode == MHO_DRU_OPCODE_PROGRAM) return true;
  }
  return false;
}

static bool has_too_many_tiles(const mho_plan_t* plan) {
  return plan->share != NULL && plan->tile_count > mho_share_tiles(plan->share);
}

mho_result_t mho_compile(mho_program_t* program, const mho_plan_t* plan, const mho_compile_options_t* options,
                         mho_arena_t* arena) {
  mho_solve_inputs_t in;
  mho_result_t result = choose_directions(program, &plan->system, options);
  if (result == MHO_OK) result = take_runs(program, &plan->system, options, arena);
  if (result == MHO_OK) result = store_inputs(&in, plan, &options->memory, arena);
  if (result != MHO_OK) return result;

  mho_residency_t residency;
  memset(&residency, 0, sizeof residency);
  mho_emitter_t e = {.plan = plan, .memory = options->memory, .arena = arena, .result = MHO_OK};
  emit_solve(&e, program, &in, options);  // counts commands and uses
  const mho_macro_counts_t macros = {
      .inv = options->inv_count, .mvm = options->mvm_count, .ginv = options->ginv_count};
  result = mho_residency_init(&residency, plan, macros, e.uses, arena);
  if (result != MHO_OK) return result;
  if (has_too_many_tiles(plan)) return MHO_NO_MEMORY;
  e.residency = &residency;
  emit_solve(&e, program, &in, options);  // records the uses
  const uint32_t plain_commands = e.count;
  mho_residency_start(&residency);
  result = compile_program_list(program, &e);
  if (result != MHO_OK) return result;

  // A use can need its tile put in place, and after each product every tile may have to go back.
  const uint32_t bound = plain_commands + MHO_MAX_PRODUCTS * (residency.uses + plan->tile_count);
  e.commands = mho_arena_take(arena, bound, sizeof *e.commands);
  if (e.commands == NULL) return MHO_NO_MEMORY;
  emit_solve(&e, program, &in, options);
  program->solve = e.commands;
  program->solve_commands = e.count;
  // Lists that program tiles would take them from each other.
  if (programs_tiles(program)) program->parallel = 1;
  return e.count > kMaxCommands ? MHO_NO_MEMORY : e.result;
}

static void* moved(void* pointer, ptrdiff_t bytes) {
  return (uint8_t*)pointer + bytes;
}

void mho_program_select(mho_program_t* p, uint32_t index) {
  const ptrdiff_t bytes = ((ptrdiff_t)index - (ptrdiff_t)p->selected) * (ptrdiff_t)p->data_bytes;
  p->rhs = moved(p->rhs, bytes);
  p->x = moved(p->x, bytes);
  p->x_settled = moved(p->x_settled, bytes);
  p->rest_rhs = moved(p->rest_rhs, bytes);
  p->residual = moved(p->residual, bytes);
  p->history = moved(p->history, bytes);
  p->corrections = moved(p->corrections, bytes);
  p->rhs_norm2 = moved(p->rhs_norm2, bytes);
  p->x_norm2 = moved(p->x_norm2, bytes);
  p->changes = moved(p->changes, bytes);
  p->selected = index;
}
