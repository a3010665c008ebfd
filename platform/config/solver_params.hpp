// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How the host wants a system to be solved: the part of the configuration that ends up in the job block.
// Ranges, meanings and sources: chip.schema.json, section solver.
#pragma once

#include <cstdint>
#include <string_view>

#include "registers/job.hpp"  // generated

namespace mho::platform {

struct SolverParams {
  registers::job::JobMethod method = registers::job::JobMethod::kAuto;
  std::uint32_t inv_slices = 0;  ///< pairs of arrays in use, 1 or 2; 0: what the method calls for
  std::uint32_t bits = 24;       ///< magnitude bits of the matrix: a multiple of 3 in 3 … 24, or 25 … 53
  std::uint32_t tolerance_bits = 24;   ///< 1 … 26, with more than 24 bits 1 … 53
  std::uint32_t max_iterations = 500;  ///< 1 … 1000
  std::uint32_t restart = 96;          ///< steps of GMRES until it begins anew: 1 … 96
  registers::job::JobUnit schur_unit = registers::job::JobUnit::kDru;
  registers::job::JobLeastSquares least_squares = registers::job::JobLeastSquares::kInv;
  registers::job::JobWait wait = registers::job::JobWait::kInterrupt;
  bool calibrates = false;
  bool verifies = true;
  std::uint32_t leaf_size = 0;  ///< 0: size of an INV macro
  bool splits_leaves = true;
  bool reorders_rows = true;
  double stability_margin = 0.02;  ///< dimensionless, 0 … 1
  double watchdog_s = 60;          ///< [second]
};

/// As the configuration spells it: "cpu", "dru", "analogue".
std::string_view to_string(registers::job::JobUnit unit);

}  // namespace mho::platform
