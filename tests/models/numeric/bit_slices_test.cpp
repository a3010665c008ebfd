// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/bit_slices.hpp"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

namespace mho::numeric {
namespace {

std::vector<std::int32_t> samples() {
  std::mt19937_64 draw(31);
  std::vector<std::int32_t> values{0, 1, -1, 7, 8, -8, INT32_MAX, INT32_MIN, -0xABCDEF};
  for (int i = 0; i < 500; ++i) values.push_back(static_cast<std::int32_t>(draw()) >> (draw() % 32));
  return values;
}

TEST(BitSlices, DigitsAddUpToTheValue) {
  for (const std::int32_t value : samples()) {
    std::int64_t sum = 0, weight = 1;
    for (unsigned s = 0; s < kDigits; ++s, weight *= 8) {
      const int d = digit(value, s);
      EXPECT_LE(std::abs(d), 7);
      sum += d * weight;
    }
    EXPECT_EQ(sum, value);
  }
}

TEST(BitSlices, PlanesAddUpToTheValue) {
  for (const std::int32_t value : samples()) {
    std::int64_t sum = 0;
    for (unsigned p = 0; p < kPlanes<std::int32_t>; ++p) sum += (std::int64_t{1} << p) * plane_bit(value, p);
    EXPECT_EQ(sum, value);
  }
}

TEST(BitSlices, ReadsCoverExactlyTheNonZeroPlanes) {
  const std::vector<std::int32_t> x{5, 0, -2, 0, 0, 0, INT32_MIN};
  std::vector<std::pair<unsigned, std::size_t>> seen;
  for_each_plane_read(std::span<const std::int32_t>(x), 2, [&](const PlaneRead& read) {
    EXPECT_EQ(read.count, read.first == 6 ? 1U : 2U);
    seen.emplace_back(read.plane, read.first);
  });
  EXPECT_EQ(seen, (std::vector<std::pair<unsigned, std::size_t>>{{0, 0}, {2, 0}, {1, 2}, {31, 6}}));
}

TEST(BitSlices, AnAllZeroVectorNeedsNoRead) {
  const std::vector<std::int32_t> x(64, 0);
  for_each_plane_read(std::span<const std::int32_t>(x), 16, [&](const PlaneRead&) { ADD_FAILURE(); });
}

}  // namespace
}  // namespace mho::numeric
