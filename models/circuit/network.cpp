// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/network.hpp"

#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

void require_same_size(const ArrayPorts& positive, const ArrayPorts& negative) {
  const auto& plus = positive.transfer_siemens;
  const auto& minus = negative.transfer_siemens;
  require(plus.size() > 0 && plus.rows() == minus.rows() && plus.cols() == minus.cols(),
          "array pair: {}x{} and {}x{} ports; both must have one size, not empty", plus.rows(), plus.cols(),
          minus.rows(), minus.cols());
}

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
  return inv_network(pair, LineParams{}, g_in_siemens);
}

InvNetwork inv_network(const device::DifferentialPair& pair, const LineParams& lines, double g_in_siemens) {
  check(pair);
  return inv_network(reduce_ports(pair.positive, lines), reduce_ports(pair.negative, lines), g_in_siemens);
}

InvNetwork inv_network(const ArrayPorts& positive, const ArrayPorts& negative, double g_in_siemens) {
  require_same_size(positive, negative);
  const Eigen::Index n = positive.transfer_siemens.rows();
  require(n == positive.transfer_siemens.cols(), "INV array pair: {}x{} cells; it must be square", n,
          positive.transfer_siemens.cols());
  require(g_in_siemens >= 0.0 && std::isfinite(g_in_siemens),
          "INV circuit: input conductance is {} S; it must not be negative", g_in_siemens);
  InvNetwork network{
      .transfer_siemens = positive.transfer_siemens - negative.transfer_siemens,
      .self_siemens = positive.row_self_siemens + negative.row_self_siemens,
      .drive_siemens = positive.column_self_siemens.diagonal() + negative.column_self_siemens.diagonal()};
  network.self_siemens.diagonal().array() += g_in_siemens;
  return network;
}

MvmNetwork mvm_network(const device::DifferentialPair& pair) {
  return mvm_network(pair, LineParams{});
}

MvmNetwork mvm_network(const device::DifferentialPair& pair, const LineParams& lines) {
  check(pair);
  return mvm_network(reduce_ports(pair.positive, lines), reduce_ports(pair.negative, lines));
}

MvmNetwork mvm_network(const ArrayPorts& positive, const ArrayPorts& negative) {
  require_same_size(positive, negative);
  return {.transfer_siemens = (positive.transfer_siemens - negative.transfer_siemens).transpose(),
          .self_siemens = positive.column_self_siemens + negative.column_self_siemens,
          .drive_siemens = positive.row_self_siemens.diagonal() + negative.row_self_siemens.diagonal()};
}

}  // namespace mho::circuit
