// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/compile.h"

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

static uint32_t store_rhs(const mho_memory_t* memory, mho_arena_t* arena, const mho_system_t* s) {
  if (s->low_bits == 0u) return store_input(memory, arena, s->b, 0, s->b_exponent, s->n);
  mho_dru_vector_t* const v = mho_arena_take(arena, 1u, mho_vector_bytes(s->n, 1));
  if (v == NULL) return 0u;
  mho_system_store_rhs(s, v);
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

static mho_result_t store_inputs(mho_solve_inputs_t* in, const mho_system_t* s, const mho_memory_t* memory,
                                 mho_arena_t* arena) {
  in->rhs = store_rhs(memory, arena, s);
  in->row_fine = store_input(memory, arena, s->row_fine, 0, -30, s->n);
  in->column_fine = store_input(memory, arena, s->column_fine, 0, -30, s->n);
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

static mho_result_t take_outputs(mho_program_t* p, const mho_system_t* s, uint32_t max_iterations,
                                 mho_arena_t* arena) {
  const uint32_t vector_bytes = mho_vector_bytes(s->n, 0);
  const uint32_t x_bytes = mho_vector_bytes(s->n, s->low_bits != 0u);
  p->x = mho_arena_take(arena, 1u, x_bytes);
  p->x_settled = mho_arena_take(arena, 1u, x_bytes);
  p->rest_rhs = mho_arena_take(arena, 1u, vector_bytes);
  p->residual = mho_arena_take(arena, 1u, vector_bytes);
  p->history = mho_arena_take(arena, max_iterations, sizeof(mho_dru_scalar_t));
  p->corrections = mho_arena_take(arena, max_iterations, sizeof(mho_dru_scalar_t));
  p->rhs_norm2 = mho_arena_take(arena, 1u, sizeof(mho_dru_scalar_t));
  p->x_norm2 = mho_arena_take(arena, 1u, sizeof(mho_dru_scalar_t));
  p->changes = mho_arena_take(arena, max_iterations, sizeof(mho_dru_scalar_t));
  if (p->changes == NULL || p->corrections == NULL || p->rest_rhs == NULL) return MHO_NO_MEMORY;
  p->x_settled->length = 0;
  return MHO_OK;
}

// Every tile that sits on macros when an iteration begins, once.
static mho_result_t compile_program_list(mho_program_t* p, mho_emitter_t* e) {
  const mho_plan_t* const plan = e->plan;
  mho_dru_command_t* const commands = mho_arena_take(e->arena, plan->tile_count + 1u, sizeof *commands);
  if (commands == NULL) return MHO_NO_MEMORY;
  e->commands = commands;
  e->count = 0;
  p->programmed_macros = p->inv_macros = 0;
  for (uint32_t t = 0; t < plan->tile_count; ++t) {
    if (!e->residency->is_resident[t]) continue;
    mho_emit_program(e, t, 0);
    p->programmed_macros += plan->tiles[t].macros;
    if (plan->tiles[t].kind == MHO_TILE_KIND_INV) ++p->inv_macros;
  }
  (void)mho_emit(e, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  p->program = commands;
  p->program_commands = e->count;
  return e->result;
}

mho_result_t mho_compile(mho_program_t* program, const mho_plan_t* plan, const mho_compile_options_t* options,
                         mho_arena_t* arena) {
  mho_solve_inputs_t in;
  mho_result_t result = take_outputs(program, &plan->system, options->max_iterations, arena);
  if (result == MHO_OK) result = choose_directions(program, &plan->system, options);
  if (result == MHO_OK) result = store_inputs(&in, &plan->system, &options->memory, arena);
  if (result != MHO_OK) return result;
  program->rhs = mho_pointer(&options->memory, in.rhs);

  mho_residency_t residency;
  memset(&residency, 0, sizeof residency);
  mho_emitter_t e = {.plan = plan, .memory = options->memory, .arena = arena, .result = MHO_OK};
  emit_solve(&e, program, &in, options);  // counts commands and uses
  result = mho_residency_init(&residency, plan, options->inv_count, options->mvm_count, e.uses, arena);
  if (result != MHO_OK) return result;
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
  return e.count > kMaxCommands ? MHO_NO_MEMORY : e.result;
}

// Nothing but what is missing in x is ever compared with x.
void mho_program_tighten(mho_program_t* program, int32_t bits) {
  for (uint32_t i = 0; i < program->solve_commands; ++i) {
    mho_dru_command_t* const c = &program->solve[i];
    if (c->opcode == MHO_DRU_OPCODE_BRANCH_LE && c->b == MHO_SCALAR_X) c->arg[1] -= (uint32_t)(2 * bits);
  }
}
