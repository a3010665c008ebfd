// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The analogue RRAM cell (TaOx, 1T1R) as a conductance with a number of levels: evenly spaced, in constant
// ratio, or listed.
// Modelled: the level grid, the read voltage. What a cell does beside holding its conductance is in files of
// its own: write_verify, read_noise, telegraph_noise, retention, temperature, endurance, faults, iv_curve;
// cell_array puts them together.
// Not modelled: the access transistor.
#pragma once

#include <cstdint>
#include <vector>

namespace mho::device {

/// How the conductances of the levels lie in the window.
enum class LevelSpacing : std::uint8_t {
  kEven,       ///< g_min + k · full scale / (levels − 1): one level, one weight
  kGeometric,  ///< g_min · (g_max/g_min)^(k/(levels−1)); needs g_min > 0
  kListed,     ///< CellParams::listed_siemens
};

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
  /// Even spacing is what integer reads need, and what the chip has (D); INV macros may have another.
  LevelSpacing spacing = LevelSpacing::kEven;
  /// With kListed: `levels` conductances, strictly ascending from g_min to g_max. Otherwise empty.
  std::vector<double> listed_siemens{};

  bool operator==(const CellParams&) const = default;
};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const CellParams& cell);

/// A cell of the default window with 2^bits evenly spaced levels, bits 1 … 6.
/// @throws InputError  bits out of range
CellParams cell_of_bits(unsigned bits);

/// A cell with exactly these levels: window and number of levels follow from the list.
/// @throws InputError  fewer than two levels, a negative or infinite one, not strictly ascending
CellParams cell_of_levels(std::vector<double> listed_siemens);

/// g_max − g_min [siemens]: what "full scale" means in every tolerance and sigma of models/device.
inline double full_scale_siemens(const CellParams& cell) {
  return cell.g_max_siemens - cell.g_min_siemens;
}

/// Full scale / (levels − 1) [siemens]; 4.93 µS by default (D). With even spacing the distance of
/// neighbouring levels. With any other spacing still the unit in which circuits count conductance
/// differences, so that a level k is worth level_value(k) units rather than k.
inline double step_siemens(const CellParams& cell) {
  return full_scale_siemens(cell) / (cell.levels - 1);
}

/// Conductance of `level` [siemens].
/// Throws InputError if level >= cell.levels.
double level_conductance(const CellParams& cell, unsigned level);

/// What a level is worth as a number: (g_level − g_min) / step, 0 for level 0, levels − 1 for the highest.
/// With even spacing it is the level itself (exactly). Throws InputError if level >= cell.levels.
double level_value(const CellParams& cell, unsigned level);

/// The level whose conductance is nearest to `g_siemens` (the lower one of two at equal distance).
/// Throws InputError if `g_siemens` is not finite.
unsigned nearest_level(const CellParams& cell, double g_siemens);

}  // namespace mho::device
