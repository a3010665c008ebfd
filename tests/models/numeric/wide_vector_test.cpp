// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Vectors of 64-bit words in the vector unit.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/numeric/vector_unit.hpp"
#include "tests/models/numeric/vector_oracle.hpp"

namespace mho::numeric {
namespace {

using namespace test;

WideVector draw_wide(Draw& draw, std::size_t length, int spread) {
  WideVector out{static_cast<std::int32_t>(draw() % static_cast<unsigned>(2 * spread + 1)) - spread, {}};
  for (std::size_t i = 0; i < length; ++i)
    out.words.push_back(static_cast<std::int64_t>(draw()) >> (draw() % 60));
  return out;
}

TEST(WideVectors, SumsAreExactUpToOneRounding) {
  Draw draw(91);
  for (int trial = 0; trial < 300; ++trial) {
    SCOPED_TRACE(trial);
    const WideVector a = draw_wide(draw, 1 + trial % 5, 60), b = draw_wide(draw, 1 + trial % 5, 60);
    const std::int32_t low = std::min(a.exponent, b.exponent);
    const bool subtract = trial % 2 == 1;
    Exact sum{{}, low};
    for (std::size_t i = 0; i < a.words.size(); ++i) {
      const Big x = Big(a.words[i]) << static_cast<unsigned>(a.exponent - low);
      const Big y = Big(b.words[i]) << static_cast<unsigned>(b.exponent - low);
      sum.values.push_back(subtract ? Big(x - y) : Big(x + y));
    }
    FixedVector narrow_sum;
    WideVector wide_sum;
    ASSERT_TRUE(add_wide(a, b, subtract, narrow_sum));
    expect_equal(narrow_sum, expected_vector(sum));
    ASSERT_TRUE(add_wide(a, b, subtract, wide_sum));
    const bool is_zero = std::ranges::all_of(sum.values, [](const Big& v) { return v == 0; });
    const std::int64_t shift = is_zero ? 0 : expected_shift(sum, 62);
    EXPECT_EQ(wide_sum.exponent, is_zero ? 0 : low + shift);
    for (std::size_t i = 0; i < sum.values.size(); ++i)
      EXPECT_EQ(wide_sum.words[i], round_half_away(sum.values[i], shift));
  }
}

TEST(WideVectors, AreNarrowedLikeAnyExactNumbers) {
  Draw draw(92);
  for (int trial = 0; trial < 100; ++trial) {
    SCOPED_TRACE(trial);
    const WideVector a = draw_wide(draw, 4, 60);
    FixedVector out;
    ASSERT_TRUE(narrow(a, out));
    expect_equal(out, expected_vector({{a.words.begin(), a.words.end()}, a.exponent}));
  }
}

TEST(WideVectors, NormsAreThoseOfTheNarrowedElements) {
  FixedScalar wide, exact;
  ASSERT_TRUE(norm2_wide({-3, {std::int64_t{3} << 50, -(std::int64_t{4} << 50)}}, {}, wide));
  ASSERT_TRUE(norm2({47, {3, -4}}, {}, exact));
  EXPECT_EQ(wide, exact);
  // Weights come first: the small word counts most.
  ASSERT_TRUE(norm2_wide({0, {std::int64_t{1} << 61, 3}}, std::vector<std::int32_t>{-200, 0}, wide));
  ASSERT_TRUE(norm2({0, {3}}, {}, exact));
  EXPECT_EQ(wide, exact);
}

TEST(WideVectors, AWidenedVectorIsTheSame) {
  const FixedVector a{-7, {INT32_MIN, 0, INT32_MAX}};
  const WideVector b = widened(a);
  EXPECT_EQ(b.exponent, -7);
  EXPECT_EQ(b.words, (std::vector<std::int64_t>{INT32_MIN, 0, INT32_MAX}));
}

}  // namespace
}  // namespace mho::numeric
