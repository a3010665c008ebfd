// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What integer reads lose when the cells of an MVM macro do not conduct as they were written: all of them
// moved by a law of their conductance (temperature, drift), or not ohmic.
//
// A law may move middle levels most, and cells between levels, since targets that cancel the lines are not on
// levels. A moved cell errs by its own change as the lines pass it on, and by what the lines lose more or
// less to the changed currents of all others:
//     e_ij = max_d ( |A ∘ ΔG|_ij / step + d · max_d' |T(G + ΔG) − T(G) − A ∘ ΔG|_ij / (d' · step) ),
//     d, d' = 1 … the largest digit of a tile
// of arrays whose cells all hold the digit d, A their first-order gain (wires/first_order.hpp), T their
// transfer matrix. The worst read of n rows drives those with the largest e_ij of a column. That the loss to
// the lines is the largest one of any d, whatever digit a cell holds, makes this a bound for mixed digits
// (D).
#pragma once

#include <Eigen/Core>

#include <functional>

#include "models/amc/macro_params.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::amc {

/// Conductances [rows x cols, siemens] that cells written to others now have.
using CellLaw = std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)>;

/// Targets of an MVM macro whose pairs all hold `digit` in the positive array [size x size].
device::DifferentialPair dense_targets(const MacroParams& macro, int digit);

/// Error of the worst read of 1, 2, … size rows by cells that moved [size, steps].
/// Cost: some reductions a digit; a few tenths of a second for 64x64 with lines.
Eigen::VectorXd worst_moved_read_steps(const MacroParams& macro, const CellLaw& moved);

/// Error of reads of an MVM macro whose cells are not ohmic, of largest digits, where the law of a cell and
/// the lines bend most: any number of rows, those furthest from the amplifiers, all driven to one side
/// by the same digit.
class NonohmicReads {
 public:
  /// @param read_volt  of the digit 1 of a driven row, > 0
  NonohmicReads(const MacroParams& macro, double read_volt);

  /// The worst of all digits up to `largest_input`, driven in both directions; infinite if a cell's
  /// transistor cannot conduct as it has to, or the network does not converge [steps].
  /// @param rows           1 … size
  /// @param largest_input  >= 1
  /// Cost: four solutions of an array for each digit.
  double worst_steps(unsigned rows, int largest_input = 1) const;

 private:
  circuit::CellModel model_;
  circuit::LineParams lines_;
  /// With `input` on all rows; in steps of a level at the digit 1.
  double error_steps(unsigned rows, int input) const;

  int largest_digit_;
  double step_siemens_, read_volt_;
  device::DifferentialPair bare_;
  std::vector<Eigen::Index> furthest_first_;
};

}  // namespace mho::amc
