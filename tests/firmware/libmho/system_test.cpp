// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/system.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kBytes = 8u << 20;
// log2 of a row's or column's largest entry after balancing: 2 units of 2^-16 are left when the iteration
// stops, as many again come from the fixed-point logarithms.
constexpr double kBalance = 0x1p-13;

struct Loaded {
  explicit Loaded(const SparseSystem& source, std::uint32_t bits = 24) : workspace(kBytes) {
    const mho_sparse_system_t view = source.view();
    result = mho_system_load(&system, &view, bits, &workspace.arena);
  }
  /// The factor common to A and b.
  long double stretch() const {
    return std::ldexp(static_cast<long double>(system.stretch.mantissa), system.stretch.exponent);
  }
  long double a(std::uint32_t i, std::uint32_t j) const {
    return std::ldexp(static_cast<long double>(system.a[i * system.n + j]),
                      system.a_exponent - system.row_scale[i] - system.column_scale[j]) /
           stretch();
  }
  /// Half a unit of a_ij in the user's scaling.
  long double half_unit(std::uint32_t i, std::uint32_t j) const {
    return std::ldexp(0.5L, system.a_exponent - system.row_scale[i] - system.column_scale[j]) / stretch();
  }
  long double b(std::uint32_t i) const {
    return std::ldexp(static_cast<long double>(system.b[i]), system.b_exponent - system.row_scale[i]) /
           stretch();
  }

  Workspace workspace;
  mho_system_t system{};
  mho_result_t result;
};

void expect_represents(const Loaded& loaded, const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  const mho_system_t& s = loaded.system;
  const auto limit = static_cast<std::int32_t>((1u << s.bits) - 1);
  std::int32_t largest = 0;
  for (std::uint32_t i = 0; i < s.n; ++i) {
    for (std::uint32_t j = 0; j < s.n; ++j) {
      const std::int32_t v = s.a[i * s.n + j];
      EXPECT_LE(std::abs(v), limit);
      largest = std::max(largest, std::abs(v));
      // An entry that would round up to 2^bits stays one unit lower. The stretch is known to 31 bits and the
      // product is rounded to 31 before it is rounded to 24: some hundredths of a unit.
      const long double slack = std::abs(v) == limit ? 2 : 1.05L;
      EXPECT_LE(std::fabs(loaded.a(i, j) - a(i, j)), slack * loaded.half_unit(i, j)) << i << ", " << j;
    }
    // Half a unit from the last rounding. A word of b has at most 30 bits, so each of the three roundings to
    // 31 bits before it (value, stretch, product) moves it by a quarter of a unit at most.
    const long double unit = std::ldexp(1.25L, s.b_exponent - s.row_scale[i]) / loaded.stretch();
    EXPECT_LE(std::fabs(loaded.b(i) - b[i]), unit) << "b " << i;
    EXPECT_LE(std::abs(std::int64_t{s.b[i]}), 1 << 30);
    for (const std::int32_t fine : {s.row_fine[i], s.column_fine[i]}) EXPECT_GE(fine, 1 << 30);
  }
  EXPECT_GE(largest, limit / 2) << "the bits are not used";
  EXPECT_GE(loaded.stretch(), 1.0L);
  EXPECT_LT(loaded.stretch(), 2.0L);
  if (loaded.stretch() != 1.0L) {
    EXPECT_GE(largest, limit - 1) << "the stretch leaves bits unused";
  }
}

Eigen::MatrixXd balanced(const Loaded& loaded, Workspace& workspace) {
  const std::int32_t* m = mho_system_balanced(&loaded.system, &workspace.arena);
  const auto n = static_cast<Eigen::Index>(loaded.system.n);
  Eigen::MatrixXd out(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) out(i, j) = std::ldexp(m[i * n + j], MHO_BALANCED_EXPONENT);
  }
  return out;
}

/// Rows and columns scaled by powers of ten, some of which no float could hold.
Eigen::MatrixXd badly_scaled(Eigen::Index n, double decades, std::uint64_t seed) {
  Draws draws(seed + 1000);
  Eigen::MatrixXd a = random_matrix(n, n, seed);
  for (Eigen::Index i = 0; i < n; ++i) {
    a.row(i) *= std::pow(10.0, decades * draws.symmetric());
    a.col(i) *= std::pow(10.0, decades * draws.symmetric());
  }
  return a;
}

class Bits : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Bits, HoldTheSystemToHalfAUnit) {
  for (const Eigen::Index n : {1, 2, 7, 16}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      const Eigen::MatrixXd a = random_matrix(n, n, seed);
      const Eigen::VectorXd b = random_vector(n, seed + 50);
      const Loaded loaded({a, b}, GetParam());
      ASSERT_EQ(loaded.result, MHO_OK);
      expect_represents(loaded, a, b);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Each, Bits, testing::Values(3u, 6u, 9u, 12u, 15u, 18u, 21u, 24u));

TEST(SystemLoad, HoldsBadlyScaledSystemsToHalfAUnit) {
  for (const double decades : {3.0, 30.0, 70.0}) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << "decades " << decades << " seed " << seed);
      const Eigen::MatrixXd a = badly_scaled(12, decades, seed);
      const Eigen::VectorXd b = a * random_vector(12, seed);
      const Loaded loaded({a, b});
      ASSERT_EQ(loaded.result, MHO_OK);
      expect_represents(loaded, a, b);
    }
  }
}

TEST(SystemLoad, HoldsNumbersFromTheEndsOfTheRangeOfDoubles) {
  const double tiny = std::numeric_limits<double>::denorm_min();
  const double huge = std::numeric_limits<double>::max();
  for (const double scale : {tiny, 3 * tiny, 1e-300, 1e300, huge}) {
    SCOPED_TRACE(scale);
    const Eigen::MatrixXd a = Eigen::Vector3d(scale, scale, scale).asDiagonal();
    const Eigen::VectorXd b = Eigen::Vector3d(tiny, 0, huge);
    const Loaded loaded({a, b});
    ASSERT_EQ(loaded.result, MHO_OK);
    expect_represents(loaded, a, b);
  }
}

TEST(SystemLoad, HoldsTinyAndHugeEntriesSideBySide) {
  Eigen::MatrixXd a(2, 2);
  a << 0, 1e-300, 5e-324, 1e300;
  const Eigen::VectorXd b = Eigen::Vector2d(1e-310, 1e308);
  const Loaded loaded({a, b});
  ASSERT_EQ(loaded.result, MHO_OK);
  expect_represents(loaded, a, b);
}

TEST(SystemLoad, TreatsStoredZerosAsZerosHoweverFarTheirRowIsScaled) {
  SparseSystem s;
  s.row_start = {0, 2, 4};
  s.column = {0, 1, 0, 1};
  s.value = {0.0, 5e-324, 5e-324, 1e308};
  s.rhs = {0.0, -0.0};
  const Loaded loaded(s);
  ASSERT_EQ(loaded.result, MHO_OK);
  EXPECT_EQ(loaded.system.a[0], 0);
  EXPECT_NEAR(static_cast<double>(loaded.a(1, 1) / 1e308L), 1.0, 0x1p-23);
  s.rhs = {0.0, 1e308};
  const Loaded with_rhs(s);
  EXPECT_EQ(with_rhs.system.b[0], 0);
  EXPECT_NEAR(static_cast<double>(with_rhs.b(1) / 1e308L), 1.0, 0x1p-30);
}

TEST(SystemLoad, RoundsAnEntryJustBelowAPowerOfTwoDownToTheLargestInteger) {
  const Eigen::MatrixXd a = Eigen::MatrixXd::Constant(1, 1, std::nextafter(1.0, 0.0));
  for (const std::uint32_t bits : {3u, 24u}) {
    const Loaded loaded({a, Eigen::VectorXd::Ones(1)}, bits);
    ASSERT_EQ(loaded.result, MHO_OK);
    expect_represents(loaded, a, Eigen::VectorXd::Ones(1));
  }
}

TEST(SystemLoad, OfAZeroRightHandSideHasZeros) {
  const Loaded loaded({random_matrix(5, 5, 1), Eigen::VectorXd::Zero(5)});
  ASSERT_EQ(loaded.result, MHO_OK);
  EXPECT_EQ(loaded.system.b_exponent, 0);
  EXPECT_TRUE(std::all_of(loaded.system.b, loaded.system.b + 5, [](std::int32_t v) { return v == 0; }));
}

TEST(SystemLoad, ScalesByPowersOfTwoThatMakeTheIntegersIndependentOfTheUserScale) {
  const Eigen::MatrixXd a = random_matrix(9, 9, 3);
  const Eigen::VectorXd b = random_vector(9, 4);
  const Loaded plain({a, b});
  const Loaded scaled({std::ldexp(1.0, -700) * a, std::ldexp(1.0, 300) * b});
  ASSERT_EQ(scaled.result, MHO_OK);
  EXPECT_TRUE(std::equal(plain.system.a, plain.system.a + 81, scaled.system.a));
  EXPECT_TRUE(std::equal(plain.system.b, plain.system.b + 9, scaled.system.b));
}

TEST(SystemBalanced, HasRowsAndColumnsWhoseLargestEntryIsOne) {
  for (const double decades : {0.0, 5.0, 70.0}) {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
      SCOPED_TRACE(testing::Message() << "decades " << decades << " seed " << seed);
      const Eigen::MatrixXd a = badly_scaled(10, decades, seed);
      const Loaded loaded({a, Eigen::VectorXd::Ones(10)});
      ASSERT_EQ(loaded.result, MHO_OK);
      Workspace workspace(kBytes);
      const Eigen::MatrixXd m = balanced(loaded, workspace).cwiseAbs();
      for (Eigen::Index i = 0; i < 10; ++i) {
        const double stretch = static_cast<double>(loaded.stretch());
        EXPECT_NEAR(std::log2(m.row(i).maxCoeff() / stretch), 0.0, kBalance);
        EXPECT_NEAR(std::log2(m.col(i).maxCoeff() / stretch), 0.0, kBalance);
      }
    }
  }
}

TEST(SystemBalanced, IsTheIntegerMatrixTimesItsFineFactors) {
  for (const std::uint32_t bits : {3u, 12u, 24u}) {
    const Loaded loaded({badly_scaled(11, 4.0, 7), Eigen::VectorXd::Ones(11)}, bits);
    const mho_system_t& s = loaded.system;
    Workspace workspace(kBytes);
    const Eigen::MatrixXd m = balanced(loaded, workspace);
    for (std::uint32_t i = 0; i < 11; ++i) {
      for (std::uint32_t j = 0; j < 11; ++j) {
        const double fine = std::ldexp(s.row_fine[i], -30) * std::ldexp(s.column_fine[j], -30);
        // Half a unit of the result and half a unit of 2^-29 of the factor.
        constexpr double kHalfUnit = 0x1p-26;
        static_assert(MHO_BALANCED_EXPONENT == -25);
        EXPECT_NEAR(m(i, j), std::ldexp(s.a[i * 11 + j], s.a_exponent) * fine, kHalfUnit + 0x1p-28);
      }
    }
  }
}

TEST(SystemBalanced, IsNullWithoutMemory) {
  const Loaded loaded({random_matrix(9, 9, 3), Eigen::VectorXd::Ones(9)});
  Workspace small(128);
  EXPECT_EQ(mho_system_balanced(&loaded.system, &small.arena), nullptr);
}

TEST(SystemLoad, RefusesRowsAndColumnsWithoutEntries) {
  Eigen::MatrixXd a = random_matrix(6, 6, 1);
  a.row(3).setZero();
  EXPECT_EQ(Loaded({a, Eigen::VectorXd::Ones(6)}).result, MHO_SINGULAR);
  a = random_matrix(6, 6, 1);
  a.col(5).setZero();
  EXPECT_EQ(Loaded({a, Eigen::VectorXd::Ones(6)}).result, MHO_SINGULAR);
  SparseSystem stored({a, Eigen::VectorXd::Ones(6)});
  std::fill(stored.value.begin(), stored.value.end(), 0.0);
  EXPECT_EQ(Loaded(stored).result, MHO_SINGULAR);
}

TEST(SystemLoad, RefusesNumbersThatAreNotFinite) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const SparseSystem good(random_matrix(4, 4, 1), Eigen::VectorXd::Ones(4));
  for (const double bad : {kInfinity, -kInfinity, std::nan("")}) {
    SparseSystem s = good;
    s.value[5] = bad;
    EXPECT_EQ(Loaded(s).result, MHO_BAD_ARGUMENT);
    s = good;
    s.rhs[3] = bad;
    EXPECT_EQ(Loaded(s).result, MHO_BAD_ARGUMENT);
  }
}

TEST(SystemLoad, RefusesIndicesThatCannotBe) {
  const SparseSystem good(random_matrix(4, 4, 1), Eigen::VectorXd::Ones(4));
  const auto refused = [&](auto&& change) {
    SparseSystem s = good;
    change(s);
    return Loaded(s).result == MHO_BAD_ARGUMENT;
  };
  EXPECT_TRUE(refused([](SparseSystem& s) { s.column[3] = 4; }));
  EXPECT_TRUE(refused([](SparseSystem& s) { s.column[3] = 0xffffffffu; }));
  EXPECT_TRUE(refused([](SparseSystem& s) { std::swap(s.column[1], s.column[2]); }));
  EXPECT_TRUE(refused([](SparseSystem& s) { s.column[2] = s.column[1]; }));
  EXPECT_TRUE(refused([](SparseSystem& s) { s.row_start[0] = 1; }));
  EXPECT_TRUE(refused([](SparseSystem& s) { s.row_start[2] = s.row_start[1] - 1; }));
}

TEST(SystemLoad, RefusesARowThatEndsBehindTheLastEntry) {
  // Nothing behind the four entries may be looked at: the sanitised build would show it.
  SparseSystem s;
  s.row_start = {0, 12, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4};
  s.column = {0, 1, 2, 3};
  s.value.assign(4, 1.0);
  s.rhs.assign(12, 1.0);
  EXPECT_EQ(Loaded(s).result, MHO_BAD_ARGUMENT);
}

TEST(SystemLoad, StaysInsideAnyMemoryItIsGiven) {
  const SparseSystem s(random_matrix(10, 10, 1), Eigen::VectorXd::Ones(10));
  bool has_fitted = false;
  for (std::uint32_t bytes = 0; bytes < 2048; bytes += 16) {
    Workspace workspace(bytes);
    mho_system_t system{};
    const mho_sparse_system_t view = s.view();
    const mho_result_t result = mho_system_load(&system, &view, 24, &workspace.arena);
    EXPECT_EQ(result, has_fitted ? MHO_OK : result == MHO_OK ? MHO_OK : MHO_NO_MEMORY);
    has_fitted |= result == MHO_OK;
    EXPECT_TRUE(workspace.is_intact()) << bytes;
  }
  EXPECT_TRUE(has_fitted);
}

/// Entry and right-hand side of both parts in the user's scaling.
long double whole_entry(const mho_system_t& s, std::uint32_t i, std::uint32_t j) {
  const std::size_t at = std::size_t{i} * s.n + j;
  const long double v =
      std::ldexp(static_cast<long double>(s.a[at]), static_cast<int>(s.low_bits)) + s.a_low[at];
  return std::ldexp(v, s.a_exponent - static_cast<int>(s.low_bits) - s.row_scale[i] - s.column_scale[j]);
}

TEST(SystemInTwoParts, HoldsDoublesOfSimilarSizeExactly) {
  // Entries in [1, 2) after balancing by powers of two keep 52 bits behind the point, b in 62 bits likewise.
  Eigen::MatrixXd a = random_matrix(6, 6, 11);
  a = (a.array().abs() * 0.4 + 1.5).matrix();
  const Eigen::VectorXd b = (random_vector(6, 12).array() * 0.4 + 1.5).matrix();
  const SparseSystem source(a, b);
  const Loaded loaded(source, 53);
  ASSERT_EQ(loaded.result, MHO_OK);
  const mho_system_t& s = loaded.system;
  EXPECT_EQ(s.bits, 24u);
  EXPECT_EQ(s.low_bits, 29u);
  EXPECT_EQ(loaded.stretch(), 1.0L);
  std::vector<std::int64_t> rhs(1 + s.n);
  auto* const vector = reinterpret_cast<mho_dru_vector_t*>(rhs.data());
  mho_system_store_rhs(&s, vector);
  for (std::uint32_t i = 0; i < s.n; ++i) {
    for (std::uint32_t j = 0; j < s.n; ++j) EXPECT_EQ(whole_entry(s, i, j), a(i, j));
    EXPECT_EQ(std::ldexp(static_cast<long double>(rhs[1 + i]), vector->exponent - s.row_scale[i]), b[i]);
  }
}

TEST(SystemInTwoParts, RoundsSmallEntriesToHalfAUnit) {
  for (const std::uint32_t bits : {25u, 32u, 48u, 53u}) {
    SCOPED_TRACE(bits);
    const Eigen::MatrixXd a = random_general(9, 1e6, bits);
    const SparseSystem source(a, random_vector(9, 3));
    const Loaded loaded(source, bits);
    ASSERT_EQ(loaded.result, MHO_OK);
    const mho_system_t& s = loaded.system;
    EXPECT_EQ(s.bits + s.low_bits, bits);
    for (std::uint32_t i = 0; i < s.n; ++i) {
      for (std::uint32_t j = 0; j < s.n; ++j) {
        const std::size_t at = std::size_t{i} * s.n + j;
        EXPECT_LT(std::abs(s.a[at]), 1 << 24);
        EXPECT_LT(std::abs(s.a_low[at]), 1 << s.low_bits);
        EXPECT_GE(std::int64_t{s.a[at]} * s.a_low[at], 0) << "parts of one sign";
        const int unit = s.a_exponent - static_cast<int>(s.low_bits) - s.row_scale[i] - s.column_scale[j];
        EXPECT_LE(std::abs(whole_entry(s, i, j) - a(i, j)), std::ldexp(0.5L, unit));
      }
    }
  }
}

TEST(SystemInTwoParts, RowsAreExchangedInBothParts) {
  const Eigen::MatrixXd a = random_matrix(5, 5, 21);
  const Eigen::VectorXd b = random_vector(5, 22);
  const SparseSystem source(a, b);
  Loaded loaded(source, 53);
  Loaded before(source, 53);
  mho_system_t& s = loaded.system;
  mho_system_exchange_rows(&s, 1, 3);
  for (std::uint32_t j = 0; j < s.n; ++j) {
    EXPECT_EQ(whole_entry(s, 1, j), whole_entry(before.system, 3, j));
    EXPECT_EQ(whole_entry(s, 3, j), whole_entry(before.system, 1, j));
  }
  EXPECT_EQ(s.b_low[1], before.system.b_low[3]);
  EXPECT_EQ(s.b_low[3], before.system.b_low[1]);
}

TEST(SystemInTwoParts, AnotherRightHandSideReplacesBothParts) {
  const SparseSystem source(random_matrix(4, 4, 31), random_vector(4, 32));
  Loaded loaded(source, 53);
  const std::vector<std::uint64_t> zeros(4, 0);
  ASSERT_EQ(mho_system_load_rhs(&loaded.system, zeros.data()), MHO_OK);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_EQ(loaded.system.b[i], 0);
    EXPECT_EQ(loaded.system.b_low[i], 0);
  }
}

}  // namespace
}  // namespace mho::test
