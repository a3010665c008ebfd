// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Conductance at the temperature of a read, relative to that at the reference temperature:
//     g(T) = g · max(1 + c(g) · (T − T_ref), 0),   c linear in g from c_low at g_min to c_high at g_max
// Linear around the reference: meant for some ten kelvin either way. Low states conduct by hopping, better
// when warm (c > 0); high states nearly as a metal, worse when warm (c < 0).
//
// Not modelled: self-heating, gradients over an array.
#pragma once

#include <Eigen/Core>

#include "models/device/cell.hpp"

namespace mho::device {

/// Temperatures that any of these models accepts [kelvin].
inline constexpr double kMinTemperature_kelvin = 200.0;
inline constexpr double kMaxTemperature_kelvin = 500.0;

struct TemperatureParams {
  /// Relative change per kelvin at g_min and at g_max, -0.02 … 0.02; 0 = none. No figure published for the
  /// chip (A). kTypicalTemperature has the signs described above; a chip is configured with it.
  double low_per_kelvin = 0.0;
  double high_per_kelvin = 0.0;
  double reference_kelvin = 300.0;  ///< at which cells were written and verified, 200 … 500 (A)
};

/// Orders of magnitude for filamentary oxide cells: +0.2 %/K at g_min, −0.05 %/K at g_max (A).
inline constexpr TemperatureParams kTypicalTemperature{.low_per_kelvin = 2e-3, .high_per_kelvin = -5e-4};

/// Throws InputError if a field is out of the range stated above.
void validate(const TemperatureParams& temperature);

/// Throws InputError unless `kelvin` is in kMinTemperature_kelvin … kMaxTemperature_kelvin.
void require_temperature(double kelvin);

/// Whether any cell changes at `kelvin`. At the reference temperature none does.
inline bool is_on(const TemperatureParams& temperature, double kelvin) {
  return (temperature.low_per_kelvin != 0.0 || temperature.high_per_kelvin != 0.0) &&
         kelvin != temperature.reference_kelvin;
}

/// g(T)/g for a cell of `g_siemens` (beyond the window the coefficient of its end holds), >= 0.
double temperature_factor(const TemperatureParams& temperature, const CellParams& cell, double g_siemens,
                          double kelvin);

}  // namespace mho::device
