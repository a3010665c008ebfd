// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The short way to the operating point of the commonest problem, an INV circuit of ohmic cells whose
// amplifiers are linear or stay well within their limits: its arrays are not reduced
// (inv_operating_point.hpp), and if modes are not asked for, a proof of stability takes the place of the
// eigenvalues (inv_stability.hpp).
#pragma once

#include <chrono>
#include <optional>

#include "platform/circuit/problem.hpp"
#include "platform/circuit/solution.hpp"

namespace mho::platform {

/// Largest error of the outputs that the short way may be estimated to have, relative to their norm.
inline constexpr double kShortWayError = 1e-10;

/// The solution, all but its solve_s. Nothing where only the general way can tell: another kind or analysis;
/// outputs near v_sat, clamps, access transistors; input capacitance, a second pole, output resistance or
/// conductance compensation; noise or power asked for; a loop that is singular, ill-conditioned or not shown
/// to be stable.
std::optional<CircuitSolution> solve_linear_inv(const CircuitProblem& problem);

inline double seconds_since(std::chrono::steady_clock::time_point begin) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

}  // namespace mho::platform
