// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_array.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "models/circuit/slices.hpp"
#include "models/circuit/wires/compensation.hpp"
#include "models/circuit/wires/first_order.hpp"
#include "models/device/level_slices.hpp"
#include "models/device/verify_read.hpp"

namespace mho::amc {
namespace {

constexpr std::uint32_t kMaxWrites = 1U << 24;

/// Error of a cell that compensation leaves [steps]: all rows of a macro together stay below a tenth of a
/// step.
constexpr double kCompensationSteps = 1e-3;

Eigen::Index size_of(const MacroParams& params) {
  return static_cast<Eigen::Index>(params.size);
}

PairFaults faults_of(const MacroParams& params, std::uint32_t number) {
  const auto found = params.faults.find(number);
  return found == params.faults.end() ? PairFaults{} : found->second;
}

bool has_loop(const MacroParams& params) {
  return params.kind == MacroKind::kInv ? circuit::is_on(params.loop)
                                        : circuit::has_amplifier_effects(params.loop);
}

/// What the levels of one slice are worth [steps].
Eigen::MatrixXd steps_of(const device::LevelMatrix& levels, const device::CellParams& cell) {
  return levels.unaryExpr([&](std::int8_t level) {
    const double value = device::level_value(cell, static_cast<unsigned>(std::abs(level)));
    return level < 0 ? -value : value;
  });
}

/// Between levels too.
device::DifferentialPair pair_from_steps(const Eigen::MatrixXd& steps, const device::CellParams& cell) {
  const double step_siemens = device::step_siemens(cell);
  const auto above = [&](double count) { return cell.g_min_siemens + std::max(count, 0.0) * step_siemens; };
  return {.positive = steps.unaryExpr(above), .negative = (-steps).unaryExpr(above)};
}

/// Each slice has row drivers and verify converters of its own.
ProgramOutcome in_parallel(const ProgramOutcome& upper, const ProgramOutcome& lower) {
  return {.is_uncompensated = upper.is_uncompensated || lower.is_uncompensated,
          .pulses = upper.pulses + lower.pulses,
          .failed_cells = upper.failed_cells + lower.failed_cells,
          .time_s = std::max(upper.time_s, lower.time_s),
          .energy_J = upper.energy_J + lower.energy_J};
}

}  // namespace

MacroArray::MacroArray(const MacroParams& params, const Random& random, std::uint32_t number)
    : params_(params), random_(random), number_(number) {
  for (unsigned s = 0; s < params.slices; ++s) {
    const std::uint32_t pair = pair_number(number, s);
    const PairFaults faults = faults_of(params, pair);
    slices_.push_back(
        {.cells = device::PairArray(params.cell, params.effects, size_of(params), size_of(params), random,
                                    pair, faults.positive, faults.negative),
         .target = {},
         .now = {},
         .gain = {}});
  }
}

ProgramOutcome MacroArray::program(std::span<const std::int8_t> levels, double time_s, unsigned slices) {
  const unsigned wanted = slices == 0 ? params_.slices : slices;
  const int highest = static_cast<int>(device::top_level(params_.cell.levels, wanted));
  if (writes() >= kMaxWrites || wanted > params_.slices ||
      std::ranges::any_of(levels, [=](int level) { return std::abs(level) > highest; })) {
    return {.is_rejected = true};
  }
  using RowMajor = Eigen::Matrix<std::int8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const device::LevelMatrix matrix =
      Eigen::Map<const RowMajor>(levels.data(), size_of(params_), size_of(params_));
  in_use_ = wanted;
  const ProgramOutcome outcome = in_use_ == 1
                                     ? program_slice(slices_.front(), steps_of(matrix, params_.cell), time_s)
                                     : program_slices(matrix, time_s);
  reduce(time_s);
  return outcome;
}

ProgramOutcome MacroArray::program_slices(const device::LevelMatrix& levels, double time_s) {
  const device::LevelSlices parts = device::split_levels(levels, params_.cell.levels);
  ProgramOutcome upper = program_slice(slices_.front(), parts.upper.cast<double>(), time_s);
  Eigen::MatrixXd lower = parts.lower.cast<double>();
  if (!params_.corrects_slices) return in_parallel(upper, program_slice(slices_.back(), lower, time_s));
  const double top = params_.cell.levels - 1;
  lower = (lower - upper_errors(upper) / params_.lower_weight()).cwiseMax(-top).cwiseMin(top);
  const ProgramOutcome corrected = program_slice(slices_.back(), lower, time_s);
  ProgramOutcome outcome = in_parallel(upper, corrected);
  outcome.time_s = upper.time_s + corrected.time_s;
  return outcome;
}

/// By how much each upper pair missed its target, as a verify read of it shows [steps]; the outcome pays for
/// the read.
Eigen::MatrixXd MacroArray::upper_errors(ProgramOutcome& outcome) {
  const Slice& upper = slices_.front();
  const device::DifferentialPair programmed{.positive = upper.cells.positive().programmed_siemens(),
                                            .negative = upper.cells.negative().programmed_siemens()};
  const auto read = device::verify_read(programmed, params_.cell, params_.write, random_, number_, writes());
  outcome.time_s += read.time_s;
  outcome.energy_J += read.energy_J;
  return ((read.siemens.positive - upper.target.positive) - (read.siemens.negative - upper.target.negative)) /
         params_.step_siemens;
}

ProgramOutcome MacroArray::program_slice(Slice& slice, const Eigen::MatrixXd& steps, double time_s) {
  ProgramOutcome outcome;
  device::DifferentialPair target;
  if (params_.is_compensated) {
    auto compensation = circuit::compensate_lines(
        steps, params_.cell, params_.lines,
        {.scale_siemens = params_.step_siemens, .tolerance_steps = kCompensationSteps});
    outcome.is_uncompensated = compensation.status != circuit::CompensationStatus::kOk;
    target = std::move(compensation.target);
  } else {
    target = pair_from_steps(steps, params_.cell);
  }
  const auto result = slice.cells.program(target, params_.write, time_s);
  slice.target = std::move(target);
  outcome.pulses = result.pulses;
  outcome.failed_cells = result.failed_cells;
  outcome.time_s = result.time_s;
  outcome.energy_J = result.energy_J;
  return outcome;
}

void MacroArray::reduce(double time_s) {
  reduced_at_ = {.time_s = time_s, .kelvin = params_.kelvin};
  for (Slice& slice : used()) slice.now = slice.cells.conductance(reduced_at_);
  const bool is_inv = params_.kind == MacroKind::kInv;
  const bool is_sliced = in_use_ > 1;
  const device::DifferentialPair& upper = slices_.front().now;
  if (has_loop(params_) || is_sliced) {
    positive_ = circuit::make_array(upper.positive, params_.lines);
    negative_ = circuit::make_array(upper.negative, params_.lines);
    if (is_sliced) {
      const device::DifferentialPair& lower = slices_.back().now;
      const double weight = params_.lower_weight();
      positive_ = circuit::add_slice(positive_, circuit::make_array(lower.positive, params_.lines), weight);
      negative_ = circuit::add_slice(negative_, circuit::make_array(lower.negative, params_.lines), weight);
    }
    if (is_inv) {
      inv_ = circuit::inv_network(positive_.ports, negative_.ports, params_.g_in_siemens);
    } else {
      mvm_ = circuit::mvm_network(positive_.ports, negative_.ports);
    }
  } else if (is_inv) {
    inv_ = circuit::inv_network(upper, params_.lines, params_.g_in_siemens);
  } else {
    mvm_ = circuit::mvm_network(upper, params_.lines);
  }
  has_gain_ = false;
  has_changed_ = true;
}

bool MacroArray::refresh(double time_s) {
  const device::ReadConditions at{.time_s = time_s, .kelvin = params_.kelvin};
  const double limit_siemens = params_.refresh_change * device::full_scale_siemens(params_.cell);
  const auto has_drifted = [&](const Slice& slice) {
    return slice.cells.largest_change_siemens(reduced_at_, at) > limit_siemens;
  };
  if (device::is_on(params_.effects.retention) && std::ranges::any_of(used(), has_drifted)) reduce(time_s);
  return std::exchange(has_changed_, false);
}

std::vector<device::DifferentialPair> MacroArray::read_slices(double time_s) {
  std::vector<device::DifferentialPair> pairs;
  const bool is_noisy = has_read_noise();
  for (Slice& slice : used()) {
    pairs.push_back(is_noisy ? slice.cells.noisy({.time_s = time_s, .kelvin = params_.kelvin}, reads_)
                             : slice.now);
  }
  if (is_noisy) ++reads_;
  return pairs;
}

bool MacroArray::has_read_noise() const {
  return device::is_on(params_.effects.telegraph) || device::is_on(params_.effects.thermal);
}

Eigen::MatrixXd MacroArray::transfer_noise(double time_s) {
  Eigen::MatrixXd change = Eigen::MatrixXd::Zero(size_of(params_), size_of(params_));
  double weight = 1.0;
  for (Slice& slice : used()) {
    if (!has_gain_) {
      slice.gain = {.positive = circuit::first_order_gain(slice.now.positive, params_.lines),
                    .negative = circuit::first_order_gain(slice.now.negative, params_.lines)};
    }
    const auto noisy = slice.cells.noisy({.time_s = time_s, .kelvin = params_.kelvin}, reads_);
    change += weight * ((noisy.positive - slice.now.positive).cwiseProduct(slice.gain.positive) -
                        (noisy.negative - slice.now.negative).cwiseProduct(slice.gain.negative));
    weight = params_.lower_weight();
  }
  has_gain_ = true;
  ++reads_;
  if (params_.kind == MacroKind::kMvm) change.transposeInPlace();
  return change;
}

}  // namespace mho::amc
