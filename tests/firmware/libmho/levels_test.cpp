// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/levels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/firmware/libmho/level_grids.hpp"

namespace mho::test {
namespace {

using Values = std::vector<std::uint32_t>;

/// By comparing with every level, in doubles.
double smallest_distance(const Values& values, double wanted) {
  double best = std::fabs(wanted);
  for (std::size_t k = 0; k < values.size(); ++k) {
    best = std::min(best, std::fabs(wanted - worth(values, static_cast<int>(k))));
  }
  return best;
}

TEST(LevelValue, IsTheLevelItselfOnAnEvenGrid) {
  for (const int level : {-127, -7, 0, 1, 127}) {
    EXPECT_EQ(mho_level_value(nullptr, static_cast<std::int8_t>(level)), level * 65536);
  }
}

TEST(LevelValue, IsThatOfTheTableWithTheSignOfTheLevel) {
  const Values values{0, 5000, 3 * 65536};
  EXPECT_EQ(mho_level_value(values.data(), 0), 0);
  EXPECT_EQ(mho_level_value(values.data(), 1), 5000);
  EXPECT_EQ(mho_level_value(values.data(), -1), -5000);
  EXPECT_EQ(mho_level_value(values.data(), -2), -3 * 65536);
}

TEST(NearestLevel, HasTheNearestValueOfAnyGrid) {
  for (const unsigned levels : {2u, 3u, 8u, 13u, 64u}) {
    for (std::uint64_t seed = 0; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << levels << " levels, seed " << seed);
      const Values values = seed == 0 ? geometric_values(levels) : random_values(levels, seed);
      Draws draws(seed);
      for (int trial = 0; trial < 500; ++trial) {
        const auto max = static_cast<std::uint32_t>(draws.integer(1, trial % 2 == 0 ? 100 : 0x80000000));
        const auto magnitude = static_cast<std::uint32_t>(draws.integer(0, max));
        const double wanted = (levels - 1.0) * magnitude / max;
        const auto level = mho_nearest_level(values.data(), levels - 1, magnitude, max);
        ASSERT_LT(level, levels);
        const double distance = std::fabs(wanted - worth(values, static_cast<int>(level)));
        // The oracle's own rounding.
        EXPECT_NEAR(distance, smallest_distance(values, wanted), 1e-12);
      }
    }
  }
}

TEST(NearestLevel, TakesTheHigherOfTwoAtEqualDistance) {
  // Levels worth 0, 1/2 and 2 steps; the middle between the last two is 5/4 of 2, five eighths of the
  // largest.
  const Values values{0, 32768, 131072};
  EXPECT_EQ(mho_nearest_level(values.data(), 2, 5, 8), 2u);
  EXPECT_EQ(mho_nearest_level(values.data(), 2, 4999, 8000), 1u);
  EXPECT_EQ(mho_nearest_level(values.data(), 2, 1, 8), 1u);
  EXPECT_EQ(mho_nearest_level(values.data(), 2, 999, 8000), 0u);
}

TEST(NearestLevel, ReachesBothEndsForTheLargestIntegers) {
  const Values values = geometric_values(64);
  EXPECT_EQ(mho_nearest_level(values.data(), 63, 0x80000000, 0x80000000), 63u);
  EXPECT_EQ(mho_nearest_level(values.data(), 63, 0, 0x80000000), 0u);
  EXPECT_EQ(mho_nearest_level(nullptr, 127, 0x80000000, 0x80000000), 127u);
}

TEST(NearestLevel, OfATableOfEvenValuesIsThatOfTheEvenGrid) {
  const Values values = level_values({1, 2, 3, 4, 5, 6, 7, 8});
  for (std::uint32_t max = 1; max <= 60; ++max) {
    for (std::uint32_t magnitude = 0; magnitude <= max; ++magnitude) {
      EXPECT_EQ(mho_nearest_level(values.data(), 7, magnitude, max),
                mho_nearest_level(nullptr, 7, magnitude, max))
          << magnitude << " of " << max;
    }
  }
}

}  // namespace
}  // namespace mho::test
