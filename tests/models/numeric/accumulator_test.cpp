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

}  // namespace
}  // namespace mho::numeric
