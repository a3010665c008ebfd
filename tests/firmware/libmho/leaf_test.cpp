// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/leaf.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/firmware/libmho/level_grids.hpp"
#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

constexpr std::int32_t kMargin = 3277;       // 0.05
constexpr std::int32_t kMarginMin = 1 << 8;  // what is called stable
constexpr mho_leaf_options_t kOptions{7, kMargin, {500'000, 34'500'000 / 7, 86'250'000, 0, 0, nullptr, 0}, 0};

/// A leaf with memory of its own.
struct Leaf {
  explicit Leaf(std::uint32_t size) : levels(size * size), order(size) {
    leaf.size = size;
    leaf.levels = levels.data();
    leaf.order = order.data();
  }
  explicit Leaf(const std::vector<std::int8_t>& of) : Leaf(static_cast<std::uint32_t>(std::sqrt(of.size()))) {
    std::copy(of.begin(), of.end(), levels.begin());
  }
  mho_result_t choose_order(const mho_leaf_options_t& options = kOptions) {
    Workspace workspace(1 << 20);
    return mho_leaf_order(&leaf, &options, workspace.arena);
  }
  /// D·G₀ of the circuit in the chosen order.
  Eigen::MatrixXd loop(const mho_conductances_t& g = kOptions.conductances) const {
    const auto n = static_cast<Eigen::Index>(leaf.size);
    Eigen::MatrixXd m(n, n);
    for (Eigen::Index i = 0; i < n; ++i) {
      const double sign = (order[i] & 0x80) != 0 ? -1.0 : 1.0;
      for (Eigen::Index j = 0; j < n; ++j) m(i, j) = sign * levels[(order[i] & 0x7f) * n + j];
      const double step = g.g_step_ps;
      m.row(i) *=
          step / (step * m.row(i).cwiseAbs().sum() + 2.0 * g.g_min_ps * static_cast<double>(n) + g.g_in_ps);
    }
    return m;
  }
  double exact_margin() const { return loop().eigenvalues().real().minCoeff(); }
  bool has_every_row_once() const {
    std::vector<bool> seen(leaf.size);
    for (const std::uint8_t o : order) {
      if ((o & 0x7f) >= leaf.size || seen[o & 0x7f]) return false;
      seen[o & 0x7f] = true;
    }
    return true;
  }

  std::vector<std::int8_t> levels;
  std::vector<std::uint8_t> order;
  mho_leaf_t leaf{};
};

Leaf quantised(const Eigen::MatrixXd& m, std::uint32_t top = 7) {
  const auto n = static_cast<std::uint32_t>(m.rows());
  std::vector<std::int32_t> block(n * n);
  for (std::uint32_t i = 0; i < n; ++i) {
    for (std::uint32_t j = 0; j < n; ++j)
      block[i * n + j] = static_cast<std::int32_t>(std::ldexp(m(i, j), 28));
  }
  Leaf leaf(n);
  EXPECT_EQ(mho_leaf_quantise(&leaf.leaf, block.data(), n, top, nullptr), MHO_OK);
  return leaf;
}

bool is_singular(const Leaf& leaf) {
  return leaf.loop().jacobiSvd().singularValues().minCoeff() < 1e-9;
}

TEST(LeafQuantise, RoundsToTheNearestLevelTiesAwayFromZero) {
  for (const std::uint32_t top : {1u, 7u, 15u, 63u, 127u}) {
    Draws draws(top);
    constexpr std::uint32_t kSize = 5, kStride = 9;
    std::vector<std::int32_t> matrix(kSize * kStride);
    for (auto& v : matrix) v = static_cast<std::int32_t>(draws.integer(-50, 50));
    Leaf leaf(kSize);
    ASSERT_EQ(mho_leaf_quantise(&leaf.leaf, matrix.data() + 2, kStride, top, nullptr), MHO_OK);
    std::int32_t max = 0;
    for (std::uint32_t i = 0; i < kSize; ++i) {
      for (std::uint32_t j = 0; j < kSize; ++j) max = std::max(max, std::abs(matrix[i * kStride + 2 + j]));
    }
    EXPECT_EQ(leaf.leaf.max_magnitude, static_cast<std::uint32_t>(max));
    for (std::uint32_t i = 0; i < kSize; ++i) {
      for (std::uint32_t j = 0; j < kSize; ++j) {
        const double exact = double{1.0} * top * matrix[i * kStride + 2 + j] / max;
        EXPECT_EQ(leaf.levels[i * kSize + j], static_cast<int>(std::round(exact)));
      }
    }
  }
}

TEST(LeafQuantise, TakesTheWholeRangeOfIntegers) {
  const std::vector<std::int32_t> block{std::numeric_limits<std::int32_t>::min(), 1,
                                        std::numeric_limits<std::int32_t>::max(), 0x40000000};
  Leaf leaf(2);
  ASSERT_EQ(mho_leaf_quantise(&leaf.leaf, block.data(), 2, 7, nullptr), MHO_OK);
  EXPECT_EQ(leaf.leaf.max_magnitude, 0x80000000u);
  EXPECT_EQ(leaf.levels, (std::vector<std::int8_t>{-7, 0, 7, 4}));
}

TEST(LeafQuantise, TakesTheNearestValueOfAnUnevenGrid) {
  const std::vector<std::uint32_t> values = geometric_values(8);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    constexpr std::uint32_t kSize = 6;
    std::vector<std::int32_t> block(kSize * kSize);
    for (auto& v : block) v = static_cast<std::int32_t>(draws.integer(-1'000'000, 1'000'000));
    Leaf leaf(kSize);
    ASSERT_EQ(mho_leaf_quantise(&leaf.leaf, block.data(), kSize, 7, values.data()), MHO_OK);
    for (std::size_t i = 0; i < block.size(); ++i) {
      const double exact = 7.0 * block[i] / leaf.leaf.max_magnitude;
      const double error = std::fabs(worth(values, leaf.levels[i]) - exact);
      for (int level = -7; level <= 7; ++level) EXPECT_LE(error, std::fabs(worth(values, level) - exact));
    }
  }
}

TEST(LeafQuantise, CallsAZeroBlockSingular) {
  const std::vector<std::int32_t> block(9, 0);
  Leaf leaf(3);
  EXPECT_EQ(mho_leaf_quantise(&leaf.leaf, block.data(), 3, 7, nullptr), MHO_SINGULAR);
}

TEST(LeafOrder, KeepsRowsThatAlreadySettle) {
  Leaf leaf({7, 1, 0, -2, 7, 1, 0, 1, 7});
  EXPECT_EQ(leaf.choose_order(), MHO_OK);
  EXPECT_EQ(leaf.order, (std::vector<std::uint8_t>{0, 1, 2}));
  EXPECT_FALSE(leaf.leaf.is_reordered);
  EXPECT_GE(leaf.leaf.margin, kMargin);
}

TEST(LeafOrder, SortsASignedPermutation) {
  constexpr std::uint32_t kSize = 8;
  std::vector<std::int8_t> levels(kSize * kSize, 0);
  for (std::uint32_t i = 0; i < kSize; ++i) levels[i * kSize + (i * 3 + 1) % kSize] = i % 2 == 0 ? -7 : 7;
  Leaf leaf(levels);
  EXPECT_EQ(leaf.choose_order(), MHO_OK);
  EXPECT_TRUE(leaf.leaf.is_reordered);
  EXPECT_TRUE(leaf.loop().isDiagonal());
  EXPECT_GT(leaf.loop().diagonal().minCoeff(), 0.0);
}

TEST(LeafOrder, TurnsASingleNegativeCell) {
  Leaf leaf(std::vector<std::int8_t>{-3});
  EXPECT_EQ(leaf.choose_order(), MHO_OK);
  EXPECT_EQ(leaf.order[0], 0x80);
}

TEST(LeafOrder, SettlesInFactWhenItSaysSo) {
  int unstable = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto n = static_cast<Eigen::Index>(2 + seed % 7);
    Leaf leaf = quantised(random_general(n, 4.0, seed));
    const mho_result_t result = leaf.choose_order();
    EXPECT_TRUE(leaf.has_every_row_once());
    // What the estimate calls stable has a margin of 2^-8 less what it may err by.
    if (result == MHO_OK) {
      EXPECT_GT(leaf.exact_margin(), -0.01);
      EXPECT_GE(leaf.leaf.margin, kMarginMin);
    } else {
      EXPECT_EQ(result, MHO_UNSTABLE);
      EXPECT_LT(leaf.leaf.margin, kMarginMin);
      ++unstable;
    }
  }
  EXPECT_LE(unstable, 3);  // facts.md §3: 98 % of 8×8 blocks have a stable order
}

TEST(LeafOrder, PutsOnTheDiagonalWhatIsWorthMost) {
  // 3 · 7 against 4 · 4 as numbers of levels, 0.61 · 7 against 5.4 · 5.4 as values.
  const std::vector<std::uint32_t> values{0, 9000, 20000, 40000, 352000, 400000, 430000, 7 * 65536};
  Leaf even({-3, 4, 4, 7}), uneven({-3, 4, 4, 7});
  EXPECT_EQ(even.choose_order(), MHO_OK);
  EXPECT_EQ(even.order, (std::vector<std::uint8_t>{0x80, 1}));
  mho_leaf_options_t options = kOptions;
  options.conductances.level_values = values.data();
  EXPECT_EQ(uneven.choose_order(options), MHO_OK);
  EXPECT_EQ(uneven.order, (std::vector<std::uint8_t>{1, 0}));
}

TEST(LeafOrder, IsTheSameOnEveryRun) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    Leaf first = quantised(random_general(8, 8.0, seed));
    Leaf second = quantised(random_general(8, 8.0, seed));
    EXPECT_EQ(first.choose_order(), second.choose_order());
    EXPECT_EQ(first.order, second.order);
    EXPECT_EQ(first.leaf.margin, second.leaf.margin);
  }
}

TEST(LeafOrder, CallsASingularBlockUnstable) {
  Leaf leaf({7, 7, 0, 7, 7, 0, 0, 0, 7});
  EXPECT_EQ(leaf.choose_order(), MHO_UNSTABLE);
  EXPECT_LT(leaf.leaf.margin, kMarginMin);
  EXPECT_TRUE(leaf.has_every_row_once());
}

TEST(LeafOrder, SearchesOnUntilStableHoweverSmallTheMarginAskedFor) {
  mho_leaf_options_t options = kOptions;
  for (const std::int32_t margin : {0, 1, kMarginMin}) {
    options.margin = margin;
    Leaf rotation({0, 7, -7, 0});  // margin 0 as it stands
    EXPECT_EQ(rotation.choose_order(options), MHO_OK) << margin;
    EXPECT_GE(rotation.leaf.margin, kMarginMin);
  }
}

TEST(LeafOrder, TakesTheBestItFoundWhenTheMarginCannotBeReached) {
  mho_leaf_options_t options = kOptions;
  options.margin = 65536;
  Leaf leaf({7, 1, -2, 7});
  EXPECT_EQ(leaf.choose_order(options), MHO_OK);
  EXPECT_GE(leaf.leaf.margin, kMargin);
}

TEST(LeafOrder, SearchesOnForTheLeastMargin) {
  int improved = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Leaf leaf = quantised(random_general(8, 30.0, seed), 60);
    mho_leaf_options_t options = kOptions;
    options.top_level = 60;
    options.margin = 0;
    const mho_result_t before = leaf.choose_order(options);
    const std::int32_t margin = leaf.leaf.margin;
    options.least_margin = 4 * kMarginMin;
    const mho_result_t after = leaf.choose_order(options);
    EXPECT_EQ(after == MHO_OK, leaf.leaf.margin >= options.least_margin);
    EXPECT_TRUE(leaf.has_every_row_once());
    if (before != MHO_OK || margin >= options.least_margin) continue;
    improved += after == MHO_OK;
  }
  EXPECT_GT(improved, 0);
}

TEST(LeafOrder, CallsALeafWithoutTheLeastMarginUnstable) {
  Leaf leaf = quantised(random_general(8, 30.0, 1));
  mho_leaf_options_t options = kOptions;
  // No order has 1/2: the mean of the eigenvalues is that of the diagonal of D·G, and no row's largest
  // cell, 34.5 µS, outweighs its input conductance, 86 µS.
  options.least_margin = 1 << 15;
  EXPECT_EQ(leaf.choose_order(options), MHO_UNSTABLE);
  EXPECT_LT(leaf.leaf.margin, options.least_margin);
}

TEST(LeafOrder, OrdersTheLargestLeaf) {
  Leaf leaf = quantised(random_dominant(MHO_LEAF_MAX, 0.3, 1));
  std::rotate(leaf.levels.begin(), leaf.levels.begin() + 5 * MHO_LEAF_MAX, leaf.levels.end());
  EXPECT_EQ(leaf.choose_order(), MHO_OK);
  EXPECT_TRUE(leaf.has_every_row_once());
  EXPECT_GT(leaf.exact_margin(), 0.0);
}

TEST(LeafOrder, StaysInsideAnyMemoryItIsGiven) {
  Leaf leaf({7, 1, 0, -2, 7, 1, 0, 1, 7});
  for (std::uint32_t bytes = 0; bytes < 512; bytes += 16) {
    Workspace workspace(bytes);
    const mho_result_t result = mho_leaf_order(&leaf.leaf, &kOptions, workspace.arena);
    EXPECT_TRUE(result == MHO_OK || result == MHO_NO_MEMORY);
    EXPECT_TRUE(workspace.is_intact());
  }
  EXPECT_FALSE(is_singular(leaf));
}

mho_leaf_options_t options_with(std::uint32_t diagonal_cells) {
  mho_leaf_options_t options = kOptions;
  options.conductances.diagonal_cells = diagonal_cells;
  return options;
}

/// Quantises `block`, orders it, and uses what is on the diagonal.
Leaf leaf_of(const std::vector<std::int32_t>& block, std::uint32_t size, const mho_leaf_options_t& options) {
  Leaf out(size);
  Workspace workspace(1 << 20);
  EXPECT_EQ(mho_leaf_quantise(&out.leaf, block.data(), size, options.top_level, nullptr), MHO_OK);
  EXPECT_EQ(out.choose_order(options), MHO_OK);
  EXPECT_EQ(mho_leaf_use_diagonal(&out.leaf, block.data(), size, &options, workspace.arena), MHO_OK);
  // Leaf's pointers are those of the vectors that move out with it.
  return out;
}

TEST(LeafDiagonal, LeavesOthersTheFullRange) {
  const std::vector<std::int32_t> block{4000, 1000, -430, 150, 4000, -1000, 0, 570, 3000};
  const Leaf one = leaf_of(block, 3, options_with(0));
  EXPECT_EQ(one.levels, (std::vector<std::int8_t>{7, 2, -1, 0, 7, -2, 0, 1, 5}));
  // Four cells: 1000 becomes level 7, and 4000 level 28.
  const Leaf four = leaf_of(block, 3, options_with(3));
  EXPECT_EQ(four.levels, (std::vector<std::int8_t>{28, 7, -3, 1, 28, -7, 0, 4, 21}));
  EXPECT_EQ(four.leaf.top_level * 4000u, four.leaf.max_magnitude * 28u);
  // More than four are of no use: the entries beside the diagonal fill their cells.
  const Leaf many = leaf_of(block, 3, options_with(9));
  EXPECT_EQ(many.levels, four.levels);
  EXPECT_EQ(many.leaf.max_magnitude, 1000u);
  EXPECT_EQ(many.leaf.top_level, 7u);
  // Two: the diagonal is what limits.
  const Leaf two = leaf_of(block, 3, options_with(1));
  EXPECT_EQ(two.levels, (std::vector<std::int8_t>{14, 4, -2, 1, 14, -4, 0, 2, 11}));
}

TEST(LeafDiagonal, IsThatOfTheCircuit) {
  // Rows 0 and 1 exchanged, and one turned, make a diagonal of large entries.
  const std::vector<std::int32_t> block{100, 8000, -8000, 900};
  const Leaf leaf = leaf_of(block, 2, options_with(3));
  ASSERT_TRUE(leaf.leaf.is_reordered);
  EXPECT_EQ(leaf.levels, (std::vector<std::int8_t>{0, 28, -28, 3}));
}

TEST(LeafDiagonal, ChangesNothingWhereTheLargestEntryIsBesideIt) {
  const std::vector<std::int32_t> block{3000, 4000, -4000, 3000};
  const Leaf one = leaf_of(block, 2, options_with(0)), four = leaf_of(block, 2, options_with(3));
  EXPECT_LE(four.leaf.max_magnitude * 7u, 4000u * four.leaf.top_level);
  for (std::uint32_t i = 0; i < 2; ++i) {
    for (std::uint32_t j = 0; j < 2; ++j) {
      const std::uint32_t row = four.order[i] & 0x7fu;
      EXPECT_LE(std::abs(four.levels[row * 2 + j]), i == j ? 28 : 7);
    }
  }
  EXPECT_LE(std::abs(one.levels[0]), 7);
}

TEST(LeafDiagonal, RoundsToTheFinestScaleThatFitsAndSettles) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(seed);
    Draws draws(seed);
    constexpr std::uint32_t kSize = 8, kParallel = 3;
    std::vector<std::int32_t> block(kSize * kSize);
    for (auto& v : block) v = static_cast<std::int32_t>(draws.integer(-1'000'000, 1'000'000));
    for (std::uint32_t i = 0; i < kSize; ++i)
      block[i * kSize + i] = static_cast<std::int32_t>(draws.integer(3'000'000, 9'000'000));
    const mho_leaf_options_t options = options_with(kParallel);
    const Leaf leaf = leaf_of(block, kSize, options);
    EXPECT_GE(leaf.leaf.margin, kMarginMin);
    double scale = 0;  // levels per unit, the least that any entry allows
    bool has_top = false;
    for (std::uint32_t i = 0; i < kSize; ++i) {
      const std::uint32_t row = leaf.order[i] & 0x7fu;
      for (std::uint32_t j = 0; j < kSize; ++j) {
        const int top = i == j ? 7 * (1 + kParallel) : 7;
        const int level = leaf.levels[row * kSize + j];
        EXPECT_LE(std::abs(level), top);
        has_top |= std::abs(level) == top;
        const double allowed = top / std::abs(static_cast<double>(block[row * kSize + j]));
        scale = scale == 0 ? allowed : std::min(scale, allowed);
      }
    }
    EXPECT_TRUE(has_top);
    EXPECT_NEAR(static_cast<double>(leaf.leaf.top_level) / leaf.leaf.max_magnitude, scale, 1e-9 * scale);
    for (std::uint32_t k = 0; k < block.size(); ++k)
      EXPECT_NEAR(leaf.levels[k], scale * block[k], 0.5 + 1e-6);
  }
}

}  // namespace
}  // namespace mho::test
