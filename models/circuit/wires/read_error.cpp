// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/read_error.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "models/base/error.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {

Eigen::VectorXd worst_read_error_steps(Eigen::Index size, const device::CellParams& cell,
                                       const LineParams& lines) {
  require(size >= 1, "read error: array of {} rows; at least one is needed", size);
  device::validate(cell);
  const Eigen::MatrixXd dense = Eigen::MatrixXd::Constant(size, size, cell.g_max_siemens);
  Eigen::MatrixXd loss = (dense - reduce_ports(dense, lines).transfer_siemens) / device::step_siemens(cell);
  Eigen::VectorXd worst = Eigen::VectorXd::Zero(size);
  for (auto column : loss.colwise()) {
    std::sort(column.begin(), column.end(), std::greater<>());
    std::partial_sum(column.begin(), column.end(), column.begin());
    worst = worst.cwiseMax(column);
  }
  return worst;
}

}  // namespace mho::circuit
