// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Condition estimates. A leaf is small: its quantised block is inverted. An A1 block is estimated by Hager's
// method (Hager 1984; Higham, Accuracy and Stability of Numerical Algorithms, §15): a few solves with the
// factors that the elimination left behind.
#include "firmware/libmho/factors.h"

enum { kHagerSteps = 3 };

enum { kCoarseInverseLog2 = 8 };

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

static uint32_t largest(const mho_real_t* v, uint32_t n) {
  uint32_t best = 0;
  for (uint32_t i = 1; i < n; ++i) {
    if (mho_real_compare(mho_real_abs(v[i]), mho_real_abs(v[best])) > 0) best = i;
  }
  return best;
}

// ‖block⁻¹‖₁ from below.
static mho_real_t inverse_norm(const mho_factors_t* f, mho_real_t* v) {
  const uint32_t n = f->hi - f->lo;
  mho_real_t estimate = {0, 0};
  uint32_t unit = MHO_NONE;
  for (int step = 0; step < kHagerSteps; ++step) {
    for (uint32_t i = 0; i < n; ++i) {
      v[i] = unit == MHO_NONE ? mho_real_div(mho_real_from(1, 0), mho_real_from(n, 0))
                              : mho_real_from(i == unit, 0);
    }
    mho_factors_solve(f, v, 0);
    mho_real_t sum = {0, 0};
    for (uint32_t i = 0; i < n; ++i) sum = mho_real_add(sum, mho_real_abs(v[i]));
    if (mho_real_compare(sum, estimate) <= 0) break;
    estimate = sum;
    for (uint32_t i = 0; i < n; ++i) v[i] = mho_real_from(v[i].mantissa < 0 ? -1 : 1, 0);
    mho_factors_solve(f, v, 1);
    const uint32_t next = largest(v, n);
    if (next == unit) break;
    unit = next;
  }
  return estimate;
}

// The same from a vector that Hager's method does not begin with: the safeguard of Higham (1988, ACM TOMS 14)
// against matrices that look harmless from there, 2/(3n)·‖block⁻¹·v‖₁ with v_i = ±(1 + i/(n − 1)).
static mho_real_t inverse_norm_beside(const mho_factors_t* f, mho_real_t* v) {
  const uint32_t n = f->hi - f->lo;
  for (uint32_t i = 0; i < n; ++i) {
    const int64_t numerator = n > 1u ? (int64_t)n - 1 + i : 1;
    v[i] = mho_real_div(mho_real_from(i % 2u == 0u ? numerator : -numerator, 0),
                        mho_real_from(n > 1u ? n - 1u : 1u, 0));
  }
  mho_factors_solve(f, v, 0);
  mho_real_t sum = {0, 0};
  for (uint32_t i = 0; i < n; ++i) sum = mho_real_add(sum, mho_real_abs(v[i]));
  return mho_real_div(mho_real_mul(sum, mho_real_from(2, 0)), mho_real_from(3 * (int64_t)n, 0));
}

mho_result_t mho_check_coarse_factors(mho_plan_t* plan, mho_arena_t scratch) {
  const uint32_t n = plan->system.n;
  mho_real_t* const v = mho_arena_take(&scratch, n, sizeof(mho_real_t));
  if (v == NULL) return MHO_NO_MEMORY;
  const mho_factors_t f = {plan, 0u, n, 0u, plan->leaf_count};
  const mho_real_t limit = mho_real_from(1, kCoarseInverseLog2);
  plan->digital_ops += 3u * (uint64_t)n * n;
  const bool is_small = mho_real_compare(inverse_norm(&f, v), limit) <= 0 &&
                        mho_real_compare(inverse_norm_beside(&f, v), limit) <= 0;
  return is_small ? MHO_OK : MHO_OVERFLOW;
}

mho_result_t mho_condition_of_blocks(mho_plan_t* plan, mho_arena_t scratch) {
  mho_real_t* const v = mho_arena_take(&scratch, plan->system.n, sizeof(mho_real_t));
  if (v == NULL) return MHO_NO_MEMORY;
  for (uint32_t i = 0; i < plan->node_count; ++i) {
    mho_node_t* const node = &plan->nodes[i];
    if (node->leaf != MHO_NONE) continue;
    const mho_node_t* const a1 = &plan->nodes[node->left];
    const mho_factors_t f = {plan, a1->lo, a1->hi, a1->first_leaf, a1->end_leaf};
    node->condition = to_condition(mho_real_mul(node->a1_norm, inverse_norm(&f, v)));
    const uint64_t size = a1->hi - a1->lo;
    plan->digital_ops += 2u * size * size;
  }
  return MHO_OK;
}
