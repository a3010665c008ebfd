// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/solution.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/wires/array_compensation.hpp"
#include "platform/circuit/linear_inv.hpp"
#include "platform/circuit/solver.hpp"

namespace mho::platform {

namespace {

CircuitSolution solve_as_written(const CircuitProblem& problem) {
  std::optional<CircuitSolution> quick = solve_linear_inv(problem);
  return quick ? std::move(*quick) : Solver(problem).run();
}

/// Cells with which an array of the problem's lines conducts as `wanted_siemens`.
Eigen::MatrixXd compensated(const Eigen::MatrixXd& wanted_siemens, const CircuitProblem& problem) {
  using circuit::ArrayCompensationStatus;
  circuit::ArrayCompensation found =
      compensate_array(wanted_siemens, problem.lines, {.limit_siemens = problem.g_max_siemens});
  require(found.status != ArrayCompensationStatus::kNotConverged,
          "line_compensation: the lines are too resistive for these conductances: no cells make up for them; "
          "lower r_wire, r_port or G");
  require(
      found.status != ArrayCompensationStatus::kHeadroom,
      "line_compensation: a cell would need {:.4g} S, more than g_max, {:.4g} S; lower r_wire or G, or raise "
      "g_max",
      found.target_siemens.maxCoeff(), problem.g_max_siemens);
  return std::move(found.target_siemens);
}

CircuitSolution solve_compensated(const CircuitProblem& problem) {
  CircuitProblem written = problem;
  written.g_siemens = compensated(problem.g_siemens, problem);
  if (problem.g_neg_siemens) written.g_neg_siemens = compensated(*problem.g_neg_siemens, problem);
  CircuitSolution solution = solve_as_written(written);
  solution.cells_siemens = written.g_siemens;
  if (written.g_neg_siemens) solution.cells_neg_siemens = *written.g_neg_siemens;
  return solution;
}

}  // namespace

CircuitSolution solve(const CircuitProblem& problem) {
  const auto begin = std::chrono::steady_clock::now();
  CircuitSolution solution =
      problem.compensates_lines ? solve_compensated(problem) : solve_as_written(problem);
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
