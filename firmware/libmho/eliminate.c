// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One step of block elimination: the leaf's block D is inverted, W = D⁻¹ · (rows right of it) takes the place
// of those rows, and everything below and to the right becomes the next Schur complement, C −= (columns
// below) · W.
#include "firmware/libmho/plan.h"

// Inverse as integers with so few bits that a row of it times a column of the matrix stays inside 63 bits.
static mho_result_t invert_block(const mho_plan_t* plan, mho_leaf_t* leaf, mho_arena_t* arena) {
  const uint32_t m = leaf->size, stride = plan->system.n;
  const int32_t* const block = plan->balanced + leaf->start * stride + leaf->start;
  leaf->inverse = mho_arena_take(arena, m * m, sizeof(int32_t));
  mho_arena_t scratch = *arena;
  mho_real_t* const work = mho_arena_take(&scratch, 2u * m * m, sizeof(mho_real_t));
  if (leaf->inverse == NULL || work == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t j = 0; j < m; ++j) {
      work[i * 2u * m + j] = mho_real_from(block[i * stride + j], plan->system.balanced_exponent);
    }
  }
  const mho_result_t result = mho_invert(work, m);
  if (result != MHO_OK) return result;
  int32_t top = INT32_MIN;
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t j = 0; j < m; ++j) {
      const mho_real_t v = work[i * 2u * m + m + j];
      if (v.mantissa != 0 && v.exponent > top) top = v.exponent;
    }
  }
  leaf->inverse_exponent = top + (int32_t)mho_bits32(m - 1u) + 1;
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t j = 0; j < m; ++j) {
      leaf->inverse[i * m + j] = mho_real_to_int(work[i * 2u * m + m + j], leaf->inverse_exponent);
    }
  }
  return MHO_OK;
}

// W in place of the leaf's rows from column `first` on; its exponent is chosen by its largest entry.
static mho_result_t multiply_panel(mho_plan_t* plan, mho_leaf_t* leaf, uint32_t first, mho_arena_t scratch) {
  const uint32_t n = plan->system.n;
  const uint32_t m = leaf->size;
  const uint32_t columns = n - first;
  int64_t* const sums = mho_arena_take(&scratch, m * columns, sizeof(int64_t));
  if (sums == NULL) return MHO_NO_MEMORY;
  int32_t* const panel = plan->balanced + leaf->start * n + first;
  uint64_t top = 0;
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t k = 0; k < m; ++k) {
      const int32_t factor = leaf->inverse[i * m + k];
      if (factor == 0) continue;
      for (uint32_t j = 0; j < columns; ++j) sums[i * columns + j] += (int64_t)factor * panel[k * n + j];
    }
    for (uint32_t j = 0; j < columns; ++j) top |= mho_magnitude64(sums[i * columns + j]);
  }
  plan->digital_ops += (uint64_t)m * m * columns;
  const uint32_t limit = 30u - mho_bits32(m - 1u);
  const uint32_t bits = mho_bits64(top);
  uint32_t shift = bits > limit ? bits - limit : 0u;
  leaf->panel_exponent = leaf->inverse_exponent + plan->system.balanced_exponent + (int32_t)shift;
  if (leaf->panel_exponent > 0) return MHO_SINGULAR;
  if (leaf->panel_exponent < -62) {  // W vanishes beside the matrix: any coarser unit will do
    shift += (uint32_t)(-62 - leaf->panel_exponent);
    leaf->panel_exponent = -62;
  }
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t j = 0; j < columns; ++j) {
      panel[i * n + j] = shift > 62u ? 0 : (int32_t)mho_round_shift(sums[i * columns + j], shift);
    }
  }
  return MHO_OK;
}

// A leaf without levels is one whose rows are still sought, and no macro can hold it.
static mho_result_t form_panel(mho_plan_t* plan, mho_leaf_t* leaf, uint32_t first, mho_arena_t scratch) {
  if (plan->options.solver != NULL && leaf->levels != NULL) {
    const mho_result_t result = mho_panel_solve(plan, leaf, scratch);
    if (result != MHO_UNSTABLE) return result;
    ++plan->refused_parts;
  }
  return multiply_panel(plan, leaf, first, scratch);
}

static mho_result_t eliminate(mho_plan_t* plan, mho_leaf_t* leaf, mho_arena_t* arena) {
  const uint32_t n = plan->system.n;
  const uint32_t first = leaf->start + leaf->size;
  mho_result_t result = invert_block(plan, leaf, arena);
  plan->digital_ops += (uint64_t)leaf->size * leaf->size * leaf->size;
  if (result != MHO_OK || first == n) return result;
  result = form_panel(plan, leaf, first, *arena);
  if (result != MHO_OK) return result;
  const mho_rank_update_t update = {.c = plan->balanced + first * n + first,
                                    .a = plan->balanced + first * n + leaf->start,
                                    .w = plan->balanced + leaf->start * n + first,
                                    .stride = n,
                                    .rows = n - first,
                                    .columns = n - first,
                                    .depth = leaf->size,
                                    .shift = (uint32_t)-leaf->panel_exponent};
  return plan->options.updater(plan->options.updater_context, &update);
}

mho_result_t mho_eliminate_leaf(mho_plan_t* plan, mho_leaf_t* leaf, mho_arena_t* arena) {
  const mho_plan_options_t* const o = &plan->options;
  const bool is_last = leaf->start + leaf->size == plan->system.n;
  if (o->meter == NULL || is_last) return eliminate(plan, leaf, arena);
  o->meter(o->meter_context, true);
  const mho_result_t result = eliminate(plan, leaf, arena);
  o->meter(o->meter_context, false);
  return result;
}

// One row of C. Returns 0 if an entry leaves 32 bits.
static int update_row(int32_t* c, const int32_t* a, const mho_rank_update_t* u) {
  uint32_t out_of_range = 0;
  for (uint32_t j = 0; j < u->columns; ++j) {
    const int32_t* w = u->w + j;
    int64_t sum = 0;
    for (uint32_t k = 0; k < u->depth; ++k) sum += (int64_t)a[k] * w[k * u->stride];
    const int64_t value = c[j] - mho_round_shift(sum, u->shift);
    out_of_range |= (uint32_t)((value >> 31) != (value >> 63));
    c[j] = (int32_t)value;
  }
  return out_of_range == 0u;
}

mho_result_t mho_rank_update_cpu(void* context, const mho_rank_update_t* u) {
  mho_plan_t* const plan = context;
  for (uint32_t i = 0; i < u->rows; ++i) {
    const int32_t* const a = u->a + i * u->stride;
    uint32_t any = 0;
    for (uint32_t k = 0; k < u->depth; ++k) any |= (uint32_t)a[k];
    if (any == 0u) continue;  // sparse columns: nothing to subtract
    if (!update_row(u->c + i * u->stride, a, u)) return MHO_OVERFLOW;
    plan->digital_ops += (uint64_t)u->columns * u->depth;
  }
  return MHO_OK;
}
