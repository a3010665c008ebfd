// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A plan for a dense matrix, and what its parts should be by exact elimination in double precision.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <vector>

#include "firmware/libmho/plan.h"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {

struct PlanBenchOptions {
  std::uint32_t leaf_size = 8;
  std::uint32_t tile_size = 64;
  std::uint32_t hp_rows = 0;  ///< 0: tile_size
  std::uint32_t max_slices = 8;
  std::uint32_t bits = 24;
  std::uint32_t levels = 8;
  std::uint32_t block_digits = 1;
  std::uint32_t digit_bits = 3;
  std::uint32_t diagonal_cells = 0;
  bool splits_leaves = false;
  bool reorders_rows = false;
  std::uint32_t bytes = 8u << 20;             ///< of workspace
  std::vector<std::uint32_t> level_values{};  ///< of the leaves' cells [2^-16 steps]; empty: evenly spaced
};

class PlanBench {
 public:
  /// Loads the system, b = 1; nothing is planned yet.
  PlanBench(const Eigen::MatrixXd& a, const PlanBenchOptions& options);

  /// mho_plan_make(), or why the system could not be loaded.
  mho_result_t make();

  /// The balanced matrix before elimination.
  const Eigen::MatrixXd& balanced() const { return balanced_; }
  /// Schur complement of the balanced matrix's rows and columns before `row`.
  Eigen::MatrixXd schur(std::uint32_t row) const;
  /// The same for a node: rows and columns [lo, hi).
  Eigen::MatrixXd schur(const mho_node_t& node) const;

  Workspace workspace;
  mho_plan_t plan{};
  mho_result_t loaded;

 private:
  std::vector<std::uint32_t> level_values_;
  Eigen::MatrixXd balanced_;
};

/// κ₁ by the inverse in double precision.
double condition1(const Eigen::MatrixXd& m);

}  // namespace mho::test
