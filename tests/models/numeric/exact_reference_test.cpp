// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/exact_reference.hpp"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <boost/multiprecision/cpp_int.hpp>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "models/base/error.hpp"
#include "models/base/random.hpp"
#include "models/numeric/matrix_market.hpp"

namespace mho::numeric {
namespace {

using Rational = boost::multiprecision::cpp_rational;

// An answer good to kExactBits in the max norm of the equilibrated unknowns; the test systems are
// equilibrated to within 2^20, and n adds a few bits.
const double kExact = std::ldexp(1.0, -90);

SparseMatrix random_matrix(std::uint32_t n, std::uint64_t seed, int bits) {
  const Random random(seed);
  std::vector<std::int32_t> dense(std::size_t{n} * n);
  for (std::uint32_t i = 0; i < n; ++i) {
    for (std::uint32_t j = 0; j < n; ++j) {
      const auto word = random.words(RandomPurpose::kTest, {i, 0, static_cast<std::uint16_t>(j)}, 0)[0];
      dense[std::size_t{i} * n + j] = static_cast<std::int32_t>(word) >> (32 - bits);
    }
  }
  return compress(dense, n, n);
}

std::vector<double> random_vector(std::uint32_t n, std::uint64_t seed) {
  const Random random(seed);
  std::vector<double> b(n);
  for (std::uint32_t i = 0; i < n; ++i) b[i] = random.uniform(RandomPurpose::kTest, {i, 1, 0}, 0) - 0.5;
  return b;
}

Eigen::MatrixXd to_eigen(const SparseMatrix& a) {
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(a.rows, a.columns);
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) m(i, a.column[k]) = a.value[k];
  }
  return m;
}

/// Gauss-Jordan in rational numbers: the answer without any rounding. Nothing when A is singular.
std::optional<std::vector<Rational>> rational_solution(const SparseMatrix& a, std::span<const double> b) {
  const std::size_t n = a.rows;
  std::vector<std::vector<Rational>> m(n, std::vector<Rational>(n + 1));
  for (std::size_t i = 0; i < n; ++i) {
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) m[i][a.column[k]] = Rational(a.value[k]);
    m[i][n] = Rational(b[i]);
  }
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t pivot = k;
    while (pivot < n && m[pivot][k] == 0) ++pivot;
    if (pivot == n) return std::nullopt;
    std::swap(m[k], m[pivot]);
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k || m[i][k] == 0) continue;
      const Rational factor = m[i][k] / m[k][k];
      for (std::size_t j = k; j <= n; ++j) m[i][j] -= factor * m[k][j];
    }
  }
  std::vector<Rational> x(n);
  for (std::size_t k = 0; k < n; ++k) x[k] = m[k][n] / m[k][k];
  return x;
}

std::vector<Real> rounded(const std::vector<Rational>& x) {
  std::vector<Real> out;
  for (const Rational& e : x) {
    out.push_back(Real(numerator(e)) / Real(denominator(e)));
  }
  return out;
}

SparseMatrix shipped(const char* name) {
  return read_matrix(std::string(MHO_TEST_DATA) + "/" + name, 512).matrix;
}

TEST(ExactReference, RefusesWhatIsNotASystem) {
  const SparseMatrix wide = compress(std::vector<std::int32_t>{1, 2}, 1, 2);
  EXPECT_THROW((void)solve_exactly(wide, std::vector<double>{1}), InputError);
  EXPECT_THROW((void)solve_exactly(SparseMatrix{}, {}), InputError);
  const SparseMatrix one = compress(std::vector<std::int32_t>{1}, 1, 1);
  EXPECT_THROW((void)solve_exactly(one, std::vector<double>{1, 2}), InputError);
  EXPECT_THROW((void)estimate_condition(wide), InputError);
}

TEST(ExactReference, OneByOneIsAQuotient) {
  const SparseMatrix three = compress(std::vector<std::int32_t>{3}, 1, 1);
  const auto solution = solve_exactly(three, std::vector<double>{1});
  ASSERT_EQ(solution.status, ExactStatus::kSolved);
  EXPECT_LT(std::abs(static_cast<double>(solution.x[0] * 3 - 1)), std::ldexp(1.0, -kExactBits));
}

TEST(ExactReference, ZeroRightHandSideHasTheZeroSolution) {
  const auto solution = solve_exactly(random_matrix(4, 1, 25), std::vector<double>(4, 0.0));
  ASSERT_EQ(solution.status, ExactStatus::kSolved);
  for (const Real& x : solution.x) EXPECT_EQ(x, 0);
}

TEST(ExactReference, AgreesWithRationalArithmetic) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const std::uint32_t n = 1 + seed % 9;
    const auto a = random_matrix(n, seed, 25);
    const auto b = random_vector(n, seed);
    const auto expected = rational_solution(a, b);
    ASSERT_TRUE(expected.has_value());
    const auto solution = solve_exactly(a, b);
    ASSERT_EQ(solution.status, ExactStatus::kSolved);
    EXPECT_EQ(solution.working_bits, 53);
    EXPECT_LT(relative_difference(solution.x, rounded(*expected)), kExact);
  }
}

TEST(ExactReference, SolvesHilbertMatricesThatDoubleCannotFactor) {
  // κ of the 14 x 14 Hilbert matrix (entries rounded to doubles) is beyond 1e17.
  constexpr std::uint32_t kSize = 14;
  SparseMatrix hilbert{.rows = kSize, .columns = kSize, .row_start = {0}, .column = {}, .value = {}};
  for (std::uint32_t i = 0; i < kSize; ++i) {
    for (std::uint32_t j = 0; j < kSize; ++j) {
      hilbert.column.push_back(j);
      hilbert.value.push_back(1.0 / (i + j + 1));
    }
    hilbert.row_start.push_back(static_cast<std::uint32_t>(hilbert.value.size()));
  }
  const auto b = random_vector(kSize, 3);
  const auto solution = solve_exactly(hilbert, b);
  ASSERT_EQ(solution.status, ExactStatus::kSolved);
  EXPECT_EQ(solution.working_bits, 512);
  const auto expected = rational_solution(hilbert, b);
  ASSERT_TRUE(expected.has_value());
  EXPECT_LT(relative_difference(solution.x, rounded(*expected)), kExact);
}

TEST(ExactReference, SolvesConditionOneMillionInDoubleFactors) {
  // The last row is the sum of the others but for a single unit, which no scaling can make regular.
  constexpr std::uint32_t kSize = 40;
  const auto base = random_matrix(kSize, 11, 18);
  std::vector<std::int32_t> dense(kSize * kSize);
  for (std::uint32_t i = 0; i < kSize; ++i) {
    for (auto k = base.row_start[i]; k < base.row_start[i + 1]; ++k) {
      dense[i * kSize + base.column[k]] = static_cast<std::int32_t>(base.value[k]);
    }
  }
  for (std::uint32_t j = 0; j < kSize; ++j) {
    std::int32_t sum = 0;
    for (std::uint32_t i = 0; i + 1 < kSize; ++i) sum += dense[i * kSize + j];
    dense[(kSize - 1) * kSize + j] = sum + (j == 0 ? 1 : 0);
  }
  const auto a = compress(dense, kSize, kSize);
  EXPECT_GT(estimate_condition(a).two_norm, 1e6);
  const auto b = random_vector(kSize, 4);
  const auto solution = solve_exactly(a, b);
  ASSERT_EQ(solution.status, ExactStatus::kSolved);
  EXPECT_EQ(solution.working_bits, 53);
  const auto expected = rational_solution(a, b);
  ASSERT_TRUE(expected.has_value());
  EXPECT_LT(relative_difference(solution.x, rounded(*expected)), kExact);
}

TEST(ExactReference, HoldsOnEveryShippedMatrix) {
  for (const char* name : {"cage3.mtx", "b1_ss.mtx", "LFAT5.mtx", "cage5.mtx", "mesh1e1.mtx", "bfwa62.mtx",
                           "bcsstk02.mtx", "Trefethen_500.mtx"}) {
    SCOPED_TRACE(name);
    const auto a = shipped(name);
    const auto b = random_vector(a.rows, 7);
    const auto solution = solve_exactly(a, b);
    ASSERT_EQ(solution.status, ExactStatus::kSolved);
    EXPECT_GE(solution.achieved_bits, kExactBits);
    // κ(raw) of LFAT5 is 1.4e8: the residual is smaller than the error by at most that.
    EXPECT_LT(relative_residual(a, solution.x, b), std::ldexp(1.0, -kExactBits));
  }
}

TEST(ExactReference, SurvivesExtremeScales) {
  // Rows and columns scaled by 2^±900: equilibration must bring them back before anything is factored.
  const auto base = random_matrix(6, 5, 20);
  SparseMatrix a = base;
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) {
      a.value[k] = std::ldexp(a.value[k], (i % 2 == 0 ? 450 : -450) + (a.column[k] % 2 == 0 ? 450 : -450));
    }
  }
  const auto b = random_vector(6, 6);
  const auto solution = solve_exactly(a, b);
  ASSERT_EQ(solution.status, ExactStatus::kSolved);
  const auto expected = rational_solution(a, b);
  ASSERT_TRUE(expected.has_value());
  EXPECT_LT(relative_difference(solution.x, rounded(*expected)), kExact);
}

TEST(ExactReference, FindsSingularMatrices) {
  const std::vector<std::vector<std::int32_t>> singular{
      {0}, {1, 2, 2, 4}, {1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 0, 0, 0, 0, 0, 0, 0, 1}};
  for (const auto& dense : singular) {
    const auto n = static_cast<std::uint32_t>(std::lround(std::sqrt(static_cast<double>(dense.size()))));
    SCOPED_TRACE(testing::Message() << "n = " << n);
    EXPECT_EQ(solve_exactly(compress(dense, n, n), std::vector<double>(n, 1.0)).status,
              ExactStatus::kSingular);
  }
}

TEST(ExactReference, FindsSingularMatricesWhoseRightHandSideHasManySolutions) {
  constexpr std::uint32_t kSize = 30;
  std::vector<std::int32_t> dense(kSize * kSize);
  const auto base = random_matrix(kSize, 21, 20);
  for (std::uint32_t i = 0; i < kSize; ++i) {
    for (auto k = base.row_start[i]; k < base.row_start[i + 1]; ++k) {
      dense[i * kSize + base.column[k]] = static_cast<std::int32_t>(base.value[k]);
    }
  }
  for (std::uint32_t j = 0; j < kSize; ++j) {
    dense[(kSize - 1) * kSize + j] = dense[j] - 3 * dense[kSize + j];
  }
  const auto a = compress(dense, kSize, kSize);
  const auto b = multiply(a, std::vector<double>(kSize, 1.0));
  EXPECT_EQ(solve_exactly(a, b).status, ExactStatus::kSingular);
  // One unit away it is regular, although its condition number is of the order of 1e6 or more.
  dense[(kSize - 1) * kSize] += 1;
  EXPECT_EQ(solve_exactly(compress(dense, kSize, kSize), b).status, ExactStatus::kSolved);
}

TEST(ConditionEstimate, AgreesWithSingularValues) {
  // Power iteration stops at a relative change of 1e-6 and sees the value from below.
  constexpr double kFraction = 0.95;
  for (const char* name :
       {"cage3.mtx", "b1_ss.mtx", "cage5.mtx", "mesh1e1.mtx", "bfwa62.mtx", "bcsstk02.mtx"}) {
    SCOPED_TRACE(name);
    const auto a = shipped(name);
    const auto m = to_eigen(a);
    const auto singular = Eigen::JacobiSVD<Eigen::MatrixXd>(m).singularValues();
    const double exact2 = singular[0] / singular[singular.size() - 1];
    const auto columns = [](const Eigen::MatrixXd& x) { return x.cwiseAbs().colwise().sum().maxCoeff(); };
    const double exact1 = columns(m) * columns(m.inverse());
    const auto estimate = estimate_condition(a);
    EXPECT_LE(estimate.two_norm, exact2 * 1.0001);
    EXPECT_GE(estimate.two_norm, exact2 * kFraction);
    EXPECT_LE(estimate.one_norm, exact1 * 1.0001);
    EXPECT_GE(estimate.one_norm, exact1 / 3);
  }
}

TEST(ConditionEstimate, OfIdentityIsOneAndOfSingularInfinite) {
  const auto one = estimate_condition(compress(std::vector<std::int32_t>{1, 0, 0, 1}, 2, 2));
  EXPECT_NEAR(one.one_norm, 1, 1e-12);
  EXPECT_NEAR(one.two_norm, 1, 1e-5);
  EXPECT_TRUE(std::isinf(estimate_condition(compress(std::vector<std::int32_t>{1, 2, 2, 4}, 2, 2)).one_norm));
  EXPECT_TRUE(std::isinf(estimate_condition(compress(std::vector<std::int32_t>{1, 0, 0, 0}, 2, 2)).one_norm));
}

TEST(RelativeDifference, FollowsItsDefinition) {
  const std::vector<Real> x{3, 4};
  const std::vector<Real> y{3, 5};
  const std::vector<Real> zero{0, 0};
  EXPECT_DOUBLE_EQ(relative_difference(y, x), 1.0 / 5);
  EXPECT_EQ(relative_difference(x, x), 0);
  EXPECT_EQ(relative_difference(zero, zero), 0);
  EXPECT_TRUE(std::isinf(relative_difference(x, zero)));
  EXPECT_THROW((void)relative_difference(x, std::vector<Real>{1}), InputError);
}

TEST(RelativeResidual, SeesWhatDoubleCannot) {
  // b − A x cancels to 2^-100 of b: in double it would be 0.
  const auto a = compress(std::vector<std::int32_t>{1, 0, 0, 1}, 2, 2);
  const std::vector<double> b{1, 0};
  const std::vector<Real> x{1 + ldexp(Real(1), -100), 0};
  EXPECT_EQ(relative_residual(a, x, b), std::ldexp(1.0, -100));
  EXPECT_TRUE(std::isinf(relative_residual(a, x, std::vector<double>{0, 0})));
  EXPECT_THROW((void)relative_residual(a, x, std::vector<double>{1}), InputError);
}

}  // namespace
}  // namespace mho::numeric
