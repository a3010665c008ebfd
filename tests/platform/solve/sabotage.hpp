// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Whole solves on the simulated chip while somebody changes cells of its MVM macros after they were
// programmed: another bus initiator writes the macros once more when the solve list runs. The refinement unit
// does not notice, as it would not notice cells that move by themselves.
#pragma once

#include <Eigen/Core>

#include <string>
#include <vector>

#include "platform/solve/solve_run.hpp"

namespace mho::platform::test {

/// A cell pair of an MVM macro, whose level moves by `change` (or the other way where the range ends).
struct MovedCell {
  unsigned macro, line, output;
  int change;
};

struct Job {
  Eigen::MatrixXd a;
  Eigen::VectorXd b;
  std::vector<std::string> keys;  ///< key=value, beside a small chip
  std::vector<MovedCell> moved;   ///< when the solve begins; those of macros that hold nothing are left alone
};

/// Runs the shipped firmware on it.
SolveReport solve(const Job& job);

}  // namespace mho::platform::test
