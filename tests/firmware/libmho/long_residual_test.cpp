// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Oracle: integers of unlimited size.
#include "firmware/libmho/long_residual.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <random>
#include <vector>

#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

using Big = boost::multiprecision::cpp_int;

constexpr std::uint32_t kBytes = 1u << 20;
constexpr std::uint32_t kLowBits = 29;

/// A system of random entries of 53 bits and an x of 62.
struct Problem {
  Problem(std::uint32_t n, std::uint64_t seed)
      : workspace(kBytes), a(2 * n * n), minuend(n), x(n + 1), r(n + 2) {
    std::mt19937_64 draw(seed);
    for (std::uint32_t k = 0; k < n * n; ++k) {
      const bool is_negative = draw() % 2 == 1;
      const auto upper = static_cast<std::int32_t>(draw() >> 40),
                 lower = static_cast<std::int32_t>(draw() >> 35);
      a[k] = is_negative ? -upper : upper;
      a[n * n + k] = is_negative ? -lower : lower;
    }
    for (auto& v : minuend) v = static_cast<std::int64_t>(draw()) >> 1;
    for (auto& v : x) v = static_cast<std::int64_t>(draw()) >> 1;
    system.n = n;
    system.bits = 24;
    system.low_bits = kLowBits;
    system.a = a.data();
    system.a_low = a.data() + n * n;
    system.a_exponent = -24;
    header()->exponent = -62;
    header()->length = n;
  }
  mho_dru_vector_t* header() { return reinterpret_cast<mho_dru_vector_t*>(x.data()); }
  mho_dru_vector_t* result() { return reinterpret_cast<mho_dru_vector_t*>(r.data()); }

  mho_result_t run(std::int32_t minuend_exponent) {
    return mho_long_residual(result(), &system, minuend.data(), minuend_exponent, header(), workspace.arena);
  }
  /// In units of 2^unit, which is at most every exponent.
  Big exact(std::uint32_t i, std::int32_t minuend_exponent, std::int32_t unit) const {
    Big sum = Big(minuend[i]) << static_cast<unsigned>(minuend_exponent - unit);
    for (std::uint32_t j = 0; j < system.n; ++j) {
      const Big entry = (Big(a[i * system.n + j]) << kLowBits) + a[(system.n + i) * system.n + j];
      sum -= (entry * x[j + 1]) << static_cast<unsigned>(-24 - 29 - 62 - unit);
    }
    return sum;
  }

  Workspace workspace;
  std::vector<std::int32_t> a;
  std::vector<std::int64_t> minuend, x;
  std::vector<std::int32_t> r;
  mho_system_t system{};
};

TEST(LongResidual, IsTheExactOneRoundedTo31Bits) {
  for (const std::uint32_t n : {1U, 2U, 5U, 33U}) {
    for (const std::int32_t exponent : {-175, -115, -70, -62, 0}) {
      SCOPED_TRACE(testing::Message() << n << " " << exponent);
      Problem p(n, n + 100);
      ASSERT_EQ(p.run(exponent), MHO_OK);
      const std::int32_t unit = std::min(exponent, -115);
      std::int64_t peak = 0;
      for (std::uint32_t i = 0; i < n; ++i) {
        const Big exact = p.exact(i, exponent, unit);
        const std::int64_t word = p.r[2 + i];
        const int shift = p.result()->exponent - unit;
        ASSERT_GT(shift, 0);
        const Big rounded = (abs(exact) + (Big(1) << (shift - 1))) >> shift;
        EXPECT_EQ(word, exact < 0 ? Big(-rounded) : rounded);
        peak = std::max(peak, std::abs(word));
      }
      EXPECT_GE(peak, std::int64_t{1} << 30);
      EXPECT_LT(peak, std::int64_t{1} << 31);
    }
  }
}

TEST(LongResidual, AnExactSolutionLeavesZeros) {
  Problem p(1, 5);
  p.a = {3, 0};
  p.x[1] = 7;
  p.minuend[0] = 21;
  p.system.a = p.a.data();
  p.system.a_low = p.a.data() + 1;
  ASSERT_EQ(p.run(-86), MHO_OK);  // 3 · 7 · 2^(−24 − 62)
  EXPECT_EQ(p.r[2], 0);
  EXPECT_EQ(p.result()->exponent, 0);
}

TEST(LongResidual, SaysWhenTheExponentsAreTooFarApart) {
  Problem p(2, 6);
  EXPECT_EQ(p.run(-115 + 120), MHO_OK);
  EXPECT_EQ(p.run(-115 + 121), MHO_OVERFLOW);
  EXPECT_EQ(p.run(-115 - 60), MHO_OK);
  EXPECT_EQ(p.run(-115 - 61), MHO_OVERFLOW);
}

}  // namespace
}  // namespace mho::test
