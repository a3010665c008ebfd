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
    for (unsigned bits = 1; bits <= kMostDigitBits; ++bits) {
      std::int64_t sum = 0, weight = 1;
      for (unsigned k = 0; k < digit_count<std::int32_t>(bits); ++k, weight *= 1 << bits) {
        const int d = digit(value, k, bits);
        EXPECT_LE(std::abs(d), largest_digit(bits));
        sum += d * weight;
      }
      EXPECT_EQ(sum, value) << bits;
    }
  }
}

TEST(BitSlices, DigitsOfLongWordsReachTheirLastBit) {
  const std::int64_t least = INT64_MIN, odd = -0x7654'3210'fedc'ba98;
  for (unsigned bits = 1; bits <= kMostDigitBits; ++bits) {
    for (const std::int64_t value : {least, odd}) {
      std::uint64_t sum = 0;
      for (unsigned k = 0; k < digit_count<std::int64_t>(bits); ++k) {
        EXPECT_LE(digit(value, k, bits), 0);
        sum += static_cast<std::uint64_t>(-digit(value, k, bits)) << (bits * k);
      }
      EXPECT_EQ(sum, magnitude(value)) << bits;
    }
  }
}

TEST(BitSlices, ReadsCoverExactlyTheDigitsThatAreNotZero) {
  const std::vector<std::int32_t> x{5, 0, -2, 0, 0, 0, INT32_MIN};
  using Reads = std::vector<std::pair<unsigned, std::size_t>>;
  const auto reads = [&x](unsigned bits) {
    Reads seen;
    for_each_digit_read(std::span<const std::int32_t>(x), 2, bits, [&](const DigitRead& read) {
      EXPECT_EQ(read.count, read.first == 6 ? 1U : 2U);
      seen.emplace_back(read.digit, read.first);
    });
    return seen;
  };
  EXPECT_EQ(reads(1), (Reads{{0, 0}, {2, 0}, {1, 2}, {31, 6}}));
  EXPECT_EQ(reads(2), (Reads{{0, 0}, {1, 0}, {0, 2}, {15, 6}}));
  EXPECT_EQ(reads(3), (Reads{{0, 0}, {0, 2}, {10, 6}}));
}

TEST(BitSlices, AnAllZeroVectorNeedsNoRead) {
  const std::vector<std::int32_t> x(64, 0);
  for_each_digit_read(std::span<const std::int32_t>(x), 16, 3, [&](const DigitRead&) { ADD_FAILURE(); });
}

}  // namespace
}  // namespace mho::numeric
