// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Solves with the factors that the elimination left behind. A block of leaves, A1 say, is L·U with the
// leaves' blocks D and the columns below them in L, unit blocks and W in U, all rounded to integers: good for
// estimates, not for answers.
#pragma once

#include <stdint.h>

#include "firmware/libmho/plan.h"
#include "registers/dru.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The part of the elimination that belongs to the diagonal block of rows [lo, hi).
typedef struct {
  const mho_plan_t* plan;
  uint32_t lo, hi;
  uint32_t first_leaf, end_leaf;  ///< the leaves that make it up
} mho_factors_t;

/// v = block⁻¹ v, or block⁻ᵀ v; hi − lo elements. About (hi − lo)² multiplications.
void mho_factors_solve(const mho_factors_t* factors, mho_real_t* v, int transposed);

/// Squared norm of the error that a residual leaves in x, ‖Â⁻¹ r‖² over the unknowns that belong to x and in
/// the user's scaling: an estimate from the rounded factors, good to a few per cent up to condition numbers
/// of about 10⁵ (our estimate: entries of the factors have 25 fraction bits; of coarser ones see
/// mho_check_coarse_factors()).
/// @param residual  n words after the header, as the DRU stores it
/// @returns MHO_OK; MHO_NO_MEMORY
mho_result_t mho_error_norm2(mho_real_t* out, const mho_plan_t* plan, const mho_dru_vector_t* residual,
                             mho_arena_t scratch);

#ifdef __cplusplus
}
#endif
