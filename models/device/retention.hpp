// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Drift of a programmed conductance with the logarithm of time:
//     g(t) = max(g + r · ln(1 + t/t0), 0),   t = time since programming, at the reference temperature
//     r = r(g) + σ · N(0,1),   r(g) linear in g from r_low at g_min to r_high at g_max
// with one draw per cell and write: a rewritten cell drifts anew, in its own direction. Heat makes time pass
// faster (Arrhenius):
//     t = duration · exp( E_a/k_B · (1/T_ref − 1/T) )
//
// Not modelled: fast relaxation within the first pulses (the write-verify loop reads after them), disturb by
// reads.
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include "models/base/random.hpp"
#include "models/device/cell.hpp"

namespace mho::device {

struct RetentionParams {
  /// Mean change per e-fold of time at g_min and at g_max [siemens]; negative = loss. 0 = no drift (A).
  double low_siemens_per_efold = 0.0;
  double high_siemens_per_efold = 0.0;
  /// Spread of that change from cell to cell and write to write [siemens], >= 0 (A).
  double sigma_siemens_per_efold = 0.0;
  double t0_s = 1.0;                ///< > 0 (A)
  double activation_ev = 1.0;       ///< E_a, 0 … 3 (A)
  double reference_kelvin = 300.0;  ///< at which the rates hold, 200 … 500 (A)
};

/// Measured on CMO/HfOx cells: mean −0.089 µS and spread 0.042 µS per e-fold (components.md, CMO/HfOx). That
/// time counts from 1 s, is our assumption (A).
inline constexpr RetentionParams kCmoHfoxRetention{.low_siemens_per_efold = -0.089e-6,
                                                   .high_siemens_per_efold = -0.089e-6,
                                                   .sigma_siemens_per_efold = 0.042e-6};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const RetentionParams& retention);

inline bool is_on(const RetentionParams& retention) {
  return retention.low_siemens_per_efold != 0.0 || retention.high_siemens_per_efold != 0.0 ||
         retention.sigma_siemens_per_efold != 0.0;
}

/// Time at the reference temperature that ages cells as much as `duration_s` at `kelvin` [second]. Ages add
/// up: for a temperature that changes, add the ages of its parts.
/// @throws InputError  duration negative or not finite, kelvin out of 200 … 500
double equivalent_age_s(const RetentionParams& retention, double duration_s, double kelvin);

/// Conductances [rows x cols, siemens] at age `age_s` of cells that were programmed to `programmed_siemens`.
/// @param unit, write_counter  the array and the write that programmed it
/// @returns  a pure function of its arguments; the programmed conductances themselves at age 0 or without
/// drift
/// @throws InputError  age negative or not finite, more than 65535 cells one way
Eigen::MatrixXd drifted(const RetentionParams& retention, const CellParams& cell,
                        const Eigen::Ref<const Eigen::MatrixXd>& programmed_siemens, double age_s,
                        const Random& random, std::uint32_t unit, std::uint32_t write_counter);

}  // namespace mho::device
