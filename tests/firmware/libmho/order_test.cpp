// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The order of the rows: by matching, by pivoting, and when the planner goes over to them.
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "firmware/libmho/plan.h"
#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

const PlanBenchOptions kReordering{.levels = 61, .splits_leaves = true, .reorders_rows = true};

std::vector<std::uint32_t> row_order(const PlanBench& bench) {
  const mho_system_t& s = bench.plan.system;
  return {s.row_order, s.row_order + s.n};
}

std::vector<std::uint32_t> identity(std::uint32_t n) {
  std::vector<std::uint32_t> order(n);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// Rows in a random order.
Eigen::MatrixXd shuffled(const Eigen::MatrixXd& a, std::uint64_t seed) {
  Draws draws(seed);
  Eigen::MatrixXd out = a;
  for (Eigen::Index i = a.rows() - 1; i > 0; --i) out.row(i).swap(out.row(draws.integer(0, i)));
  return out;
}

/// Rows of an independent elimination with partial pivoting.
std::vector<std::uint32_t> pivot_rows(const Eigen::MatrixXd& a) {
  const Eigen::PartialPivLU<Eigen::MatrixXd> lu(a);
  const Eigen::VectorXi numbers =
      Eigen::VectorXi::LinSpaced(static_cast<int>(a.rows()), 0, static_cast<int>(a.rows()) - 1);
  const Eigen::VectorXi permuted = lu.permutationP() * numbers;
  return {permuted.begin(), permuted.end()};
}

std::uint32_t worst_leaf(const mho_plan_t& plan) {
  std::uint32_t worst = 0;
  for (std::uint32_t i = 0; i < plan.leaf_count; ++i) worst = std::max(worst, plan.leaves[i].condition);
  return worst;
}

TEST(RowOrder, ByPivotingIsThatOfEliminationWithPartialPivoting) {
  for (const Eigen::Index n : {3, 8, 16, 40}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      PlanBench bench(random_matrix(n, n, seed), kReordering);
      ASSERT_EQ(mho_order_rows(&bench.plan, &bench.workspace.arena), MHO_OK);
      EXPECT_EQ(row_order(bench), pivot_rows(bench.balanced()));
    }
  }
}

TEST(RowOrder, ByPivotingLeavesADominantDiagonalAlone) {
  PlanBench bench(random_dominant(40, 0.5, 1), kReordering);
  ASSERT_EQ(mho_order_rows(&bench.plan, &bench.workspace.arena), MHO_OK);
  EXPECT_EQ(row_order(bench), identity(40));
}

TEST(RowOrder, ByPivotingGivesTheArenaBack) {
  PlanBench bench(random_matrix(16, 16, 1), kReordering);
  const std::uint8_t* const next = bench.workspace.arena.next;
  ASSERT_EQ(mho_order_rows(&bench.plan, &bench.workspace.arena), MHO_OK);
  EXPECT_EQ(bench.workspace.arena.next, next);
}

TEST(RowOrder, ByMatchingFindsAHiddenDominantDiagonal) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_dominant(60, 0.1, seed);
    PlanBench bench(shuffled(a, seed), kReordering);
    ASSERT_EQ(mho_match_rows(&bench.plan, bench.workspace.arena), MHO_OK);
    const PlanBench original(a, kReordering);
    const mho_system_t& found = bench.plan.system;
    const mho_system_t& expected = original.plan.system;
    EXPECT_TRUE(std::equal(found.a, found.a + 60 * 60, expected.a));
    EXPECT_TRUE(std::equal(found.row_scale, found.row_scale + 60, expected.row_scale));
    EXPECT_TRUE(std::equal(found.row_fine, found.row_fine + 60, expected.row_fine));
  }
}

TEST(RowOrder, ByMatchingChangesNothingWithoutAFullDiagonal) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(12, 12);
  a(5, 5) = 0;
  a(5, 4) = a(4, 5) = 1;  // column 5 in row 4, column 4 in rows 4 and 5: then row 6 has its column, too
  a(4, 4) = 0;
  a(6, 6) = 0;
  a(6, 4) = 1;  // rows 5 and 6 have one column for both
  a(0, 6) = 1;
  PlanBench bench(a, kReordering);
  EXPECT_EQ(mho_match_rows(&bench.plan, bench.workspace.arena), MHO_SINGULAR);
  EXPECT_EQ(row_order(bench), identity(12));
}

TEST(RowOrder, ByMatchingIsForSparseMatrices) {
  PlanBench bench(random_matrix(12, 12, 3), kReordering);
  EXPECT_EQ(mho_match_rows(&bench.plan, bench.workspace.arena), MHO_SINGULAR);
  EXPECT_EQ(row_order(bench), identity(12));
}

TEST(RowOrder, IsTheGivenOneWhereItsLeavesAreGood) {
  for (const auto& a : {random_dominant(40, 0.4, 2), random_spd(40, 30, 3)}) {
    PlanBench bench(a, kReordering);
    ASSERT_EQ(bench.make(), MHO_OK);
    EXPECT_EQ(bench.plan.rows, MHO_ROWS_GIVEN);
    EXPECT_EQ(row_order(bench), identity(40));
  }
}

TEST(RowOrder, OfAPermutedSparseMatrixIsByMatching) {
  PlanBench bench(shuffled(random_dominant(60, 0.1, 1), 1), kReordering);
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_EQ(bench.plan.rows, MHO_ROWS_MATCHED);
}

TEST(RowOrder, MakesEveryLeafOfGeneralMatricesGood) {
  int pivoted = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    PlanBench bench(random_general(32, 100, seed), kReordering);
    ASSERT_EQ(bench.make(), MHO_OK);
    pivoted += bench.plan.rows == MHO_ROWS_PIVOTED;
    EXPECT_LE(worst_leaf(bench.plan), 64u);
    // What a pivoted matrix leaves behind need not be better than the matrix, and is divided then.
    EXPECT_LE(bench.plan.split_leaves, 1u);
  }
  EXPECT_GT(pivoted, 10);
}

TEST(RowOrder, SolvesWhatHasPivotBlocksOfZeros) {
  Eigen::MatrixXd exchange = Eigen::MatrixXd::Zero(16, 16);
  exchange.topRightCorner(8, 8).setIdentity();
  exchange.bottomLeftCorner(8, 8).setIdentity();
  PlanBench bench(exchange, kReordering);
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_EQ(worst_leaf(bench.plan), 1u);
}

TEST(RowOrder, StillNamesTheBlockOfASingularMatrix) {
  Eigen::MatrixXd a = random_matrix(16, 16, 5);
  a.row(11) = 2.0 * a.row(3);
  PlanBench bench(a, kReordering);
  EXPECT_EQ(bench.make(), MHO_SINGULAR);
  EXPECT_EQ(bench.plan.rows, MHO_ROWS_PIVOTED);
  // Divided as far as it takes, the last block has the row that is left over.
  EXPECT_GE(bench.plan.fault_start, 8u);
  EXPECT_EQ(bench.plan.fault_start + bench.plan.fault_size, 16u);
}

TEST(RowOrder, MovesRightHandSidesAndScalesWithTheRows) {
  Eigen::MatrixXd a = random_matrix(16, 16, 6);
  for (Eigen::Index i = 0; i < 16; ++i) a.row(i) *= std::ldexp(1.0, static_cast<int>(i % 5));
  const Eigen::VectorXd b = random_vector(16, 7);
  PlanBench bench(a, kReordering);
  const PlanBench given(a, kReordering);
  ASSERT_EQ(mho_order_rows(&bench.plan, &bench.workspace.arena), MHO_OK);
  const SparseSystem source(a, b);
  mho_system_t& s = bench.plan.system;
  ASSERT_EQ(mho_system_load_rhs(&s, source.view().rhs), MHO_OK);
  for (std::uint32_t i = 0; i < 16; ++i) {
    const std::uint32_t from = s.row_order[i];
    EXPECT_EQ(s.row_scale[i], given.plan.system.row_scale[from]);
    EXPECT_EQ(s.row_fine[i], given.plan.system.row_fine[from]);
    const double held = std::ldexp(s.b[i], s.b_exponent - s.row_scale[i]);
    const double stretch = std::ldexp(s.stretch.mantissa, s.stretch.exponent);
    EXPECT_NEAR(held, stretch * b[from], std::ldexp(1.0, s.b_exponent - s.row_scale[i]));
  }
}

TEST(RowOrder, StaysInsideAnyMemoryItIsGiven) {
  const Eigen::MatrixXd a = random_general(24, 100, 5);
  std::uint32_t bytes = 1 << 12;
  for (;; bytes += 1 << 10) {
    PlanBenchOptions options = kReordering;
    options.bytes = bytes;
    PlanBench bench(a, options);
    const mho_result_t result = bench.make();
    if (result == MHO_OK) break;
    EXPECT_EQ(result, MHO_NO_MEMORY) << bytes;
    ASSERT_LT(bytes, 1u << 20);
  }
}

}  // namespace
}  // namespace mho::test
