// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/cell.hpp"

#include <cmath>

#include "models/base/error.hpp"

namespace mho::device {

void validate(const CellParams& cell) {
  require(cell.levels >= 2 && cell.levels <= 128, "cell: levels is {}; choose 2 ... 128", cell.levels);
  require(cell.g_min_siemens >= 0.0 && std::isfinite(cell.g_max_siemens) &&
              cell.g_min_siemens < cell.g_max_siemens,
          "cell: conductance window is {} ... {} S; g_min must be at least 0 and below a finite g_max",
          cell.g_min_siemens, cell.g_max_siemens);
  require(cell.v_read_volt > 0.0 && std::isfinite(cell.v_read_volt),
          "cell: v_read is {} V; it must be positive", cell.v_read_volt);
}

double level_conductance(const CellParams& cell, unsigned level) {
  require(level < cell.levels, "cell: level {} does not exist; the highest is {}", level, cell.levels - 1);
  return cell.g_min_siemens + level * step_siemens(cell);
}

}  // namespace mho::device
