// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// W = D⁻¹·R from columns that somebody else has solved for.
#include <string.h>

#include "firmware/libmho/plan.h"
#include "firmware/libmho/step_check.h"

// Columns are solved to 2^-24 (job_schur_columns.c); a bit of tolerance for norms of 31-bit words.
enum { kSolvedBits = 23 };

// A unit in which the largest element keeps as many bits as a sum over a leaf leaves room for; at most 2^0.
static int32_t exponent_of(const mho_real_t* w, uint32_t count, uint32_t leaf_size) {
  int32_t top = INT32_MIN;
  for (uint32_t i = 0; i < count; ++i) {
    if (w[i].mantissa != 0 && w[i].exponent > top) top = w[i].exponent;
  }
  const int32_t least = -62;  // W vanishes beside the matrix: any coarser unit will do
  if (top < -200) return least;
  const int32_t exponent = top + 31 - (int32_t)(30u - mho_bits32(leaf_size - 1u));
  return exponent < least ? least : exponent;
}

// Half a unit of each element of W, and what the refinement leaves.
static uint64_t slack_of(const mho_plan_t* plan, const mho_leaf_t* leaf, uint32_t columns, uint32_t shift) {
  const uint32_t n = plan->system.n, m = leaf->size;
  const int32_t* const block = plan->balanced + leaf->start * n + leaf->start;
  uint64_t widest = 0, right = 0;
  for (uint32_t i = 0; i < m; ++i) {
    uint64_t sum = 0;
    for (uint32_t k = 0; k < m; ++k) sum += mho_magnitude32(block[i * n + k]);
    if (sum > widest) widest = sum;
    for (uint32_t j = 0; j < columns; ++j) right += mho_magnitude32(block[i * n + m + j]);
  }
  return ((columns * widest) >> shift) + (right >> kSolvedBits) + 4u;
}

mho_result_t mho_panel_solve(mho_plan_t* plan, mho_leaf_t* leaf, mho_arena_t scratch) {
  const uint32_t n = plan->system.n, m = leaf->size;
  const uint32_t columns = n - leaf->start - m;
  mho_real_t* const w = mho_arena_take(&scratch, m * columns, sizeof *w);
  int32_t* const words = mho_arena_take(&scratch, m * columns, sizeof *words);
  int64_t* const sums = mho_arena_take(&scratch, m, sizeof *sums);
  if (w == NULL || words == NULL || sums == NULL) return MHO_NO_MEMORY;
  const mho_result_t result = plan->options.solver(plan->options.solver_context, plan, leaf, w, scratch);
  if (result != MHO_OK) return result;
  const int32_t exponent = exponent_of(w, m * columns, m);
  if (exponent > 0) return MHO_SINGULAR;
  for (uint32_t i = 0; i < m * columns; ++i) words[i] = mho_real_to_int(w[i], exponent);

  int32_t* const block = plan->balanced + leaf->start * n + leaf->start;
  const uint32_t shift = (uint32_t)-exponent;
  const mho_step_t step = {.before = {block + m, n, 1u},
                           .a = {block, n, 1u},
                           .w = {words, columns, 1u},
                           .rows = m,
                           .columns = columns,
                           .depth = m,
                           .shift = shift,
                           .slack = slack_of(plan, leaf, columns, shift)};
  plan->digital_ops += (uint64_t)m * (m + 2u * columns);
  if (!mho_step_agrees(&step, sums)) return MHO_UNSTABLE;
  for (uint32_t i = 0; i < m; ++i) memcpy(block + i * n + m, words + i * columns, columns * sizeof *words);
  leaf->panel_exponent = exponent;
  return MHO_OK;
}
