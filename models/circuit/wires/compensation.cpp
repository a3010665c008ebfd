// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/compensation.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"
#include "models/circuit/wires/first_order.hpp"

namespace mho::circuit {
namespace {

using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void check(const MatrixXd& wanted_steps, const device::CellParams& cell, const CompensationParams& params) {
  device::validate(cell);
  const double top = cell.levels - 1;
  require(wanted_steps.size() > 0, "line compensation: matrix of {}x{}; it must not be empty",
          wanted_steps.rows(), wanted_steps.cols());
  require(wanted_steps.allFinite() && wanted_steps.cwiseAbs().maxCoeff() <= top,
          "line compensation: an entry is beyond ±{} steps or not finite", top);
  require(params.scale_siemens >= 0.0 && params.scale_siemens <= device::step_siemens(cell) * (1.0 + 1e-12),
          "line compensation: scale is {} S a step; choose 0 (largest possible) or at most {} S",
          params.scale_siemens, device::step_siemens(cell));
  require(params.tolerance_steps >= 1e-9 && params.tolerance_steps <= 0.5,
          "line compensation: tolerance is {} steps; choose a value in 1e-9 … 0.5", params.tolerance_steps);
  require(params.max_iterations >= 1 && params.max_iterations <= 1000,
          "line compensation: {} iterations allowed; choose 1 … 1000", params.max_iterations);
}

/// The pair whose signed conductances are `difference`, the lighter cells at g_min.
device::DifferentialPair pair_of(const ArrayXXd& difference, double g_min) {
  return {.positive = (difference.max(0.0) + g_min).matrix(),
          .negative = (g_min - difference.min(0.0)).matrix()};
}

/// Gain of each cell to first order, of the array of the pair in which it is the heavier.
ArrayXXd cell_gain(const device::DifferentialPair& pair, const ArrayXXd& difference,
                   const LineParams& lines) {
  const ArrayXXd positive = first_order_gain(pair.positive, lines).array();
  const ArrayXXd negative = first_order_gain(pair.negative, lines).array();
  return (difference >= 0.0).select(positive, negative);
}

/// Largest scale at which no cell exceeds `limit` after an update: signed conductance = base + gain · scale.
double largest_scale(const ArrayXXd& base, const ArrayXXd& gain, double limit, double most) {
  double scale = most;
  for (Index k = 0; k < base.size(); ++k) {
    const double b = base.data()[k], g = gain.data()[k];
    if (g != 0.0) scale = std::min(scale, (std::copysign(limit, g) - b) / g);
  }
  return scale;
}

/// Scales of the parts of the array that the freedom leaves independent.
VectorXd choose_scales(const ArrayXXd& base, const ArrayXXd& gain, double limit, double most,
                       const CompensationParams& params) {
  if (params.freedom == ScaleFreedom::kPerRow) {
    VectorXd scales(base.rows());
    for (Index i = 0; i < base.rows(); ++i) scales[i] = largest_scale(base.row(i), gain.row(i), limit, most);
    return scales;
  }
  if (params.freedom == ScaleFreedom::kPerColumn) {
    VectorXd scales(base.cols());
    for (Index j = 0; j < base.cols(); ++j) scales[j] = largest_scale(base.col(j), gain.col(j), limit, most);
    return scales;
  }
  return VectorXd::Constant(1, largest_scale(base, gain, limit, most));
}

/// The scale of each cell.
ArrayXXd spread(const VectorXd& scales, ScaleFreedom freedom, Index rows, Index cols) {
  if (freedom == ScaleFreedom::kPerRow) return scales.replicate(1, cols).array();
  if (freedom == ScaleFreedom::kPerColumn) return scales.transpose().replicate(rows, 1).array();
  return ArrayXXd::Constant(rows, cols, scales[0]);
}

}  // namespace

Compensation compensate_lines(const Eigen::Ref<const Eigen::MatrixXd>& wanted_steps,
                              const device::CellParams& cell, const LineParams& lines,
                              const CompensationParams& params) {
  check(wanted_steps, cell, params);
  validate(lines);
  const Index rows = wanted_steps.rows(), cols = wanted_steps.cols();
  const ArrayXXd wanted = wanted_steps.array();
  const double step = device::step_siemens(cell), limit = device::full_scale_siemens(cell);
  const bool is_free = params.scale_siemens == 0.0;
  const Index n_scales = params.freedom == ScaleFreedom::kPerRow      ? rows
                         : params.freedom == ScaleFreedom::kPerColumn ? cols
                                                                      : 1;
  Compensation result;
  result.scale_siemens = VectorXd::Constant(n_scales, is_free ? step : params.scale_siemens);
  ArrayXXd difference = wanted * step;
  while (true) {
    result.target = pair_of(difference, cell.g_min_siemens);
    result.positive = reduce_ports(result.target.positive, lines);
    result.negative = reduce_ports(result.target.negative, lines);
    const ArrayXXd transfer = (result.positive.transfer_siemens - result.negative.transfer_siemens).array();
    if (result.iterations == 0) {
      result.uncompensated_steps = (transfer / step - wanted).abs().maxCoeff();
    }
    const ArrayXXd scales = spread(result.scale_siemens, params.freedom, rows, cols);
    result.residual_steps = (transfer / scales - wanted).abs().maxCoeff();
    if (result.residual_steps <= params.tolerance_steps) return result;
    if (result.iterations == params.max_iterations) break;
    ++result.iterations;

    const ArrayXXd seen = cell_gain(result.target, difference, lines);
    const ArrayXXd base = difference - transfer / seen;
    const ArrayXXd gain = wanted / seen;
    if (is_free) result.scale_siemens = choose_scales(base, gain, limit, step, params);
    if (!(result.scale_siemens.minCoeff() > 0.0)) break;
    difference = base + gain * spread(result.scale_siemens, params.freedom, rows, cols);
    difference = difference.max(-limit).min(limit);
  }
  const bool is_limited = (difference.abs() >= limit * (1.0 - 1e-12)).any();
  result.status = is_limited && !is_free ? CompensationStatus::kHeadroom : CompensationStatus::kNotConverged;
  return result;
}

}  // namespace mho::circuit
