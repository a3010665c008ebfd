// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <vector>

#include "firmware/libmho/plan.h"
#include "tests/firmware/libmho/plan_bench.hpp"

namespace mho::test {
namespace {

/// The division of a diagonal matrix: every leaf has a stable order.
struct Tree {
  Tree(std::uint32_t n, std::uint32_t leaf_size, std::uint32_t tile_size = 64)
      : bench(Eigen::MatrixXd::Identity(n, n),
              {.leaf_size = leaf_size, .tile_size = tile_size, .bytes = 64u << 20}),
        result(bench.make()),
        plan(bench.plan) {}
  PlanBench bench;
  mho_result_t result;
  const mho_plan_t& plan;
};

class Division : public testing::TestWithParam<std::pair<std::uint32_t, std::uint32_t>> {};

TEST_P(Division, HasLeavesThatCoverTheRowsInOrder) {
  const auto [n, leaf_size] = GetParam();
  const Tree tree(n, leaf_size);
  ASSERT_EQ(tree.result, MHO_OK);
  std::uint32_t row = 0;
  for (std::uint32_t i = 0; i < tree.plan.leaf_count; ++i) {
    EXPECT_EQ(tree.plan.leaves[i].start, row);
    EXPECT_GE(tree.plan.leaves[i].size, 1u);
    EXPECT_LE(tree.plan.leaves[i].size, leaf_size);
    row += tree.plan.leaves[i].size;
  }
  EXPECT_EQ(row, n);
}

TEST_P(Division, HasNodesThatHalveTheirRows) {
  const auto [n, leaf_size] = GetParam();
  const Tree tree(n, leaf_size);
  ASSERT_EQ(tree.result, MHO_OK);
  const mho_plan_t& plan = tree.plan;
  EXPECT_EQ(plan.node_count, 2 * plan.leaf_count - 1);
  EXPECT_EQ(plan.nodes[0].lo, 0u);
  EXPECT_EQ(plan.nodes[0].hi, n);
  for (std::uint32_t i = 0; i < plan.node_count; ++i) {
    const mho_node_t& node = plan.nodes[i];
    const std::uint32_t rows = node.hi - node.lo;
    EXPECT_EQ(plan.leaves[node.first_leaf].start, node.lo);
    EXPECT_EQ(plan.leaves[node.end_leaf - 1].start + plan.leaves[node.end_leaf - 1].size, node.hi);
    if (node.leaf != MHO_NONE) {
      EXPECT_EQ(node.first_leaf, node.leaf);
      EXPECT_EQ(node.end_leaf, node.leaf + 1);
      EXPECT_LE(rows, leaf_size);
      continue;
    }
    EXPECT_GT(rows, leaf_size);
    EXPECT_EQ(node.mid - node.lo, (rows + 1) / 2);
    EXPECT_EQ(plan.nodes[node.left].lo, node.lo);
    EXPECT_EQ(plan.nodes[node.left].hi, node.mid);
    EXPECT_EQ(plan.nodes[node.right].lo, node.mid);
    EXPECT_EQ(plan.nodes[node.right].hi, node.hi);
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Division,
                         testing::Values(std::pair{1u, 1u}, std::pair{1u, 8u}, std::pair{2u, 1u},
                                         std::pair{7u, 8u}, std::pair{8u, 8u}, std::pair{9u, 8u},
                                         std::pair{13u, 3u}, std::pair{17u, 8u}, std::pair{31u, 5u},
                                         std::pair{64u, 1u}, std::pair{65u, 64u}, std::pair{500u, 8u},
                                         std::pair{1024u, 7u}));

TEST(Tree, OfASystemThatFitsALeafIsThatLeaf) {
  const Tree tree(8, 8);
  EXPECT_EQ(tree.plan.leaf_count, 1u);
  EXPECT_EQ(tree.plan.node_count, 1u);
  EXPECT_EQ(tree.plan.nodes[0].leaf, 0u);
  EXPECT_EQ(tree.plan.nodes[0].left, MHO_NONE);
  EXPECT_EQ(tree.plan.tile_count, 2u);  // its own and that of the residual
}

TEST(Tree, BoundsTheTilesOfADenseMatrixDividedToSingleRows) {
  // n = 5: 5 leaves, HP 1; 3 + 2 rows, 2 + 1, 1 + 1 and 1 + 1: four nodes with two blocks each.
  EXPECT_EQ(Tree(5, 5, 8).plan.tile_capacity, 5u + 1u + 4u * 2u);
  // n = 20, tiles of 8: HP 3·3; 10 + 10 rows need 2·(2·2) tiles, the other 18 nodes two each.
  EXPECT_EQ(Tree(20, 5, 8).plan.tile_capacity, 20u + 9u + 8u + 18u * 2u);
}

TEST(Tree, DividesALeafWithoutAStableOrderIfToldTo) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(16, 16);
  a.block(9, 9, 2, 2) << 1, 1, 1, 0.97;  // singular in 3 bits
  PlanBench bench(a, {.splits_leaves = true});
  ASSERT_EQ(bench.make(), MHO_OK);
  const mho_plan_t& plan = bench.plan;
  // [8, 16) is divided, then its half [8, 12), which parts the two rows. The Schur complement of the second
  // one, −0.03, rounds to nothing beside 1: [10, 12) is divided as well.
  EXPECT_EQ(plan.split_leaves, 3u);
  EXPECT_EQ(plan.unstable_leaves, 0u);
  std::vector<std::uint32_t> sizes;
  for (std::uint32_t i = 0; i < plan.leaf_count; ++i) sizes.push_back(plan.leaves[i].size);
  EXPECT_EQ(sizes, (std::vector<std::uint32_t>{8, 2, 1, 1, 4}));
}

}  // namespace
}  // namespace mho::test
