// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Arithmetic against the host's floating point unit, which is an implementation of its own; what that does
// not have (rounding to nearest away from zero, the choices of RISC-V) against values written out.
#include "models/soc/cpu/float32.hpp"

#include <gtest/gtest.h>

#include <bit>
#include <cfenv>
#include <cmath>
#include <functional>
#include <random>

namespace mho::test {
namespace {

namespace float32 = soc::riscv::float32;
using float32::Result;
using float32::Rounding;

constexpr unsigned kDraws = 100'000;

struct Mode {
  Rounding rounding;
  int host;
};
constexpr Mode kModes[] = {{Rounding::kNearestEven, FE_TONEAREST},
                           {Rounding::kTowardZero, FE_TOWARDZERO},
                           {Rounding::kDown, FE_DOWNWARD},
                           {Rounding::kUp, FE_UPWARD}};

/// Operands near which something happens: special values, few bits set, exponents close to each other or to
/// the ends.
class Operands {
 public:
  std::uint32_t next() {
    constexpr std::uint32_t kSpecial[] = {0x0000'0000, 0x0000'0001, 0x007f'ffff, 0x0080'0000,
                                          0x3f80'0000, 0x3f80'0001, 0x4f00'0000, 0x7f7f'ffff,
                                          0x7f80'0000, 0x7f80'0001, 0x7fc0'0000, 0x4b00'0001};
    const std::uint32_t sign = bits() & 0x8000'0000;
    switch (bits() % 6) {
      case 0:
        return sign | kSpecial[bits() % std::size(kSpecial)];
      case 1:
        return bits();
      case 2:
        return sign | (bits() >> 9 >> bits() % 23);
      case 3:
        return sign | (127 + bits() % 30 - 15) << 23 | (bits() >> 9 & ~0u << bits() % 23);
      case 4:
        return sign | (230 + bits() % 25) << 23 | bits() >> 9;
      default:
        return sign | (1 + bits() % 60) << 23 | (bits() >> 9 & ~0u << bits() % 23);
    }
  }

 private:
  std::uint32_t bits() { return static_cast<std::uint32_t>(random_()); }
  std::mt19937_64 random_{11};
};

std::uint8_t host_flags() {
  const int raised = std::fetestexcept(FE_ALL_EXCEPT);
  return static_cast<std::uint8_t>(((raised & FE_INEXACT) != 0 ? float32::flag::kInexact : 0) |
                                   ((raised & FE_UNDERFLOW) != 0 ? float32::flag::kUnderflow : 0) |
                                   ((raised & FE_OVERFLOW) != 0 ? float32::flag::kOverflow : 0) |
                                   ((raised & FE_DIVBYZERO) != 0 ? float32::flag::kDivideByZero : 0) |
                                   ((raised & FE_INVALID) != 0 ? float32::flag::kInvalid : 0));
}

/// What the host's unit computes; volatile keeps the operation between the two changes of the environment.
template <typename Compute>
Result on_host(int mode, Compute compute, std::uint32_t a, std::uint32_t b, std::uint32_t c) {
  std::fenv_t before;
  std::feholdexcept(&before);
  std::fesetround(mode);
  const volatile float x = std::bit_cast<float>(a), y = std::bit_cast<float>(b), z = std::bit_cast<float>(c);
  const volatile float result = compute(x, y, z);
  const std::uint8_t flags = host_flags();
  std::fesetenv(&before);
  const float value = result;
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return {.bits = std::isnan(value) ? float32::kCanonicalNan : bits, .flags = flags};
}

/// Flags in which hosts agree with RISC-V: some detect tininess before rounding, x86-64 after it.
#if defined(__x86_64__)
constexpr std::uint8_t kComparedFlags = 0xff;
#else
constexpr std::uint8_t kComparedFlags = static_cast<std::uint8_t>(~float32::flag::kUnderflow);
#endif

using Ours = std::function<Result(std::uint32_t, std::uint32_t, std::uint32_t, Rounding)>;

template <typename Compute>
void expect_same(const Ours& ours, Compute host) {
  for (const Mode& mode : kModes) {
    Operands operands;
    for (unsigned i = 0; i < kDraws; ++i) {
      const std::uint32_t a = operands.next(), b = operands.next(), c = operands.next();
      const Result mine = ours(a, b, c, mode.rounding), theirs = on_host(mode.host, host, a, b, c);
      ASSERT_TRUE(mine.bits == theirs.bits && ((mine.flags ^ theirs.flags) & kComparedFlags) == 0)
          << std::hex << "mode " << static_cast<int>(mode.rounding) << " of " << a << ' ' << b << ' ' << c
          << ": " << mine.bits << " flags " << +mine.flags << ", host " << theirs.bits << " flags "
          << +theirs.flags;
    }
  }
}

TEST(Float32, SumsAreThoseOfTheHost) {
  expect_same([](auto a, auto b, auto, auto mode) { return float32::add(a, b, mode); },
              [](float a, float b, float) { return a + b; });
}

TEST(Float32, ProductsAreThoseOfTheHost) {
  expect_same([](auto a, auto b, auto, auto mode) { return float32::multiply(a, b, mode); },
              [](float a, float b, float) { return a * b; });
}

TEST(Float32, QuotientsAreThoseOfTheHost) {
  expect_same([](auto a, auto b, auto, auto mode) { return float32::divide(a, b, mode); },
              [](float a, float b, float) { return a / b; });
}

TEST(Float32, RootsAreThoseOfTheHost) {
  expect_same([](auto a, auto, auto, auto mode) { return float32::square_root(a, mode); },
              [](float a, float, float) { return std::sqrt(a); });
}

TEST(Float32, FusedProductsAndSumsAreThoseOfTheHost) {
  expect_same(
      [](auto a, auto b, auto c, auto mode) {
        // IEEE 754 leaves open whether infinity times zero plus a quiet NaN is invalid.
        const bool is_open = (c & 0x7fff'ffff) >= 0x7fc0'0000;
        return float32::multiply_add(a, b, is_open ? 0 : c, mode);
      },
      [](float a, float b, float c) {
        const bool is_open = (std::bit_cast<std::uint32_t>(c) & 0x7fff'ffff) >= 0x7fc0'0000;
        return std::fma(a, b, is_open ? 0.0f : c);
      });
}

TEST(Float32, ConversionsFromIntegersAreThoseOfTheHost) {
  expect_same([](auto a, auto, auto, auto mode) { return float32::from_int32(a, mode); },
              [](float a, float, float) {
                const volatile auto value = static_cast<std::int32_t>(std::bit_cast<std::uint32_t>(a));
                return static_cast<float>(value);
              });
  expect_same([](auto a, auto, auto, auto mode) { return float32::from_uint32(a, mode); },
              [](float a, float, float) {
                const volatile std::int64_t value = std::bit_cast<std::uint32_t>(a);
                return static_cast<float>(value);
              });
}

/// [least, most] in which both kinds of integers are checked.
void expect_integers(std::int64_t least, std::int64_t most, Result (*ours)(std::uint32_t, Rounding)) {
  for (const Mode& mode : kModes) {
    Operands operands;
    for (unsigned i = 0; i < kDraws; ++i) {
      const std::uint32_t a = operands.next();
      const float value = std::bit_cast<float>(a);
      const Result host = on_host(
          mode.host, [](float x, float, float) { return std::rint(x); }, a, 0, 0);
      const auto rounded = static_cast<double>(std::bit_cast<float>(host.bits));
      Result expected{.flags = static_cast<std::uint8_t>(host.flags & float32::flag::kInexact)};
      if (std::isnan(value) || rounded > static_cast<double>(most)) {
        expected = {.bits = static_cast<std::uint32_t>(most), .flags = float32::flag::kInvalid};
      } else if (rounded < static_cast<double>(least)) {
        expected = {.bits = static_cast<std::uint32_t>(least), .flags = float32::flag::kInvalid};
      } else {
        expected.bits = static_cast<std::uint32_t>(static_cast<std::int64_t>(rounded));
      }
      const Result mine = ours(a, mode.rounding);
      ASSERT_TRUE(mine.bits == expected.bits && mine.flags == expected.flags)
          << std::hex << "mode " << static_cast<int>(mode.rounding) << " of " << a << ": " << mine.bits
          << " flags " << +mine.flags << ", expected " << expected.bits << " flags " << +expected.flags;
    }
  }
}

TEST(Float32, ConversionsToIntegersRoundAndSaturate) {
  expect_integers(-(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1, float32::to_int32);
  expect_integers(0, (std::int64_t{1} << 32) - 1, float32::to_uint32);
}

TEST(Float32, TiesGoAwayFromZeroInTheModeTheHostLacks) {
  constexpr Rounding kAway = Rounding::kNearestAway;
  // 1 + 2^-24 is a tie, 1 + 2^-25 is not.
  EXPECT_EQ(float32::add(0x3f80'0000, 0x3380'0000, kAway).bits, 0x3f80'0001u);
  EXPECT_EQ(float32::add(0xbf80'0000, 0xb380'0000, kAway).bits, 0xbf80'0001u);
  EXPECT_EQ(float32::add(0x3f80'0000, 0x3300'0000, kAway).bits, 0x3f80'0000u);
  EXPECT_EQ(float32::add(0x3f80'0000, 0x3380'0000, Rounding::kNearestEven).bits, 0x3f80'0000u);
  // Half of the smallest number.
  EXPECT_EQ(float32::multiply(1, 0x3f00'0000, kAway).bits, 1u);
  EXPECT_EQ(float32::multiply(1, 0x3e80'0000, kAway).bits, 0u);
  // 0.5, 2.5 and -2.5 to integers.
  EXPECT_EQ(float32::to_int32(0x3f00'0000, kAway).bits, 1u);
  EXPECT_EQ(float32::to_int32(0x4020'0000, kAway).bits, 3u);
  EXPECT_EQ(float32::to_int32(0xc020'0000, kAway).bits, static_cast<std::uint32_t>(-3));
  // 2^24 + 1 from an integer; overflow to infinity.
  EXPECT_EQ(float32::from_int32(0x0100'0001, kAway).bits, 0x4b80'0001u);
  EXPECT_EQ(float32::multiply(0x7f7f'ffff, 0x4000'0000, kAway).bits, 0x7f80'0000u);
}

TEST(Float32, InfinityTimesZeroIsInvalidWhateverIsAdded) {
  const Result result = float32::multiply_add(0x7f80'0000, 0, float32::kCanonicalNan, Rounding::kNearestEven);
  EXPECT_EQ(result.bits, float32::kCanonicalNan);
  EXPECT_EQ(result.flags, float32::flag::kInvalid);
}

TEST(Float32, WhatRoundsUpToTheSmallestNormalNumberIsNotTiny) {
  // (1 - 2^-24) · 2^-126 rounds to 2^-126 with unbounded exponents, (1 - 2^-23) · 2^-126 is tiny and exact.
  const Result up = float32::multiply(0x3f7f'ffff, 0x0080'0000, Rounding::kNearestEven);
  EXPECT_EQ(up.bits, 0x0080'0000u);
  EXPECT_EQ(up.flags, float32::flag::kInexact | float32::flag::kUnderflow);
  const Result not_tiny =
      float32::multiply_add(0x0080'0000, 0x3f80'0000, 0x8000'0001, Rounding::kNearestEven);
  EXPECT_EQ(not_tiny.bits, 0x007f'ffffu);
  EXPECT_EQ(not_tiny.flags, 0);
}

TEST(Float32, ExtremesPreferNumbersAndOrderZeros) {
  constexpr std::uint32_t kQuiet = 0x7fc1'2345, kSignaling = 0x7f80'0001, kOne = 0x3f80'0000,
                          kMinusZero = 0x8000'0000;
  EXPECT_EQ(float32::minimum(kQuiet, kOne).bits, kOne);
  EXPECT_EQ(float32::maximum(kOne, kQuiet).bits, kOne);
  EXPECT_EQ(float32::minimum(kQuiet, kOne).flags, 0);
  EXPECT_EQ(float32::maximum(kSignaling, kOne).bits, kOne);
  EXPECT_EQ(float32::maximum(kSignaling, kOne).flags, float32::flag::kInvalid);
  EXPECT_EQ(float32::minimum(kQuiet, kQuiet).bits, float32::kCanonicalNan);
  EXPECT_EQ(float32::minimum(0, kMinusZero).bits, kMinusZero);
  EXPECT_EQ(float32::minimum(kMinusZero, 0).bits, kMinusZero);
  EXPECT_EQ(float32::maximum(kMinusZero, 0).bits, 0u);
  EXPECT_EQ(float32::maximum(0, kMinusZero).bits, 0u);
  EXPECT_EQ(float32::minimum(0xbf80'0000, 0xc000'0000).bits, 0xc000'0000u);
}

TEST(Float32, ComparisonsAreThoseOfTheHostAndSignalAsTheirKindDoes) {
  Operands operands;
  for (unsigned i = 0; i < kDraws; ++i) {
    const std::uint32_t a = operands.next(), b = operands.next();
    const float x = std::bit_cast<float>(a), y = std::bit_cast<float>(b);
    const bool has_nan = std::isnan(x) || std::isnan(y);
    const auto is_signaling = [](std::uint32_t v) {
      return (v & 0x7fff'ffff) > 0x7f80'0000 && (v & 0x0040'0000) == 0;
    };
    ASSERT_EQ(float32::equal(a, b).bits, x == y ? 1u : 0u);
    ASSERT_EQ(float32::less(a, b).bits, x < y ? 1u : 0u);
    ASSERT_EQ(float32::less_or_equal(a, b).bits, x <= y ? 1u : 0u);
    ASSERT_EQ(float32::equal(a, b).flags, is_signaling(a) || is_signaling(b) ? float32::flag::kInvalid : 0);
    ASSERT_EQ(float32::less(a, b).flags, has_nan ? float32::flag::kInvalid : 0);
    ASSERT_EQ(float32::less_or_equal(a, b).flags, has_nan ? float32::flag::kInvalid : 0);
  }
}

TEST(Float32, ClassesAreTenBits) {
  const std::uint32_t values[] = {0xff80'0000, 0xbf80'0000, 0x8000'0001, 0x8000'0000, 0x0000'0000,
                                  0x0000'0001, 0x3f80'0000, 0x7f80'0000, 0x7f80'0001, 0x7fc0'0000};
  for (unsigned bit = 0; bit < std::size(values); ++bit) EXPECT_EQ(float32::classify(values[bit]), 1u << bit);
}

}  // namespace
}  // namespace mho::test
