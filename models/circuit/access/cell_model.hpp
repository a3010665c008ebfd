// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What lies between a column line and a row line: a cell, ohmic or with a sinh law (iv_curve.hpp), alone or
// in series with an access transistor (nmos1.hpp). Capacitances are not modelled: the current follows the
// voltages at once.
#pragma once

#include <optional>

#include "models/circuit/access/nmos1.hpp"
#include "models/device/iv_curve.hpp"

namespace mho::circuit {

struct CellModel {
  std::optional<Nmos1Params> access;  ///< none: the cell is connected to both lines
  device::IvParams iv;                ///< ohmic by default

  bool is_ohmic() const { return !access && iv.v0_volt == 0.0; }
};

/// Throws InputError if a field is out of range.
void validate(const CellModel& cell);

/// Current from the column line (first) to the row line (second) through a cell of `g_siemens` >= 0 (at
/// 0 V) and what is in series with it.
BranchCurrent cell_current(const CellModel& cell, double g_siemens, double v_column, double v_row);
/// The same, faster near a point where the voltage across the transistor is known.
/// @param v_channel  from cell to line [volt]: a guess, then what was found; left alone if there is no
///                   transistor or no cell
BranchCurrent cell_current(const CellModel& cell, double g_siemens, double v_column, double v_row,
                           double& v_channel);

}  // namespace mho::circuit
