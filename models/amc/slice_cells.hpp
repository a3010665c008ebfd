// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The cells of one pair of arrays of a macro: the arrays, and in INV macros that have them p further cells in
// parallel at each crossing of row i and column i of each array, so that a diagonal entry may have 1 + p
// times the levels of others. Each has an access transistor of its own: they are written and verified one
// after the other, behind the array, and conduct together (our assumption). Lines see the sum of a crossing.
//
// A number that one cell cannot hold fills them in turn; all others stay at level 0, whose conductance is the
// same in both arrays of the pair and loads the lines. Faults, wear, drift and noise are those of cells; a
// map of faults does not name cells in parallel.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <optional>

#include "models/amc/macro_params.hpp"
#include "models/base/random.hpp"
#include "models/device/cell_array.hpp"
#include "models/device/verify_read.hpp"

namespace mho::amc {

/// What the cells are written to [siemens].
struct SliceTarget {
  device::DifferentialPair grid;      ///< [size x size]
  device::DifferentialPair parallel;  ///< [p·size x 1], cell k of row i at k·size + i; empty if p = 0

  /// Of each crossing.
  device::DifferentialPair sum() const;
};

/// @param steps  [size x size] what the crossings are to be worth, between levels too: up to ± (levels − 1),
///               on the diagonal up to 1 + diagonal_cells times that; evenly spaced levels
SliceTarget slice_target(const Eigen::MatrixXd& steps, const device::CellParams& cell,
                         unsigned diagonal_cells);

class SliceCells {
 public:
  /// @param macro  number of the macro on the chip
  /// @param slice  0: upper, 1: lower
  SliceCells(const MacroParams& params, const Random& random, std::uint32_t macro, unsigned slice);

  bool is_programmed() const { return grid_.positive().is_programmed(); }
  std::uint32_t writes() const { return grid_.positive().writes(); }

  /// Counts, times and energies of all cells.
  /// @returns  pair: of the crossings
  device::PairProgramResult program(const SliceTarget& target, const device::WriteVerifyParams& write,
                                    double time_s);

  /// As CellArray::stick(), for each array of the pair and not for cells in parallel.
  void stick(device::FaultMap positive, device::FaultMap negative);

  /// Moves one cell of the pair, not one in parallel, as CellArray::disturb().
  void disturb(bool is_negative, Eigen::Index row, Eigen::Index col, double change_siemens);

  /// Of the crossings, as those of a PairArray [size x size, siemens].
  device::DifferentialPair conductance(const device::ReadConditions& at) const;
  device::DifferentialPair noisy(const device::ReadConditions& at, std::uint32_t read);
  /// Of any cell.
  double largest_change_siemens(const device::ReadConditions& before,
                                const device::ReadConditions& now) const;
  /// What a verify read of each cell shows after the last write, added up at the crossings.
  device::VerifyRead verify(const device::CellParams& cell, const device::WriteVerifyParams& write,
                            const Random& random) const;

 private:
  std::uint32_t grid_number_, parallel_number_;
  device::PairArray grid_;
  std::optional<device::PairArray> parallel_;
};

}  // namespace mho::amc
