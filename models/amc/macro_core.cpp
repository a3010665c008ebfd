// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_core.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "models/device/differential_pair.hpp"

namespace mho::amc {
namespace {

constexpr std::uint32_t kMaxWrites = 1U << 24;

}  // namespace

ProgramOutcome MacroCore::program(std::span<const std::int8_t> levels) {
  const int highest = static_cast<int>(params_.cell.levels) - 1;
  if (writes_ >= kMaxWrites ||
      std::ranges::any_of(levels, [=](int level) { return std::abs(level) > highest; })) {
    return {.is_rejected = true};
  }
  using RowMajor = Eigen::Matrix<std::int8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto size = static_cast<Eigen::Index>(params_.size);
  const device::LevelMatrix matrix = Eigen::Map<const RowMajor>(levels.data(), size, size);
  const auto target = device::pair_from_levels(matrix, params_.cell);
  const auto result = device::program_pair(target, params_.cell, params_.write, random_, number_, writes_++);
  inv_.reset();
  mvm_.reset();
  if (params_.kind == MacroKind::kInv) {
    inv_network_ = circuit::inv_network(result.pair, params_.lines, params_.g_in_siemens);
  } else {
    mvm_network_ = circuit::mvm_network(result.pair, params_.lines);
  }
  return {.pulses = result.pulses,
          .failed_cells = result.failed_cells,
          .time_s = result.time_s,
          .energy_J = result.energy_J};
}

Eigen::VectorXd MacroCore::offsets(Eigen::Index columns) const {
  return circuit::draw_offsets(params_.opamp, static_cast<Eigen::Index>(params_.size), random_, number_)
      .head(columns);
}

circuit::InvNetwork MacroCore::inv_network_in_use() const {
  const auto n = static_cast<Eigen::Index>(rows_);
  return {.transfer_siemens = inv_network_->transfer_siemens.topLeftCorner(n, n),
          .self_siemens = inv_network_->self_siemens.topLeftCorner(n, n),
          .drive_siemens = inv_network_->drive_siemens.head(n)};
}

void MacroCore::build(unsigned rows, unsigned columns) {
  if ((inv_ || mvm_) && rows == rows_ && columns == columns_) return;
  rows_ = rows;
  columns_ = columns;
  const auto r = static_cast<Eigen::Index>(rows), c = static_cast<Eigen::Index>(columns);
  if (params_.kind == MacroKind::kInv) {
    inv_.emplace(inv_network_in_use(), params_.opamp, offsets(c));
    inv_waveform_.reset();
  } else {
    circuit::MvmNetwork used{.transfer_siemens = mvm_network_->transfer_siemens.topLeftCorner(c, r),
                             .self_siemens = mvm_network_->self_siemens.topLeftCorner(c, c),
                             .drive_siemens = mvm_network_->drive_siemens.head(r)};
    mvm_.emplace(std::move(used), params_.opamp, offsets(c));
  }
}

OperateOutcome MacroCore::operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                  const OperateSettings& settings) {
  build(settings.rows, settings.columns);
  return params_.kind == MacroKind::kInv ? operate_inv(v_lines, settings) : operate_mvm(v_lines, settings);
}

OperateOutcome MacroCore::operate_inv(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                      const OperateSettings& settings) {
  using circuit::InvStatus;
  OperateOutcome outcome;
  const auto n = static_cast<Eigen::Index>(settings.rows);
  const Eigen::MatrixXd input_ampere = v_lines.topRows(n) * params_.g_in_siemens;
  outcome.volts.resize(n, v_lines.cols());
  double moving_s = 0;
  for (Eigen::Index read = 0; read < v_lines.cols(); ++read) {
    const auto result = inv_->solve(input_ampere.col(read), params_.timing.settle_epsilon);
    outcome.is_unstable |= result.status == InvStatus::kUnstable || result.status == InvStatus::kSingular;
    outcome.is_saturated |= result.status == InvStatus::kSaturated;
    moving_s = std::max(moving_s, result.settling_time_s);
    // The amplifiers supply what the cells take: cells_watt is a part of load_watt.
    outcome.power_sum_watt += result.power.bias_watt + result.power.load_watt;
    outcome.volts.col(read) = result.v;
  }
  // A loop that does not settle is given up after the response time of the published hardware (our
  // assumption).
  outcome.settling_s = outcome.is_unstable ? std::max(moving_s, params_.timing.measured_inv_s)
                                           : circuit::inv_duration_s(params_.timing, moving_s);
  if (settings.waveform_samples > 0) {
    const double shown_s = outcome.is_unstable ? outcome.settling_s : std::min(moving_s, outcome.settling_s);
    trace_inv(input_ampere, shown_s / settings.waveform_samples, settings.waveform_samples, outcome);
  }
  const double gain = std::ldexp(1.0, settings.output_gain);
  outcome.volts *= gain;
  outcome.waveform *= gain;
  return outcome;
}

void MacroCore::trace_inv(const Eigen::MatrixXd& input_ampere, double step_s, int samples,
                          OperateOutcome& outcome) {
  const Eigen::Index n = input_ampere.rows(), reads = input_ampere.cols();
  if (!inv_waveform_) inv_waveform_.emplace(inv_network_in_use(), params_.opamp, offsets(n));
  outcome.waveform_step_s = step_s;
  outcome.waveform.resize(n, reads * samples);
  // The amplifiers are off between operations; from one read to the next they stay where they are.
  Eigen::VectorXd start = Eigen::VectorXd::Zero(n);
  for (Eigen::Index read = 0; read < reads; ++read) {
    outcome.waveform.middleCols(read * samples, samples) =
        inv_waveform_->settle(start, input_ampere.col(read), step_s * samples, samples);
    start = outcome.volts.col(read);
  }
}

OperateOutcome MacroCore::operate_mvm(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                      const OperateSettings& settings) {
  const double g_feedback = std::ldexp(params_.g_feedback_siemens, -settings.output_gain);
  auto result = mvm_->evaluate(v_lines.topRows(static_cast<Eigen::Index>(settings.rows)), g_feedback);
  OperateOutcome outcome;
  outcome.is_saturated = result.n_saturated > 0;
  outcome.volts = std::move(result.v_out);
  const double epsilon =
      settings.is_integer_read ? params_.timing.settle_epsilon_read : params_.timing.settle_epsilon;
  const double step = outcome.volts.size() == 0 ? 0.0 : outcome.volts.cwiseAbs().maxCoeff();
  outcome.settling_s =
      circuit::mvm_duration_s(params_.timing, mvm_->settling_time_s(epsilon, g_feedback, step));
  outcome.power_sum_watt =
      result.power_sum.bias_watt + result.power_sum.load_watt + result.power_sum.cells_watt;
  return outcome;
}

}  // namespace mho::amc
