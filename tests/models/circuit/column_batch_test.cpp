// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/column_batch.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

/// Values of either sign whose sums are rounded.
MatrixXd matrix(Index rows, Index columns) {
  return MatrixXd::NullaryExpr(rows, columns, [](Index i, Index j) {
    return std::sin(1.0 + 7.0 * static_cast<double>(i) + 3.0 * static_cast<double>(j));
  });
}

MatrixXd positive_definite(Index n) {
  const MatrixXd any = matrix(n, n);
  return any * any.transpose() + MatrixXd::Identity(n, n);
}

TEST(ColumnBatch, ProductsAreSummedInTheOrderOfTheColumns) {
  for (const Index rows : {4, 8, 12, 16, 64}) {
    for (const Index depth : {0, 1, 5, 8, 64}) {
      for (const Index columns : {0, 1, 3, 4, 9}) {
        const MatrixXd a = matrix(rows, depth), x = matrix(depth, columns);
        MatrixXd expected = MatrixXd::Zero(rows, columns);
        for (Index k = 0; k < depth; ++k) expected += a.col(k) * x.row(k);
        EXPECT_EQ(multiply(a, x), expected) << rows << " x " << depth << " x " << columns;
      }
    }
  }
}

TEST(ColumnBatch, ProductsAreThoseOfEigenOfAnySize) {
  for (const Index rows : {1, 2, 4, 8, 15, 16, 62, 64}) {
    for (const Index columns : {1, 2, 7, 120, 121}) {
      const MatrixXd a = matrix(rows, 64), x = matrix(70, columns);
      MatrixXd expected;
      expected.noalias() = a * x.topRows(64);
      EXPECT_EQ(multiply(a, x.topRows(64)), expected) << rows << " rows, " << columns << " columns";
    }
  }
}

TEST(ColumnBatch, SolutionsAreThoseOfEigenOfAnySize) {
  for (const Index n : {1, 3, 4, 8, 15, 16, 32, 48, 60, 64, 68}) {
    const MatrixXd a = positive_definite(n);
    const BatchCholesky factor(a);
    for (const Index columns : {1, 3, 4, 5, 8, 9, 13, 120}) {
      MatrixXd x = matrix(n, columns), expected = x;
      factor.solve_in_place(x);
      a.llt().solveInPlace(expected);
      EXPECT_EQ(x, expected) << n << " rows, " << columns << " columns";
    }
  }
}

TEST(ColumnBatch, SolutionsSolve) {
  constexpr double kTolerance = 1e-11;  // condition numbers of some thousands
  const MatrixXd a = positive_definite(64), b = matrix(64, 21);
  MatrixXd x = b;
  BatchCholesky(a).solve_in_place(x);
  EXPECT_LT((a * x - b).cwiseAbs().maxCoeff(), kTolerance);
}

}  // namespace
}  // namespace mho::circuit
