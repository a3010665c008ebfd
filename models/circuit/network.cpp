// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/network.hpp"

#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

void check(const device::DifferentialPair& pair) {
  const auto& plus = pair.positive;
  const auto& minus = pair.negative;
  require(plus.size() > 0 && plus.rows() == minus.rows() && plus.cols() == minus.cols(),
          "array pair: {}x{} and {}x{} cells; both must have one size, not empty", plus.rows(), plus.cols(),
          minus.rows(), minus.cols());
  require(plus.allFinite() && minus.allFinite() && plus.minCoeff() >= 0.0 && minus.minCoeff() >= 0.0,
          "array pair: a conductance is negative or not finite");
}

}  // namespace

InvNetwork inv_network(const device::DifferentialPair& pair, double g_in_siemens) {
  check(pair);
  require(pair.rows() == pair.cols(), "INV array pair: {}x{} cells; it must be square", pair.rows(),
          pair.cols());
  require(g_in_siemens >= 0.0 && std::isfinite(g_in_siemens),
          "INV circuit: input conductance is {} S; it must not be negative", g_in_siemens);
  const Eigen::MatrixXd total = pair.positive + pair.negative;
  const Eigen::VectorXd row_sums = total.rowwise().sum().array() + g_in_siemens;
  return {.transfer_siemens = pair.positive - pair.negative,
          .self_siemens = row_sums.asDiagonal(),
          .drive_siemens = total.colwise().sum()};
}

MvmNetwork mvm_network(const device::DifferentialPair& pair) {
  check(pair);
  const Eigen::MatrixXd total = pair.positive + pair.negative;
  return {.transfer_siemens = (pair.positive - pair.negative).transpose(),
          .self_siemens = total.colwise().sum(),
          .drive_siemens = total.rowwise().sum()};
}

}  // namespace mho::circuit
