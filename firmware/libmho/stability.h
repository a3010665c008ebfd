// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Will the loop of an INV macro settle, and how fast? Its op-amps follow dv/dt = −2π f_T (D G v + …), so it
// is stable if every eigenvalue of M = D·G has a positive real part (facts.md §3, D).
//
// The smallest real part α comes without eigenvalues: the spectral radius of exp(−M) is exp(−α), and squaring
// repeatedly shows a matrix's spectral radius in the growth of its norm. A Taylor polynomial and a dozen
// matrix products in fixed point, exact enough to rank row orders and to tell the sign.
#pragma once

#include <stdint.h>

#include "firmware/libmho/levels.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MHO_LEAF_MAX = 64 };

/// The conductances that make D·G out of levels, picosiemens.
typedef struct {
  uint32_t g_min_ps;
  uint32_t g_step_ps;
  uint32_t g_in_ps;
  uint32_t columns;  ///< of the macro: cells beyond the matrix stay at level 0 and load the nodes too
  /// 0: one pair of arrays. Otherwise a level k is upper · weight_levels + lower on two pairs of arrays with
  /// cells of so many levels, and the lower pair gives 1/weight_levels of its currents.
  uint32_t weight_levels;
  mho_level_values_t level_values;  ///< NULL with weight_levels, or with diagonal_cells
  uint32_t diagonal_cells;  ///< in parallel at each (i, i) of each array: levels there go beyond one cell's
} mho_conductances_t;

/// Working memory of mho_stability_margin(): three n × n matrices and an accumulator row.
typedef struct {
  int32_t* m;
  int32_t* power;
  int32_t* product;
} mho_stability_scratch_t;

/// The smallest real part of the eigenvalues of D·G for a circuit with the given levels.
///     G_ij = g_step · value_ij,  D = diag(1 / S_i),  S_i = Σ_j g_step·|value_ij| + 2·g_min·(max(columns, n)
///     + diagonal_cells) + g_in
/// with what the levels are worth. With two slices g_step · level / weight_levels, while both load the nodes
/// in full:
///     S_i = Σ_j g_step·(|upper_ij| + |lower_ij|) + 4·g_min·(max(columns, n) + diagonal_cells) + g_in
/// @param levels   n × n, circuit rows in rows
/// @param n        1 to MHO_LEAF_MAX
/// @returns        α in units of 2^-16; |α| <= 1. Resolution about 2^-9 for well-conditioned eigenvectors;
/// the
///                 estimate of a defective or extremely non-normal matrix is pessimistic.
int32_t mho_stability_margin(const int8_t* levels, uint32_t n, const mho_conductances_t* g,
                             mho_stability_scratch_t* scratch);

#ifdef __cplusplus
}
#endif
