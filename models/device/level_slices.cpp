// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/level_slices.hpp"

#include <algorithm>
#include <cstdlib>

#include "models/base/error.hpp"

namespace mho::device {

LevelSlices split_levels(const Eigen::Ref<const LevelMatrix>& levels, unsigned cell_levels,
                         unsigned diagonal_cells) {
  require(cell_levels >= 2 && cell_levels <= 11, "level slices: cells of {} levels; choose 2 ... 11",
          cell_levels);
  const int base = static_cast<int>(cell_levels);
  LevelSlices slices{.upper = LevelMatrix(levels.rows(), levels.cols()),
                     .lower = LevelMatrix(levels.rows(), levels.cols())};
  for (Eigen::Index column = 0; column < levels.cols(); ++column) {
    for (Eigen::Index row = 0; row < levels.rows(); ++row) {
      const int level = levels(row, column), magnitude = std::abs(level);
      const int cells = row == column ? 1 + static_cast<int>(diagonal_cells) : 1;
      const int top = cells * (base * base - 1);
      require(magnitude <= top, "level slices: level {} at row {}, column {} is beyond ±{}", level, row,
              column, top);
      const int upper = std::min((magnitude + (base - 1) / 2) / base, cells * (base - 1));
      const int lower = magnitude - base * upper;
      slices.upper(row, column) = static_cast<std::int8_t>(level < 0 ? -upper : upper);
      slices.lower(row, column) = static_cast<std::int8_t>(level < 0 ? -lower : lower);
    }
  }
  return slices;
}

}  // namespace mho::device
