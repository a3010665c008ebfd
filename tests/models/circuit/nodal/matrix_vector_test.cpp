// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/matrix_vector.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

/// Values of either sign whose sums are rounded.
MatrixXd matrix(Index rows, Index columns) {
  return MatrixXd::NullaryExpr(rows, columns, [](Index i, Index j) {
    return std::sin(1.0 + 7.0 * static_cast<double>(i) + 3.0 * static_cast<double>(j));
  });
}

VectorXd product_added(const MatrixXd& a, const VectorXd& x, VectorXd y) {
  add_product(a, x.data(), y.data());
  return y;
}

TEST(MatrixVector, EachRowIsSummedFromZeroInTheOrderOfTheColumns) {
  for (const Index columns : {0, 1, 2, 7, 8, 64, 127}) {
    for (Index rows = 2; rows < 40; ++rows) {
      const MatrixXd a = matrix(rows, columns);
      const VectorXd x = matrix(columns, 1), y = matrix(rows, 1);
      VectorXd expected = y;
      for (Index i = 0; i < rows; ++i) {
        double sum = 0.0;
        for (Index j = 0; j < columns; ++j) sum += a(i, j) * x[j];
        expected[i] += sum;
      }
      EXPECT_EQ(product_added(a, x, y), expected) << rows << " x " << columns;
    }
  }
}

TEST(MatrixVector, IsThatOfEigenOfAnySize) {
  for (const Index rows : {1, 2, 3, 8, 21}) {
    for (const Index columns : {1, 2, 9, 127, 128, 200}) {
      const MatrixXd a = matrix(rows, columns);
      const VectorXd x = matrix(columns, 1), y = matrix(rows, 1);
      VectorXd expected = y;
      expected.noalias() += a * x;
      EXPECT_EQ(product_added(a, x, y), expected) << rows << " x " << columns;
    }
  }
}

}  // namespace
}  // namespace mho::circuit
