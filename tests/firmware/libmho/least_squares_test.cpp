// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/least_squares.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <vector>

#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kBytes = 1u << 20;

Eigen::MatrixXd with_holes(Eigen::Index rows, Eigen::Index columns) {
  Eigen::MatrixXd a = random_matrix(rows, columns, 5);
  for (Eigen::Index k = 0; k < a.size(); k += 3) a.reshaped()[k] = 0.0;
  return a;
}

/// [A αI; 0 Aᵀ] of a tall A.
Eigen::MatrixXd square_of(const Eigen::MatrixXd& tall, double alpha) {
  const Eigen::Index m = tall.rows(), n = tall.cols();
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(m + n, m + n);
  out.topLeftCorner(m, n) = tall;
  out.topRightCorner(m, m).diagonal().setConstant(alpha);
  out.bottomRightCorner(n, m) = tall.transpose();
  return out;
}

Eigen::MatrixXd dense_of(const mho_sparse_system_t& s) {
  Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(s.rows, s.columns);
  for (std::uint32_t i = 0; i < s.rows; ++i) {
    for (std::uint32_t k = s.row_start[i]; k < s.row_start[i + 1]; ++k) {
      EXPECT_TRUE(k == s.row_start[i] || s.column[k] > s.column[k - 1]);
      dense(i, s.column[k]) = std::bit_cast<double>(s.value[k]);
    }
  }
  return dense;
}

TEST(LeastSquaresSystem, PutsTheLongSideFirst) {
  for (const auto& [rows, columns] : {std::pair{9, 4}, {4, 9}, {2, 1}, {1, 2}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    const Eigen::MatrixXd a = with_holes(rows, columns);
    const Eigen::VectorXd b = random_vector(rows, 6);
    const SparseSystem given(a, b);
    Workspace workspace(kBytes);
    const mho_sparse_system_t source = given.view();
    mho_sparse_system_t square;
    ASSERT_EQ(mho_augment(&square, &source, &workspace.arena), MHO_OK);
    ASSERT_EQ(square.rows, static_cast<std::uint32_t>(rows + columns));
    ASSERT_EQ(square.columns, square.rows);
    const bool is_tall = rows > columns;
    const Eigen::MatrixXd tall = is_tall ? a : Eigen::MatrixXd(a.transpose());
    const Eigen::MatrixXd dense = dense_of(square);
    const double alpha = dense(0, tall.cols());
    EXPECT_EQ(dense, square_of(tall, alpha));
    int exponent = 0;
    EXPECT_EQ(std::frexp(alpha, &exponent), 0.5) << "a power of two";
    const double largest = a.cwiseAbs().maxCoeff();
    EXPECT_GT(alpha, largest / 4);
    EXPECT_LE(alpha, largest / 2);
    Eigen::VectorXd rhs(rows + columns);
    for (Eigen::Index i = 0; i < rhs.size(); ++i) rhs[i] = std::bit_cast<double>(square.rhs[i]);
    const Eigen::VectorXd zeros = Eigen::VectorXd::Zero(columns);
    EXPECT_EQ(rhs.segment(is_tall ? 0 : columns, rows), b);
    EXPECT_EQ(rhs.segment(is_tall ? rows : 0, columns), zeros);
    const mho_augmented_t place = mho_augmented(source.rows, source.columns);
    EXPECT_EQ(place.first_of_x, is_tall ? 0u : source.rows);
    EXPECT_TRUE(workspace.is_intact());
  }
}

TEST(LeastSquaresSystem, XSolvesTheNormalEquationsWhateverAlpha) {
  // Oracle: QR of A. The driver's α is one of many.
  const Eigen::MatrixXd a = random_matrix(11, 5, 9);
  const Eigen::VectorXd b = random_vector(11, 10);
  const Eigen::VectorXd expected = a.householderQr().solve(b);
  for (const double alpha : {0x1p-6, 1.0, 64.0}) {
    Eigen::VectorXd rhs = Eigen::VectorXd::Zero(16);
    rhs.head(11) = b;
    const Eigen::VectorXd all = square_of(a, alpha).partialPivLu().solve(rhs);
    EXPECT_LE((all.head(5) - expected).norm(), 1e-11 * expected.norm());
    EXPECT_LE((alpha * all.tail(11) - (b - a * expected)).norm(), 1e-11);
  }
}

TEST(LeastSquaresSystem, AlphaIsANumberForEveryRangeOfEntries) {
  for (const double scale : {0x1p-1074, 0x1p-1022, 0x1p-1021, 1.0, 0x1p1023}) {
    SCOPED_TRACE(scale);
    const SparseSystem given(Eigen::MatrixXd::Constant(2, 1, scale), Eigen::VectorXd::Ones(2));
    Workspace workspace(kBytes);
    const mho_sparse_system_t source = given.view();
    mho_sparse_system_t square;
    ASSERT_EQ(mho_augment(&square, &source, &workspace.arena), MHO_OK);
    const double alpha = std::bit_cast<double>(square.value[1]);
    EXPECT_TRUE(std::isnormal(alpha));
    EXPECT_LE(std::abs(std::log2(alpha) - std::log2(scale)), scale < 0x1p-1022 ? 53 : 2);
  }
}

TEST(LeastSquaresSystem, ManyRowsMakeTheBalancedMatrixSmallerBesideAlpha) {
  struct Case {
    Eigen::Index rows, columns;
    int shift;
  };
  for (const auto& [rows, columns, shift] :
       {Case{64, 2, 0}, {65, 2, 1}, {128, 2, 1}, {2, 129, 2}, {300, 3, 3}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    const SparseSystem given(random_matrix(rows, columns, 5), random_vector(rows, 6));
    Workspace workspace(8u << 20);
    const mho_sparse_system_t source = given.view();
    mho_sparse_system_t square;
    mho_system_t system{};
    ASSERT_EQ(mho_augment(&square, &source, &workspace.arena), MHO_OK);
    ASSERT_EQ(mho_system_load(&system, &square, 24, &workspace.arena), MHO_OK);
    const auto balanced = [&] {
      const std::int32_t* const words = mho_system_balanced(&system, &workspace.arena);
      return Eigen::MatrixXd(Eigen::Map<const Eigen::MatrixXi>(words, system.n, system.n).cast<double>());
    };
    const Eigen::MatrixXd before = balanced();
    const std::vector<std::int32_t> integers(system.a, system.a + system.n * system.n);
    mho_augmented_make_room(&system, source.rows, source.columns);
    EXPECT_EQ(std::vector<std::int32_t>(system.a, system.a + system.n * system.n), integers);
    // Transposed by the map: columns are rows of the matrix.
    const Eigen::MatrixXd after = balanced();
    const Eigen::Index longer = std::max(rows, columns), shorter = std::min(rows, columns);
    Eigen::MatrixXd expected = before;
    expected.topRows(shorter) *= std::exp2(-shift);
    expected.rightCols(shorter) *= std::exp2(-shift);
    EXPECT_EQ(expected.bottomLeftCorner(longer, longer), after.bottomLeftCorner(longer, longer));
    // Rounding of the product, and of the factors, which have 30 − shift fraction bits.
    EXPECT_LE((expected - after).cwiseAbs().maxCoeff(), 1.0);
  }
}

TEST(LeastSquaresSystem, IndicesOutOfRangeAreRefused) {
  const SparseSystem good(random_matrix(4, 2, 7), random_vector(4, 8));
  const auto result_of = [](const SparseSystem& given) {
    Workspace workspace(kBytes);
    const mho_sparse_system_t source = given.view();
    mho_sparse_system_t square;
    return mho_augment(&square, &source, &workspace.arena);
  };
  EXPECT_EQ(result_of(good), MHO_OK);
  SparseSystem bad = good;
  bad.column[1] = 2;
  EXPECT_EQ(result_of(bad), MHO_BAD_ARGUMENT);
  bad = good;
  bad.row_start[1] = bad.row_start[4] + 1;
  EXPECT_EQ(result_of(bad), MHO_BAD_ARGUMENT);
  bad = good;
  bad.row_start[0] = 1;
  EXPECT_EQ(result_of(bad), MHO_BAD_ARGUMENT);
}

TEST(LeastSquaresSystem, SaysWhenThereIsNoRoom) {
  const SparseSystem given(random_matrix(9, 4, 7), random_vector(9, 8));
  const mho_sparse_system_t source = given.view();
  for (std::uint32_t bytes = 64; bytes <= 2048; bytes += 64) {
    Workspace workspace(bytes);
    mho_sparse_system_t square;
    const mho_result_t result = mho_augment(&square, &source, &workspace.arena);
    EXPECT_TRUE(result == MHO_OK || result == MHO_NO_MEMORY);
    EXPECT_TRUE(bytes >= 1536 || result == MHO_NO_MEMORY);
    EXPECT_TRUE(workspace.is_intact());
  }
}

}  // namespace
}  // namespace mho::test
