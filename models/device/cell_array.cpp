// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/cell_array.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "models/base/error.hpp"
#include "models/base/worker_pool.hpp"

namespace mho::device {
namespace {

/// Drawn faults, with those of the map in the place of any on the same cells.
FaultMap merge(const FaultMap& drawn, const FaultMap& map) {
  std::set<std::pair<unsigned, unsigned>> listed;
  for (const Fault& fault : map) listed.emplace(fault.row, fault.column);
  FaultMap all = map;
  for (const Fault& fault : drawn) {
    if (!listed.contains({fault.row, fault.column})) all.push_back(fault);
  }
  return all;
}

const CellEffects& checked(const CellEffects& effects) {
  validate(effects);
  return effects;
}

}  // namespace

void validate(const CellEffects& effects) {
  validate(effects.faults);
  validate(effects.endurance);
  validate(effects.retention);
  validate(effects.temperature);
  validate(effects.telegraph);
  validate(effects.thermal);
  validate(effects.iv);
}

CellArray::CellArray(const CellParams& cell, const CellEffects& effects, Eigen::Index rows, Eigen::Index cols,
                     const Random& random, std::uint32_t unit, const FaultMap& map)
    : cell_(cell),
      effects_(checked(effects)),
      rows_(rows),
      cols_(cols),
      random_(random),
      unit_(unit),
      telegraph_(effects.telegraph, rows, cols, random, unit) {
  validate(cell);
  validate(map, cell, rows, cols);
  faults_ = merge(draw_faults(effects.faults, cell, rows, cols, random, unit), map);
}

ProgramResult CellArray::program(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens,
                                 const WriteVerifyParams& write, double time_s, ProgramStart start) {
  require(target_siemens.rows() == rows_ && target_siemens.cols() == cols_,
          "cell array: {}x{} targets for {}x{} cells", target_siemens.rows(), target_siemens.cols(), rows_,
          cols_);
  require(std::isfinite(time_s), "cell array: programmed at {} s; the time must be finite", time_s);
  ProgramContext context;
  Eigen::MatrixXd held;
  if (start == ProgramStart::kHeld) {
    held = conductance({.time_s = time_s, .kelvin = effects_.temperature.reference_kelvin});
    context.start_siemens = &held;
  }
  CellLimits limits;
  if (is_on(effects_.endurance) || !faults_.empty() || !passing_faults_.empty()) {
    limits = worn_limits(effects_.endurance, cell_, rows_, cols_, random_, unit_, writes_);
    pin(limits, faults_, cell_);
    pin(limits, passing_faults_, cell_);
    context.limits = &limits;
  }
  ProgramResult result = program_array(target_siemens, cell_, worn_write(effects_.endurance, write, writes_),
                                       random_, unit_, writes_, context);
  ++writes_;
  programmed_ = result.g_siemens;
  programmed_at_s_ = time_s;
  age_s_.reset();
  return result;
}

void CellArray::stick(FaultMap cells) {
  validate(cells, cell_, rows_, cols_);
  passing_faults_ = std::move(cells);
}

void CellArray::disturb(Eigen::Index row, Eigen::Index col, double change_siemens) {
  require(is_programmed(), "cell array: array {} was never programmed", unit_);
  require(row >= 0 && row < rows_ && col >= 0 && col < cols_, "cell array: no cell ({}, {}) in {} x {}", row,
          col, rows_, cols_);
  programmed_(row, col) = std::max(0.0, programmed_(row, col) + change_siemens);
}

void CellArray::set_age_s(double age_s) {
  require(age_s >= 0.0, "cell array: age is {} s; it must not be negative", age_s);
  age_s_ = age_s;
}

double CellArray::age_s(const ReadConditions& at) const {
  return age_s_ ? *age_s_ : equivalent_age_s(effects_.retention, at.time_s - programmed_at_s_, at.kelvin);
}

Eigen::MatrixXd CellArray::conductance(const ReadConditions& at) const {
  require(is_programmed(), "cell array: array {} was never programmed", unit_);
  require_temperature(at.kelvin);
  require(at.time_s >= programmed_at_s_, "cell array: a read at {} s of cells programmed at {} s", at.time_s,
          programmed_at_s_);
  Eigen::MatrixXd g = programmed_;
  if (is_on(effects_.retention)) {
    g = drifted(effects_.retention, cell_, programmed_, age_s(at), random_, unit_, writes_ - 1);
    pin(g, faults_, cell_);
    pin(g, passing_faults_, cell_);
  }
  if (is_on(effects_.temperature, at.kelvin)) {
    for (double& value : g.reshaped())
      value *= temperature_factor(effects_.temperature, cell_, value, at.kelvin);
  }
  return g;
}

Eigen::MatrixXd CellArray::noisy(const ReadConditions& at, std::uint32_t read) {
  Eigen::MatrixXd g = conductance(at);
  for (const CellChange& c : tracker_.changes(telegraph_, g, cell_, at.time_s))
    g(c.row, c.column) += c.siemens;
  if (is_on(effects_.thermal)) {
    g += thermal_noise(effects_.thermal, g, cell_.v_read_volt, at.kelvin, random_, unit_, read);
  }
  return g;
}

double CellArray::largest_change_siemens(const ReadConditions& before, const ReadConditions& now) const {
  if (!is_on(effects_.retention) && before.kelvin == now.kelvin) return 0.0;
  const Eigen::MatrixXd change = conductance(now) - conductance(before);
  return change.size() == 0 ? 0.0 : change.cwiseAbs().maxCoeff();
}

PairArray::PairArray(const CellParams& cell, const CellEffects& effects, Eigen::Index rows, Eigen::Index cols,
                     const Random& random, std::uint32_t macro, const FaultMap& positive_map,
                     const FaultMap& negative_map)
    : positive_(cell, effects, rows, cols, random, 2 * macro, positive_map),
      negative_(cell, effects, rows, cols, random, 2 * macro + 1, negative_map) {
  require(macro < (1U << 31), "cell array: macro number {} is not below 2^31", macro);
}

PairProgramResult PairArray::program(const DifferentialPair& target, const WriteVerifyParams& write,
                                     double time_s, ProgramStart start) {
  auto [positive, negative] =
      WorkerPool::shared().run_both([&] { return positive_.program(target.positive, write, time_s, start); },
                                    [&] { return negative_.program(target.negative, write, time_s, start); },
                                    target.positive.size() >= kCellsWorthAThread);
  return combine(std::move(positive), std::move(negative));
}

DifferentialPair PairArray::conductance(const ReadConditions& at) const {
  return {.positive = positive_.conductance(at), .negative = negative_.conductance(at)};
}

DifferentialPair PairArray::noisy(const ReadConditions& at, std::uint32_t read) {
  return {.positive = positive_.noisy(at, read), .negative = negative_.noisy(at, read)};
}

double PairArray::largest_change_siemens(const ReadConditions& before, const ReadConditions& now) const {
  return std::max(positive_.largest_change_siemens(before, now),
                  negative_.largest_change_siemens(before, now));
}

}  // namespace mho::device
