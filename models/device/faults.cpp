// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/faults.hpp"

#include <set>
#include <utility>

#include "models/base/error.hpp"

namespace mho::device {

void validate(const FaultParams& faults) {
  for (const double rate : {faults.on_rate, faults.off_rate, faults.level_rate}) {
    require(rate >= 0.0 && rate <= 1.0, "cell faults: a rate is {}; choose 0 ... 1", rate);
  }
  const double sum = faults.on_rate + faults.off_rate + faults.level_rate;
  require(sum <= 1.0, "cell faults: the rates add up to {}; at most 1", sum);
}

FaultMap draw_faults(const FaultParams& faults, const CellParams& cell, Eigen::Index rows, Eigen::Index cols,
                     const Random& random, std::uint32_t unit) {
  validate(faults);
  validate(cell);
  require(rows >= 0 && cols >= 0 && rows <= 65535 && cols <= 65535,
          "cell faults: {}x{} cells; at most 65535 each way", rows, cols);
  FaultMap map;
  if (!is_on(faults)) return map;
  const double off_from = faults.on_rate, level_from = off_from + faults.off_rate;
  const double none_from = level_from + faults.level_rate;
  for (Eigen::Index col = 0; col < cols; ++col) {
    for (Eigen::Index row = 0; row < rows; ++row) {
      Fault fault{.row = static_cast<std::uint16_t>(row),
                  .column = static_cast<std::uint16_t>(col),
                  .kind = FaultKind::kStuckOn};
      const auto words = random.words(RandomPurpose::kCellFault, {unit, fault.row, fault.column}, 0);
      const double u = (words[0] + 0.5) * 0x1p-32;
      if (u >= none_from) continue;
      if (u >= level_from) {
        fault.kind = FaultKind::kStuckAtLevel;
        fault.level = static_cast<std::uint8_t>(std::uint64_t{words[1]} * cell.levels >> 32);
      } else if (u >= off_from) {
        fault.kind = FaultKind::kStuckOff;
      }
      map.push_back(fault);
    }
  }
  return map;
}

void validate(const FaultMap& map, const CellParams& cell, Eigen::Index rows, Eigen::Index cols) {
  std::set<std::pair<unsigned, unsigned>> seen;
  for (const Fault& fault : map) {
    require(fault.row < rows && fault.column < cols,
            "fault map: row {}, column {} is outside an array of {}x{} cells", fault.row, fault.column, rows,
            cols);
    require(fault.kind != FaultKind::kStuckAtLevel || fault.level < cell.levels,
            "fault map: row {}, column {} is stuck at level {}; the highest is {}", fault.row, fault.column,
            fault.level, cell.levels - 1);
    require(seen.emplace(fault.row, fault.column).second, "fault map: row {}, column {} appears twice",
            fault.row, fault.column);
  }
}

double fault_conductance(const Fault& fault, const CellParams& cell) {
  if (fault.kind == FaultKind::kStuckAtLevel) return level_conductance(cell, fault.level);
  return fault.kind == FaultKind::kStuckOn ? cell.g_max_siemens : cell.g_min_siemens;
}

void pin(CellLimits& limits, const FaultMap& map, const CellParams& cell) {
  pin(limits.low_siemens, map, cell);
  pin(limits.high_siemens, map, cell);
}

void pin(Eigen::MatrixXd& g_siemens, const FaultMap& map, const CellParams& cell) {
  for (const Fault& fault : map) g_siemens(fault.row, fault.column) = fault_conductance(fault, cell);
}

}  // namespace mho::device
