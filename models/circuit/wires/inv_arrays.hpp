// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The arrays of a closed loop, prepared once for its operating point (inv_operating_point.hpp) and for the
// proof of its stability (inv_stability.hpp).
#pragma once

#include <optional>

#include "models/circuit/wires/first_order_array.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

struct InvArrays {
  /// @param pair  [N x N] conductances: row = summing node, column = output; has to outlive this
  /// @throws InputError  sizes differ, a conductance negative or not finite, a resistance out of range
  InvArrays(const device::DifferentialPair& pair, const LineParams& lines);

  Eigen::Index size() const { return pair.rows(); }

  const device::DifferentialPair& pair;
  LineParams lines;
  FirstOrderArray positive;
  std::optional<FirstOrderArray> negative;  ///< nothing if all its cells are open
};

}  // namespace mho::circuit
