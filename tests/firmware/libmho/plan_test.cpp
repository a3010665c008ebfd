// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/plan.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>

#include "registers/dru.h"
#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

/// Identity with one block in place.
Eigen::MatrixXd with_block(Eigen::Index n, Eigen::Index at, const Eigen::MatrixXd& block) {
  Eigen::MatrixXd m = Eigen::MatrixXd::Identity(n, n);
  m.block(at, at, block.rows(), block.cols()) = block;
  return m;
}

TEST(Plan, OfALeafIsOneInvTileWithItsReciprocalScale) {
  PlanBench bench(random_dominant(6, 0.5, 1), {});
  ASSERT_EQ(bench.make(), MHO_OK);
  const mho_tile_t& tile = bench.plan.tiles[0];
  const mho_leaf_t& leaf = bench.plan.leaves[0];
  EXPECT_EQ(tile.kind, MHO_TILE_KIND_INV);
  EXPECT_EQ(tile.rows, 6);
  EXPECT_EQ(tile.columns, 6);
  EXPECT_EQ(tile.source, leaf.levels);
  EXPECT_EQ(tile.order, leaf.order);
  const double scale = std::ldexp(tile.scale_mantissa, tile.scale_exponent);
  EXPECT_NEAR(scale * std::ldexp(leaf.max_magnitude, MHO_BALANCED_EXPONENT), 7.0, 1e-8);
  // Half a level from the balanced matrix.
  for (Eigen::Index i = 0; i < 6; ++i) {
    for (Eigen::Index j = 0; j < 6; ++j)
      EXPECT_NEAR(leaf.levels[i * 6 + j] / scale, bench.balanced()(i, j), 0.5 / scale + 1e-6);
  }
}

TEST(Plan, NamesTheLeafThatIsSingular) {
  const Eigen::MatrixXd singular = Eigen::MatrixXd::Ones(2, 2);
  PlanBench bench(with_block(16, 9, singular), {});
  EXPECT_EQ(bench.make(), MHO_SINGULAR);
  EXPECT_EQ(bench.plan.fault_start, 8u);
  EXPECT_EQ(bench.plan.fault_size, 8u);
}

TEST(Plan, ThatFailsBeforeItsFirstLeafNamesNone) {
  PlanBench bench(random_dominant(6, 0.5, 1), {});
  ASSERT_EQ(mho_plan_begin(&bench.plan, &bench.workspace.arena), MHO_OK);
  bench.plan.fault_size = 1;
  bench.plan.leaves = nullptr;  // nothing is read there
  EXPECT_EQ(mho_plan_fail(&bench.plan, MHO_JOB_FAILED, &bench.workspace.arena), MHO_JOB_FAILED);
  EXPECT_EQ(bench.plan.fault_size, 1u);
}

TEST(Plan, NamesAPivotBlockOfZeros) {
  Eigen::MatrixXd exchange = Eigen::MatrixXd::Zero(16, 16);
  exchange.topRightCorner(8, 8).setIdentity();
  exchange.bottomLeftCorner(8, 8).setIdentity();
  PlanBench bench(exchange, {});
  EXPECT_EQ(bench.make(), MHO_SINGULAR);
  EXPECT_EQ(bench.plan.fault_start, 0u);
  EXPECT_EQ(bench.plan.fault_size, 8u);
}

TEST(Plan, NamesTheFirstLeafWithoutAStableOrderAndCountsThem) {
  Eigen::MatrixXd flat(2, 2);  // singular in 3 bits
  flat << 1, 1, 1, 0.97;
  Eigen::MatrixXd a = with_block(24, 7, flat);
  a.block(20, 20, 2, 2) = flat;
  PlanBench bench(a, {.leaf_size = 6});
  EXPECT_EQ(bench.make(), MHO_UNSTABLE);
  EXPECT_EQ(bench.plan.unstable_leaves, 2u);
  EXPECT_EQ(bench.plan.fault_start, 6u);
  EXPECT_EQ(bench.plan.fault_size, 6u);
}

TEST(Plan, RefusesMoreTilesThanTheSequencerHas) {
  // 2^14 tiles of one element for the residual alone.
  PlanBench bench(Eigen::MatrixXd::Identity(130, 130) + Eigen::MatrixXd::Constant(130, 130, 0.001),
                  {.leaf_size = 64, .tile_size = 1, .bytes = 32u << 20});
  EXPECT_EQ(bench.make(), MHO_NO_MEMORY);
}

TEST(Plan, IsTheSameOnEveryRun) {
  const Eigen::MatrixXd a = random_dominant(30, 0.4, 9);
  PlanBench first(a, {}), second(a, {});
  ASSERT_EQ(first.make(), MHO_OK);
  ASSERT_EQ(second.make(), MHO_OK);
  ASSERT_EQ(first.plan.tile_count, second.plan.tile_count);
  EXPECT_TRUE(std::equal(first.plan.balanced, first.plan.balanced + 900, second.plan.balanced));
}

TEST(Plan, StaysInsideAnyMemoryItIsGiven) {
  const Eigen::MatrixXd a = random_dominant(20, 0.5, 3);
  bool has_fitted = false;
  for (std::uint32_t bytes = 0; bytes < 48 << 10; bytes += 192) {
    PlanBench bench(a, {.tile_size = 8, .bytes = bytes});
    const mho_result_t result = bench.make();
    EXPECT_EQ(result, has_fitted || result == MHO_OK ? MHO_OK : MHO_NO_MEMORY) << bytes;
    EXPECT_EQ(bench.plan.unstable_leaves, 0u) << bytes;
    has_fitted |= result == MHO_OK;
    EXPECT_TRUE(bench.workspace.is_intact()) << bytes;
  }
  EXPECT_TRUE(has_fitted);
}

}  // namespace
}  // namespace mho::test
