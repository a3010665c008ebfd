// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Condition estimates. A leaf is small: its quantised block is inverted. An A1 block is estimated by Hager's
// method (Hager 1984; Higham, Accuracy and Stability of Numerical Algorithms, §15): a few solves with the
// factors that the elimination left behind, A1 = L·U with the leaves' blocks D and the columns below them in
// L, unit blocks and W in U.
#include "firmware/libmho/plan.h"

enum { kHagerSteps = 3 };

static uint32_t to_condition(mho_real_t kappa) {
  return kappa.exponent > 0 ? UINT32_MAX : (uint32_t)mho_real_to_int(kappa, 0);
}

static mho_real_t norm1(const mho_real_t* m, uint32_t n, uint32_t stride) {
  mho_real_t largest = {0, 0};
  for (uint32_t j = 0; j < n; ++j) {
    mho_real_t sum = {0, 0};
    for (uint32_t i = 0; i < n; ++i) sum = mho_real_add(sum, mho_real_abs(m[i * stride + j]));
    if (mho_real_compare(sum, largest) > 0) largest = sum;
  }
  return largest;
}

mho_result_t mho_condition_of_leaf(mho_leaf_t* leaf, mho_level_values_t values, mho_arena_t scratch) {
  const uint32_t m = leaf->size;
  mho_real_t* const work = mho_arena_take(&scratch, 2u * m * m, sizeof(mho_real_t));
  if (work == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < m; ++i) {
    for (uint32_t j = 0; j < m; ++j) {
      work[i * 2u * m + j] = mho_real_from(mho_level_value(values, leaf->levels[i * m + j]), -16);
    }
  }
  const mho_real_t norm = norm1(work, m, 2u * m);
  leaf->condition = mho_invert(work, m) == MHO_OK
                        ? to_condition(mho_real_mul(norm, norm1(work + m, m, 2u * m)))
                        : UINT32_MAX;
  return MHO_OK;
}

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

// The part of the elimination that belongs to one A1 block.
typedef struct {
  const mho_plan_t* plan;
  uint32_t lo, hi;
  uint32_t first_leaf, end_leaf;
} factors;

static void below(const factors* f, const mho_leaf_t* leaf, mho_real_t* v, int transposed) {
  const uint32_t n = f->plan->system.n;
  const uint32_t next = leaf->start + leaf->size;
  const int32_t* const block = f->plan->balanced + next * n + leaf->start;
  mho_real_t* const later = v + (next - f->lo);
  mho_real_t* const own = v + (leaf->start - f->lo);
  subtract_product(transposed ? own : later, transposed ? later : own, block, n, f->hi - next, leaf->size,
                   transposed, MHO_BALANCED_EXPONENT);
}

static void right(const factors* f, const mho_leaf_t* leaf, mho_real_t* v, int transposed) {
  const uint32_t n = f->plan->system.n;
  const uint32_t next = leaf->start + leaf->size;
  const int32_t* const block = f->plan->balanced + leaf->start * n + next;
  mho_real_t* const later = v + (next - f->lo);
  mho_real_t* const own = v + (leaf->start - f->lo);
  subtract_product(transposed ? later : own, transposed ? own : later, block, n, leaf->size, f->hi - next,
                   transposed, leaf->panel_exponent);
}

// v = A1⁻¹ v, or A1⁻ᵀ v.
static void solve(const factors* f, mho_real_t* v, int transposed) {
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

static uint32_t largest(const mho_real_t* v, uint32_t n) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < n; ++i) {
    if (mho_real_compare(mho_real_abs(v[i]), mho_real_abs(v[best])) > 0) best = i;
  }
  return best;
}

// ‖A1⁻¹‖₁ from below.
static mho_real_t inverse_norm(const factors* f, mho_real_t* v) {
  const uint32_t n = f->hi - f->lo;
  mho_real_t estimate = {0, 0};
  uint32_t unit = MHO_NONE;
  for (int step = 0; step < kHagerSteps; ++step) {
    for (uint32_t i = 0; i < n; ++i) {
      v[i] = unit == MHO_NONE ? mho_real_div(mho_real_from(1, 0), mho_real_from(n, 0))
                              : mho_real_from(i == unit, 0);
    }
    solve(f, v, 0);
    mho_real_t sum = {0, 0};
    for (uint32_t i = 0; i < n; ++i) sum = mho_real_add(sum, mho_real_abs(v[i]));
    if (mho_real_compare(sum, estimate) <= 0) break;
    estimate = sum;
    for (uint32_t i = 0; i < n; ++i) v[i] = mho_real_from(v[i].mantissa < 0 ? -1 : 1, 0);
    solve(f, v, 1);
    const uint32_t next = largest(v, n);
    if (next == unit) break;
    unit = next;
  }
  return estimate;
}

mho_result_t mho_condition_of_blocks(mho_plan_t* plan, mho_arena_t scratch) {
  mho_real_t* const v = mho_arena_take(&scratch, plan->system.n, sizeof(mho_real_t));
  if (v == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < plan->node_count; ++i) {
    mho_node_t* const node = &plan->nodes[i];
    if (node->leaf != MHO_NONE) continue;
    const mho_node_t* const a1 = &plan->nodes[node->left];
    const factors f = {plan, a1->lo, a1->hi, a1->first_leaf, a1->end_leaf};
    node->condition = to_condition(mho_real_mul(node->a1_norm, inverse_norm(&f, v)));
    const uint64_t size = a1->hi - a1->lo;
    plan->digital_ops += 2u * size * size;
  }
  return MHO_OK;
}
