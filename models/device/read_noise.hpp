// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Thermal noise of a conductance (Johnson–Nyquist) in the bandwidth of a read:
//     σ_I = sqrt(4 · k_B · T · G · B)      G: one cell, or the sum of all cells on a line
// independent from read to read. Seen as an error of the cell's conductance at the read voltage v:
//     σ_G = σ_I / v
//
// Random telegraph noise is in telegraph_noise.hpp. Not modelled: 1/f noise, shot noise of the contacts.
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include "models/base/random.hpp"

namespace mho::device {

inline constexpr double kBoltzmann_joule_per_kelvin = 1.380649e-23;  // exact by definition of the SI

struct ThermalNoiseParams {
  /// Noise bandwidth of a read [hertz], >= 0; 0 = no thermal noise. A read integrated over t has 1/(2t): 5
  /// MHz for the 100 ns of a verify read (D).
  double bandwidth_hz = 0.0;
};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const ThermalNoiseParams& noise);

inline bool is_on(const ThermalNoiseParams& noise) {
  return noise.bandwidth_hz > 0.0;
}

/// Standard deviation of the noise current of `g_siemens` (one cell or a whole line) at `kelvin` [ampere].
/// @throws InputError  g_siemens negative or not finite, kelvin out of 200 … 500
double thermal_current_sigma_ampere(const ThermalNoiseParams& noise, double g_siemens, double kelvin);

/// Noise of every cell of an array in read number `read` [rows x cols, siemens], to be added to its
/// conductances. A cell may come out negative: that is what a noisy read of a small conductance sees.
/// @param g_siemens  [rows x cols] conductances, >= 0
/// @param volt       voltage at which the cells are read, > 0
/// @param unit       number of the array
/// @returns          a pure function of the arguments; zero if the noise is off
/// @throws InputError  volt <= 0, more than 65535 cells one way, kelvin out of 200 … 500
Eigen::MatrixXd thermal_noise(const ThermalNoiseParams& noise,
                              const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, double volt, double kelvin,
                              const Random& random, std::uint32_t unit, std::uint32_t read);

}  // namespace mho::device
