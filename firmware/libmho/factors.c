// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/factors.h"

// target −= block · source, or blockᵀ · source; the block is rows × columns in units of 2^exponent.
static void subtract_product(mho_real_t* target, const mho_real_t* source, const int32_t* block,
                             uint32_t stride, uint32_t rows, uint32_t columns, int transposed,
                             int32_t exponent) {
  for (uint32_t i = 0; i < rows; ++i) {
    for (uint32_t j = 0; j < columns; ++j) {
      const int32_t v = block[i * stride + j];
      if (v == 0) continue;
      mho_real_t* const t = &target[transposed ? j : i];
      *t = mho_real_sub(*t, mho_real_mul(mho_real_from(v, exponent), source[transposed ? i : j]));
    }
  }
}

// v = D⁻¹ v or D⁻ᵀ v for one leaf.
static void apply_inverse(const mho_leaf_t* leaf, mho_real_t* v, int transposed) {
  mho_real_t out[MHO_LEAF_MAX];
  for (uint32_t i = 0; i < leaf->size; ++i) {
    out[i] = mho_real_from(0, 0);
    for (uint32_t j = 0; j < leaf->size; ++j) {
      const int32_t entry =
          transposed ? leaf->inverse[j * leaf->size + i] : leaf->inverse[i * leaf->size + j];
      out[i] = mho_real_add(out[i], mho_real_mul(mho_real_from(entry, leaf->inverse_exponent), v[j]));
    }
  }
  for (uint32_t i = 0; i < leaf->size; ++i) v[i] = out[i];
}

static void below(const mho_factors_t* f, const mho_leaf_t* leaf, mho_real_t* v, int transposed) {
  const uint32_t n = f->plan->system.n;
  const uint32_t next = leaf->start + leaf->size;
  const int32_t* const block = f->plan->balanced + next * n + leaf->start;
  mho_real_t* const later = v + (next - f->lo);
  mho_real_t* const own = v + (leaf->start - f->lo);
  subtract_product(transposed ? own : later, transposed ? later : own, block, n, f->hi - next, leaf->size,
                   transposed, MHO_BALANCED_EXPONENT);
}

static void right(const mho_factors_t* f, const mho_leaf_t* leaf, mho_real_t* v, int transposed) {
  const uint32_t n = f->plan->system.n;
  const uint32_t next = leaf->start + leaf->size;
  const int32_t* const block = f->plan->balanced + leaf->start * n + next;
  mho_real_t* const later = v + (next - f->lo);
  mho_real_t* const own = v + (leaf->start - f->lo);
  subtract_product(transposed ? later : own, transposed ? own : later, block, n, leaf->size, f->hi - next,
                   transposed, leaf->panel_exponent);
}

void mho_factors_solve(const mho_factors_t* f, mho_real_t* v, int transposed) {
  const mho_leaf_t* const leaves = f->plan->leaves;
  for (uint32_t k = f->first_leaf; k < f->end_leaf; ++k) {
    if (transposed) {
      right(f, &leaves[k], v, 1);
    } else {
      apply_inverse(&leaves[k], v + (leaves[k].start - f->lo), 0);
      below(f, &leaves[k], v, 0);
    }
  }
  for (uint32_t k = f->end_leaf; k-- > f->first_leaf;) {
    if (transposed) {
      below(f, &leaves[k], v, 1);
      apply_inverse(&leaves[k], v + (leaves[k].start - f->lo), 1);
    } else {
      right(f, &leaves[k], v, 0);
    }
  }
}

mho_result_t mho_error_norm2(mho_real_t* out, const mho_plan_t* plan, const mho_dru_vector_t* residual,
                             mho_arena_t scratch) {
  const mho_system_t* const s = &plan->system;
  const int32_t* const words = (const int32_t*)(residual + 1);
  mho_real_t* const v = mho_arena_take(&scratch, s->n, sizeof *v);
  if (v == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < s->n; ++i) {
    v[i] = mho_real_mul(mho_real_from(words[i], residual->exponent), mho_real_from(s->row_fine[i], -30));
  }
  const mho_factors_t all = {
      .plan = plan, .lo = 0u, .hi = s->n, .first_leaf = 0u, .end_leaf = plan->leaf_count};
  mho_factors_solve(&all, v, 0);
  *out = mho_real_from(0, 0);
  for (uint32_t j = s->first_of_x; j < s->first_of_x + s->size_of_x; ++j) {
    const mho_real_t e = mho_real_mul(v[j], mho_real_from(s->column_fine[j], s->column_scale[j] - 30));
    *out = mho_real_add(*out, mho_real_mul(e, e));
  }
  return MHO_OK;
}
