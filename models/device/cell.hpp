// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The analogue RRAM cell (TaOx, 1T1R) as a conductance with a number of evenly spaced levels.
// Modelled: the level grid, the read voltage. Programming is in write_verify.hpp.
// Not modelled: I-V non-linearity, drift, read noise, stuck cells, the access transistor.
#pragma once

#include <cstdint>

namespace mho::device {

/// The grid of programmable conductances. Sources: facts.md §1; trust letters P paper, S secondary summary,
/// D derived, A our assumption.
struct CellParams {
  /// Number of levels, 2 … 128. 8 = 3 bit (P/S).
  unsigned levels = 8;
  /// Conductance of level 0 [siemens], >= 0 and below g_max_siemens (P/S).
  double g_min_siemens = 0.5e-6;
  /// Conductance of the highest level [siemens] (P/S).
  double g_max_siemens = 35e-6;
  /// Largest voltage across a cell during a read [volt], > 0: low enough not to disturb the cell. Our
  /// assumption (A); components.md computes its read energies at the same value.
  double v_read_volt = 0.2;
};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const CellParams& cell);

/// g_max − g_min [siemens]: what "full scale" means in every tolerance and sigma of models/device.
inline double full_scale_siemens(const CellParams& cell) {
  return cell.g_max_siemens - cell.g_min_siemens;
}

/// Distance of neighbouring levels [siemens]: full scale / (levels − 1); 4.93 µS by default (D).
inline double step_siemens(const CellParams& cell) {
  return full_scale_siemens(cell) / (cell.levels - 1);
}

/// Conductance of `level` [siemens]: g_min + level · step.
/// Throws InputError if level >= cell.levels.
double level_conductance(const CellParams& cell, unsigned level);

}  // namespace mho::device
