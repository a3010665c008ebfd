// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cell targets that cancel the resistance of the lines of one array (compensation.hpp: of a pair on the
// levels of its cells): conductances G' at which the transfer matrix of the array, lines included, is the
// wanted one,
//     T(G') = G.
// Whatever the array is part of, an MVM, INV, GINV or EGV circuit, then sees G, as long as its ports are at
// 0 V or driven; only the self matrices, that is loads and speeds, are those of G'.
//
// Method (D): G'_ij ← G'_ij · (G_ij / T_ij(G'))^θ with exact reductions, θ = 1, halved where a round leaves
// more than the last one. Cells stay positive, and an open one open: the little that reaches its row by way
// of other cells cannot be taken away.
#pragma once

#include <Eigen/Core>

#include <limits>

#include "models/circuit/wires/line_params.hpp"

namespace mho::circuit {

enum class ArrayCompensationStatus {
  kOk,
  kHeadroom,      ///< a cell would need more than the limit
  kNotConverged,  ///< the lines are too resistive: no cells give that matrix
};

struct ArrayCompensationParams {
  double limit_siemens = std::numeric_limits<double>::infinity();  ///< largest conductance of a cell, > 0
  /// Largest error of the transfer of a cell that is not open, of the largest wanted one, 1e-13 … 0.1.
  double tolerance = 1e-11;
  int max_iterations = 200;  ///< 1 … 10000
};

struct [[nodiscard]] ArrayCompensation {
  ArrayCompensationStatus status = ArrayCompensationStatus::kOk;
  Eigen::MatrixXd target_siemens;  ///< G' [rows x cols], of the last iteration if not kOk
  double residual = 0.0;           ///< error, as `tolerance` counts it
  int iterations = 0;              ///< reductions
};

/// @param wanted_siemens  G [rows x cols], finite, >= 0
/// @throws InputError     a parameter out of range
/// Cost: a reduction an iteration, some 6 of them at 64x64 and 1.73 ohm.
ArrayCompensation compensate_array(const Eigen::MatrixXd& wanted_siemens, const LineParams& lines,
                                   const ArrayCompensationParams& params = {});

}  // namespace mho::circuit
