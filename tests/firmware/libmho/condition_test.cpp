// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "tests/firmware/libmho/level_grids.hpp"
#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

// Hager's method is a lower bound; on random matrices it is nearly always within this factor.
constexpr double kFactor = 3.0;

Eigen::MatrixXd levels_of(const mho_leaf_t& leaf) {
  const auto n = static_cast<Eigen::Index>(leaf.size);
  Eigen::MatrixXd m(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) m(i, j) = leaf.levels[i * n + j];
  }
  return m;
}

TEST(LeafCondition, IsThatOfTheQuantisedBlock) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    PlanBench bench(random_dominant(20, 0.6, seed), {.leaf_size = static_cast<std::uint32_t>(1 + seed % 8)});
    ASSERT_EQ(bench.make(), MHO_OK);
    for (std::uint32_t k = 0; k < bench.plan.leaf_count; ++k) {
      const double expected = condition1(levels_of(bench.plan.leaves[k]));
      EXPECT_NEAR(bench.plan.leaves[k].condition, expected, 0.51 + 1e-6 * expected);
    }
  }
}

TEST(LeafCondition, OfUnevenLevelsIsThatOfWhatTheyAreWorth) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto values = seed % 2 == 0 ? geometric_values(8) : random_values(8, seed);
    PlanBench bench(random_dominant(20, 0.6, seed), {.level_values = values});
    ASSERT_EQ(bench.make(), MHO_OK);
    for (std::uint32_t k = 0; k < bench.plan.leaf_count; ++k) {
      const Eigen::MatrixXd worths = levels_of(bench.plan.leaves[k]).unaryExpr([&](double level) {
        return worth(values, static_cast<int>(level));
      });
      const double expected = condition1(worths);
      EXPECT_NEAR(bench.plan.leaves[k].condition, expected, 0.51 + 1e-6 * expected);
    }
  }
}

TEST(LeafCondition, OfASingularQuantisedBlockIsTheLargestNumber) {
  // Singular in 3 bits only.
  Eigen::MatrixXd a(2, 2);
  a << 1, 1, 1, 0.97;
  PlanBench bench(a, {});
  EXPECT_EQ(bench.make(), MHO_UNSTABLE);
  EXPECT_EQ(bench.plan.leaves[0].condition, UINT32_MAX);
  EXPECT_EQ(bench.plan.unstable_leaves, 1u);
}

TEST(BlockCondition, IsEstimatedWithinAFactorOfThree) {
  for (const std::uint32_t n : {12u, 20u, 33u}) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      PlanBench bench(seed % 2 == 0 ? random_dominant(n, 0.6, seed) : random_spd(n, 300.0, seed),
                      {.leaf_size = 4});
      const mho_result_t result = bench.make();
      ASSERT_TRUE(result == MHO_OK || result == MHO_UNSTABLE);
      for (std::uint32_t k = 0; k < bench.plan.node_count; ++k) {
        const mho_node_t& node = bench.plan.nodes[k];
        if (node.leaf != MHO_NONE) continue;
        const Eigen::Index rows = node.mid - node.lo;
        const double exact = condition1(bench.schur(node).topLeftCorner(rows, rows));
        EXPECT_LE(node.condition, exact * 1.001 + 1.0);
        EXPECT_GE(node.condition, exact / kFactor - 1.0);
      }
    }
  }
}

TEST(BlockCondition, OfADiagonalBlockIsTheRatioOfItsEntries) {
  // Balancing makes every diagonal the identity.
  PlanBench bench(Eigen::MatrixXd(Eigen::VectorXd::LinSpaced(16, 1.0, 1000.0).asDiagonal()), {});
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_EQ(bench.plan.nodes[0].condition, 1u);
  EXPECT_EQ(bench.plan.leaves[0].condition, 1u);
}

}  // namespace
}  // namespace mho::test
