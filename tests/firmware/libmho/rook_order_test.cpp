// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The order of rows and columns together, and when the planner goes over to it.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <numeric>
#include <vector>

#include "firmware/libmho/plan.h"
#include "tests/firmware/libmho/growing_matrix.hpp"
#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

const PlanBenchOptions kReordering{.levels = 61, .splits_leaves = true, .reorders_rows = true};

TEST(RookOrder, HasPivotsThatAreTheLargestOfTheirRowsAndColumns) {
  for (const Eigen::Index n : {3, 8, 24}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      PlanBench bench(random_matrix(n, n, seed), kReordering);
      ASSERT_EQ(mho_order_rows_and_columns(&bench.plan, bench.workspace.arena), MHO_OK);
      const Eigen::MatrixXd given = bench.balanced();
      Eigen::MatrixXd left(n, n);
      for (Eigen::Index i = 0; i < n; ++i) {
        for (Eigen::Index j = 0; j < n; ++j)
          left(i, j) = given(bench.plan.system.row_order[i], bench.plan.system.column_order[j]);
      }
      for (Eigen::Index k = 0; k < n; ++k) {
        const double pivot = std::abs(left(k, k)), rounding = 1e-6;
        EXPECT_GE(pivot + rounding, left.col(k).tail(n - k).cwiseAbs().maxCoeff());
        EXPECT_GE(pivot + rounding, left.row(k).tail(n - k).cwiseAbs().maxCoeff());
        const Eigen::VectorXd factors = left.col(k).tail(n - k - 1) / left(k, k);
        left.bottomRightCorner(n - k - 1, n - k - 1) -= factors * left.row(k).tail(n - k - 1);
      }
    }
  }
}

TEST(RookOrder, MovesEveryRowAndColumnOnce) {
  PlanBench bench(random_matrix(24, 24, 1), kReordering);
  ASSERT_EQ(mho_order_rows_and_columns(&bench.plan, bench.workspace.arena), MHO_OK);
  const mho_system_t& s = bench.plan.system;
  std::vector<std::uint32_t> rows(s.row_order, s.row_order + 24),
      columns(s.column_order, s.column_order + 24);
  std::vector<std::uint32_t> identity(24);
  std::iota(identity.begin(), identity.end(), 0);
  EXPECT_NE(rows, identity);
  EXPECT_NE(columns, identity);
  std::ranges::sort(rows);
  std::ranges::sort(columns);
  EXPECT_EQ(rows, identity);
  EXPECT_EQ(columns, identity);
}

TEST(RookOrder, IsTakenWhereCoarseIntegersAreOutgrown) {
  PlanBench little(growing(12), kReordering);
  ASSERT_EQ(little.make(), MHO_OK);
  EXPECT_EQ(little.plan.rows, MHO_ROWS_PIVOTED);
  PlanBench much(growing(40), kReordering);
  ASSERT_EQ(much.make(), MHO_OK);
  EXPECT_EQ(much.plan.rows, MHO_ROWS_ROOK);
  EXPECT_EQ(much.plan.system.balanced_exponent, MHO_BALANCED_EXPONENT);
}

TEST(RookOrder, NeedsLeaveToReorder) {
  PlanBench bench(growing(40), {.levels = 61, .splits_leaves = true});
  EXPECT_EQ(bench.make(), MHO_OVERFLOW);
  EXPECT_EQ(bench.plan.rows, MHO_ROWS_GIVEN);
}

}  // namespace
}  // namespace mho::test
