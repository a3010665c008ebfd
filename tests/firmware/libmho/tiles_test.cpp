// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <vector>

#include <Eigen/Dense>
#include <cmath>
#include <set>
#include <utility>

#include "registers/dru.h"
#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

// Rounding of the balanced matrix and of the elimination, for well-conditioned matrices.
constexpr double kArithmetic = 1e-6;

/// What a block's tiles hold, zeros where there is none.
Eigen::MatrixXd content(const mho_plan_t& plan, const mho_block_t& block, Eigen::Index rows,
                        Eigen::Index columns) {
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(rows, columns);
  for (std::uint32_t t = block.first_tile; t < block.first_tile + block.tiles; ++t) {
    const mho_tile_t& tile = plan.tiles[t];
    const auto* levels = static_cast<const std::int8_t*>(tile.source);
    for (std::uint32_t i = 0; i < tile.rows; ++i) {
      for (std::uint32_t j = 0; j < tile.columns; ++j) {
        m(tile.row + i, tile.column + j) += std::ldexp(
            levels[i * tile.row_stride + j] * static_cast<double>(tile.scale_mantissa), tile.scale_exponent);
      }
    }
  }
  return m;
}

/// Every tile within half a level of its part of the block, and left out only where that is zero.
void expect_quantised(const mho_plan_t& plan, const mho_block_t& block, const Eigen::MatrixXd& exact) {
  const auto size = static_cast<Eigen::Index>(plan.options.tile_size);
  const Eigen::MatrixXd held = content(plan, block, exact.rows(), exact.cols());
  for (Eigen::Index i = 0; i < exact.rows(); i += size) {
    for (Eigen::Index j = 0; j < exact.cols(); j += size) {
      const Eigen::Index rows = std::min(size, exact.rows() - i);
      const Eigen::Index columns = std::min(size, exact.cols() - j);
      const Eigen::MatrixXd part = exact.block(i, j, rows, columns);
      const double half_level = 0.5 * part.cwiseAbs().maxCoeff() / plan.options.top_level;
      EXPECT_LE((held.block(i, j, rows, columns) - part).cwiseAbs().maxCoeff(), half_level + kArithmetic);
    }
  }
}

class TileSize : public testing::TestWithParam<std::uint32_t> {};

TEST_P(TileSize, GivesTilesThatHoldTheOffDiagonalBlocks) {
  for (const std::uint32_t n : {9u, 17u, 37u}) {
    for (std::uint64_t seed = 1; seed <= 2; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      PlanBench bench(random_dominant(n, 0.5, seed), {.tile_size = GetParam()});
      ASSERT_EQ(bench.make(), MHO_OK);
      for (std::uint32_t k = 0; k < bench.plan.node_count; ++k) {
        const mho_node_t& node = bench.plan.nodes[k];
        if (node.leaf != MHO_NONE) continue;
        const Eigen::MatrixXd s = bench.schur(node);
        const Eigen::Index upper = node.mid - node.lo;
        const Eigen::Index lower = node.hi - node.mid;
        expect_quantised(bench.plan, node.upper, s.topRightCorner(upper, lower));
        expect_quantised(bench.plan, node.lower, s.bottomLeftCorner(lower, upper));
      }
    }
  }
}

TEST_P(TileSize, StaysWithinMacrosAndTheCountedTiles) {
  PlanBench bench(random_dominant(40, 0.8, 1), {.tile_size = GetParam(), .max_slices = 3});
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_LE(bench.plan.tile_count, bench.plan.tile_capacity);
  for (std::uint32_t t = 0; t < bench.plan.tile_count; ++t) {
    if (bench.plan.tiles[t].kind == MHO_TILE_KIND_INV) continue;
    EXPECT_LE(bench.plan.tiles[t].rows, GetParam());
    EXPECT_LE(bench.plan.tiles[t].columns, GetParam());
    EXPECT_GE(bench.plan.tiles[t].slices, 1u);
    EXPECT_LE(bench.plan.tiles[t].slices, 3u);
  }
}

TEST_P(TileSize, WithASecondDigitHoldsBlocksToTheSquareOfTheLevels) {
  PlanBench bench(random_dominant(37, 0.5, 1), {.tile_size = GetParam(), .block_digits = 2});
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_LE(bench.plan.tile_count, bench.plan.tile_capacity);
  const mho_node_t& root = bench.plan.nodes[0];
  const Eigen::Index upper = root.mid - root.lo, lower = root.hi - root.mid;
  const Eigen::MatrixXd exact = bench.schur(root).topRightCorner(upper, lower);
  const Eigen::MatrixXd held = content(bench.plan, root.upper, upper, lower);
  // Half a level of what is at most half a level of 7.
  const double half_level = 0.25 * exact.cwiseAbs().maxCoeff() / (7.0 * 7.0);
  EXPECT_LE((held - exact).cwiseAbs().maxCoeff(), half_level + kArithmetic);
}

TEST_P(TileSize, WithManyDigitsOfTwoLevelsHoldsBlocksToOneOver64) {
  PlanBench bench(random_dominant(37, 0.5, 1), {.tile_size = GetParam(), .levels = 2, .block_digits = 6});
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_LE(bench.plan.tile_count, bench.plan.tile_capacity);
  const mho_node_t& root = bench.plan.nodes[0];
  const Eigen::Index upper = root.mid - root.lo, lower = root.hi - root.mid;
  const Eigen::MatrixXd exact = bench.schur(root).bottomLeftCorner(lower, upper);
  const Eigen::MatrixXd held = content(bench.plan, root.lower, lower, upper);
  // Every digit leaves at most half of what is largest in what it is for.
  EXPECT_LE((held - exact).cwiseAbs().maxCoeff(), exact.cwiseAbs().maxCoeff() / 64 + kArithmetic);
}

TEST(SecondDigit, IsLeftOutWhereTheFirstLeavesNothing) {
  Eigen::MatrixXd a = 4.0 * Eigen::MatrixXd::Identity(2, 2);
  a(0, 1) = a(1, 0) = 1.0;  // a block of one entry is its own largest level
  PlanBench bench(a, {.leaf_size = 1, .block_digits = 2});
  ASSERT_EQ(bench.make(), MHO_OK);
  EXPECT_EQ(bench.plan.nodes[0].upper.tiles, 1u);
  EXPECT_EQ(bench.plan.nodes[0].lower.tiles, 1u);
}

INSTANTIATE_TEST_SUITE_P(Each, TileSize, testing::Values(8u, 16u, 64u));

TEST(HpRows, LimitTheTilesOfTheMatrixOnly) {
  constexpr std::uint32_t kSize = 16, kRows = 14, kUnknowns = 37;
  PlanBench bench(random_dominant(kUnknowns, 1.0, 1), {.tile_size = kSize, .hp_rows = kRows});
  ASSERT_EQ(bench.make(), MHO_OK);
  const mho_plan_t& plan = bench.plan;
  EXPECT_LE(plan.tile_count, plan.tile_capacity);
  Eigen::MatrixXi covered = Eigen::MatrixXi::Zero(kUnknowns, kUnknowns);
  std::uint32_t tallest_block_tile = 0;
  for (std::uint32_t t = 0; t < plan.tile_count; ++t) {
    const mho_tile_t& tile = plan.tiles[t];
    if (tile.kind == MHO_TILE_KIND_MVM)
      tallest_block_tile = std::max<std::uint32_t>(tallest_block_tile, tile.rows);
    if (tile.kind != MHO_TILE_KIND_HP) continue;
    EXPECT_LE(tile.rows, kRows);
    covered.block(tile.row, tile.column, tile.rows, tile.columns).array() += 1;
  }
  EXPECT_EQ(covered, Eigen::MatrixXi::Ones(kUnknowns, kUnknowns));
  EXPECT_EQ(plan.matrix.tiles, 3u * 3u);
  EXPECT_EQ(tallest_block_tile, kSize);
}

struct SliceCase {
  std::uint32_t bits, max_slices, digit_bits;
};
class Slices : public testing::TestWithParam<SliceCase> {};

TEST_P(Slices, HoldEveryDigitOfTheMatrixOnce) {
  const auto [bits, max_slices, digit_bits] = GetParam();
  constexpr std::uint32_t kSize = 21;
  PlanBench bench(random_dominant(kSize, 0.3, 5),
                  {.tile_size = 8, .max_slices = max_slices, .bits = bits, .digit_bits = digit_bits});
  ASSERT_EQ(bench.make(), MHO_OK);
  const mho_plan_t& plan = bench.plan;
  Eigen::MatrixXi sum = Eigen::MatrixXi::Zero(kSize, kSize);
  for (std::uint32_t t = plan.matrix.first_tile; t < plan.matrix.first_tile + plan.matrix.tiles; ++t) {
    const mho_tile_t& tile = plan.tiles[t];
    EXPECT_EQ(tile.kind, MHO_TILE_KIND_HP);
    EXPECT_EQ(tile.format, MHO_TILE_FORMAT_DIGITS);
    const auto* source = static_cast<const std::int32_t*>(tile.source);
    for (std::uint32_t i = 0; i < tile.rows; ++i) {
      for (std::uint32_t j = 0; j < tile.columns; ++j) {
        const std::int32_t v = source[i * tile.row_stride / 4 + j];
        for (unsigned s = tile.first_slice; s < 0u + tile.first_slice + tile.slices; ++s) {
          const int digit = (std::abs(v) >> (digit_bits * s) & ((1 << digit_bits) - 1)) << (digit_bits * s);
          sum(tile.row + i, tile.column + j) += v < 0 ? -digit : digit;
        }
      }
    }
  }
  for (std::uint32_t i = 0; i < kSize; ++i) {
    for (std::uint32_t j = 0; j < kSize; ++j) EXPECT_EQ(sum(i, j), plan.system.a[i * kSize + j]);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Slices,
                         testing::Values(SliceCase{24, 8, 3}, SliceCase{24, 1, 3}, SliceCase{24, 3, 3},
                                         SliceCase{3, 8, 3}, SliceCase{9, 2, 3}, SliceCase{24, 8, 1},
                                         SliceCase{24, 8, 2}, SliceCase{24, 8, 4}));

TEST(Tiles, OfTheLowerPartCountLess) {
  constexpr std::uint32_t kSize = 21;
  PlanBench bench(random_dominant(kSize, 0.3, 5), {.tile_size = 8, .bits = 53});
  ASSERT_EQ(bench.make(), MHO_OK);
  const mho_plan_t& plan = bench.plan;
  ASSERT_EQ(plan.system.low_bits, 29u);
  ASSERT_LE(plan.tile_count, plan.tile_capacity);
  std::vector<std::int64_t> sum(std::size_t{kSize} * kSize);
  for (std::uint32_t t = plan.matrix.first_tile; t < plan.matrix.first_tile + plan.matrix.tiles; ++t) {
    const mho_tile_t& tile = plan.tiles[t];
    const auto* source = static_cast<const std::int32_t*>(tile.source);
    EXPECT_LE(tile.slices, 8);
    for (std::uint32_t i = 0; i < tile.rows; ++i) {
      for (std::uint32_t j = 0; j < tile.columns; ++j) {
        const std::int32_t v = source[i * tile.row_stride / 4 + j];
        for (unsigned s = tile.first_slice; s < 0u + tile.first_slice + tile.slices; ++s) {
          const std::int64_t digit = std::int64_t{std::abs(v) >> (3 * s) & 7} << (3 * s + tile.weight);
          sum[(tile.row + i) * kSize + tile.column + j] += v < 0 ? -digit : digit;
        }
      }
    }
  }
  for (std::size_t k = 0; k < sum.size(); ++k)
    EXPECT_EQ(sum[k], plan.system.a[k] * (std::int64_t{1} << 29) + plan.system.a_low[k]);
}

TEST(Tiles, LeaveOutBlocksOfZeros) {
  PlanBench bench(Eigen::MatrixXd(Eigen::VectorXd::LinSpaced(20, 1.0, 2.0).asDiagonal()), {.tile_size = 8});
  ASSERT_EQ(bench.make(), MHO_OK);
  for (std::uint32_t k = 0; k < bench.plan.node_count; ++k) {
    EXPECT_EQ(bench.plan.nodes[k].upper.tiles, 0u);
    EXPECT_EQ(bench.plan.nodes[k].lower.tiles, 0u);
  }
  EXPECT_EQ(bench.plan.matrix.tiles, 3u);  // the diagonal of 3 × 3
}

TEST(Tiles, OfABlockAreInTheOrderOfItsRows) {
  PlanBench bench(random_dominant(40, 1.0, 2), {.tile_size = 8});
  ASSERT_EQ(bench.make(), MHO_OK);
  const mho_block_t& block = bench.plan.nodes[0].lower;
  ASSERT_EQ(block.tiles, 9u);
  for (std::uint32_t t = block.first_tile + 1; t < block.first_tile + block.tiles; ++t) {
    const mho_tile_t& before = bench.plan.tiles[t - 1];
    const mho_tile_t& tile = bench.plan.tiles[t];
    EXPECT_LT(std::pair(before.row, before.column), std::pair(tile.row, tile.column));
  }
}

}  // namespace
}  // namespace mho::test
