// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/cell.hpp"

#include <cmath>
#include <utility>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

void validate_list(const CellParams& cell) {
  const std::vector<double>& list = cell.listed_siemens;
  if (cell.spacing != LevelSpacing::kListed) {
    require(list.empty(), "cell: {} levels are listed, but the spacing is not 'listed'", list.size());
    return;
  }
  require(list.size() == cell.levels, "cell: {} levels are listed, but levels is {}", list.size(),
          cell.levels);
  require(
      list.front() == cell.g_min_siemens && list.back() == cell.g_max_siemens,
      "cell: the listed levels run from {} to {} S; they must begin at g_min ({} S) and end at g_max ({} S)",
      list.front(), list.back(), cell.g_min_siemens, cell.g_max_siemens);
  for (std::size_t i = 1; i < list.size(); ++i) {
    require(list[i] > list[i - 1], "cell: listed level {} is {} S, not above level {} ({} S)", i, list[i],
            i - 1, list[i - 1]);
  }
}

void require_level(const CellParams& cell, unsigned level) {
  require(level < cell.levels, "cell: level {} does not exist; the highest is {}", level, cell.levels - 1);
}

}  // namespace

void validate(const CellParams& cell) {
  require(cell.levels >= 2 && cell.levels <= 128, "cell: levels is {}; choose 2 ... 128", cell.levels);
  require(cell.g_min_siemens >= 0.0 && std::isfinite(cell.g_max_siemens) &&
              cell.g_min_siemens < cell.g_max_siemens,
          "cell: conductance window is {} ... {} S; g_min must be at least 0 and below a finite g_max",
          cell.g_min_siemens, cell.g_max_siemens);
  require(cell.v_read_volt > 0.0 && std::isfinite(cell.v_read_volt),
          "cell: v_read is {} V; it must be positive", cell.v_read_volt);
  require(cell.spacing != LevelSpacing::kGeometric || cell.g_min_siemens > 0.0,
          "cell: g_min is 0 S; levels in constant ratio need a positive one");
  validate_list(cell);
}

CellParams cell_of_bits(unsigned bits) {
  require(bits >= 1 && bits <= 6, "cell: {} bits a cell; choose 1 ... 6", bits);
  CellParams cell;
  cell.levels = 1U << bits;
  return cell;
}

CellParams cell_of_levels(std::vector<double> listed_siemens) {
  require(listed_siemens.size() >= 2 && listed_siemens.size() <= 128,
          "cell: {} levels are listed; list 2 ... 128", listed_siemens.size());
  CellParams cell;
  cell.levels = static_cast<unsigned>(listed_siemens.size());
  cell.g_min_siemens = listed_siemens.front();
  cell.g_max_siemens = listed_siemens.back();
  cell.spacing = LevelSpacing::kListed;
  cell.listed_siemens = std::move(listed_siemens);
  validate(cell);
  return cell;
}

double level_conductance(const CellParams& cell, unsigned level) {
  require_level(cell, level);
  switch (cell.spacing) {
    case LevelSpacing::kGeometric:
      if (level == cell.levels - 1) return cell.g_max_siemens;
      return cell.g_min_siemens * std::pow(cell.g_max_siemens / cell.g_min_siemens,
                                           static_cast<double>(level) / (cell.levels - 1));
    case LevelSpacing::kListed:
      return cell.listed_siemens[level];
    case LevelSpacing::kEven:
      break;
  }
  return cell.g_min_siemens + level * step_siemens(cell);
}

double level_value(const CellParams& cell, unsigned level) {
  require_level(cell, level);
  if (cell.spacing == LevelSpacing::kEven) return level;
  return (level_conductance(cell, level) - cell.g_min_siemens) / step_siemens(cell);
}

unsigned nearest_level(const CellParams& cell, double g_siemens) {
  require(std::isfinite(g_siemens), "cell: a conductance of {} S has no level", g_siemens);
  unsigned best = 0;
  for (unsigned level = 1; level < cell.levels; ++level) {
    if (std::abs(level_conductance(cell, level) - g_siemens) <
        std::abs(level_conductance(cell, best) - g_siemens)) {
      best = level;
    }
  }
  return best;
}

}  // namespace mho::device
