// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Random problems of every circuit kind of `mho circuit`, and their comparison with ngspice on a netlist that
// is written from the same problem.
#pragma once

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "platform/circuit/solution.hpp"
#include "tests/spice/random_problem.hpp"

namespace mho::spice {

using Json = nlohmann::json;

// Both solve the same equations in double precision, Newton's method included.
inline constexpr double kRestTolerance = 1e-9;
// The oracle's own error: trapezoidal steps of 10 ps, cubic interpolation.
inline constexpr double kLinearTolerance = 1e-5;
inline constexpr double kNonlinearTolerance = 1e-4;

/// Level 1 with body effect; the cells are linear only to first order.
Json access_transistor();

platform::CircuitSolution solved(const Json& problem);

/// Outputs and summing nodes agree within `tolerance` of the largest of each.
void expect_same_rest(const Json& problem, double tolerance = kRestTolerance);

/// The rms noise of every output agrees, of amplifiers whose inputs have `opamp.noise`; no inverters.
void expect_same_noise(const Json& problem);

/// Bias and load power agree: ngspice gives the currents out of all amplifiers, inverters included. Needs
/// `opamp.vdd` and `opamp.i_q`.
void expect_same_power(const Json& problem);

/// Outputs agree at every sample within `tolerance` of the largest.
/// @param step_ps  of ngspice
/// @param option   of its `tran`
void expect_same_waveform(Json problem, double step_ps, double tolerance, const char* option = "");

/// Test parameter: N.
class Spice : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override;
  std::uint64_t seed() const { return 1000 + GetParam(); }
  std::size_t n() const { return GetParam(); }

  Json inv_problem();
  Json signed_inv_problem();
  Json mvm_problem();
  Json ginv_problem(const char* kind);
  /// With a share of negative cells if asked for: their mean is a quarter of that of the positive ones.
  Json egv_problem(bool has_negative);

  ProblemMaker maker_{seed()};
};

}  // namespace mho::spice
