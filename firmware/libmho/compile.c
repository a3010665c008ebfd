// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/compile.h"

#include <string.h>

#include "firmware/libmho/emitter.h"

// Slots with a fixed meaning; the recursion takes its own from kFirstFree on.
enum { kRhs, kX, kResidual, kCorrection, kRowFine, kColumnFine, kRowWeight, kColumnWeight, kFirstFree };

// Scalars.
enum { kRhsNorm2, kResidualNorm2, kCorrectionNorm2, kPreviousNorm2, kXNorm2 };

// Longest list that a descriptor can name.
enum { kMaxCommands = 1 << 20 };

// Waveform channels of STORE_SCALAR.
enum { kWaveResidual = 0, kWaveCorrection = 1, kWaveNone = 2 };

// Vectors in memory that the list loads.
typedef struct {
  uint32_t rhs, row_fine, column_fine, row_weight, column_weight;
} inputs;

static uint32_t store_input(const mho_memory_t* memory, mho_arena_t* arena, const int32_t* words, int negate,
                            int32_t exponent, uint32_t n) {
  mho_dru_vector_t* const v = mho_arena_take(arena, 1u, (uint32_t)(sizeof *v + n * sizeof(int32_t)));
  if (v == NULL) return 0;
  v->exponent = exponent;
  v->length = n;
  for (uint32_t i = 0; i < n; ++i) mho_vector_words(v)[i] = negate ? -words[i] : words[i];
  return mho_address(memory, v);
}

static mho_result_t store_inputs(inputs* in, const mho_system_t* s, const mho_memory_t* memory,
                                 mho_arena_t* arena) {
  in->rhs = store_input(memory, arena, s->b, 0, s->b_exponent, s->n);
  in->row_fine = store_input(memory, arena, s->row_fine, 0, -30, s->n);
  in->column_fine = store_input(memory, arena, s->column_fine, 0, -30, s->n);
  // Norms are the user's: the scaling of rows is undone, that of columns applied.
  in->row_weight = store_input(memory, arena, s->row_scale, 1, 0, s->n);
  in->column_weight = store_input(memory, arena, s->column_scale, 0, 0, s->n);
  return in->column_weight == 0u ? MHO_NO_MEMORY : MHO_OK;
}

static void slice(mho_emitter_t* e, uint16_t dst, uint16_t source, uint32_t first, uint32_t length) {
  mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_SLICE, dst, source, 0u);
  c->arg[0] = first;
  c->arg[1] = length;
}

static void subtract_tile(mho_emitter_t* e, uint16_t dst, uint32_t index, uint16_t source) {
  mho_emit_use(e, index);
  mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_MVM, dst, source, index);
  c->flags = MHO_DRU_FLAG_SUBTRACT | MHO_DRU_FLAG_ACCUMULATE;
  c->arg[0] = e->plan->tiles[index].column;
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
  uint16_t joined = MHO_DRU_SLOTS;
  for (uint32_t row = 0; row < rows; row += size) {
    const uint16_t strip = mho_emitter_take_slot(e);
    slice(e, strip, target, row, rows - row < size ? rows - row : size);
    for (; tile < end && e->plan->tiles[tile].row == row; ++tile) subtract_tile(e, strip, tile, source);
    if (joined == MHO_DRU_SLOTS) {
      joined = strip;
      continue;
    }
    const uint16_t both = mho_emitter_take_slot(e);
    (void)mho_emit(e, MHO_DRU_OPCODE_JOIN, both, joined, strip);
    mho_emitter_free_slot(e, joined);
    mho_emitter_free_slot(e, strip);
    joined = both;
  }
  mho_emitter_free_slot(e, target);
  return joined;
}

// A slot with node⁻¹ · slot `in` (facts.md §2); `in` stays.
static uint16_t invert(mho_emitter_t* e, uint32_t index, uint16_t in) {
  const mho_node_t* const node = &e->plan->nodes[index];
  if (node->leaf != MHO_NONE) {
    const uint16_t out = mho_emitter_take_slot(e);
    mho_emit_use(e, node->leaf);
    (void)mho_emit(e, MHO_DRU_OPCODE_INV, out, in, node->leaf);
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

static void load(mho_emitter_t* e, uint32_t slot, uint32_t address) {
  mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_LOAD, slot, 0u, 0u);
  c->arg[0] = address;
  c->arg[1] = e->plan->system.n;
}

static void store(mho_emitter_t* e, uint32_t slot, const mho_dru_vector_t* to) {
  mho_emit(e, MHO_DRU_OPCODE_STORE, 0u, slot, 0u)->arg[0] = mho_address(&e->memory, to);
}

static void store_scalar(mho_emitter_t* e, uint32_t scalar, const mho_dru_scalar_t* to, uint32_t stride,
                         uint32_t wave, uint32_t reference) {
  mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_STORE_SCALAR, wave, scalar, reference);
  c->arg[0] = mho_address(&e->memory, to);
  c->arg[1] = stride;
}

// Branch on scalar a > scalar b · 2^power; the target is patched later.
static mho_dru_command_t* branch_if_greater(mho_emitter_t* e, uint32_t a, uint32_t b, int32_t power) {
  mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_BRANCH_LE, 0u, a, b);
  c->flags = MHO_DRU_FLAG_INVERT;
  c->arg[1] = (uint32_t)power;
  return c;
}

static void emit_end(mho_emitter_t* e, const mho_program_t* program, uint32_t code) {
  store(e, kX, program->x);
  store(e, kResidual, program->residual);
  store_scalar(e, kXNorm2, program->x_norm2, 0u, kWaveNone, MHO_DRU_NO_SLOT);
  mho_emit(e, MHO_DRU_OPCODE_END, 0u, 0u, 0u)->arg[0] = code;
}

static void emit_prologue(mho_emitter_t* e, const mho_program_t* program, const inputs* in) {
  load(e, kRhs, in->rhs);
  load(e, kRowFine, in->row_fine);
  load(e, kColumnFine, in->column_fine);
  load(e, kRowWeight, in->row_weight);
  load(e, kColumnWeight, in->column_weight);
  (void)mho_emit(e, MHO_DRU_OPCODE_NORM2, kRhsNorm2, kRhs, kRowWeight);
  store_scalar(e, kRhsNorm2, program->rhs_norm2, 0u, kWaveNone, MHO_DRU_NO_SLOT);
  mho_emit(e, MHO_DRU_OPCODE_CLEAR, kX, 0u, 0u)->arg[0] = e->plan->system.n;
  mho_emit(e, MHO_DRU_OPCODE_CLEAR, kCorrection, 0u, 0u)->arg[0] = e->plan->system.n;
  slice(e, kResidual, kRhs, 0u, e->plan->system.n);
}

// r = b − Â·x in exact integers.
static void emit_residual(mho_emitter_t* e) {
  const mho_plan_t* const plan = e->plan;
  mho_emit(e, MHO_DRU_OPCODE_HP_BEGIN, 0u, kRhs, kX)->arg[0] = (uint32_t)plan->system.a_exponent;
  for (uint32_t t = plan->matrix.first_tile; t < plan->matrix.first_tile + plan->matrix.tiles; ++t) {
    mho_emit_use(e, t);
    mho_dru_command_t* const c = mho_emit(e, MHO_DRU_OPCODE_HP_MVM, 0u, kX, t);
    c->arg[0] = plan->tiles[t].row;
    c->arg[1] = plan->tiles[t].column;
  }
  (void)mho_emit(e, MHO_DRU_OPCODE_HP_END, kResidual, 0u, 0u);
}

static void emit_step(mho_emitter_t* e, const mho_program_t* program) {
  const uint16_t scaled = mho_emitter_take_slot(e);
  (void)mho_emit(e, MHO_DRU_OPCODE_MULTIPLY, scaled, kResidual, kRowFine);
  const uint16_t solution = invert(e, 0u, scaled);
  (void)mho_emit(e, MHO_DRU_OPCODE_NORM2, kPreviousNorm2, kCorrection, kColumnWeight);
  (void)mho_emit(e, MHO_DRU_OPCODE_MULTIPLY, kCorrection, solution, kColumnFine);
  mho_emitter_free_slot(e, scaled);
  mho_emitter_free_slot(e, solution);
  (void)mho_emit(e, MHO_DRU_OPCODE_ADD, kX, kX, kCorrection);
  (void)mho_emit(e, MHO_DRU_OPCODE_NORM2, kCorrectionNorm2, kCorrection, kColumnWeight);
  (void)mho_emit(e, MHO_DRU_OPCODE_NORM2, kXNorm2, kX, kColumnWeight);
  store_scalar(e, kCorrectionNorm2, program->corrections, sizeof(mho_dru_scalar_t), kWaveCorrection, kXNorm2);
  emit_residual(e);
  (void)mho_emit(e, MHO_DRU_OPCODE_NORM2, kResidualNorm2, kResidual, kRowWeight);
  store_scalar(e, kResidualNorm2, program->history, sizeof(mho_dru_scalar_t), kWaveResidual, kRhsNorm2);
}

// Ends the list if ‖r‖ ≤ 2^-t‖b‖ and the last correction d bounds the error by 2^-t‖x‖. With a contraction ρ
// the error left after d is about ρ/(1−ρ)·‖d‖: below ‖d‖ for ρ ≤ 1/2, where one guard bit suffices, and below
// 32·‖d‖ for ρ ≤ 0.97, where five are asked for.
static void emit_convergence_test(mho_emitter_t* e, const mho_program_t* program, int32_t tolerance_bits) {
  mho_dru_command_t* const residual_large =
      branch_if_greater(e, kResidualNorm2, kRhsNorm2, -2 * tolerance_bits);
  mho_dru_command_t* const correction_large =
      branch_if_greater(e, kCorrectionNorm2, kXNorm2, -2 * (tolerance_bits + 1));
  mho_dru_command_t* const fast = mho_emit(e, MHO_DRU_OPCODE_BRANCH_LE, 0u, kCorrectionNorm2, kPreviousNorm2);
  fast->arg[1] = (uint32_t)-2;
  mho_dru_command_t* const slow_large =
      branch_if_greater(e, kCorrectionNorm2, kXNorm2, -2 * (tolerance_bits + 5));
  fast->arg[0] = e->count;
  emit_end(e, program, MHO_END_CONVERGED);
  residual_large->arg[0] = correction_large->arg[0] = slow_large->arg[0] = e->count;
}

static void emit_solve(mho_emitter_t* e, const mho_program_t* program, const inputs* in,
                       const mho_compile_options_t* options) {
  mho_emitter_start(e, kFirstFree);
  emit_prologue(e, program, in);
  const uint32_t loop = e->count;
  emit_step(e, program);
  emit_convergence_test(e, program, (int32_t)options->tolerance_bits);
  mho_dru_command_t* const diverged = branch_if_greater(e, kResidualNorm2, kRhsNorm2, MHO_DIVERGED_LOG2);
  if (e->commands != NULL) {
    for (uint32_t tile; (tile = mho_residency_restore(e->residency)) != MHO_NONE;)
      mho_emit_program(e, tile, 1);
  }
  mho_dru_command_t* const again = mho_emit(e, MHO_DRU_OPCODE_LOOP, 0u, 0u, 0u);
  again->arg[0] = loop;
  again->arg[1] = options->max_iterations;
  emit_end(e, program, MHO_END_LIMIT);
  diverged->arg[0] = e->count;
  emit_end(e, program, MHO_END_DIVERGED);
}

static mho_result_t take_outputs(mho_program_t* p, uint32_t n, uint32_t max_iterations, mho_arena_t* arena) {
  const uint32_t vector_bytes = (uint32_t)(sizeof(mho_dru_vector_t) + n * sizeof(int32_t));
  p->x = mho_arena_take(arena, 1u, vector_bytes);
  p->residual = mho_arena_take(arena, 1u, vector_bytes);
  p->history = mho_arena_take(arena, max_iterations, sizeof(mho_dru_scalar_t));
  p->corrections = mho_arena_take(arena, max_iterations, sizeof(mho_dru_scalar_t));
  p->rhs_norm2 = mho_arena_take(arena, 1u, sizeof(mho_dru_scalar_t));
  p->x_norm2 = mho_arena_take(arena, 1u, sizeof(mho_dru_scalar_t));
  return p->x_norm2 == NULL || p->corrections == NULL ? MHO_NO_MEMORY : MHO_OK;
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
    p->programmed_macros += plan->tiles[t].slices;
    if (plan->tiles[t].kind == MHO_TILE_KIND_INV) ++p->inv_macros;
  }
  (void)mho_emit(e, MHO_DRU_OPCODE_END, 0u, 0u, 0u);
  p->program = commands;
  p->program_commands = e->count;
  return e->result;
}

mho_result_t mho_compile(mho_program_t* program, const mho_plan_t* plan, const mho_compile_options_t* options,
                         mho_arena_t* arena) {
  inputs in;
  mho_result_t result = take_outputs(program, plan->system.n, options->max_iterations, arena);
  if (result == MHO_OK) result = store_inputs(&in, &plan->system, &options->memory, arena);
  if (result != MHO_OK) return result;

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

  // A use can need its tile put in place, and at the end every tile may have to go back.
  const uint32_t bound = plain_commands + residency.uses + plan->tile_count;
  e.commands = mho_arena_take(arena, bound, sizeof *e.commands);
  if (e.commands == NULL) return MHO_NO_MEMORY;
  emit_solve(&e, program, &in, options);
  program->solve = e.commands;
  program->solve_commands = e.count;
  return e.count > kMaxCommands ? MHO_NO_MEMORY : e.result;
}
