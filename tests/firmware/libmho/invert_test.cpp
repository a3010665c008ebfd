// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <vector>

#include "firmware/libmho/plan.h"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

// Gauss–Jordan with row exchanges in 31 bits: the error grows with the condition number and, mildly, with n.
constexpr double kUnit = 0x1p-30;
constexpr double kGrowth = 16.0;

struct Inverted {
  mho_result_t result;
  Eigen::MatrixXd inverse;
};

Inverted invert(const Eigen::MatrixXd& m) {
  const Eigen::Index n = m.rows();
  std::vector<mho_real_t> work(static_cast<std::size_t>(2 * n * n));
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      int exponent = 0;
      const double mantissa = std::frexp(m(i, j), &exponent);
      work[static_cast<std::size_t>(i * 2 * n + j)] =
          mho_real_from(static_cast<std::int64_t>(std::ldexp(mantissa, 53)), exponent - 53);
    }
  }
  const mho_result_t result = mho_invert(work.data(), static_cast<std::uint32_t>(n));
  Eigen::MatrixXd inverse(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      const mho_real_t v = work[static_cast<std::size_t>(i * 2 * n + n + j)];
      inverse(i, j) = std::ldexp(v.mantissa, v.exponent);
    }
  }
  return {result, inverse};
}

void expect_inverse(const Eigen::MatrixXd& m) {
  const auto [result, inverse] = invert(m);
  ASSERT_EQ(result, MHO_OK);
  const Eigen::MatrixXd expected = m.inverse();
  const auto singular = m.jacobiSvd().singularValues();
  const double kappa = singular[0] / singular[singular.size() - 1];
  EXPECT_LE((inverse - expected).norm(),
            kGrowth * static_cast<double>(m.rows()) * kappa * kUnit * expected.norm());
}

TEST(Invert, OfOneNumberIsItsReciprocal) {
  expect_inverse(Eigen::MatrixXd::Constant(1, 1, -3.0));
  expect_inverse(Eigen::MatrixXd::Constant(1, 1, 0x1p-15));
}

TEST(Invert, AgreesWithEigenForEverySizeOfLeaf) {
  for (const Eigen::Index n : {2, 3, 5, 8, 16, 64}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      expect_inverse(random_general(n, 10.0, seed));
      expect_inverse(random_matrix(n, n, seed));
      expect_inverse(random_spd(n, 1e4, seed));
    }
  }
}

TEST(Invert, TakesLevelsAsWellAsFractions) {
  for (const int exponent : {-3, 7}) expect_inverse(std::ldexp(1.0, exponent) * random_general(6, 5.0, 3));
}

TEST(Invert, ExchangesRowsWhereAPivotIsZero) {
  Eigen::MatrixXd m(3, 3);
  m << 0, 2, 0, 0, 0, -4, 8, 0, 0;
  const auto [result, inverse] = invert(m);
  ASSERT_EQ(result, MHO_OK);
  EXPECT_EQ(inverse, m.inverse());
}

TEST(Invert, CallsSingularMatricesSingular) {
  EXPECT_EQ(invert(Eigen::MatrixXd::Zero(1, 1)).result, MHO_SINGULAR);
  EXPECT_EQ(invert(Eigen::MatrixXd::Zero(4, 4)).result, MHO_SINGULAR);
  EXPECT_EQ(invert(Eigen::MatrixXd::Ones(2, 2)).result, MHO_SINGULAR);
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Eigen::MatrixXd m = random_matrix(8, 7, seed) * random_matrix(7, 8, seed + 100);
    EXPECT_EQ(invert(m).result, MHO_SINGULAR) << "seed " << seed;
  }
}

TEST(Invert, DrawsTheLineAtNegligiblePivots) {
  const auto diagonal = [](double small) {
    Eigen::MatrixXd m = Eigen::MatrixXd::Identity(3, 3);
    m(1, 1) = small;
    return m;
  };
  EXPECT_EQ(invert(diagonal(0x1p-19)).result, MHO_OK);
  EXPECT_EQ(invert(diagonal(0x1p-20)).result, MHO_SINGULAR);
  EXPECT_EQ(invert(diagonal(0x1p-21)).result, MHO_SINGULAR);
}

}  // namespace
}  // namespace mho::test
