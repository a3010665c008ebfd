// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The arrays of a closed loop, prepared once for its operating point (inv_operating_point.hpp) and for the
// proof of its stability (inv_stability.hpp).
#pragma once

#include <Eigen/Core>

#include <optional>

#include "models/circuit/wires/first_order_array.hpp"
#include "models/circuit/wires/line_params.hpp"

namespace mho::circuit {

struct InvArrays {
  /// @param g_positive  [N x N, siemens] row = summing node, column = output
  /// @param g_negative  the same behind the inverters, or null for none
  /// Both have to outlive this.
  /// @throws InputError  sizes differ, a conductance negative or not finite, a resistance out of range
  InvArrays(const Eigen::MatrixXd& g_positive, const Eigen::MatrixXd* g_negative, const LineParams& lines);

  Eigen::Index size() const { return g_positive.rows(); }

  const Eigen::MatrixXd& g_positive;
  const Eigen::MatrixXd* g_negative;
  LineParams lines;
  FirstOrderArray positive;
  std::optional<FirstOrderArray> negative;  ///< nothing if there are no cells in it
};

}  // namespace mho::circuit
