// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/solution.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "platform/circuit/linear_inv.hpp"
#include "platform/circuit/solver.hpp"

namespace mho::platform {

CircuitSolution solve(const CircuitProblem& problem) {
  const auto begin = std::chrono::steady_clock::now();
  std::optional<CircuitSolution> quick = solve_linear_inv(problem);
  CircuitSolution solution = quick ? std::move(*quick) : Solver(problem).run();
  solution.solve_s = seconds_since(begin);
  return solution;
}

const char* name_of(CircuitStatus status) {
  switch (status) {
    case CircuitStatus::kNotComputed:
      return "not_computed";
    case CircuitStatus::kOk:
      return "ok";
    case CircuitStatus::kSaturated:
      return "saturated";
    case CircuitStatus::kUnstable:
      return "unstable";
    case CircuitStatus::kSingular:
      return "singular";
    case CircuitStatus::kNotConverged:
      return "not_converged";
  }
  return "not_computed";
}

}  // namespace mho::platform
