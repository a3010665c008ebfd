// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// An INV circuit of four rows whose loop settles, for cells of any kind.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/line_params.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

/// Siemens, volt, and the share of the outputs within which they count as settled.
inline constexpr double kIn = 50e-6, kVerify = 0.2, kEpsilon = 1e-3;
inline constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};
inline const Eigen::VectorXd kInput = (Eigen::VectorXd(4) << 2e-6, -1e-6, 3e-6, 0.5e-6).finished();
inline const Eigen::VectorXd kOffsets = (Eigen::VectorXd(4) << 1e-4, -2e-4, 1e-4, 0).finished();

/// What write-verify left, read at kVerify.
inline device::DifferentialPair cells() {
  const Eigen::MatrixXd g =
      (Eigen::MatrixXd(4, 4) << 30, 5, -8, 2, 10, 25, 4, -6, 2, -9, 20, 3, -1, 4, 7, 28).finished() * 1e-6;
  return {.positive = g.cwiseMax(0.0).array() + 0.5e-6, .negative = (-g).cwiseMax(0.0).array() + 0.5e-6};
}

}  // namespace mho::circuit
