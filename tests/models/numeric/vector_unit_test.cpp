// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/vector_unit.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "models/base/error.hpp"
#include "tests/models/numeric/vector_oracle.hpp"

namespace mho::numeric {
namespace {

using namespace test;

/// Words of very different sizes, zeros and the extremes among them.
FixedVector draw_vector(Draw& draw, std::size_t n, int exponent_span) {
  FixedVector out;
  out.exponent =
      static_cast<std::int32_t>(draw() % static_cast<unsigned>(2 * exponent_span + 1)) - exponent_span;
  for (std::size_t i = 0; i < n; ++i) {
    const auto word = static_cast<std::int32_t>(static_cast<std::uint32_t>(draw()));
    switch (draw() % 8) {
      case 0:
        out.words.push_back(0);
        break;
      case 1:
        out.words.push_back(draw() % 2 == 0 ? INT32_MIN : INT32_MAX);
        break;
      default:
        out.words.push_back(word >> (draw() % 32));
    }
  }
  return out;
}

TEST(Normalise, ZerosHaveExponentZero) {
  FixedVector out;
  ASSERT_TRUE(normalise(std::vector<int128_t>{0, 0, 0}, 17, out));
  expect_equal(out, {0, {0, 0, 0}});
}

TEST(Normalise, RoundsHalfAwayFromZero) {
  FixedVector out;
  const int128_t large = int128_t{1} << 31;  // forces a shift of one
  ASSERT_TRUE(normalise(std::vector<int128_t>{large, 5, -5, 4, -4}, 0, out));
  expect_equal(out, {1, {1 << 30, 3, -3, 2, -2}});
}

TEST(Normalise, RoundsTheExactValueAgainWhenRoundingOverflows) {
  FixedVector out;
  // (2^32 − 1)/2 rounds to 2^31, so the shift becomes two; 6 / 4 = 1.5, whereas rounding twice would see 3
  // / 2.
  const int128_t large = (int128_t{1} << 32) - 1;
  ASSERT_TRUE(normalise(std::vector<int128_t>{large, 5, -6}, 0, out));
  expect_equal(out, {2, {1 << 30, 1, -2}});
}

TEST(Normalise, ReportsAnExponentBeyondItsRange) {
  FixedVector out;
  EXPECT_FALSE(normalise(std::vector<int128_t>{int128_t{1} << 40}, INT32_MAX, out));
  EXPECT_FALSE(normalise(std::vector<int128_t>{1}, INT32_MIN, out));
}

TEST(Normalise, RejectsAnEmptyVector) {
  FixedVector out;
  EXPECT_THROW((void)normalise({}, 0, out), InternalError);
}

TEST(VectorUnit, AddMatchesExactSums) {
  Draw draw(11);
  for (int trial = 0; trial < 3000; ++trial) {
    SCOPED_TRACE(trial);
    const FixedVector a = draw_vector(draw, 1 + trial % 5, 30), b = draw_vector(draw, 1 + trial % 5, 30);
    const bool subtract = trial % 2 == 1;
    auto [x, y] = common(a, b);
    for (std::size_t i = 0; i < x.values.size(); ++i)
      x.values[i] += subtract ? Big(-y.values[i]) : y.values[i];
    FixedVector out;
    ASSERT_TRUE(add(a, b, subtract, out));
    expect_equal(out, expected_vector(x));
  }
}

TEST(VectorUnit, AddDropsTheSmallerOperandBeyondTheGap) {
  FixedVector out;
  const FixedVector a{65, {3}}, b{0, {INT32_MAX}}, c{1, {INT32_MAX}};
  ASSERT_TRUE(add(a, b, false, out));
  expect_equal(out, {36, {3 << 29}});
  ASSERT_TRUE(add(c, a, false, out));  // 64 apart: still exact, and still below half a step
  expect_equal(out, {36, {3 << 29}});
}

TEST(VectorUnit, ZeroVectorsNeverDecideTheExponent) {
  FixedVector out;
  const FixedVector zero{0, {0, 0}}, tiny{-200, {5, -7}};
  ASSERT_TRUE(add(zero, tiny, true, out));
  expect_equal(out, {-228, {-(5 << 28), 7 << 28}});
  ASSERT_TRUE(join(zero, tiny, out));
  expect_equal(out, {-228, {0, 0, 5 << 28, -(7 << 28)}});
  ASSERT_TRUE(add(zero, zero, false, out));
  expect_equal(out, {0, {0, 0}});
}

TEST(VectorUnit, JoinMatchesExactScaling) {
  Draw draw(12);
  for (int trial = 0; trial < 2000; ++trial) {
    SCOPED_TRACE(trial);
    const FixedVector a = draw_vector(draw, 1 + trial % 4, 70), b = draw_vector(draw, 1 + trial % 3, 70);
    auto [x, y] = common(a, b);
    x.values.insert(x.values.end(), y.values.begin(), y.values.end());
    FixedVector out;
    ASSERT_TRUE(join(a, b, out));
    expect_equal(out, expected_vector(x));
  }
}

TEST(VectorUnit, ScaleAndMultiplyMatchExactProducts) {
  Draw draw(13);
  for (int trial = 0; trial < 2000; ++trial) {
    SCOPED_TRACE(trial);
    const FixedVector a = draw_vector(draw, 3, 1000), b = draw_vector(draw, 3, 1000);
    FixedVector out;
    Exact scaled{{}, std::int64_t{a.exponent} - 77}, product{{}, std::int64_t{a.exponent} + b.exponent};
    for (std::size_t i = 0; i < 3; ++i) {
      scaled.values.push_back(Big(a.words[i]) * b.words[0]);
      product.values.push_back(Big(a.words[i]) * b.words[i]);
    }
    ASSERT_TRUE(scale(a, b.words[0], -77, out));
    expect_equal(out, expected_vector(scaled));
    ASSERT_TRUE(multiply(a, b, out));
    expect_equal(out, expected_vector(product));
  }
}

TEST(VectorUnit, ScaleReportsAnExponentBeyondItsRange) {
  FixedVector out;
  EXPECT_FALSE(scale({INT32_MAX, {1 << 30}}, 4, 0, out));
  EXPECT_FALSE(scale({INT32_MIN, {1}}, 1, -1, out));
}

TEST(VectorUnit, DotMatchesExactSums) {
  Draw draw(14);
  for (int trial = 0; trial < 1000; ++trial) {
    SCOPED_TRACE(trial);
    const FixedVector a = draw_vector(draw, 1 + trial % 40, 500), b = draw_vector(draw, 1 + trial % 40, 500);
    Big sum = 0;
    for (std::size_t i = 0; i < a.words.size(); ++i) sum += Big(a.words[i]) * b.words[i];
    FixedScalar out;
    ASSERT_TRUE(dot(a, b, out));
    EXPECT_EQ(out, expected_scalar(sum, std::int64_t{a.exponent} + b.exponent));
  }
}

TEST(VectorUnit, DotOfTheLongestExtremeVectorsIsExact) {
  const FixedVector a{0, std::vector<std::int32_t>(4096, INT32_MIN)};
  FixedScalar out;
  ASSERT_TRUE(dot(a, a, out));
  EXPECT_EQ(out, (FixedScalar{std::int64_t{1} << 62, 12}));  // 2^62 · 2^12
}

TEST(VectorUnit, Norm2MatchesTheDefinition) {
  Draw draw(15);
  for (int trial = 0; trial < 1000; ++trial) {
    SCOPED_TRACE(trial);
    const FixedVector a = draw_vector(draw, 1 + trial % 20, 300);
    std::vector<std::int32_t> weights;
    if (trial % 3 != 0) {
      for (std::size_t i = 0; i < a.words.size(); ++i) {
        weights.push_back(static_cast<std::int32_t>(draw() % 81) - 40);
      }
    }
    // a_i · 2^w_i as integers at 2^−100, then the rounding relative to the largest, then the squares.
    Exact weighted{{}, std::int64_t{a.exponent} - 100};
    for (std::size_t i = 0; i < a.words.size(); ++i) {
      const int w = weights.empty() ? 0 : weights[i];
      weighted.values.push_back(Big(a.words[i]) << static_cast<unsigned>(w + 100));
    }
    Big largest = 0, sum = 0;
    for (const Big& v : weighted.values) largest = std::max<Big>(largest, abs(v));
    const std::int64_t shift = largest == 0 ? 0 : static_cast<std::int64_t>(msb(largest)) + 1 - 31;
    for (const Big& v : weighted.values) {
      const Big rounded = round_half_away(v, shift);
      sum += rounded * rounded;
    }
    FixedScalar out;
    ASSERT_TRUE(norm2(a, weights, out));
    EXPECT_EQ(out, expected_scalar(sum, 2 * (weighted.exponent + shift)));
  }
}

TEST(VectorUnit, Norm2IgnoresTheWeightOfAZeroElement) {
  FixedScalar out;
  ASSERT_TRUE(norm2({3, {0, 2}}, std::vector<std::int32_t>{INT32_MAX, 1}, out));
  EXPECT_EQ(out, expected_scalar(1024, 0));  // (2 · 2^3 · 2^1)² = 1024
  ASSERT_TRUE(norm2({3, {0, 0}}, {}, out));
  EXPECT_EQ(out, FixedScalar{});
}

TEST(VectorUnit, Norm2SurvivesExtremeWeights) {
  FixedScalar out;
  EXPECT_TRUE(norm2({0, {1, 1}}, std::vector<std::int32_t>{INT32_MIN / 4, INT32_MAX / 4}, out));
  EXPECT_FALSE(norm2({0, {1, 1}}, std::vector<std::int32_t>{INT32_MIN, INT32_MAX}, out));
}

TEST(VectorUnit, LessEqualComparesExactly) {
  Draw draw(16);
  const auto scalar = [&] {
    FixedScalar s;
    (void)dot({0, {static_cast<std::int32_t>(draw()) >> (draw() % 31)}}, {static_cast<int>(draw() % 7), {1}},
              s);
    return s;
  };
  for (int trial = 0; trial < 5000; ++trial) {
    const FixedScalar a = scalar(), b = scalar();
    const int shift = static_cast<int>(draw() % 9) - 4;
    const Big left = Big(a.mantissa) << static_cast<unsigned>(a.exponent + 200);
    const Big right = Big(b.mantissa) << static_cast<unsigned>(b.exponent + shift + 200);
    EXPECT_EQ(less_equal(a, b, shift), left <= right) << trial;
  }
  EXPECT_TRUE(less_equal({}, {}, 0));
  EXPECT_TRUE(less_equal({-(std::int64_t{1} << 62), INT32_MAX}, {}, 0));
  EXPECT_FALSE(less_equal({std::int64_t{1} << 62, INT32_MAX}, {std::int64_t{1} << 62, INT32_MAX}, -1));
}

TEST(VectorUnit, SquareRootOfRatioIsForDisplay) {
  FixedScalar four, nine;
  ASSERT_TRUE(dot({-40, {4}}, {0, {1}}, four));
  ASSERT_TRUE(dot({7, {9}}, {0, {1}}, nine));
  EXPECT_DOUBLE_EQ(square_root_of_ratio(four, nine), 2.0 / 3.0 * std::exp2(-23.5));
  EXPECT_EQ(square_root_of_ratio(four, {}), 0.0);
  EXPECT_EQ(square_root_of_ratio({}, four), 0.0);
}

/// Words and steps in a common unit in which both are whole numbers.
class Steps {
 public:
  explicit Steps(const CodeStep& step) : exponent_(step.exponent), mantissa_(step.mantissa) {}
  Big of_word(std::int64_t word) const { return Big(word) << std::max(-exponent_, 0); }
  Big of_step() const { return of_mantissa(mantissa_); }
  Big of_mantissa(std::uint32_t mantissa) const { return Big(mantissa) << std::max(exponent_, 0); }

 private:
  int exponent_;
  std::uint32_t mantissa_;
};

TEST(ScaleToCodes, RoundsToTheSmallestStepThatFits) {
  Draw draw(17);
  for (int trial = 0; trial < 3000; ++trial) {
    SCOPED_TRACE(trial);
    const FixedVector a = draw_vector(draw, 1 + trial % 6, 0);
    const int bits = 2 + trial % 14, limit = (1 << (bits - 1)) - 1;
    const std::vector<std::int64_t> words(a.words.begin(), a.words.end());
    std::vector<std::int16_t> codes(words.size());
    const auto step = scale_to_codes(words, limit, codes);
    if (a.is_zero()) {
      EXPECT_FALSE(step.has_value());
      continue;
    }
    ASSERT_TRUE(step.has_value());
    EXPECT_GE(step->mantissa, 1u << 15);
    EXPECT_LT(step->mantissa, 1u << 16);
    const Steps in(*step);
    std::int64_t largest = 0;
    for (const std::int64_t word : words) largest = std::max(largest, std::abs(word));
    EXPECT_LE(in.of_word(largest), limit * in.of_step());
    EXPECT_GT(in.of_word(largest), limit * in.of_mantissa(step->mantissa - 1));
    for (std::size_t i = 0; i < words.size(); ++i) {
      const Big rest = in.of_word(words[i]) - int{codes[i]} * in.of_step();
      EXPECT_LE(2 * abs(rest), in.of_step()) << words[i];
      EXPECT_LE(std::abs(int{codes[i]}), limit);
    }
  }
}

TEST(ScaleToCodes, GivesTheLargestWordTheLargestCode) {
  std::vector<std::int16_t> codes(2);
  const auto step = scale_to_codes(std::vector<std::int64_t>{3, -1}, 127, codes);
  ASSERT_TRUE(step.has_value());
  EXPECT_EQ(codes, (std::vector<std::int16_t>{127, -42}));
  // 3 / 127 in 16 bits, rounded up: 49539.02 · 2^-21
  EXPECT_EQ(step->mantissa, 49540u);
  EXPECT_EQ(step->exponent, -21);
}

TEST(ScaleToCodes, TakesTheLargestWordsThereAre) {
  std::vector<std::int16_t> codes(2);
  const std::int64_t most = std::int64_t{1} << 62;
  ASSERT_TRUE(scale_to_codes(std::vector<std::int64_t>{-most, most / 4}, 32767, codes).has_value());
  EXPECT_EQ(codes, (std::vector<std::int16_t>{-32766, 8192}));
}

TEST(Combine, MatchesExactSumsAtAnyGap) {
  Draw draw(18);
  for (int trial = 0; trial < 4000; ++trial) {
    SCOPED_TRACE(trial);
    FixedVector target = draw_vector(draw, 3, 80);
    std::vector<int128_t> products;
    const int exponent = static_cast<int>(draw() % 161) - 80;
    for (int i = 0; i < 3; ++i) {
      const auto code = static_cast<std::int16_t>(draw());
      products.push_back(int128_t{static_cast<std::int64_t>(draw())} * code >> (draw() % 79));
    }
    const Combine how = trial % 2 == 0 ? Combine::kAdd : Combine::kSubtract;
    const std::int64_t low = std::min(target.exponent, exponent);
    Exact exact{{}, low};
    for (std::size_t i = 0; i < 3; ++i) {
      const Big p = Big(products[i]) << static_cast<unsigned>(exponent - low);
      exact.values.push_back((Big(target.words[i]) << static_cast<unsigned>(target.exponent - low)) +
                             (how == Combine::kAdd ? p : Big(-p)));
    }
    ASSERT_TRUE(combine(products, exponent, how, target));
    expect_equal(target, expected_vector(exact));
  }
}

TEST(Combine, ReplacesWithoutLookingAtTheTarget) {
  FixedVector target;
  ASSERT_TRUE(combine(std::vector<int128_t>{-1, 2}, 4, Combine::kReplace, target));
  expect_equal(target, {4 - 29, {-(1 << 29), 1 << 30}});
}

TEST(Combine, ZeroOperandsKeepTheOther) {
  FixedVector target{-500, {1 << 30}};
  ASSERT_TRUE(combine(std::vector<int128_t>{0}, 900, Combine::kSubtract, target));
  expect_equal(target, {-500, {1 << 30}});
  target = {900, {0}};
  ASSERT_TRUE(combine(std::vector<int128_t>{-8}, -500, Combine::kSubtract, target));
  expect_equal(target, {-527, {1 << 30}});
}

TEST(RoundShift, RoundsHalfAwayFromZero) {
  EXPECT_EQ(static_cast<int>(round_shift(5, 1)), 3);
  EXPECT_EQ(static_cast<int>(round_shift(-5, 1)), -3);
  EXPECT_EQ(static_cast<int>(round_shift(-5, 2)), -1);
  EXPECT_EQ(static_cast<int>(round_shift(7, 0)), 7);
  EXPECT_EQ(static_cast<int>(round_shift(7, 200)), 0);
}

FixedScalar draw_scalar(Draw& draw) {
  const auto mantissa = static_cast<std::int64_t>(draw() >> 2 | std::uint64_t{1} << 62);
  return {draw() % 2 == 0 ? -mantissa : mantissa, static_cast<std::int32_t>(draw() % 201) - 100};
}

TEST(Divide, IsTheExactQuotientRoundedOnce) {
  Draw draw(0x5eed11);
  for (int i = 0; i < 300; ++i) {
    const FixedScalar a = draw_scalar(draw), b = draw_scalar(draw);
    // 200 more bits than are kept, and a last one for whether anything is left.
    const Big scaled = Big(abs(Big(a.mantissa))) << 200;
    Big quotient = (scaled / abs(Big(b.mantissa))) * 2 + (scaled % abs(Big(b.mantissa)) != 0 ? 1 : 0);
    if ((a.mantissa < 0) != (b.mantissa < 0)) quotient = -quotient;
    FixedScalar actual;
    ASSERT_TRUE(divide(a, b, actual));
    EXPECT_EQ(actual, expected_scalar(quotient, std::int64_t{a.exponent} - b.exponent - 201));
  }
}

TEST(Divide, GivesZeroForZeroAndByZero) {
  const FixedScalar one{std::int64_t{1} << 62, -62};
  FixedScalar out{1, 1};
  EXPECT_TRUE(divide({}, one, out));
  EXPECT_EQ(out, FixedScalar{});
  out = {1, 1};
  EXPECT_TRUE(divide(one, {}, out));
  EXPECT_EQ(out, FixedScalar{});
}

TEST(Divide, RefusesAnExponentOutOfRange) {
  FixedScalar out;
  EXPECT_FALSE(divide({std::int64_t{1} << 62, INT32_MAX}, {std::int64_t{1} << 62, -200}, out));
}

TEST(MultiplyAdd, IsExactUpToTheRoundingsOfScalarAndResult) {
  Draw draw(0x5eed12);
  for (int i = 0; i < 300; ++i) {
    const FixedVector a = draw_vector(draw, 5, 60), b = draw_vector(draw, 5, 30);
    const FixedScalar s = i % 10 == 0 ? FixedScalar{} : draw_scalar(draw);
    const bool subtract = draw() % 2 == 0;
    const Big factor = round_half_away(s.mantissa, 32);
    const std::int64_t product_exponent = std::int64_t{s.exponent} + 32 + b.exponent;
    const std::int64_t gap = std::int64_t{a.exponent} - product_exponent;
    if (std::abs(gap) > 150) continue;  // beyond that the smaller one counts as 0
    Exact exact{{}, std::min<std::int64_t>(a.exponent, product_exponent)};
    for (std::size_t k = 0; k < 5; ++k) {
      const Big left = Big(a.words[k]) << static_cast<unsigned>(std::max<std::int64_t>(gap, 0));
      const Big right = (factor * b.words[k]) << static_cast<unsigned>(std::max<std::int64_t>(-gap, 0));
      exact.values.push_back(subtract ? Big(left - right) : Big(left + right));
    }
    FixedVector actual;
    ASSERT_TRUE(multiply_add(a, s, b, subtract, actual));
    expect_equal(actual, expected_vector(exact));
  }
}

}  // namespace
}  // namespace mho::numeric
