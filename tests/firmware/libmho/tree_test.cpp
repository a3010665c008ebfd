// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "firmware/libmho/plan.h"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

struct Tree {
  Tree(std::uint32_t n, std::uint32_t leaf_size, std::uint32_t tile_size = 64) : workspace(4 << 20) {
    plan.system.n = n;
    plan.system.bits = 24;
    plan.options.leaf_size = leaf_size;
    plan.options.tile_size = tile_size;
    plan.options.max_slices = 8;
    result = mho_tree_build(&plan, &workspace.arena);
  }
  Workspace workspace;
  mho_plan_t plan{};
  mho_result_t result;
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
                                         std::pair{2048u, 7u}));

TEST(Tree, OfASystemThatFitsALeafIsThatLeaf) {
  const Tree tree(8, 8);
  EXPECT_EQ(tree.plan.leaf_count, 1u);
  EXPECT_EQ(tree.plan.node_count, 1u);
  EXPECT_EQ(tree.plan.nodes[0].leaf, 0u);
  EXPECT_EQ(tree.plan.nodes[0].left, MHO_NONE);
  EXPECT_EQ(tree.plan.tile_count, 1u);
}

TEST(Tree, BoundsTheTilesOfADenseMatrix) {
  // n = 20, leaves of 5: 4 leaves; HP 3·3; at the top 2·(2·2), below twice 2·(1·1).
  EXPECT_EQ(Tree(20, 5, 8).plan.tile_capacity, 4u + 9u + 8u + 4u);
}

TEST(Tree, StaysInsideAnyMemoryItIsGiven) {
  for (std::uint32_t bytes = 0; bytes < 8192; bytes += 64) {
    Workspace workspace(bytes);
    mho_plan_t plan{};
    plan.system.n = 20;
    plan.system.bits = 24;
    plan.options.leaf_size = 4;
    plan.options.tile_size = 8;
    plan.options.max_slices = 8;
    const mho_result_t result = mho_tree_build(&plan, &workspace.arena);
    EXPECT_TRUE(result == MHO_OK || result == MHO_NO_MEMORY);
    EXPECT_TRUE(workspace.is_intact()) << bytes;
  }
}

}  // namespace
}  // namespace mho::test
