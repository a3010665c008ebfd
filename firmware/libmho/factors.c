// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/factors.h"

// Sums of up to 32 products of 31 + 26 bits stay inside 63 bits.
enum { kTermsPerSum = 32, kWordBits = 26 };

// Up to 32 numbers as integers of one exponent, which is returned: what they lose to the largest is less than
// the entries of the factors have lost.
static int32_t to_words(int32_t* words, const mho_real_t* v, uint32_t n) {
  int32_t top = INT32_MIN;
  for (uint32_t i = 0; i < n; ++i) {
    if (v[i].mantissa != 0 && v[i].exponent > top) top = v[i].exponent;
  }
  const int32_t exponent = top == INT32_MIN ? 0 : top + 31 - kWordBits;
  for (uint32_t i = 0; i < n; ++i) words[i] = mho_real_to_int(v[i], exponent);
  return exponent;
}

// A matrix in units of 2^exponent, or its transpose: entry (i, j) is first[i · row_step + j · column_step].
typedef struct {
  const int32_t* first;
  uint32_t rows, columns;
  uint32_t row_step, column_step;
  int32_t exponent;
} matrix_t;

static matrix_t transposed_if(matrix_t m, int transposed) {
  if (!transposed) return m;
  const matrix_t t = {m.first, m.columns, m.rows, m.column_step, m.row_step, m.exponent};
  return t;
}

// target −= m · source
static void subtract_product(mho_real_t* target, const matrix_t* m, const mho_real_t* source) {
  int32_t words[kTermsPerSum];
  for (uint32_t first = 0; first < m->columns; first += kTermsPerSum) {
    const uint32_t terms = m->columns - first < kTermsPerSum ? m->columns - first : kTermsPerSum;
    const int32_t exponent = m->exponent + to_words(words, source + first, terms);
    for (uint32_t i = 0; i < m->rows; ++i) {
      const int32_t* entry = m->first + i * m->row_step + first * m->column_step;
      int64_t sum = 0;
      for (uint32_t j = 0; j < terms; ++j, entry += m->column_step) {
        if (*entry != 0) sum += (int64_t)*entry * words[j];
      }
      if (sum != 0) target[i] = mho_real_sub(target[i], mho_real_from(sum, exponent));
    }
  }
}

// v = D⁻¹ v or D⁻ᵀ v for one leaf.
static void apply_inverse(const mho_leaf_t* leaf, mho_real_t* v, int transposed) {
  const matrix_t inverse = transposed_if(
      (matrix_t){leaf->inverse, leaf->size, leaf->size, leaf->size, 1u, leaf->inverse_exponent}, transposed);
  mho_real_t negative[MHO_LEAF_MAX];
  for (uint32_t i = 0; i < leaf->size; ++i) negative[i] = mho_real_from(0, 0);
  subtract_product(negative, &inverse, v);
  for (uint32_t i = 0; i < leaf->size; ++i) v[i] = mho_real_sub(mho_real_from(0, 0), negative[i]);
}

static void below(const mho_factors_t* f, const mho_leaf_t* leaf, mho_real_t* v, int transposed) {
  const uint32_t n = f->plan->system.n;
  const uint32_t next = leaf->start + leaf->size;
  const int32_t* const first = f->plan->balanced + next * n + leaf->start;
  const matrix_t block = transposed_if(
      (matrix_t){first, f->hi - next, leaf->size, n, 1u, f->plan->system.balanced_exponent}, transposed);
  mho_real_t* const later = v + (next - f->lo);
  mho_real_t* const own = v + (leaf->start - f->lo);
  subtract_product(transposed ? own : later, &block, transposed ? later : own);
}

static void right(const mho_factors_t* f, const mho_leaf_t* leaf, mho_real_t* v, int transposed) {
  const uint32_t n = f->plan->system.n;
  const uint32_t next = leaf->start + leaf->size;
  const int32_t* const first = f->plan->balanced + leaf->start * n + next;
  const matrix_t block =
      transposed_if((matrix_t){first, leaf->size, f->hi - next, n, 1u, leaf->panel_exponent}, transposed);
  mho_real_t* const later = v + (next - f->lo);
  mho_real_t* const own = v + (leaf->start - f->lo);
  subtract_product(transposed ? later : own, &block, transposed ? own : later);
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
  for (uint32_t j = 0; j < s->n; ++j) {
    if (!mho_system_is_x(s, j)) continue;
    const mho_real_t e = mho_real_mul(v[j], mho_real_from(s->column_fine[j], s->column_scale[j] - 30));
    *out = mho_real_add(*out, mho_real_mul(e, e));
  }
  return MHO_OK;
}
