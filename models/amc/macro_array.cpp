// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_array.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "models/circuit/wires/compensation.hpp"
#include "models/circuit/wires/first_order.hpp"

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

}  // namespace

MacroArray::MacroArray(const MacroParams& params, const Random& random, std::uint32_t number)
    : params_(params),
      cells_(params.cell, params.effects, size_of(params), size_of(params), random, number,
             faults_of(params, number).positive, faults_of(params, number).negative) {}

ProgramOutcome MacroArray::program(std::span<const std::int8_t> levels, double time_s) {
  const int highest = static_cast<int>(params_.cell.levels) - 1;
  if (writes() >= kMaxWrites ||
      std::ranges::any_of(levels, [=](int level) { return std::abs(level) > highest; })) {
    return {.is_rejected = true};
  }
  using RowMajor = Eigen::Matrix<std::int8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const device::LevelMatrix matrix =
      Eigen::Map<const RowMajor>(levels.data(), size_of(params_), size_of(params_));
  ProgramOutcome outcome;
  device::DifferentialPair target;
  if (params_.is_compensated) {
    auto compensation = circuit::compensate_lines(
        matrix.cast<double>(), params_.cell, params_.lines,
        {.scale_siemens = params_.step_siemens, .tolerance_steps = kCompensationSteps});
    outcome.is_uncompensated = compensation.status != circuit::CompensationStatus::kOk;
    target = std::move(compensation.target);
  } else {
    target = device::pair_from_levels(matrix, params_.cell);
  }
  const auto result = cells_.program(target, params_.write, time_s);
  outcome.pulses = result.pulses;
  outcome.failed_cells = result.failed_cells;
  outcome.time_s = result.time_s;
  outcome.energy_J = result.energy_J;
  reduce(time_s);
  return outcome;
}

void MacroArray::reduce(double time_s) {
  reduced_at_ = {.time_s = time_s, .kelvin = params_.kelvin};
  now_ = cells_.conductance(reduced_at_);
  const bool is_inv = params_.kind == MacroKind::kInv;
  if (has_loop(params_)) {
    positive_ = circuit::make_array(now_.positive, params_.lines);
    negative_ = circuit::make_array(now_.negative, params_.lines);
    if (is_inv) {
      inv_ = circuit::inv_network(positive_.ports, negative_.ports, params_.g_in_siemens);
    } else {
      mvm_ = circuit::mvm_network(positive_.ports, negative_.ports);
    }
  } else if (is_inv) {
    inv_ = circuit::inv_network(now_, params_.lines, params_.g_in_siemens);
  } else {
    mvm_ = circuit::mvm_network(now_, params_.lines);
  }
  has_gain_ = false;
  has_changed_ = true;
}

bool MacroArray::refresh(double time_s) {
  const device::ReadConditions at{.time_s = time_s, .kelvin = params_.kelvin};
  const double limit_siemens = params_.refresh_change * device::full_scale_siemens(params_.cell);
  if (device::is_on(params_.effects.retention) &&
      cells_.largest_change_siemens(reduced_at_, at) > limit_siemens) {
    reduce(time_s);
  }
  return std::exchange(has_changed_, false);
}

device::DifferentialPair MacroArray::read_pair(double time_s) {
  if (!has_read_noise()) return now_;
  return cells_.noisy({.time_s = time_s, .kelvin = params_.kelvin}, reads_++);
}

bool MacroArray::has_read_noise() const {
  return device::is_on(params_.effects.telegraph) || device::is_on(params_.effects.thermal);
}

Eigen::MatrixXd MacroArray::transfer_noise(double time_s) {
  if (!has_gain_) {
    gain_ = {.positive = circuit::first_order_gain(now_.positive, params_.lines),
             .negative = circuit::first_order_gain(now_.negative, params_.lines)};
    has_gain_ = true;
  }
  const auto noisy = cells_.noisy({.time_s = time_s, .kelvin = params_.kelvin}, reads_++);
  Eigen::MatrixXd change = (noisy.positive - now_.positive).cwiseProduct(gain_.positive) -
                           (noisy.negative - now_.negative).cwiseProduct(gain_.negative);
  if (params_.kind == MacroKind::kMvm) change.transposeInPlace();
  return change;
}

}  // namespace mho::amc
