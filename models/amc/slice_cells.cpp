// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/slice_cells.hpp"

#include <algorithm>
#include <utility>

namespace mho::amc {
namespace {

/// Pairs of arrays of a macro that are numbered before those of its cells in parallel.
constexpr unsigned kMostSlices = 2;

Eigen::Index size_of(const MacroParams& params) {
  return static_cast<Eigen::Index>(params.size);
}

PairFaults faults_of(const MacroParams& params, std::uint32_t number) {
  const auto found = params.faults.find(number);
  return found == params.faults.end() ? PairFaults{} : found->second;
}

device::PairArray grid_of(const MacroParams& params, const Random& random, std::uint32_t number) {
  const PairFaults faults = faults_of(params, number);
  return {params.cell, params.effects, size_of(params), size_of(params),
          random,      number,         faults.positive, faults.negative};
}

void add_parallel(Eigen::MatrixXd& grid, const Eigen::MatrixXd& parallel) {
  const Eigen::Index size = grid.rows();
  for (Eigen::Index k = 0; k < parallel.size(); k += size)
    grid.diagonal() += parallel.col(0).segment(k, size);
}

device::DifferentialPair at_crossings(device::DifferentialPair grid,
                                      const device::DifferentialPair& parallel) {
  add_parallel(grid.positive, parallel.positive);
  add_parallel(grid.negative, parallel.negative);
  return grid;
}

device::DifferentialPair pair_from_steps(const Eigen::MatrixXd& steps, const device::CellParams& cell) {
  const double step_siemens = device::step_siemens(cell);
  const auto above = [&](double count) { return cell.g_min_siemens + std::max(count, 0.0) * step_siemens; };
  return {.positive = steps.unaryExpr(above), .negative = (-steps).unaryExpr(above)};
}

device::DifferentialPair programmed(const device::PairArray& cells) {
  return {.positive = cells.positive().programmed_siemens(),
          .negative = cells.negative().programmed_siemens()};
}

}  // namespace

device::DifferentialPair SliceTarget::sum() const {
  return at_crossings(grid, parallel);
}

SliceTarget slice_target(const Eigen::MatrixXd& steps, const device::CellParams& cell,
                         unsigned diagonal_cells) {
  if (diagonal_cells == 0) return {.grid = pair_from_steps(steps, cell), .parallel = {}};
  const double top = cell.levels - 1;
  const Eigen::Index size = steps.rows();
  const auto held = [top](const Eigen::VectorXd& wanted) {
    return wanted.cwiseMax(-top).cwiseMin(top).eval();
  };
  Eigen::MatrixXd grid = steps;
  grid.diagonal() = held(steps.diagonal());
  Eigen::VectorXd rest = steps.diagonal() - grid.diagonal();
  Eigen::MatrixXd parallel(size * diagonal_cells, 1);
  for (Eigen::Index k = 0; k < parallel.size(); k += size) {
    parallel.col(0).segment(k, size) = held(rest);
    rest -= parallel.col(0).segment(k, size);
  }
  return {.grid = pair_from_steps(grid, cell), .parallel = pair_from_steps(parallel, cell)};
}

SliceCells::SliceCells(const MacroParams& params, const Random& random, std::uint32_t macro, unsigned slice)
    : grid_number_(pair_number(macro, slice)),
      parallel_number_(pair_number(macro, kMostSlices + slice)),
      grid_(grid_of(params, random, grid_number_)) {
  if (params.diagonal_cells == 0) return;
  parallel_.emplace(params.cell, params.effects, size_of(params) * params.diagonal_cells, 1, random,
                    parallel_number_);
}

device::PairProgramResult SliceCells::program(const SliceTarget& target,
                                              const device::WriteVerifyParams& write, double time_s) {
  device::PairProgramResult result = grid_.program(target.grid, write, time_s);
  if (!parallel_) return result;
  const device::PairProgramResult further = parallel_->program(target.parallel, write, time_s);
  result.pair = at_crossings(std::move(result.pair), further.pair);
  result.pulses += further.pulses;
  result.verify_reads += further.verify_reads;
  result.max_pulses_per_cell = std::max(result.max_pulses_per_cell, further.max_pulses_per_cell);
  result.failed_cells += further.failed_cells;
  result.time_s += further.time_s;
  result.energy_J += further.energy_J;
  return result;
}

void SliceCells::stick(device::FaultMap positive, device::FaultMap negative) {
  grid_.positive().stick(std::move(positive));
  grid_.negative().stick(std::move(negative));
}

void SliceCells::disturb(bool is_negative, Eigen::Index row, Eigen::Index col, double change_siemens) {
  (is_negative ? grid_.negative() : grid_.positive()).disturb(row, col, change_siemens);
}

device::DifferentialPair SliceCells::conductance(const device::ReadConditions& at) const {
  return parallel_ ? at_crossings(grid_.conductance(at), parallel_->conductance(at)) : grid_.conductance(at);
}

device::DifferentialPair SliceCells::noisy(const device::ReadConditions& at, std::uint32_t read) {
  return parallel_ ? at_crossings(grid_.noisy(at, read), parallel_->noisy(at, read)) : grid_.noisy(at, read);
}

double SliceCells::largest_change_siemens(const device::ReadConditions& before,
                                          const device::ReadConditions& now) const {
  const double change = grid_.largest_change_siemens(before, now);
  return parallel_ ? std::max(change, parallel_->largest_change_siemens(before, now)) : change;
}

device::VerifyRead SliceCells::verify(const device::CellParams& cell, const device::WriteVerifyParams& write,
                                      const Random& random) const {
  device::VerifyRead read =
      device::verify_read(programmed(grid_), cell, write, random, grid_number_, writes());
  if (!parallel_) return read;
  const device::VerifyRead further =
      device::verify_read(programmed(*parallel_), cell, write, random, parallel_number_, writes());
  read.siemens = at_crossings(std::move(read.siemens), further.siemens);
  read.time_s += further.time_s;
  read.energy_J += further.energy_J;
  return read;
}

}  // namespace mho::amc
