// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/base/random.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

namespace mho {
namespace {

constexpr int kDraws = 40000;

TEST(Random, MatchesThePublishedPhiloxVector) {
  // Random123 kat_vectors: philox4x32, 10 rounds, counter and key all zero.
  const std::array<std::uint32_t, 4> expected{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  EXPECT_EQ(Random(0).words(RandomPurpose::kWorkload, {}, 0), expected);
}

TEST(Random, EveryCoordinateChangesTheDraw) {
  const Random random(42);
  std::set<std::array<std::uint32_t, 4>> seen;
  seen.insert(random.words(RandomPurpose::kTest, {1, 2, 3}, 4));
  seen.insert(random.words(RandomPurpose::kAdcNoise, {1, 2, 3}, 4));
  seen.insert(random.words(RandomPurpose::kTest, {2, 2, 3}, 4));
  seen.insert(random.words(RandomPurpose::kTest, {1, 3, 3}, 4));
  seen.insert(random.words(RandomPurpose::kTest, {1, 2, 4}, 4));
  seen.insert(random.words(RandomPurpose::kTest, {1, 3, 2}, 4));
  seen.insert(random.words(RandomPurpose::kTest, {1, 2, 3}, 5));
  seen.insert(Random(43).words(RandomPurpose::kTest, {1, 2, 3}, 4));
  seen.insert(Random(42ULL | (1ULL << 32)).words(RandomPurpose::kTest, {1, 2, 3}, 4));
  EXPECT_EQ(seen.size(), 9U);
}

TEST(Random, DrawsDoNotDependOnTheOrderOfCalls) {
  const Random random(7);
  std::vector<double> forward(100), backward(100);
  for (std::uint32_t i = 0; i < 100; ++i) forward[i] = random.normal(RandomPurpose::kTest, {i, 0, 0}, i);
  for (std::uint32_t i = 100; i-- > 0;) backward[i] = random.normal(RandomPurpose::kTest, {i, 0, 0}, i);
  EXPECT_EQ(forward, backward);
}

TEST(Random, UniformPassesKolmogorovSmirnov) {
  const Random random(11);
  std::vector<double> draws(kDraws);
  for (int i = 0; i < kDraws; ++i) {
    draws[i] = random.uniform(RandomPurpose::kTest, {}, static_cast<std::uint32_t>(i));
  }
  std::ranges::sort(draws);
  EXPECT_GT(draws.front(), 0.0);
  EXPECT_LT(draws.back(), 1.0);
  double distance = 0.0;
  for (int i = 0; i < kDraws; ++i) distance = std::max(distance, std::abs(draws[i] - (i + 0.5) / kDraws));
  // Critical value at a significance of 1e-3: 1.95/√n.
  EXPECT_LT(distance, 1.95 / std::sqrt(kDraws));
}

TEST(Random, NormalsPassKolmogorovSmirnovInEveryLane) {
  const Random random(12);
  for (std::size_t lane = 0; lane < 4; ++lane) {
    std::vector<double> draws(kDraws);
    for (int i = 0; i < kDraws; ++i) {
      draws[i] = random.normals(RandomPurpose::kTest, {}, static_cast<std::uint32_t>(i))[lane];
    }
    std::ranges::sort(draws);
    double distance = 0.0;
    for (int i = 0; i < kDraws; ++i) {
      const double cdf = 0.5 * std::erfc(-draws[i] / std::sqrt(2.0));
      distance = std::max(distance, std::abs(cdf - (i + 0.5) / kDraws));
    }
    EXPECT_LT(distance, 1.95 / std::sqrt(kDraws)) << "lane " << lane;
  }
}

TEST(Random, NormalIsTheFirstOfTheFour) {
  const Random random(13);
  for (std::uint32_t i = 0; i < 50; ++i) {
    EXPECT_EQ(random.normal(RandomPurpose::kTest, {}, i), random.normals(RandomPurpose::kTest, {}, i)[0]);
  }
}

TEST(Random, NeighbouringCellsAreUncorrelated) {
  const Random random(14);
  double rows = 0.0, columns = 0.0;
  for (std::uint16_t i = 0; i < 200; ++i) {
    for (std::uint16_t j = 0; j < 200; ++j) {
      const auto at = [&](int di, int dj) {
        return random.normal(RandomPurpose::kCellFinal,
                             {0, static_cast<std::uint16_t>(i + di), static_cast<std::uint16_t>(j + dj)}, 0);
      };
      rows += at(0, 0) * at(1, 0);
      columns += at(0, 0) * at(0, 1);
    }
  }
  // Standard deviation of the mean of n products is 1/√n = 0.005; four of them.
  EXPECT_LT(std::abs(rows / 40000), 0.02);
  EXPECT_LT(std::abs(columns / 40000), 0.02);
}

}  // namespace
}  // namespace mho
