// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/compensation.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "models/base/error.hpp"
#include "models/base/worker_pool.hpp"
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

/// The search: signed conductances and scales at which the first-order model, corrected, gives what is
/// wanted.
struct Search {
  ArrayXXd wanted;
  ArrayXXd difference;
  VectorXd scales;
  ArrayXXd correction;  // transfer matrix − first-order model, at the last exact reduction

  ArrayXXd scale_of_cells(const CompensationParams& params) const {
    return spread(scales, params.freedom, wanted.rows(), wanted.cols());
  }
  double residual_steps(const ArrayXXd& transfer, const CompensationParams& params) const {
    return (transfer / scale_of_cells(params) - wanted).abs().maxCoeff();
  }
};

/// First-order model of the pair, and the gain of the heavier cell of each two.
struct FirstOrderPair {
  ArrayXXd transfer, gain;

  FirstOrderPair(const device::DifferentialPair& pair, const ArrayXXd& difference, const LineParams& lines) {
    const ArrayXXd positive = first_order_gain(pair.positive, lines).array();
    const ArrayXXd negative = first_order_gain(pair.negative, lines).array();
    transfer = pair.positive.array() * positive - pair.negative.array() * negative;
    gain = (difference >= 0.0).select(positive, negative);
  }
};

/// Fixed-point iteration on the corrected first-order model: no reduction, O(N²) a round.
void search_first_order(Search& search, const device::CellParams& cell, const LineParams& lines,
                        const CompensationParams& params) {
  constexpr int kMaxRounds = 60;
  const double step = device::step_siemens(cell), limit = device::full_scale_siemens(cell);
  for (int round = 0; round < kMaxRounds; ++round) {
    const FirstOrderPair model(pair_of(search.difference, cell.g_min_siemens), search.difference, lines);
    const ArrayXXd transfer = model.transfer + search.correction;
    // Well below the tolerance, so that what is left is the error of the model.
    if (search.residual_steps(transfer, params) <= 0.1 * params.tolerance_steps) return;
    const ArrayXXd base = search.difference - transfer / model.gain;
    const ArrayXXd slope = search.wanted / model.gain;
    if (params.scale_siemens == 0.0) {
      const VectorXd scales = choose_scales(base, slope, limit, step, params);
      if (!(scales.minCoeff() > 0.0)) return;
      search.scales = scales;
    }
    search.difference = (base + slope * search.scale_of_cells(params)).max(-limit).min(limit);
  }
}

}  // namespace

Compensation compensate_lines(const Eigen::Ref<const Eigen::MatrixXd>& wanted_steps,
                              const device::CellParams& cell, const LineParams& lines,
                              const CompensationParams& params) {
  check(wanted_steps, cell, params);
  validate(lines);
  const Index rows = wanted_steps.rows(), cols = wanted_steps.cols();
  const double step = device::step_siemens(cell), limit = device::full_scale_siemens(cell);
  const bool is_free = params.scale_siemens == 0.0;
  const Index n_scales = params.freedom == ScaleFreedom::kPerRow      ? rows
                         : params.freedom == ScaleFreedom::kPerColumn ? cols
                                                                      : 1;
  Search search{.wanted = wanted_steps.array(),
                .difference = wanted_steps.array() * step,
                .scales = VectorXd::Constant(n_scales, is_free ? step : params.scale_siemens),
                .correction = ArrayXXd::Zero(rows, cols)};
  Compensation result;
  const FirstOrderPair plain(pair_of(search.difference, cell.g_min_siemens), search.difference, lines);
  result.uncompensated_steps = (plain.transfer / step - search.wanted).abs().maxCoeff();
  while (true) {
    search_first_order(search, cell, lines, params);
    ++result.iterations;
    result.scale_siemens = search.scales;
    result.target = pair_of(search.difference, cell.g_min_siemens);
    std::tie(result.positive, result.negative) =
        WorkerPool::shared().run_both([&] { return reduce_ports(result.target.positive, lines); },
                                      [&] { return reduce_ports(result.target.negative, lines); },
                                      search.wanted.size() >= kCellsWorthAThread);
    const ArrayXXd transfer = (result.positive.transfer_siemens - result.negative.transfer_siemens).array();
    result.residual_steps = search.residual_steps(transfer, params);
    if (result.residual_steps <= params.tolerance_steps) return result;
    if (result.iterations == params.max_iterations) break;
    search.correction = transfer - FirstOrderPair(result.target, search.difference, lines).transfer;
  }
  const bool is_limited = (search.difference.abs() >= limit * (1.0 - 1e-12)).any();
  result.status = is_limited && !is_free ? CompensationStatus::kHeadroom : CompensationStatus::kNotConverged;
  return result;
}

}  // namespace mho::circuit
