// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/accumulator.hpp"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

namespace mho::numeric {
namespace {

using Big = boost::multiprecision::cpp_int;

TEST(AccumulatorBank, TakesTheSmallerExponent) {
  AccumulatorBank bank;
  ASSERT_FALSE(bank.begin({3, {5, -6}}, 1, false));
  EXPECT_EQ(bank.exponent(), 1);
  EXPECT_EQ(static_cast<int>(bank.values()[0]), 20);
  EXPECT_EQ(static_cast<int>(bank.values()[1]), -24);
  ASSERT_FALSE(bank.begin({-2, {5}}, 1, false));
  EXPECT_EQ(bank.exponent(), -2);
  ASSERT_FALSE(bank.subtract(0, std::vector<int128_t>{2}));
  EXPECT_EQ(static_cast<int>(bank.values()[0]), 5 - 2 * 8);
}

TEST(AccumulatorBank, ZeroOperandsDoNotDecideTheExponent) {
  AccumulatorBank bank;
  ASSERT_FALSE(bank.begin({1000, {0}}, -1000, false));
  EXPECT_EQ(bank.exponent(), -1000);
  ASSERT_FALSE(bank.begin({1000, {7}}, -1000, true));
  EXPECT_EQ(bank.exponent(), 1000);
  ASSERT_FALSE(bank.subtract(0, std::vector<int128_t>{0}));
}

TEST(AccumulatorBank, ReportsTheElementThatDoesNotFit) {
  AccumulatorBank bank;
  EXPECT_EQ(bank.begin({65, {0, 1 << 30}}, 0, false), std::size_t{1});  // 2^95 is one too many
  EXPECT_FALSE(bank.begin({64, {1 << 30, -(1 << 30)}}, 0, false));
  EXPECT_FALSE(bank.begin({64, {INT32_MIN}}, 0, false));  // −2^95 just fits
  EXPECT_EQ(bank.subtract(0, std::vector<int128_t>{1}), std::size_t{0});
  EXPECT_EQ(bank.begin({500, {1}}, 0, false), std::size_t{0});
}

TEST(AccumulatorBank, MatchesUnlimitedIntegers) {
  std::mt19937_64 draw(21);
  for (int trial = 0; trial < 300; ++trial) {
    SCOPED_TRACE(trial);
    const int exponent = static_cast<int>(draw() % 21) - 10,
              product_exponent = static_cast<int>(draw() % 21) - 10;
    const FixedVector a{exponent, {static_cast<std::int32_t>(draw()), static_cast<std::int32_t>(draw())}};
    const int low = std::min(exponent, product_exponent);
    Big expected = Big(a.words[1]) << static_cast<unsigned>(exponent - low);
    AccumulatorBank bank;
    ASSERT_FALSE(bank.begin(a, product_exponent, false));
    for (int i = 0; i < 20; ++i) {
      const int128_t product = int128_t{static_cast<std::int64_t>(draw())} >> 3;
      ASSERT_FALSE(bank.subtract(1, {&product, 1}));
      expected -= Big(product) << static_cast<unsigned>(product_exponent - low);
    }
    EXPECT_EQ(Big(bank.values()[1]), expected);
    EXPECT_EQ(bank.exponent(), low);
    FixedVector out, direct;
    ASSERT_TRUE(bank.read(out));
    ASSERT_TRUE(normalise(bank.values(), low, direct));
    EXPECT_EQ(out.words, direct.words);
    EXPECT_EQ(out.exponent, direct.exponent);
  }
}

TEST(WideAccumulatorBank, HoldsTheLargestProductOfWideOperands) {
  // 53 bits of a matrix, 62 of a vector, 4096 terms: 127 bits.
  const Big product = ((Big(1) << 53) - 1) * ((Big(1) << 62) - 1) * 4096;
  WideAccumulatorBank bank;
  ASSERT_FALSE(bank.begin({0, {0}}, 0, false));
  const auto low = static_cast<int128_t>(Big(product & ((Big(1) << 64) - 1))),
             high = static_cast<int128_t>(Big(product >> 64));
  ASSERT_FALSE(bank.subtract(0, {&low, 1}));
  ASSERT_FALSE(bank.subtract(0, {&high, 1}, 64));
  EXPECT_EQ(Big(bank.values()[0]), -product);
}

TEST(WideAccumulatorBank, ReportsTheElementThatDoesNotFit) {
  WideAccumulatorBank bank;
  EXPECT_EQ(bank.begin({98, {0, std::int64_t{1} << 61}}, 0, false), std::size_t{1});  // 2^159 is one too many
  EXPECT_FALSE(bank.begin({97, {std::int64_t{1} << 61, -(std::int64_t{1} << 61)}}, 0, false));
  const int128_t one = 1;
  EXPECT_FALSE(bank.subtract(1, {&one, 1}, 157));
  EXPECT_EQ(bank.subtract(1, {&one, 1}, 159), std::size_t{1});
  EXPECT_EQ(bank.subtract(1, {&one, 1}, 160), std::size_t{1});
}

TEST(WideAccumulatorBank, MatchesUnlimitedIntegers) {
  std::mt19937_64 draw(22);
  for (int trial = 0; trial < 300; ++trial) {
    SCOPED_TRACE(trial);
    const int exponent = static_cast<int>(draw() % 21) - 10,
              product_exponent = static_cast<int>(draw() % 21) - 10;
    const WideVector a{exponent,
                       {static_cast<std::int64_t>(draw()) >> 1, static_cast<std::int64_t>(draw()) >> 1}};
    const int low = std::min(exponent, product_exponent);
    Big expected = Big(a.words[1]) << static_cast<unsigned>(exponent - low);
    WideAccumulatorBank bank;
    ASSERT_FALSE(bank.begin(a, product_exponent, false));
    for (int i = 0; i < 20; ++i) {
      const int128_t product =
          int128_t{static_cast<std::int64_t>(draw())} * static_cast<std::int64_t>(draw() >> 20);
      const auto weight = static_cast<std::uint32_t>(draw() % 30);
      ASSERT_FALSE(bank.subtract(1, {&product, 1}, weight));
      expected -= Big(product) << (static_cast<unsigned>(product_exponent - low) + weight);
    }
    EXPECT_EQ(Big(bank.values()[1]), expected);
    FixedVector out;
    ASSERT_TRUE(bank.read(out));
    // 31 bits of the larger element, half away from zero.
    const Big first = Big(a.words[0]) << static_cast<unsigned>(exponent - low);
    const auto half_up = [&](const Big& v) {
      const int shift = out.exponent - low;
      const Big magnitude =
          shift > 0 ? Big((abs(v) + (Big(1) << (shift - 1))) >> shift) : Big(abs(v) << -shift);
      return v < 0 ? Big(-magnitude) : magnitude;
    };
    EXPECT_EQ(Big(out.words[0]), half_up(first));
    EXPECT_EQ(Big(out.words[1]), half_up(expected));
    const std::int64_t peak =
        std::max(std::abs(std::int64_t{out.words[0]}), std::abs(std::int64_t{out.words[1]}));
    EXPECT_GE(peak, std::int64_t{1} << 30);
  }
}

}  // namespace
}  // namespace mho::numeric
