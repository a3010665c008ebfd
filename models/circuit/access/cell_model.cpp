// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/access/cell_model.hpp"

#include <algorithm>
#include <cmath>

namespace mho::circuit {
namespace {

BranchCurrent reversed(const BranchCurrent& i) {
  return {.ampere = -i.ampere,
          .by_first_siemens = -i.by_second_siemens,
          .by_second_siemens = -i.by_first_siemens};
}

/// From the free end of the cell (first) through the transistor to the line behind it (second).
/// @param v_channel  across the transistor, from cell to line: where to begin, then what was found
BranchCurrent series_current(const Nmos1Params& access, const device::IvParams& iv, double g_siemens,
                             double v_cell, double v_line, double& v_channel) {
  // The node in between: the cell's i(v_cell − v) less the channel's i(v, v_line) falls with v, its root is
  // between both ends. Newton steps that leave the bracket are replaced by halving it.
  double low = std::min(v_cell, v_line), high = std::max(v_cell, v_line);
  double v = std::clamp(v_line + v_channel, low, high);
  BranchCurrent channel;
  device::IvPoint cell{};
  for (int i = 0; i < 200; ++i) {
    channel = channel_current(access, v, v_line);
    cell = device::iv_point(iv, g_siemens, v_cell - v);
    const double excess = cell.current_ampere - channel.ampere;
    (excess > 0.0 ? low : high) = v;
    const double newton = v + excess / (cell.slope_siemens + channel.by_first_siemens);
    const double next = newton >= low && newton <= high ? newton : 0.5 * (low + high);
    if (std::abs(next - v) <= 1e-17 + 1e-16 * std::abs(v)) break;
    v = next;
  }
  v_channel = v - v_line;
  const double share = cell.slope_siemens / (cell.slope_siemens + channel.by_first_siemens);
  return {.ampere = cell.current_ampere,
          .by_first_siemens = share * channel.by_first_siemens,
          .by_second_siemens = share * channel.by_second_siemens};
}

}  // namespace

void validate(const CellModel& cell) {
  if (cell.access) validate(*cell.access);
  device::validate(cell.iv);
}

BranchCurrent cell_current(const CellModel& cell, double g_siemens, double v_column, double v_row) {
  double v_channel =
      cell.access && cell.access->is_at_row ? 0.5 * (v_column - v_row) : 0.5 * (v_row - v_column);
  return cell_current(cell, g_siemens, v_column, v_row, v_channel);
}

BranchCurrent cell_current(const CellModel& cell, double g_siemens, double v_column, double v_row,
                           double& v_channel) {
  if (g_siemens == 0.0) return {};
  if (!cell.access) {
    const device::IvPoint i = device::iv_point(cell.iv, g_siemens, v_column - v_row);
    return {.ampere = i.current_ampere,
            .by_first_siemens = i.slope_siemens,
            .by_second_siemens = -i.slope_siemens};
  }
  if (cell.access->is_at_row) {
    return series_current(*cell.access, cell.iv, g_siemens, v_column, v_row, v_channel);
  }
  return reversed(series_current(*cell.access, cell.iv, g_siemens, v_row, v_column, v_channel));
}

}  // namespace mho::circuit
