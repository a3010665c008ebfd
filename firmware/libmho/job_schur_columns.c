// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// W = D⁻¹·R on the macros: a system of its own, with the leaf's block as matrix, its tile as inverse and the
// columns right of it as right-hand sides. Programmed once, solved column by column.
#include <string.h>

#include "firmware/libmho/job_schur.h"

// As the digits of a 24-bit matrix; W has up to 26 bits beside its largest element. A leaf that takes more
// iterations than this is done by the CPU (A).
enum { kToleranceBits = 24, kMaxIterations = 64 };

// Nothing is scaled: D is balanced already.
static mho_result_t pose_system(mho_system_t* s, const mho_plan_t* plan, const mho_leaf_t* leaf,
                                mho_arena_t* arena) {
  const uint32_t n = plan->system.n, m = leaf->size;
  const int32_t* const block = plan->balanced + leaf->start * n + leaf->start;
  s->n = s->size_of_x = m;
  s->row_scale = s->column_scale = mho_arena_take(arena, m, sizeof(int32_t));
  s->row_fine = s->column_fine = mho_arena_take(arena, m, sizeof(int32_t));
  s->column_order = mho_arena_take(arena, m, sizeof(uint32_t));
  s->b = mho_arena_take(arena, m, sizeof(int32_t));
  s->a = mho_arena_take(arena, m * m, sizeof(int32_t));
  if (s->a == NULL || s->b == NULL) return MHO_NO_MEMORY;
  s->a_exponent = s->b_exponent = s->balanced_exponent = plan->system.balanced_exponent;
  uint32_t all = 0;
  for (uint32_t i = 0; i < m; ++i) {
    s->row_fine[i] = 1 << 30;
    s->column_order[i] = i;
    memcpy(s->a + i * m, block + i * n, m * sizeof(int32_t));
    for (uint32_t j = 0; j < m; ++j) all |= mho_magnitude32(s->a[i * m + j]);
  }
  s->bits = mho_bits32(all);
  return MHO_OK;
}

// One leaf that is the whole matrix.
static mho_result_t pose(mho_plan_t* inner, const mho_plan_t* plan, const mho_leaf_t* leaf,
                         mho_arena_t* arena) {
  memset(inner, 0, sizeof *inner);
  inner->options = plan->options;
  inner->share = plan->share;
  mho_result_t result = pose_system(&inner->system, plan, leaf, arena);
  if (result == MHO_OK) result = mho_tree_reserve(inner, arena);
  if (result != MHO_OK) return result;
  mho_node_t* const node = &inner->nodes[mho_tree_add(inner, 0u, leaf->size)];
  node->leaf = inner->leaf_count++;
  node->end_leaf = inner->leaf_count;
  inner->leaves[0] = *leaf;
  inner->leaves[0].tile = inner->tile_count++;
  inner->tiles[0] = plan->tiles[leaf->tile];
  return mho_tiles_of_matrix(inner);
}

static mho_result_t compile(mho_run_t* run, mho_program_t* program, const mho_plan_t* inner,
                            mho_arena_t* arena) {
  const mho_dru_capabilities_t* const c = &run->device->capabilities;
  const mho_compile_options_t options = {.memory = run->device->config.memory,
                                         .inv_count = c->inv_count,
                                         .mvm_count = c->mvm_count,
                                         .sram_words = c->sram_words,
                                         .tolerance_bits = kToleranceBits,
                                         .max_iterations = kMaxIterations,
                                         .method = MHO_JOB_METHOD_AUTO,
                                         .repeats = 1,
                                         .restart = MHO_MAX_DIRECTIONS,
                                         .parallel = 1u};
  return mho_compile(program, inner, &options, arena);
}

static mho_real_t element(mho_dru_vector_t* v, uint32_t i) {
  return v->length == 0u ? mho_real_from(0, 0) : mho_real_from(mho_vector_words(v)[i], v->exponent);
}

// One column of R into one of W; `columns` elements lead from row to row of W.
static mho_result_t solve_column(mho_run_t* run, mho_program_t* p, mho_plan_t* inner, const int32_t* r,
                                 uint32_t r_stride, mho_real_t* w, uint32_t columns) {
  mho_system_t* const s = &inner->system;
  uint32_t all = 0;
  for (uint32_t i = 0; i < s->n; ++i) {
    s->b[i] = r[i * r_stride];
    all |= (uint32_t)s->b[i];
  }
  if (all == 0u) return MHO_OK;  // W is zeroed
  mho_system_store_rhs(s, p->rhs);
  p->x_settled->length = 0;
  uint32_t end_code;
  const mho_result_t result = mho_schur_list(run, (mho_commands_t){p->solve, p->solve_commands},
                                             (mho_commands_t){p->program, p->program_commands}, &end_code);
  if (result != MHO_OK) return result;
  if (end_code != MHO_END_CONVERGED) return MHO_UNSTABLE;
  for (uint32_t i = 0; i < s->n; ++i)
    w[i * columns] = mho_real_add(element(p->x_settled, i), element(p->x, i));
  return MHO_OK;
}

mho_result_t mho_schur_columns(void* context, const mho_plan_t* plan, const mho_leaf_t* leaf, mho_real_t* w,
                               mho_arena_t scratch) {
  mho_run_t* const run = context;
  const uint32_t n = plan->system.n;
  const uint32_t first = leaf->start + leaf->size;
  mho_plan_t inner;
  mho_program_t program;
  memset(&program, 0, sizeof program);
  mho_result_t result = pose(&inner, plan, leaf, &scratch);
  if (result == MHO_OK) result = compile(run, &program, &inner, &scratch);
  uint32_t end_code;
  const mho_commands_t programs = {program.program, program.program_commands};
  if (result == MHO_OK) result = mho_schur_list(run, programs, (mho_commands_t){NULL, 0u}, &end_code);
  for (uint32_t j = first; result == MHO_OK && j < n; ++j) {
    result = solve_column(run, &program, &inner, plan->balanced + leaf->start * n + j, n, w + (j - first),
                          n - first);
  }
  if (result == MHO_OK) ++run->analogue_parts;
  return result;
}
