// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_arrays.hpp"

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

const Eigen::MatrixXd& positive_of(const device::DifferentialPair& pair) {
  require(pair.rows() == pair.cols() && pair.negative.rows() == pair.rows() &&
              pair.negative.cols() == pair.cols(),
          "INV loop: arrays of {}x{} and {}x{} cells; both must be square and equal", pair.rows(),
          pair.cols(), pair.negative.rows(), pair.negative.cols());
  return pair.positive;
}

}  // namespace

InvArrays::InvArrays(const device::DifferentialPair& pair_of_arrays, const LineParams& line_params)
    : pair(pair_of_arrays), lines(line_params), positive(positive_of(pair_of_arrays), line_params) {
  require_cells(pair.negative);
  if (pair.negative.maxCoeff() > 0.0) negative.emplace(pair.negative, lines);
}

}  // namespace mho::circuit
