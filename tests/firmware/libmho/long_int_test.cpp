// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Oracle: integers of unlimited size.
#include "firmware/libmho/long_int.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>

namespace mho::test {
namespace {

using Big = boost::multiprecision::cpp_int;

Big value_of(const mho_long_t& a) {
  Big out = 0;
  for (unsigned i = 0; i < MHO_LONG_WORDS; ++i) out += Big(a.word[i]) << (32 * i);
  return mho_long_is_negative(a) != 0 ? Big(out - (Big(1) << int{MHO_LONG_BITS})) : out;
}

/// Of any length up to 180 bits, both signs.
mho_long_t draw_long(std::mt19937_64& draw) {
  const mho_long_t a = mho_long_from(static_cast<std::int64_t>(draw()) >> (draw() % 63));
  const mho_long_t b = mho_long_from(static_cast<std::int64_t>(draw()));
  return mho_long_add(mho_long_shift_left(a, static_cast<std::uint32_t>(draw() % 117)), b);
}

TEST(LongInt, KeepsTheSmallestAndLargestWords) {
  for (const std::int64_t v : {INT64_MIN, INT64_MIN + 1, std::int64_t{-1}, std::int64_t{0}, INT64_MAX})
    EXPECT_EQ(value_of(mho_long_from(v)), v);
}

TEST(LongInt, AddsNegatesAndShiftsLikeIntegers) {
  std::mt19937_64 draw(81);
  for (int trial = 0; trial < 1000; ++trial) {
    SCOPED_TRACE(trial);
    const mho_long_t a = draw_long(draw), b = draw_long(draw);
    EXPECT_EQ(value_of(mho_long_add(a, b)), value_of(a) + value_of(b));
    EXPECT_EQ(value_of(mho_long_negate(a)), -value_of(a));
    const std::uint32_t shift = static_cast<std::uint32_t>(draw() % 190) % (190 - mho_long_bits(a));
    EXPECT_EQ(value_of(mho_long_shift_left(a, shift)), value_of(a) << shift);
  }
}

TEST(LongInt, CountsTheBitsOfTheMagnitude) {
  EXPECT_EQ(mho_long_bits(mho_long_from(0)), 0U);
  EXPECT_EQ(mho_long_bits(mho_long_from(-1)), 1U);
  for (std::uint32_t bit = 0; bit < 190; ++bit) {
    const mho_long_t a = mho_long_shift_left(mho_long_from(1), bit);
    EXPECT_EQ(mho_long_bits(a), bit + 1);
    EXPECT_EQ(mho_long_bits(mho_long_negate(a)), bit + 1);
  }
}

TEST(LongInt, RoundsHalfAwayFromZero) {
  EXPECT_EQ(mho_long_round(mho_long_from(5), 1), 3);
  EXPECT_EQ(mho_long_round(mho_long_from(-5), 1), -3);
  std::mt19937_64 draw(82);
  for (int trial = 0; trial < 2000; ++trial) {
    SCOPED_TRACE(trial);
    const mho_long_t a = draw_long(draw);
    const std::uint32_t bits = mho_long_bits(a), least = bits > 62 ? bits - 62 : 0;
    const auto shift = static_cast<std::uint32_t>(least + draw() % (MHO_LONG_BITS - least));
    const Big magnitude = abs(value_of(a));
    const Big rounded = shift == 0 ? magnitude : Big((magnitude + (Big(1) << (shift - 1))) >> shift);
    EXPECT_EQ(mho_long_round(a, shift), value_of(a) < 0 ? Big(-rounded) : rounded);
  }
}

}  // namespace
}  // namespace mho::test
