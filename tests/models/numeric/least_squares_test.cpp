// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/numeric/least_squares.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <random>

#include "models/base/error.hpp"
#include "models/numeric/exact_reference.hpp"

namespace mho::numeric {
namespace {

using testing::ElementsAre;
using LongMatrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
using LongVector = Eigen::Matrix<long double, Eigen::Dynamic, 1>;

/// [3 0; 0 0; -1 2]
SparseMatrix small() {
  return {.rows = 3, .columns = 2, .row_start = {0, 1, 1, 3}, .column = {0, 0, 1}, .value = {3, -1, 2}};
}

LongMatrix random_matrix(Eigen::Index rows, Eigen::Index columns) {
  std::mt19937_64 draw(static_cast<std::uint64_t>(100 * rows + columns));
  LongMatrix a(rows, columns);
  for (long double& v : a.reshaped()) v = static_cast<double>(draw() >> 11) * 0x1p-52 - 1.0;
  return a;
}

SparseMatrix sparse(const LongMatrix& a) {
  SparseMatrix out{.rows = static_cast<std::uint32_t>(a.rows()),
                   .columns = static_cast<std::uint32_t>(a.cols()),
                   .row_start = {0},
                   .column = {},
                   .value = {}};
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < a.cols(); ++j) {
      out.column.push_back(static_cast<std::uint32_t>(j));
      out.value.push_back(static_cast<double>(a(i, j)));
    }
    out.row_start.push_back(static_cast<std::uint32_t>(out.value.size()));
  }
  return out;
}

TEST(LeastSquares, ATallMatrixStandsBeforeItsTranspose) {
  const SparseMatrix m = augment(small());
  EXPECT_EQ(m.rows, 5U);
  EXPECT_EQ(m.columns, 5U);
  EXPECT_THAT(m.row_start, ElementsAre(0, 2, 3, 6, 8, 9));
  EXPECT_THAT(m.column, ElementsAre(0, 2, 3, 0, 1, 4, 2, 4, 4));
  EXPECT_THAT(m.value, ElementsAre(3, 2, 2, -1, 2, 2, 3, -1, 2));
  EXPECT_THAT(augment_vector(small(), std::vector<double>{1, 2, 3}), ElementsAre(1, 2, 3, 0, 0));
  EXPECT_EQ(augmented_place(3, 2).first_of_x, 0U);
}

TEST(LeastSquares, AWideMatrixStandsBehindItsTranspose) {
  const SparseMatrix wide{.rows = 1, .columns = 2, .row_start = {0, 2}, .column = {0, 1}, .value = {3, -4}};
  const SparseMatrix m = augment(wide);
  EXPECT_THAT(m.row_start, ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(m.column, ElementsAre(0, 1, 0, 2, 1, 2));
  EXPECT_THAT(m.value, ElementsAre(3, 4, -4, 4, 3, -4));
  EXPECT_THAT(augment_vector(wide, std::vector<double>{7}), ElementsAre(0, 0, 7));
  EXPECT_EQ(augmented_place(1, 2).first_of_x, 1U);
}

TEST(LeastSquares, ASquareMatrixStandsForItself) {
  const SparseMatrix a = sparse(random_matrix(3, 3));
  EXPECT_EQ(augment(a).value, a.value);
  EXPECT_THAT(augment_vector(a, std::vector<double>{1, 2, 3}), ElementsAre(1, 2, 3));
  EXPECT_EQ(augmented_place(3, 3).size, 3U);
}

TEST(LeastSquares, RightHandSidesAreAsLongAsTheMatrix) {
  EXPECT_THROW((void)augment_vector(small(), std::vector<double>{1, 2}), InputError);
}

// The oracle: complete orthogonal decomposition in long double, which gives the shortest x as well.
TEST(LeastSquares, ThePartThatIsXIsTheSolutionByOrthogonalDecomposition) {
  for (const auto& [rows, columns] : {std::pair{9, 4}, {30, 29}, {4, 9}, {1, 6}, {6, 1}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    const LongMatrix a = random_matrix(rows, columns);
    const LongVector b = random_matrix(rows, 1);
    const LongVector expected = a.completeOrthogonalDecomposition().solve(b);
    const SparseMatrix given = sparse(a);
    const std::vector<double> rhs(b.begin(), b.end());
    const ExactSolution exact = solve_exactly(augment(given), augment_vector(given, rhs));
    ASSERT_EQ(exact.status, ExactStatus::kSolved);
    const std::uint32_t first = augmented_place(given.rows, given.columns).first_of_x;
    LongVector x(columns);
    for (Eigen::Index j = 0; j < x.size(); ++j)
      x[j] = static_cast<long double>(exact.x[first + static_cast<std::size_t>(j)]);
    // 64 bits less what a condition number of up to 2^14 takes.
    EXPECT_LE(static_cast<double>((x - expected).norm() / expected.norm()), 0x1p-46);
  }
}

TEST(LeastSquares, WithoutFullRankTheSquareMatrixIsSingular) {
  LongMatrix a = random_matrix(8, 3);
  a.col(2) = 2 * a.col(0);
  for (const LongMatrix& m : {a, LongMatrix(a.transpose())}) {
    const SparseMatrix given = sparse(m);
    const std::vector<double> b(given.rows, 1.0);
    EXPECT_EQ(solve_exactly(augment(given), augment_vector(given, b)).status, ExactStatus::kSingular);
  }
}

}  // namespace
}  // namespace mho::numeric
