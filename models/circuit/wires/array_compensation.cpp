// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/array_compensation.hpp"

#include <algorithm>
#include <limits>

#include "models/base/error.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {

using Eigen::ArrayXXd;

namespace {

constexpr double kSmallestExponent = 1.0 / 64.0;
// Times the largest cell that is wanted: lines that ask for that carry no more, whatever the cells.
constexpr double kLargestRaise = 1e3;

void check(const ArrayCompensationParams& params) {
  require(params.limit_siemens > 0.0, "line compensation: largest conductance {} S; it must be positive",
          params.limit_siemens);
  require(params.tolerance >= 1e-13 && params.tolerance <= 0.1,
          "line compensation: tolerance is {}; choose a value in 1e-13 ... 0.1", params.tolerance);
  require(params.max_iterations >= 1 && params.max_iterations <= 10000,
          "line compensation: {} iterations allowed; choose 1 ... 10000", params.max_iterations);
}

}  // namespace

ArrayCompensation compensate_array(const Eigen::MatrixXd& wanted_siemens, const LineParams& lines,
                                   const ArrayCompensationParams& params) {
  check(params);
  ArrayCompensation result{.target_siemens = wanted_siemens};
  const ArrayXXd wanted = wanted_siemens.array();
  ArrayXXd cells = wanted;
  double exponent = 1.0, last = std::numeric_limits<double>::infinity();
  while (true) {
    const ArrayXXd transfer = reduce_ports(cells.matrix(), lines).transfer_siemens.array();
    ++result.iterations;
    const double scale = std::max(wanted.maxCoeff(), std::numeric_limits<double>::min());
    const ArrayXXd missing = (wanted > 0.0).select(wanted - transfer, 0.0);
    result.residual = missing.abs().maxCoeff() / scale;
    result.target_siemens = cells.matrix();
    if (result.residual <= params.tolerance) break;
    if (!(result.residual < last)) exponent *= 0.5;
    const bool grows_forever = cells.maxCoeff() > kLargestRaise * scale;
    if (result.iterations == params.max_iterations || exponent < kSmallestExponent || grows_forever) {
      result.status = ArrayCompensationStatus::kNotConverged;
      return result;
    }
    last = result.residual;
    const ArrayXXd factor = (wanted > 0.0).select(wanted / transfer, 1.0);
    cells *= exponent == 1.0 ? factor : factor.pow(exponent);
  }
  if (cells.maxCoeff() > params.limit_siemens) result.status = ArrayCompensationStatus::kHeadroom;
  return result;
}

}  // namespace mho::circuit
