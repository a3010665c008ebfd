// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_array.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "models/base/worker_pool.hpp"
#include "models/circuit/slices.hpp"
#include "models/circuit/wires/first_order.hpp"
#include "models/device/level_slices.hpp"

namespace mho::amc {
namespace {

constexpr std::uint32_t kMaxWrites = 1U << 24;

Eigen::Index size_of(const MacroParams& params) {
  return static_cast<Eigen::Index>(params.size);
}

bool has_loop(const MacroParams& params) {
  return params.kind == MacroKind::kMvm ? circuit::has_amplifier_effects(params.loop)
                                        : circuit::is_on(params.loop);
}

/// What the levels of one slice are worth [steps].
Eigen::MatrixXd steps_of(const device::LevelMatrix& levels, const device::CellParams& cell) {
  if (cell.spacing == device::LevelSpacing::kEven) return levels.cast<double>();
  return levels.unaryExpr([&](std::int8_t level) {
    const double value = device::level_value(cell, static_cast<unsigned>(std::abs(level)));
    return level < 0 ? -value : value;
  });
}

/// How the networks of a macro are made of its cells.
struct Wiring {
  MacroKind kind;
  circuit::LineParams lines;
  bool needs_arrays;
  double lower_weight;
  double g_in_siemens;
};

/// @param slices  conductances of one or two, upper first
MacroNetworks networks_of(const Wiring& wiring, const std::vector<device::DifferentialPair>& slices) {
  const bool is_inv = wiring.kind == MacroKind::kInv;
  const device::DifferentialPair& upper = slices.front();
  MacroNetworks made;
  if (!wiring.needs_arrays && slices.size() == 1) {
    if (is_inv) {
      made.inv = circuit::inv_network(upper, wiring.lines, wiring.g_in_siemens);
    } else {
      made.mvm = circuit::mvm_network(upper, wiring.lines);
    }
    return made;
  }
  made.positive = circuit::make_array(upper.positive, wiring.lines);
  made.negative = circuit::make_array(upper.negative, wiring.lines);
  if (slices.size() > 1) {
    const device::DifferentialPair& lower = slices.back();
    const double weight = wiring.lower_weight;
    made.positive =
        circuit::add_slice(made.positive, circuit::make_array(lower.positive, wiring.lines), weight);
    made.negative =
        circuit::add_slice(made.negative, circuit::make_array(lower.negative, wiring.lines), weight);
  }
  if (wiring.kind == MacroKind::kGinv) return made;  // two pairs make a network
  if (is_inv) {
    made.inv = circuit::inv_network(made.positive.ports, made.negative.ports, wiring.g_in_siemens);
  } else {
    made.mvm = circuit::mvm_network(made.positive.ports, made.negative.ports);
  }
  return made;
}

}  // namespace

ProgramOutcome in_parallel(const ProgramOutcome& one, const ProgramOutcome& other) {
  return {.is_rejected = one.is_rejected || other.is_rejected,
          .is_uncompensated = one.is_uncompensated || other.is_uncompensated,
          .pulses = one.pulses + other.pulses,
          .failed_cells = one.failed_cells + other.failed_cells,
          .time_s = std::max(one.time_s, other.time_s),
          .energy_J = one.energy_J + other.energy_J};
}

MacroArray::MacroArray(const MacroParams& params, const Random& random, std::uint32_t number,
                       std::shared_ptr<CompensatedTargets> targets)
    : params_(params), random_(random), number_(number), targets_(std::move(targets)) {
  if (!targets_)
    targets_ = std::make_shared<CompensatedTargets>(params.cell, params.lines, params.step_siemens);
  for (unsigned s = 0; s < params.slices; ++s) {
    slices_.push_back({.cells = SliceCells(params, random, number, s), .target = {}, .now = {}, .gain = {}});
  }
}

ProgramOutcome MacroArray::program(std::span<const std::int8_t> levels, double time_s, unsigned slices) {
  const unsigned wanted = slices == 0 ? params_.slices : slices;
  using RowMajor = Eigen::Matrix<std::int8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const device::LevelMatrix matrix =
      Eigen::Map<const RowMajor>(levels.data(), size_of(params_), size_of(params_));
  if (writes() >= kMaxWrites || wanted > params_.slices || !are_within_cells(matrix, wanted)) {
    return {.is_rejected = true};
  }
  in_use_ = wanted;
  const ProgramOutcome outcome = in_use_ == 1
                                     ? program_slice(slices_.front(), steps_of(matrix, params_.cell), time_s)
                                     : program_slices(matrix, time_s);
  reduce(time_s);
  return outcome;
}

bool MacroArray::are_within_cells(const device::LevelMatrix& levels, unsigned slices) const {
  const int top = static_cast<int>(device::top_level(params_.cell.levels, slices));
  const int top_diagonal = top * (1 + static_cast<int>(params_.diagonal_cells));
  Eigen::MatrixXi magnitude = levels.cast<int>().cwiseAbs();
  if (magnitude.diagonal().maxCoeff() > top_diagonal) return false;
  magnitude.diagonal() = magnitude.diagonal().cwiseMin(top);
  return magnitude.maxCoeff() <= top;
}

/// What a slice may be told to be worth in place of `steps` [steps].
Eigen::MatrixXd MacroArray::within_cells(Eigen::MatrixXd steps) const {
  const double top = params_.cell.levels - 1, top_diagonal = top * (1 + params_.diagonal_cells);
  const Eigen::VectorXd diagonal = steps.diagonal().cwiseMax(-top_diagonal).cwiseMin(top_diagonal);
  steps = steps.cwiseMax(-top).cwiseMin(top);
  steps.diagonal() = diagonal;
  return steps;
}

ProgramOutcome MacroArray::program_slices(const device::LevelMatrix& levels, double time_s) {
  const device::LevelSlices parts = device::split_levels(levels, params_.cell.levels, params_.diagonal_cells);
  ProgramOutcome upper = program_slice(slices_.front(), parts.upper.cast<double>(), time_s);
  Eigen::MatrixXd lower = parts.lower.cast<double>();
  if (!params_.corrects_slices) return in_parallel(upper, program_slice(slices_.back(), lower, time_s));
  lower = within_cells(lower - upper_errors(upper) / params_.lower_weight());
  const ProgramOutcome corrected = program_slice(slices_.back(), lower, time_s);
  ProgramOutcome outcome = in_parallel(upper, corrected);
  outcome.time_s = upper.time_s + corrected.time_s;
  return outcome;
}

/// By how much each upper pair missed its target, as a verify read of it shows [steps]; the outcome pays for
/// the read.
Eigen::MatrixXd MacroArray::upper_errors(ProgramOutcome& outcome) {
  const Slice& upper = slices_.front();
  const auto read = upper.cells.verify(params_.cell, params_.write, random_);
  outcome.time_s += read.time_s;
  outcome.energy_J += read.energy_J;
  return ((read.siemens.positive - upper.target.positive) - (read.siemens.negative - upper.target.negative)) /
         params_.step_siemens;
}

ProgramOutcome MacroArray::program_slice(Slice& slice, const Eigen::MatrixXd& steps, double time_s) {
  ProgramOutcome outcome;
  SliceTarget target;
  if (params_.is_compensated) {
    CompensatedTarget compensated = targets_->of(steps);
    outcome.is_uncompensated = compensated.is_uncompensated;
    target.grid = std::move(compensated.cells);
  } else {
    target = slice_target(steps, params_.cell, params_.diagonal_cells);
  }
  const auto result = slice.cells.program(target, params_.write, time_s);
  slice.target = target.sum();
  outcome.pulses = result.pulses;
  outcome.failed_cells = result.failed_cells;
  outcome.time_s = result.time_s;
  outcome.energy_J = result.energy_J;
  return outcome;
}

void MacroArray::stick(std::span<const fault::CellFault> cells) {
  device::FaultMap positive, negative;
  for (const fault::CellFault& cell : cells) {
    device::FaultMap& map = cell.is_negative ? negative : positive;
    std::erase_if(map, [&](const device::Fault& f) { return f.row == cell.row && f.column == cell.column; });
    map.push_back({.row = static_cast<std::uint16_t>(cell.row),
                   .column = static_cast<std::uint16_t>(cell.column),
                   .kind = device::FaultKind::kStuckAtLevel,
                   .level = static_cast<std::uint8_t>(cell.levels)});
  }
  slices_.front().cells.stick(std::move(positive), std::move(negative));
}

void MacroArray::disturb(std::span<const fault::CellFault> cells, double time_s) {
  for (const fault::CellFault& cell : cells)
    slices_.front().cells.disturb(cell.is_negative, cell.row, cell.column,
                                  cell.levels * params_.step_siemens);
  reduce(time_s);
}

void MacroArray::reduce(double time_s) {
  reduced_at_ = {.time_s = time_s, .kelvin = params_.kelvin};
  std::vector<device::DifferentialPair> cells;
  for (Slice& slice : used()) {
    slice.now = slice.cells.conductance(reduced_at_);
    cells.push_back(slice.now);
  }
  const Wiring wiring{.kind = params_.kind,
                      .lines = params_.lines,
                      .needs_arrays = has_loop(params_) || params_.kind == MacroKind::kGinv,
                      .lower_weight = params_.lower_weight(),
                      .g_in_siemens = params_.g_in_siemens};
  if (cells.front().positive.size() < kCellsWorthAThread) {
    coming_ = {};
    networks_ = networks_of(wiring, cells);
  } else {
    coming_ = WorkerPool::shared().submit(
        [wiring, owned = std::move(cells)] { return networks_of(wiring, owned); });
  }
  has_gain_ = false;
  has_changed_ = true;
}

const MacroNetworks& MacroArray::networks() const {
  if (coming_.valid()) networks_ = WorkerPool::shared().wait(std::move(coming_));
  return networks_;
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
