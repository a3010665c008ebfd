// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/verify.h"

#include <gtest/gtest.h>

#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <vector>

#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

using boost::multiprecision::cpp_int;

/// A vector as the DRU stores it.
struct Stored {
  explicit Stored(std::vector<std::int32_t> words = {}, std::int32_t exponent = 0) { set(words, exponent); }
  void set(const std::vector<std::int32_t>& words, std::int32_t exponent) {
    memory = {exponent, static_cast<std::int32_t>(words.size())};
    memory.insert(memory.end(), words.begin(), words.end());
  }
  const mho_dru_vector_t* get() const { return reinterpret_cast<const mho_dru_vector_t*>(memory.data()); }
  std::int32_t& word(std::size_t i) { return memory[2 + i]; }
  std::int32_t& exponent() { return memory[0]; }
  std::int32_t& length() { return memory[1]; }

  std::vector<std::int32_t> memory;
};

struct Case {
  explicit Case(std::uint32_t n) : a(n * n), b(n), scale(n), x(n), workspace(1 << 20) {
    system.n = n;
    system.bits = 24;
    system.a = a.data();
    system.b = b.data();
    system.row_scale = scale.data();
  }

  /// b·2^eb − A·x·2^(ea+ex) in units of 2^min, exactly.
  std::vector<cpp_int> exact() const {
    const std::int32_t product = system.a_exponent + x_exponent;
    const std::int32_t least = std::min(system.b_exponent, product);
    std::vector<cpp_int> r;
    for (std::uint32_t i = 0; i < system.n; ++i) {
      cpp_int sum = 0;
      for (std::uint32_t j = 0; j < system.n; ++j) sum += cpp_int(a[i * system.n + j]) * x[j];
      r.push_back((cpp_int(b[i]) << (system.b_exponent - least)) - (sum << (product - least)));
    }
    return r;
  }

  /// The residual as the DRU must report it: largest word in [2^30, 2^31), ties away from zero.
  Stored expected() const {
    const auto r = exact();
    cpp_int peak = 0;
    for (const cpp_int& v : r) peak = std::max<cpp_int>(peak, abs(v));
    if (peak == 0) return Stored(std::vector<std::int32_t>(r.size()), 0);
    int shift = static_cast<int>(msb(peak)) - 30;
    if (rounded(peak, shift) == cpp_int(1) << 31) ++shift;
    std::vector<std::int32_t> words;
    for (const cpp_int& v : r) words.push_back(static_cast<std::int32_t>(rounded(v, shift)));
    return Stored(words, std::min(system.b_exponent, system.a_exponent + x_exponent) + shift);
  }

  mho_result_t verify(const Stored& measured) {
    const Stored solution(x, x_exponent);
    const Stored none({}, 0);
    return mho_verify(&out, &system, none.get(), solution.get(), measured.get(), workspace.arena);
  }
  bool agrees(const Stored& measured) {
    EXPECT_EQ(verify(measured), MHO_OK);
    return out.agrees;
  }

  static cpp_int rounded(const cpp_int& v, int shift) {
    if (shift <= 0) return v << -shift;
    const cpp_int magnitude = (abs(v) + (cpp_int(1) << (shift - 1))) >> shift;
    return v < 0 ? -magnitude : magnitude;
  }

  std::vector<std::int32_t> a, b, scale, x;
  std::int32_t x_exponent = 0;
  mho_system_t system{};
  Workspace workspace;
  mho_verification_t out{};
};

void randomise(Case& c, Draws& draws) {
  for (auto& v : c.a) v = static_cast<std::int32_t>(draws.integer(-(1 << 24) + 1, (1 << 24) - 1));
  for (auto& v : c.b) v = static_cast<std::int32_t>(draws.integer(-(1 << 30), 1 << 30));
  for (auto& v : c.x) v = static_cast<std::int32_t>(draws.integer(INT32_MIN + 1, INT32_MAX));
  c.system.a_exponent = static_cast<std::int32_t>(draws.integer(-30, 5));
  c.x_exponent = static_cast<std::int32_t>(draws.integer(-100, 100));
  c.system.b_exponent =
      c.system.a_exponent + c.x_exponent + static_cast<std::int32_t>(draws.integer(-24, 62));
}

TEST(Verify, AgreesWithTheExactResidualOfRandomSystems) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    Case c(static_cast<std::uint32_t>(draws.integer(1, 20)));
    randomise(c, draws);
    EXPECT_TRUE(c.agrees(c.expected()));
    EXPECT_EQ(c.out.multiply_adds, std::uint64_t{c.system.n} * c.system.n);
  }
}

TEST(Verify, TakesASolutionInTwoParts) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    Case settled(static_cast<std::uint32_t>(draws.integer(1, 20)));
    randomise(settled, draws);
    const Stored between = settled.expected();
    Case rest(settled.system.n);
    randomise(rest, draws);
    rest.a = settled.a;
    rest.system.a = rest.a.data();
    rest.system.a_exponent = settled.system.a_exponent;
    rest.b.assign(between.memory.begin() + 2, between.memory.end());
    rest.system.b = rest.b.data();
    rest.system.b_exponent = between.memory[0];
    rest.x_exponent = rest.system.b_exponent - rest.system.a_exponent - 40;
    const Stored first(settled.x, settled.x_exponent), second(rest.x, rest.x_exponent);
    Stored measured = rest.expected();
    const auto agrees = [&] {
      EXPECT_EQ(mho_verify(&settled.out, &settled.system, first.get(), second.get(), measured.get(),
                           settled.workspace.arena),
                MHO_OK);
      return settled.out.agrees;
    };
    EXPECT_TRUE(agrees());
    EXPECT_EQ(settled.out.multiply_adds, 2u * settled.system.n * settled.system.n);
    measured.word(0) ^= 1;
    EXPECT_FALSE(agrees());
  }
}

TEST(Verify, AddsLongRowsOfLargestProductsExactly) {
  for (const std::uint32_t n : {63u, 64u, 65u, 200u}) {
    Case c(n);
    std::fill(c.a.begin(), c.a.end(), (1 << 24) - 1);
    std::fill(c.x.begin(), c.x.end(), INT32_MAX);
    c.b[0] = 1;
    c.system.b_exponent = 0;
    c.system.a_exponent = 24;
    EXPECT_TRUE(c.agrees(c.expected())) << n;
    std::fill(c.x.begin(), c.x.end(), -INT32_MAX);
    EXPECT_TRUE(c.agrees(c.expected())) << n;
  }
}

TEST(Verify, DisagreesWhenOneBitOfOneWordIsWrong) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    Case c(6);
    randomise(c, draws);
    for (std::size_t i = 0; i < 6; ++i) {
      Stored measured = c.expected();
      measured.word(i) += 1;
      EXPECT_FALSE(c.agrees(measured));
      measured.word(i) -= 2;
      EXPECT_FALSE(c.agrees(measured));
    }
    Stored measured = c.expected();
    measured.exponent() += 1;
    EXPECT_FALSE(c.agrees(measured));
    measured = c.expected();
    measured.length() = 5;
    EXPECT_FALSE(c.agrees(measured));
  }
}

TEST(Verify, DisagreesWithARepresentationThatIsNotNormalised) {
  Case c(2);
  c.b = {3, -1};
  Stored measured({3, -1}, 0);
  EXPECT_FALSE(c.agrees(measured));
  EXPECT_TRUE(c.agrees(Stored({3 << 29, -(1 << 29)}, -29)));
}

TEST(Verify, TakesTheZeroResidualWithExponentZeroOnly) {
  Case c(2);
  c.a = {1, 0, 0, 1};
  c.x = {5, -7};
  c.b = {5, -7};
  c.x_exponent = c.system.b_exponent = -200;
  EXPECT_TRUE(c.agrees(Stored({0, 0}, 0)));
  EXPECT_EQ(c.out.norm2.mantissa, 0);
  EXPECT_FALSE(c.agrees(Stored({0, 0}, -200)));
  EXPECT_FALSE(c.agrees(Stored({0, 1}, 0)));
}

TEST(Verify, RoundsUpToTwoToThe31ByTakingTheNextExponent) {
  // −A·x = −x·2^k + …: residuals whose upper 31 bits are all ones with a one behind them.
  for (const std::int32_t sign : {1, -1}) {
    Case c(2);
    c.system.b_exponent = 2;
    c.b = {sign * (1 << 30), 5};
    c.a = {1, 0, 0, 3};
    c.x = {sign, 1};  // 2^32 − 1
    const Stored expected = c.expected();
    EXPECT_EQ(expected.memory[2], sign * (1 << 30));
    EXPECT_EQ(expected.memory[0], 2);
    EXPECT_TRUE(c.agrees(expected));
  }
}

TEST(Verify, KeepsALargestWordOfAllOnesThatDoesNotRoundUp) {
  Case c(1);
  c.system.b_exponent = 2;
  c.b = {1 << 30};
  c.a = {1};
  c.x = {3};  // 2^32 − 3: all ones, then 01
  const Stored expected = c.expected();
  EXPECT_EQ(expected.memory[2], INT32_MAX);
  EXPECT_TRUE(c.agrees(expected));
}

TEST(Verify, RoundsTiesAwayFromZero) {
  Case c(3);
  c.system.b_exponent = 1;
  c.b = {1 << 30, 0, 0};
  c.a = {0, 0, 0, 1, 0, 0, -1, 0, 0};
  c.x = {1, 0, 0};  // residual {2^31, −1, 1}: halves after the shift by one
  EXPECT_TRUE(c.agrees(Stored({1 << 30, -1, 1}, 1)));
  EXPECT_FALSE(c.agrees(Stored({1 << 30, 0, 1}, 1)));
  EXPECT_FALSE(c.agrees(Stored({1 << 30, -1, 0}, 1)));
}

TEST(Verify, NormalisesAtEveryLengthOfTheResidual) {
  // One bit at every place that b and A·x can reach, both signs, with neighbours.
  for (int shift = 0; shift <= 62; ++shift) {
    for (const std::int32_t v : {1, -1, 3, 0x7ffffff, -0x3fffffff, 1 << 30}) {
      Case c(2);
      c.b = {v, 1};
      c.system.b_exponent = shift;
      c.a = {0, 1, 1, 0};
      c.x = {1, -1};
      EXPECT_TRUE(c.agrees(c.expected())) << v << " << " << shift;
    }
  }
}

TEST(Verify, GivesTheNormInTheUsersScaling) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Draws draws(seed);
    Case c(7);
    randomise(c, draws);
    for (auto& s : c.scale) s = static_cast<std::int32_t>(draws.integer(-20, 20));
    const Stored r = c.expected();
    ASSERT_EQ(c.verify(r), MHO_OK);
    long double norm2 = 0;
    for (std::size_t i = 0; i < 7; ++i) {
      const long double v = std::ldexp(static_cast<long double>(r.memory[2 + i]), r.memory[0] - c.scale[i]);
      norm2 += v * v;
    }
    const long double got = std::ldexp(static_cast<long double>(c.out.norm2.mantissa), c.out.norm2.exponent);
    EXPECT_LE(std::fabs(got - norm2), 20 * 0x1p-31L * norm2) << "seed " << seed;
  }
}

TEST(Verify, RefusesExponentsThatDoNotFit96Bits) {
  Case c(1);
  c.a = {1};
  c.x = {1};
  c.b = {1};
  c.system.b_exponent = 62;
  EXPECT_EQ(c.verify(c.expected()), MHO_OK);
  c.system.b_exponent = 63;
  EXPECT_EQ(c.verify(Stored({0})), MHO_OVERFLOW);
  c.system.b_exponent = -24;
  EXPECT_EQ(c.verify(c.expected()), MHO_OK);
  c.system.b_exponent = -25;
  EXPECT_EQ(c.verify(Stored({0})), MHO_OVERFLOW);
}

TEST(Verify, NeedsItsMemory) {
  Case c(4);
  Workspace small(32);
  const Stored x(c.x), r(c.b);
  EXPECT_EQ(mho_verify(&c.out, &c.system, Stored().get(), x.get(), r.get(), small.arena), MHO_NO_MEMORY);
  EXPECT_TRUE(small.is_intact());
}

TEST(XResolution, AsksForARoundingErrorBelowHalfTheTolerance) {
  // Two words of unit 2^-31 beside ‖x‖ = 1: a rounding error of 2^-31·√(2/12), below 2^-33.2 times ‖x‖.
  std::vector<std::int32_t> scale{0, 0};
  std::vector<std::uint32_t> order{0, 1};
  mho_system_t system{};
  system.n = system.size_of_x = 2;
  system.column_scale = scale.data();
  system.column_order = order.data();
  const Stored x({1 << 30, 0}, -31);
  EXPECT_TRUE(mho_is_x_resolved(&system, x.get(), nullptr, mho_real_from(1, 0), 31));
  EXPECT_FALSE(mho_is_x_resolved(&system, x.get(), nullptr, mho_real_from(1, 0), 32));
  EXPECT_FALSE(mho_is_x_resolved(&system, x.get(), nullptr, mho_real_from(1, -2), 31));
}

TEST(XResolution, CountsTheRoundingOfWhatTheRestWasSoughtFrom) {
  std::vector<std::int32_t> scale{0, 0};
  std::vector<std::uint32_t> order{0, 1};
  mho_system_t system{};
  system.n = system.size_of_x = 2;
  system.bits = 24;
  system.a_exponent = -24;
  system.column_scale = scale.data();
  system.column_order = order.data();
  const Stored x({1 << 30, 0}, -80);
  // Counts as words of x of unit 2^-31.
  const Stored rhs({1 << 30, 0}, -31 - MHO_RESIDUAL_GUARD);
  EXPECT_TRUE(mho_is_x_resolved(&system, x.get(), rhs.get(), mho_real_from(1, 0), 31));
  EXPECT_FALSE(mho_is_x_resolved(&system, x.get(), rhs.get(), mho_real_from(1, 0), 32));
}

TEST(XResolution, CountsTheScaleOfColumns) {
  std::vector<std::int32_t> scale{0, 10};
  std::vector<std::uint32_t> order{0, 1};
  mho_system_t system{};
  system.n = system.size_of_x = 2;
  system.column_scale = scale.data();
  system.column_order = order.data();
  const Stored x({1 << 30, 0}, -31);
  EXPECT_TRUE(mho_is_x_resolved(&system, x.get(), nullptr, mho_real_from(1, 0), 21));
  EXPECT_FALSE(mho_is_x_resolved(&system, x.get(), nullptr, mho_real_from(1, 0), 22));
}

TEST(XResolution, IsThatOfTheUnknownsThatAreX) {
  std::vector<std::int32_t> scale{0, MHO_RESOLVED_RANGE + 1, 0};
  std::vector<std::uint32_t> order{0, 1, 2};
  mho_system_t system{};
  system.n = 3;
  system.bits = 24;
  system.a_exponent = -24;
  system.first_of_x = 2;
  system.size_of_x = 1;
  system.column_scale = scale.data();
  system.column_order = order.data();
  const Stored x({1 << 30, 0, 0}, -80);
  const Stored rhs({1 << 30, 0, 0}, -31 - MHO_RESIDUAL_GUARD);
  EXPECT_TRUE(mho_is_x_resolved(&system, x.get(), rhs.get(), mho_real_from(1, 0), 31));
  EXPECT_FALSE(mho_is_x_resolved(&system, x.get(), rhs.get(), mho_real_from(1, -6), 31));
  system.first_of_x = 1;
  system.size_of_x = 2;
  EXPECT_FALSE(mho_is_x_resolved(&system, x.get(), rhs.get(), mho_real_from(1, 60), 31));
  // Its columns may stand anywhere.
  order = {1, 0, 2};
  system.size_of_x = 1;
  EXPECT_TRUE(mho_is_x_resolved(&system, x.get(), rhs.get(), mho_real_from(1, 0), 31));
}

}  // namespace
}  // namespace mho::test
