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
    inv_network_ = circuit::inv_network(result.pair, params_.g_in_siemens);
  } else {
    mvm_network_ = circuit::mvm_network(result.pair);
  }
  return {.pulses = result.pulses,
          .failed_cells = result.failed_cells,
          .time_s = result.time_s,
          .energy_J = result.energy_J};
}

void MacroCore::build(unsigned rows, unsigned columns) {
  if ((inv_ || mvm_) && rows == rows_ && columns == columns_) return;
  rows_ = rows;
  columns_ = columns;
  const auto r = static_cast<Eigen::Index>(rows), c = static_cast<Eigen::Index>(columns);
  const auto offsets =
      circuit::draw_offsets(params_.opamp, static_cast<Eigen::Index>(params_.size), random_, number_)
          .head(c)
          .eval();
  if (params_.kind == MacroKind::kInv) {
    const circuit::InvNetwork used{.transfer_siemens = inv_network_->transfer_siemens.topLeftCorner(r, c),
                                   .self_siemens = inv_network_->self_siemens.topLeftCorner(r, r),
                                   .drive_siemens = inv_network_->drive_siemens.head(c)};
    inv_.emplace(used, params_.opamp, offsets);
  } else {
    circuit::MvmNetwork used{.transfer_siemens = mvm_network_->transfer_siemens.topLeftCorner(c, r),
                             .self_siemens = mvm_network_->self_siemens.topLeftCorner(c, c),
                             .drive_siemens = mvm_network_->drive_siemens.head(r)};
    mvm_.emplace(std::move(used), params_.opamp, offsets);
  }
}

OperateOutcome MacroCore::operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                  const OperateSettings& settings) {
  build(settings.rows, settings.columns);
  return params_.kind == MacroKind::kInv ? operate_inv(v_lines, settings) : operate_mvm(v_lines, settings);
}

OperateOutcome MacroCore::operate_inv(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                      const OperateSettings& settings) {
  OperateOutcome outcome;
  const auto n = static_cast<Eigen::Index>(settings.rows);
  outcome.volts.resize(n, v_lines.cols());
  for (Eigen::Index read = 0; read < v_lines.cols(); ++read) {
    const auto result =
        inv_->solve(v_lines.col(read).head(n) * params_.g_in_siemens, params_.timing.settle_epsilon);
    using circuit::InvStatus;
    outcome.is_unstable |= result.status == InvStatus::kUnstable || result.status == InvStatus::kSingular;
    outcome.is_saturated |= result.status == InvStatus::kSaturated;
    outcome.settling_s =
        std::max(outcome.settling_s, circuit::inv_duration_s(params_.timing, result.settling_time_s));
    // The amplifiers supply what the cells take: cells_watt is a part of load_watt.
    outcome.power_sum_watt += result.power.bias_watt + result.power.load_watt;
    outcome.volts.col(read) = result.v * std::ldexp(1.0, settings.output_gain);
  }
  return outcome;
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
