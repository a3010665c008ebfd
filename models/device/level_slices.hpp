// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A number in two cells of L levels each, the lower one of weight 1/L:
//     k = L · upper + lower,   |k| <= L² − 1
// The upper slice is rounded and the lower one has a sign of its own, |lower| <= L/2, except beyond the last
// upper level. A truncated upper slice would hold the same numbers with lower slices about twice as large,
// whose cells load the summing nodes in full and carry signal at 1/L only. (Our choice; facts.md §5 compares
// the two.)
#pragma once

#include "models/device/differential_pair.hpp"

namespace mho::device {

struct LevelSlices {
  LevelMatrix upper, lower;  ///< −(L − 1) … L − 1, with cells in parallel as many times that
};

/// Highest number that `slices` (1 or 2) cells of `cell_levels` levels hold.
constexpr unsigned top_level(unsigned cell_levels, unsigned slices) {
  return (slices == 2 ? cell_levels * cell_levels : cell_levels) - 1;
}

/// @param levels          [any shape] −(L² − 1) … L² − 1; on the diagonal times 1 + diagonal_cells
/// @param cell_levels     L, 2 … 11 (L² − 1 has to fit a LevelMatrix)
/// @param diagonal_cells  further cells of each slice at the places (i, i), which hold a sum together: both
///                        slices of a diagonal entry go up to (1 + diagonal_cells)(L − 1)
/// @throws InputError     an entry or L out of range
LevelSlices split_levels(const Eigen::Ref<const LevelMatrix>& levels, unsigned cell_levels,
                         unsigned diagonal_cells = 0);

}  // namespace mho::device
