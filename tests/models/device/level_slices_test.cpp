// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/level_slices.hpp"

#include <gtest/gtest.h>

#include <cstdlib>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

TEST(LevelSlices, RefuseWhatTheyCannotHold) {
  const LevelMatrix level = LevelMatrix::Constant(1, 1, 64);
  EXPECT_THROW((void)split_levels(level, 8), InputError);
  EXPECT_THROW((void)split_levels(level, 1), InputError);
  EXPECT_THROW((void)split_levels(level, 12), InputError);
}

TEST(LevelSlices, MakeUpTheNumberWithTheNearestUpperLevel) {
  for (unsigned cell_levels = 2; cell_levels <= 11; ++cell_levels) {
    const int base = static_cast<int>(cell_levels), top = static_cast<int>(top_level(cell_levels, 2));
    EXPECT_EQ(top, base * (base - 1) + base - 1);
    for (int k = -top; k <= top; ++k) {
      const auto [upper, lower] =
          split_levels(LevelMatrix::Constant(1, 1, static_cast<std::int8_t>(k)), cell_levels);
      EXPECT_EQ(base * upper(0, 0) + lower(0, 0), k);
      EXPECT_LE(std::abs(upper(0, 0)), base - 1);
      EXPECT_LE(std::abs(lower(0, 0)), base - 1);
      const bool is_last = std::abs(upper(0, 0)) == base - 1;
      EXPECT_TRUE(is_last || 2 * std::abs(lower(0, 0)) <= base) << k;
    }
  }
}

TEST(LevelSlices, FillBothSlicesOfADiagonalWithCellsInParallel) {
  constexpr int kBase = 8, kCells = 2, kTop = kCells * 63;
  for (int k = -kTop; k <= kTop; ++k) {
    LevelMatrix levels = LevelMatrix::Zero(2, 2);
    levels(1, 1) = static_cast<std::int8_t>(k);
    const auto [upper, lower] = split_levels(levels, kBase, kCells - 1);
    EXPECT_EQ(kBase * upper(1, 1) + lower(1, 1), k);
    EXPECT_LE(std::abs(upper(1, 1)), kCells * (kBase - 1));
    EXPECT_LE(std::abs(lower(1, 1)), kCells * (kBase - 1));
    if (std::abs(k) <= kCells * 60) {
      EXPECT_LE(std::abs(lower(1, 1)), kCells * kBase / 2) << "room for corrections, " << k;
    }
  }
  LevelMatrix beside = LevelMatrix::Zero(2, 2);
  beside(0, 1) = 64;
  EXPECT_THROW((void)split_levels(beside, kBase, kCells - 1), InputError);
}

}  // namespace
}  // namespace mho::device
