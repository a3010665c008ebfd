// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/firmware/libmho/plan_bench.hpp"

#include <cmath>

#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

double norm1(const Eigen::MatrixXd& m) {
  return m.cwiseAbs().colwise().sum().maxCoeff();
}

}  // namespace

PlanBench::PlanBench(const Eigen::MatrixXd& a, const PlanBenchOptions& options)
    : workspace(options.bytes), level_values_(options.level_values) {
  plan.options = {
      .leaf_size = options.leaf_size,
      .tile_size = options.tile_size,
      .hp_rows = options.hp_rows == 0 ? options.tile_size : options.hp_rows,
      .top_level = options.levels - 1,
      .block_digits = options.block_digits,
      .digit_bits = options.digit_bits,
      .max_slices = options.max_slices,
      .inv_slices = 1,
      .splits_leaves = options.splits_leaves,
      .reorders_rows = options.reorders_rows,
      .skips_given_order = false,
      .uses_ginv = 0,
      .ginv_rows = 0,
      .ginv_columns = 0,
      .ginv_damping = 0,
      .leaf_options = {options.levels - 1,
                       3277,
                       {500'000, 34'500'000 / (options.levels - 1), 86'250'000, 0, 0,
                        level_values_.empty() ? nullptr : level_values_.data(), options.diagonal_cells},
                       0},
      .updater = mho_rank_update_cpu,
      .updater_context = &plan,
      .solver = nullptr,
      .solver_context = nullptr,
      .meter = nullptr,
      .meter_context = nullptr};
  const SparseSystem source(a, Eigen::VectorXd::Ones(a.rows()));
  const mho_sparse_system_t view = source.view();
  loaded = mho_system_load(&plan.system, &view, options.bits, &workspace.arena);
  if (loaded != MHO_OK) return;
  mho_arena_t scratch = workspace.arena;
  const std::int32_t* m = mho_system_balanced(&plan.system, &scratch);
  if (m == nullptr) return;
  balanced_.resize(a.rows(), a.cols());
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < a.cols(); ++j)
      balanced_(i, j) = std::ldexp(m[i * a.cols() + j], MHO_BALANCED_EXPONENT);
  }
}

mho_result_t PlanBench::make() {
  return loaded == MHO_OK ? mho_plan_make(&plan, &workspace.arena) : loaded;
}

Eigen::MatrixXd PlanBench::schur(std::uint32_t row) const {
  const Eigen::Index n = balanced_.rows();
  const Eigen::Index rest = n - row;
  if (row == 0) return balanced_;
  return balanced_.bottomRightCorner(rest, rest) -
         balanced_.bottomLeftCorner(rest, row) *
             balanced_.topLeftCorner(row, row).partialPivLu().solve(balanced_.topRightCorner(row, rest));
}

Eigen::MatrixXd PlanBench::schur(const mho_node_t& node) const {
  return schur(node.lo).topLeftCorner(node.hi - node.lo, node.hi - node.lo);
}

double condition1(const Eigen::MatrixXd& m) {
  return norm1(m) * norm1(m.inverse());
}

}  // namespace mho::test
