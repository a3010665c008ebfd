// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/small_lu.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd matrix(Index rows, Index columns, double phase) {
  return MatrixXd::NullaryExpr(rows, columns, [phase](Index i, Index j) {
    return std::sin(phase + 7.0 * static_cast<double>(i) + 3.0 * static_cast<double>(j * j));
  });
}

VectorXd solution(const MatrixXd& a, const VectorXd& b) {
  SmallLu lu;
  lu.compute(a);
  VectorXd x;
  lu.solve(b, x);
  return x;
}

TEST(SmallLu, SolvesASystemThatNeedsPivots) {
  MatrixXd a(3, 3);
  a << 0, 2, 0, 0, 0, 4, 8, 0, 0;
  EXPECT_EQ(solution(a, Eigen::Vector3d(2, 8, 24)), VectorXd(Eigen::Vector3d(3, 1, 2)));
}

TEST(SmallLu, SolutionsAreThoseOfEigenOfAnySize) {
  for (Index n = 1; n <= 20; ++n) {
    for (const double phase : {0.1, 0.2, 0.3, 0.4, 0.5}) {
      const MatrixXd a = matrix(n, n, phase) + 0.5 * MatrixXd::Identity(n, n);
      VectorXd b = matrix(n, 1, phase + 1.0);
      EXPECT_EQ(solution(a, b), VectorXd(a.partialPivLu().solve(b))) << n;
      b.head(n / 2).setZero();
      EXPECT_EQ(solution(a, b), VectorXd(a.partialPivLu().solve(b))) << n;
    }
  }
}

TEST(SmallLu, SolutionsOfSingularSystemsAreNotFinite) {
  for (const Index n : {2, 8, 9}) EXPECT_FALSE(solution(MatrixXd::Zero(n, n), VectorXd::Ones(n)).allFinite());
}

TEST(SmallLu, TakesOneSystemAfterTheOther) {
  SmallLu lu;
  VectorXd x;
  for (const Index n : {3, 12, 2, 8}) {
    const MatrixXd a = matrix(n, n, 0.7) + MatrixXd::Identity(n, n);
    const VectorXd b = matrix(n, 1, 0.9);
    lu.compute(a);
    lu.solve(b, x);
    EXPECT_EQ(x, VectorXd(a.partialPivLu().solve(b))) << n;
  }
}

}  // namespace
}  // namespace mho::circuit
