// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/slices.hpp"

#include "models/base/error.hpp"

namespace mho::circuit {

ArrayPorts add_slice(const ArrayPorts& upper, const ArrayPorts& lower, double weight) {
  const auto& t1 = upper.transfer_siemens;
  const auto& t2 = lower.transfer_siemens;
  require(t1.rows() == t2.rows() && t1.cols() == t2.cols(),
          "slices: arrays of {}x{} and {}x{} cells; both must have one size", t1.rows(), t1.cols(), t2.rows(),
          t2.cols());
  require(weight >= 0.0 && weight <= 1.0, "slices: the lower one has weight {}; choose 0 ... 1", weight);
  return {.transfer_siemens = t1 + weight * t2,
          .row_self_siemens = upper.row_self_siemens + lower.row_self_siemens,
          .column_self_siemens = upper.column_self_siemens + weight * lower.column_self_siemens};
}

CrossbarArray add_slice(const CrossbarArray& upper, const CrossbarArray& lower, double weight) {
  return {.ports = add_slice(upper.ports, lower.ports, weight),
          .row_sums_siemens = upper.row_sums_siemens + lower.row_sums_siemens,
          .column_sums_siemens = upper.column_sums_siemens + lower.column_sums_siemens};
}

}  // namespace mho::circuit
