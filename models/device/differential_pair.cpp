// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/differential_pair.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "models/base/error.hpp"

namespace mho::device {

DifferentialPair pair_from_levels(const Eigen::Ref<const LevelMatrix>& levels, const CellParams& cell) {
  validate(cell);
  const int highest = static_cast<int>(cell.levels) - 1;
  std::vector<double> conductance;
  for (unsigned level = 0; level < cell.levels; ++level)
    conductance.push_back(level_conductance(cell, level));
  DifferentialPair pair{
      .positive = Eigen::MatrixXd::Constant(levels.rows(), levels.cols(), cell.g_min_siemens),
      .negative = Eigen::MatrixXd::Constant(levels.rows(), levels.cols(), cell.g_min_siemens)};
  for (Eigen::Index col = 0; col < levels.cols(); ++col) {
    for (Eigen::Index row = 0; row < levels.rows(); ++row) {
      const int level = static_cast<int>(levels(row, col));
      require(std::abs(level) <= highest, "differential pair: level {} at row {}, column {} is beyond ±{}",
              level, row, col, highest);
      (level >= 0 ? pair.positive : pair.negative)(row, col) =
          conductance[static_cast<std::size_t>(std::abs(level))];
    }
  }
  return pair;
}

std::int8_t nearest_signed_level(const CellParams& cell, double value) {
  require(std::isfinite(value), "differential pair: a value of {} has no level", value);
  const unsigned level = nearest_level(cell, cell.g_min_siemens + std::abs(value) * step_siemens(cell));
  return static_cast<std::int8_t>(value < 0.0 ? -static_cast<int>(level) : static_cast<int>(level));
}

Eigen::MatrixXd pair_values(const DifferentialPair& pair, const CellParams& cell) {
  return (pair.positive - pair.negative) / step_siemens(cell);
}

PairProgramResult combine(ProgramResult plus, ProgramResult minus) {
  return {.pair = {.positive = std::move(plus.g_siemens), .negative = std::move(minus.g_siemens)},
          .pulses = plus.pulses + minus.pulses,
          .verify_reads = plus.verify_reads + minus.verify_reads,
          .max_pulses_per_cell = std::max(plus.max_pulses_per_cell, minus.max_pulses_per_cell),
          .failed_cells = plus.failed_cells + minus.failed_cells,
          .time_s = std::max(plus.time_s, minus.time_s),
          .energy_J = plus.energy_J + minus.energy_J};
}

PairProgramResult program_pair(const DifferentialPair& target, const CellParams& cell,
                               const WriteVerifyParams& write, const Random& random, std::uint32_t macro,
                               std::uint32_t write_counter) {
  require(
      target.positive.rows() == target.negative.rows() && target.positive.cols() == target.negative.cols(),
      "differential pair: arrays of {}x{} and {}x{} cells; both must have one size", target.positive.rows(),
      target.positive.cols(), target.negative.rows(), target.negative.cols());
  require(macro < (1U << 31), "differential pair: macro number {} is not below 2^31", macro);
  return combine(program_array(target.positive, cell, write, random, 2 * macro, write_counter),
                 program_array(target.negative, cell, write, random, 2 * macro + 1, write_counter));
}

}  // namespace mho::device
