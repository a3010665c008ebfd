// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/solution.hpp"

#include <chrono>

#include "platform/circuit/solver.hpp"

namespace mho::platform {

CircuitSolution solve(const CircuitProblem& problem) {
  const auto begin = std::chrono::steady_clock::now();
  CircuitSolution solution = Solver(problem).run();
  solution.solve_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
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
