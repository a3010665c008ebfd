// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/real.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>

#include "models/base/int128.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

constexpr std::int64_t kMin64 = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax64 = std::numeric_limits<std::int64_t>::max();
constexpr int kCases = 20000;
// Half a unit of a mantissa in [2^30, 2^31).
constexpr long double kHalfUnit = 0x1p-31L;

long double value(mho_real_t r) {
  return std::ldexp(static_cast<long double>(r.mantissa), r.exponent);
}

bool is_normal(mho_real_t r) {
  if (r.mantissa == 0) return r.exponent == 0;
  return std::abs(std::int64_t{r.mantissa}) >= (1 << 30);
}

/// Any number of significant bits and any exponent of a range.
mho_real_t random_real(Draws& draws, int exponent_range) {
  const auto bits = draws.integer(1, 63);
  const auto magnitude = static_cast<std::int64_t>(draws.word64() >> (64 - bits));
  const auto exponent = static_cast<std::int32_t>(draws.integer(-exponent_range, exponent_range));
  return mho_real_from(draws.uniform() < 0.5 ? -magnitude : magnitude, exponent);
}

void expect_close(mho_real_t actual, long double expected, long double relative) {
  EXPECT_TRUE(is_normal(actual)) << actual.mantissa << " 2^" << actual.exponent;
  EXPECT_LE(std::fabs(value(actual) - expected), std::fabs(expected) * relative)
      << "got " << value(actual) << ", expected " << expected;
}

TEST(RealFrom, IsTheNearestNumberForEveryLengthOfTheInteger) {
  Draws draws(1);
  for (int i = 0; i < kCases; ++i) {
    const auto bits = draws.integer(1, 64);
    const auto v = static_cast<std::int64_t>(draws.word64() >> (64 - bits));
    expect_close(mho_real_from(v, 0), static_cast<long double>(v), kHalfUnit);
    expect_close(mho_real_from(v, -500), std::ldexp(static_cast<long double>(v), -500), kHalfUnit);
  }
}

TEST(RealFrom, KeepsIntegersOf31BitsExactly) {
  for (const std::int64_t v : {1, -1, 3, 0x7fffffff, -0x7fffffff, 0x40000000}) {
    EXPECT_EQ(value(mho_real_from(v, 7)), std::ldexp(static_cast<long double>(v), 7));
  }
}

TEST(RealFrom, HandlesTheEndsOfTheRange) {
  EXPECT_TRUE(is_normal(mho_real_from(0, 123)));
  EXPECT_EQ(value(mho_real_from(kMin64, 0)), -0x1p63L);
  EXPECT_EQ(value(mho_real_from(kMax64, 0)), 0x1p63L);
  EXPECT_EQ(value(mho_real_from(kMin64 + 1, 0)), -0x1p63L);
}

TEST(RealFrom, RoundsTiesAwayFromZeroAndCarriesIntoTheNextPower) {
  EXPECT_EQ(value(mho_real_from(0xffffffffll, 0)), 0x1p32L);
  EXPECT_EQ(value(mho_real_from(-0xffffffffll, 0)), -0x1p32L);
  EXPECT_EQ(value(mho_real_from(0x80000001ll, 0)), 0x80000002ll);
  EXPECT_EQ(value(mho_real_from(-0x80000001ll, 0)), -0x80000002ll);
}

TEST(RealArithmetic, AddsAndSubtractsWithinHalfAUnit) {
  Draws draws(2);
  for (int i = 0; i < kCases; ++i) {
    const mho_real_t a = random_real(draws, 40);
    const mho_real_t b = random_real(draws, 40);
    const long double sum = value(a) + value(b);
    const long double difference = value(a) - value(b);
    // An operand more than 31 powers smaller is dropped: it is below half a unit of the other, not of a
    // difference that crosses a power of two.
    expect_close(mho_real_add(a, b), sum, 2 * kHalfUnit);
    expect_close(mho_real_sub(a, b), difference, 2 * kHalfUnit);
  }
}

TEST(RealArithmetic, CancelsExactly) {
  Draws draws(3);
  for (int i = 0; i < kCases; ++i) {
    const mho_real_t a = random_real(draws, 500);
    EXPECT_EQ(mho_real_sub(a, a).mantissa, 0);
    EXPECT_EQ(mho_real_sub(a, a).exponent, 0);
    mho_real_t next = a;
    if (a.mantissa == 0 || a.mantissa == std::numeric_limits<std::int32_t>::max()) continue;
    next.mantissa += 1;
    EXPECT_EQ(value(mho_real_sub(next, a)), std::ldexp(1.0L, a.exponent));
  }
}

TEST(RealArithmetic, MultipliesWithinHalfAUnit) {
  Draws draws(4);
  for (int i = 0; i < kCases; ++i) {
    const mho_real_t a = random_real(draws, 1000);
    const mho_real_t b = random_real(draws, 1000);
    expect_close(mho_real_mul(a, b), value(a) * value(b), kHalfUnit);
  }
}

TEST(RealArithmetic, DividesWithinOneUnit) {
  Draws draws(5);
  for (int i = 0; i < kCases; ++i) {
    const mho_real_t a = random_real(draws, 1000);
    const mho_real_t b = random_real(draws, 1000);
    if (b.mantissa == 0) continue;
    expect_close(mho_real_div(a, b), value(a) / value(b), 2 * kHalfUnit);
  }
}

TEST(RealArithmetic, ZeroIsNeutralAndAbsorbing) {
  const mho_real_t zero = mho_real_from(0, 0);
  const mho_real_t a = mho_real_from(-12345, -700);
  EXPECT_EQ(value(mho_real_add(a, zero)), value(a));
  EXPECT_EQ(value(mho_real_add(zero, a)), value(a));
  EXPECT_EQ(value(mho_real_sub(zero, a)), -value(a));
  EXPECT_TRUE(is_normal(mho_real_mul(a, zero)));
  EXPECT_EQ(mho_real_mul(a, zero).mantissa, 0);
  EXPECT_EQ(mho_real_div(zero, a).mantissa, 0);
  EXPECT_EQ(mho_real_div(a, zero).mantissa, 0);
}

TEST(RealArithmetic, AbsTurnsTheSignOnly) {
  EXPECT_EQ(value(mho_real_abs(mho_real_from(-5, 3))), 40.0L);
  EXPECT_EQ(value(mho_real_abs(mho_real_from(5, 3))), 40.0L);
}

TEST(RealCompare, OrdersLikeTheNumbers) {
  Draws draws(6);
  for (int i = 0; i < kCases; ++i) {
    const mho_real_t a = random_real(draws, 35);
    const mho_real_t b = draws.uniform() < 0.1 ? a : random_real(draws, 35);
    const int expected = (value(a) > value(b)) - (value(a) < value(b));
    EXPECT_EQ(mho_real_compare(a, b), expected) << value(a) << " and " << value(b);
  }
}

TEST(RealToInt, RoundsToNearestInTheAskedUnit) {
  Draws draws(7);
  for (int i = 0; i < kCases; ++i) {
    const mho_real_t a = random_real(draws, 10);
    const auto exponent = static_cast<std::int32_t>(a.exponent + draws.integer(0, 70));
    const long double exact = std::ldexp(value(a), -exponent);
    EXPECT_LE(std::fabs(mho_real_to_int(a, exponent) - exact), 0.5L) << value(a) << " at " << exponent;
  }
}

TEST(RealToInt, StopsAtTheEndsOfTheRange) {
  EXPECT_EQ(mho_real_to_int(mho_real_from(1, 31), 0), INT32_MAX);
  EXPECT_EQ(mho_real_to_int(mho_real_from(-3, 31), 0), INT32_MIN);
  EXPECT_EQ(mho_real_to_int(mho_real_from(1, 2000), -2000), INT32_MAX);
  EXPECT_EQ(mho_real_to_int(mho_real_from(-1, -2000), 2000), 0);
  EXPECT_EQ(mho_real_to_int(mho_real_from(0x7fffffff, 0), 0), 0x7fffffff);
}

TEST(Log2, ErrsByLessThanItsBound) {
  Draws draws(8);
  for (int i = 0; i < kCases; ++i) {
    const auto bits = draws.integer(1, 32);
    const auto mantissa = static_cast<std::uint32_t>(draws.word64() >> (64 - bits)) | 1u;
    const auto exponent = static_cast<std::int32_t>(draws.integer(-1100, 1100));
    const long double exact = (std::log2(static_cast<long double>(mantissa)) + exponent) * 65536;
    EXPECT_LT(std::fabs(mho_log2_q16(mantissa, exponent) - exact), 2.0L) << mantissa << " 2^" << exponent;
  }
}

TEST(Log2, IsExactForPowersOfTwo) {
  for (std::int32_t k = 0; k < 32; ++k) EXPECT_EQ(mho_log2_q16(1u << k, -k), 0);
  EXPECT_EQ(mho_log2_q16(1u, -1074), -1074 * 65536);
}

TEST(Exp2, ErrsByLessThanItsBoundAndStaysBelowTwo) {
  for (std::uint32_t f = 0; f < 65536; ++f) {
    const long double exact = std::exp2(f / 65536.0L) * 0x1p30L;
    ASSERT_LT(std::fabs(mho_exp2_q30(f) - exact), 32.0L) << f;
    ASSERT_LT(mho_exp2_q30(f), 0x80000000u);
  }
  EXPECT_EQ(mho_exp2_q30(0), 1u << 30);
}

TEST(RoundShift, RoundsHalfUp) {
  Draws draws(9);
  for (int i = 0; i < kCases; ++i) {
    const auto v = static_cast<std::int64_t>(draws.word64()) >> draws.integer(1, 62);
    const auto shift = static_cast<std::uint32_t>(draws.integer(0, 62));
    const int128_t half = shift == 0 ? 0 : static_cast<int128_t>(1) << (shift - 1);
    EXPECT_EQ(mho_round_shift(v, shift), static_cast<std::int64_t>((v + half) >> shift)) << v << " " << shift;
  }
  EXPECT_EQ(mho_round_shift(-3, 1), -1);
  EXPECT_EQ(mho_round_shift(3, 1), 2);
}

TEST(Bits, CountTheMagnitude) {
  EXPECT_EQ(mho_bits32(0), 0u);
  EXPECT_EQ(mho_bits64(0), 0u);
  for (unsigned k = 0; k < 64; ++k) {
    EXPECT_EQ(mho_bits64(std::uint64_t{1} << k), k + 1);
    EXPECT_EQ(mho_bits64((std::uint64_t{2} << k) - 1), k + 1);
  }
  for (unsigned k = 0; k < 32; ++k) EXPECT_EQ(mho_bits32(1u << k), k + 1);
  EXPECT_EQ(mho_magnitude32(INT32_MIN), 0x80000000u);
  EXPECT_EQ(mho_magnitude64(kMin64), std::uint64_t{1} << 63);
  EXPECT_EQ(mho_magnitude32(-7), 7u);
  EXPECT_EQ(mho_magnitude64(7), 7u);
}

}  // namespace
}  // namespace mho::test
