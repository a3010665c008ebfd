// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What `mho circuit` computes from a problem.
#pragma once

#include <Eigen/Core>
#include <nlohmann/json_fwd.hpp>

#include <array>
#include <complex>
#include <string>
#include <vector>

#include "platform/circuit/problem.hpp"

namespace mho::platform {

enum class CircuitStatus {
  kNotComputed,
  kOk,
  kSaturated,     ///< the values hold, but an output is at its limit: they are not what the equation asks for
  kUnstable,      ///< no values
  kSingular,      ///< no values: the loop matrix is singular to working precision
  kNotConverged,  ///< no values: neither equilibrium nor divergence was found
};

/// The bands of settle_s.
inline constexpr std::array<double, 3> kSettlingBands{1e-2, 1e-3, 1e-4};

struct [[nodiscard]] CircuitSolution {
  CircuitStatus status = CircuitStatus::kNotComputed;
  std::string message;                            ///< one line if status is not kOk
  bool is_stable = false;                         ///< every eigenvalue of the loop has a negative real part
  bool has_eigenvalue = false;                    ///< there is a loop, and its eigenvalues were computed
  std::complex<double> eigenvalue_rad_per_s = 0;  ///< the one with the largest real part
  bool has_growth = false;                        ///< EGV
  double growth_rad_per_s = 0.0;                  ///< EGV: with which the outputs grow from rest
  Eigen::VectorXd answer;   ///< at rest: I_out [ampere] of an MVM without amplifiers, o [volt] of the others
  Eigen::VectorXd summing;  ///< at rest: s [volt]
  Eigen::VectorXd noise_volt;              ///< rms noise of the outputs at rest, if amplifiers have any
  double bias_watt = 0.0;                  ///< vdd·i_q of all amplifiers, if vdd is given
  double load_watt = 0.0;                  ///< vdd·Σ|current out of an amplifier| at rest, if vdd is given
  Eigen::VectorXd times_s;                 ///< transient
  Eigen::MatrixXd waveform;                ///< transient [times x answer]
  std::array<double, 3> settle_s{};        ///< transient, for kSettlingBands; infinity: not within tstop
  std::array<double, 3> settle_modes_s{};  ///< ln(1/ε)/|Re λ| of the slowest mode
  std::size_t n_steps = 0;                 ///< transient
  Eigen::MatrixXd cells_siemens;           ///< if lines were compensated: what the cells of G are written to
  Eigen::MatrixXd cells_neg_siemens;       ///< the same of G_neg
  int n_saturated = 0;                     ///< outputs within 1 % of V_sat at rest
  double solve_s = 0.0;                    ///< wall time, reading and writing of files not included
  double stability_s = 0.0;                ///< the part of it that eigenvalues or proof of stability took
  std::vector<std::string> notes;
};

/// @throws InputError  what only shows while solving, such as a node that nothing determines
CircuitSolution solve(const CircuitProblem& problem);

/// The keys of interface and reference page; values only where there are any.
nlohmann::ordered_json to_json(const CircuitProblem& problem, const CircuitSolution& solution);

/// "ok", "unstable", …
const char* name_of(CircuitStatus status);

}  // namespace mho::platform
