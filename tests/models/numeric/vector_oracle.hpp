// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the vector unit is held to: its definitions read literally, in integers of unlimited size
// (Boost.Multiprecision).
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <random>
#include <utility>
#include <vector>

#include "models/numeric/vector_unit.hpp"

namespace mho::numeric::test {

using Big = boost::multiprecision::cpp_int;
using Draw = std::mt19937_64;

/// Vector of exact numbers: integers · 2^exponent.
struct Exact {
  std::vector<Big> values;
  std::int64_t exponent = 0;
};

inline Big round_half_away(const Big& value, std::int64_t shift) {
  if (shift <= 0) return value * (Big(1) << static_cast<unsigned>(-shift));
  const Big half = Big(1) << static_cast<unsigned>(shift - 1);
  const Big rounded = (abs(value) + half) / (Big(1) << static_cast<unsigned>(shift));
  return value < 0 ? Big(-rounded) : rounded;
}

inline Big largest_rounded(const Exact& exact, std::int64_t shift) {
  Big largest = 0;
  for (const Big& v : exact.values) largest = std::max<Big>(largest, abs(round_half_away(v, shift)));
  return largest;
}

/// The smallest shift at which everything rounds below 2^bits.
inline std::int64_t expected_shift(const Exact& exact, unsigned bits) {
  std::int64_t shift = -400;
  while (largest_rounded(exact, shift) >= (Big(1) << bits)) ++shift;
  return shift;
}

inline FixedVector expected_vector(const Exact& exact) {
  FixedVector out;
  const bool is_zero = std::ranges::all_of(exact.values, [](const Big& v) { return v == 0; });
  const std::int64_t shift = is_zero ? 0 : expected_shift(exact, 31);
  out.exponent = is_zero ? 0 : static_cast<std::int32_t>(exact.exponent + shift);
  for (const Big& v : exact.values) {
    out.words.push_back(is_zero ? 0 : static_cast<std::int32_t>(round_half_away(v, shift)));
  }
  return out;
}

inline FixedScalar expected_scalar(const Big& value, std::int64_t exponent) {
  if (value == 0) return {};
  const std::int64_t shift = expected_shift({{value}, exponent}, 63);
  return {static_cast<std::int64_t>(round_half_away(value, shift)),
          static_cast<std::int32_t>(exponent + shift)};
}

/// Both operands as integers at one exponent.
inline std::pair<Exact, Exact> common(const FixedVector& a, const FixedVector& b) {
  const std::int64_t exponent = std::min(a.exponent, b.exponent);
  const auto lift = [&](const FixedVector& v) {
    Exact out{{}, exponent};
    for (const auto w : v.words) out.values.push_back(Big(w) << static_cast<unsigned>(v.exponent - exponent));
    return out;
  };
  return {lift(a), lift(b)};
}

inline void expect_equal(const FixedVector& actual, const FixedVector& expected) {
  EXPECT_EQ(actual.exponent, expected.exponent);
  EXPECT_EQ(actual.words, expected.words);
}

}  // namespace mho::numeric::test
