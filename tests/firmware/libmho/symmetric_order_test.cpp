// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The order of equations and unknowns of definite matrices.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <numeric>
#include <vector>

#include "firmware/libmho/plan.h"
#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

using Order = std::vector<std::uint32_t>;

const PlanBenchOptions kReordering{.levels = 61, .splits_leaves = true, .reorders_rows = true};

Order rows_of(const PlanBench& bench) {
  const mho_system_t& s = bench.plan.system;
  return {s.row_order, s.row_order + s.n};
}
Order columns_of(const PlanBench& bench) {
  const mho_system_t& s = bench.plan.system;
  return {s.column_order, s.column_order + s.n};
}

/// Cholesky's method with complete pivoting in double precision, one pivot after the other.
Order pivots(Eigen::MatrixXd a) {
  const auto n = static_cast<std::size_t>(a.rows());
  Order order(n);
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t k = 0; k < n; ++k) {
    const auto at = static_cast<Eigen::Index>(k);
    Eigen::Index best = 0;
    a.diagonal().tail(a.rows() - at).maxCoeff(&best);
    best += at;
    a.row(at).swap(a.row(best));
    a.col(at).swap(a.col(best));
    std::swap(order[k], order[static_cast<std::size_t>(best)]);
    const Eigen::Index rest = a.rows() - at - 1;
    a.bottomRightCorner(rest, rest) -=
        (a.block(at + 1, at, rest, 1) * a.block(at, at + 1, 1, rest) / a(at, at)).eval();
  }
  return order;
}

TEST(SymmetricOrder, IsThatOfCholeskysMethodWithCompletePivoting) {
  for (const Eigen::Index n : {3, 8, 16, 40}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      PlanBench bench(random_spd(n, 1e3, seed), kReordering);
      ASSERT_EQ(mho_order_diagonal(&bench.plan, &bench.workspace.arena), MHO_OK);
      EXPECT_EQ(rows_of(bench), pivots(bench.balanced()));
      EXPECT_EQ(columns_of(bench), rows_of(bench));
    }
  }
}

TEST(SymmetricOrder, KeepsTheMatrixSymmetricAndItsScalesWithIt) {
  const Eigen::MatrixXd a = random_spd(40, 1e3, 6);
  PlanBench bench(a, kReordering);
  const PlanBench given(a, kReordering);
  ASSERT_EQ(mho_order_diagonal(&bench.plan, &bench.workspace.arena), MHO_OK);
  const mho_system_t& s = bench.plan.system;
  EXPECT_TRUE(mho_is_symmetric(&s));
  for (std::uint32_t i = 0; i < s.n; ++i) {
    const std::uint32_t from = s.column_order[i];
    EXPECT_EQ(s.column_scale[i], given.plan.system.column_scale[from]);
    EXPECT_EQ(s.column_fine[i], given.plan.system.column_fine[from]);
    for (std::uint32_t j = 0; j < s.n; ++j)
      EXPECT_EQ(s.a[j * s.n + i], given.plan.system.a[s.row_order[j] * s.n + from]);
  }
}

TEST(SymmetricOrder, StopsWhereAMatrixIsNotDefinite) {
  Eigen::MatrixXd a = random_spd(16, 10, 7);
  a(5, 5) = a(11, 11) = 0;
  PlanBench bench(a, kReordering);
  ASSERT_EQ(mho_order_diagonal(&bench.plan, &bench.workspace.arena), MHO_OK);
  Order sorted = rows_of(bench);
  EXPECT_EQ(columns_of(bench), sorted);
  std::ranges::sort(sorted);
  Order identity(16);
  std::iota(identity.begin(), identity.end(), 0);
  EXPECT_EQ(sorted, identity);
}

TEST(SymmetricOrder, IsTakenWhereTheGivenOneHasABadLeaf) {
  int taken = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_spd(24, 1e4, seed);
    PlanBench bench(a, kReordering);
    ASSERT_EQ(bench.make(), MHO_OK);
    if (bench.plan.rows == MHO_ROWS_GIVEN) continue;
    EXPECT_EQ(bench.plan.rows, MHO_ROWS_DIAGONAL);
    ++taken;
    // The first leaf has the largest pivots; in the given order any leaf may be bad.
    EXPECT_LE(bench.plan.leaves[0].condition, 64u);
  }
  EXPECT_GT(taken, 0);
}

TEST(SymmetricOrder, DividesLeavesThatStayBad) {
  const Eigen::MatrixXd a = random_spd(24, 1e5, 4);
  PlanBench bench(a, kReordering);
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_EQ(bench.plan.rows, MHO_ROWS_DIAGONAL);
  for (std::uint32_t i = 0; i < bench.plan.leaf_count; ++i) EXPECT_LE(bench.plan.leaves[i].condition, 64u);
}

}  // namespace
}  // namespace mho::test
