// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/ginv.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <bit>
#include <cmath>
#include <utility>
#include <vector>

#include "firmware/libmho/least_squares.h"
#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kTop = 60;
using Shape = std::pair<Eigen::Index, Eigen::Index>;

/// The square system of a dense rectangular matrix, as the driver loads it.
class Square {
 public:
  explicit Square(const Eigen::MatrixXd& a) : a_(a), workspace_(1 << 22) {
    row_start_.push_back(0);
    for (Eigen::Index i = 0; i < a.rows(); ++i) {
      for (Eigen::Index j = 0; j < a.cols(); ++j) {
        if (a(i, j) == 0.0) continue;
        column_.push_back(static_cast<std::uint32_t>(j));
        value_.push_back(std::bit_cast<std::uint64_t>(a(i, j)));
      }
      row_start_.push_back(static_cast<std::uint32_t>(column_.size()));
    }
    const std::vector<std::uint64_t> rhs(static_cast<std::size_t>(a.rows()),
                                         std::bit_cast<std::uint64_t>(1.0));
    const mho_sparse_system_t source{.rows = rows(),
                                     .columns = columns(),
                                     .row_start = row_start_.data(),
                                     .column = column_.data(),
                                     .value = value_.data(),
                                     .rhs = rhs.data()};
    mho_sparse_system_t square;
    EXPECT_EQ(mho_augment(&square, &source, &workspace_.arena), MHO_OK);
    EXPECT_EQ(mho_system_load(&system, &square, 24, &workspace_.arena), MHO_OK);
  }

  mho_result_t levels(mho_ginv_levels_t* out, std::uint32_t top = kTop) {
    return mho_ginv_levels(out, &system, rows(), columns(), top, &workspace_.arena);
  }
  std::uint32_t rows() const { return static_cast<std::uint32_t>(a_.rows()); }
  std::uint32_t columns() const { return static_cast<std::uint32_t>(a_.cols()); }

  mho_system_t system{};

 private:
  Eigen::MatrixXd a_;
  std::vector<std::uint32_t> row_start_, column_;
  std::vector<std::uint64_t> value_;
  Workspace workspace_;
};

Eigen::VectorXd numbers(const mho_factor_vector_t& v, Eigen::Index n) {
  Eigen::VectorXd out(n);
  for (Eigen::Index i = 0; i < n; ++i) out[i] = std::ldexp(v.word[i], v.exponent);
  return out;
}

/// diag(in)·Â·diag(out), its rows where the macro takes them.
Eigen::MatrixXd seen_by_the_macro(const mho_ginv_levels_t& g, const mho_system_t& s) {
  const auto n = static_cast<Eigen::Index>(s.n);
  Eigen::MatrixXd a(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) a(i, j) = std::ldexp(s.a[i * n + j], s.a_exponent);
  }
  const Eigen::MatrixXd scaled = numbers(g.in, n).asDiagonal() * a * numbers(g.out, n).asDiagonal();
  Eigen::MatrixXd ordered(n, n);
  for (Eigen::Index i = 0; i < n; ++i) ordered.row(i) = scaled.row(g.order[i]);
  return ordered;
}

/// Entries of very different size by rows and columns.
Eigen::MatrixXd graded(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Draws draws(seed);
  Eigen::MatrixXd a(rows, columns);
  for (double& v : a.reshaped()) v = static_cast<double>(draws.integer(-1000, 1000)) / 7.0;
  for (Eigen::Index i = 0; i < rows; ++i) a.row(i) *= std::ldexp(1.0, static_cast<int>(i % 3));
  for (Eigen::Index j = 0; j < columns; ++j) a.col(j) *= std::ldexp(1.0, static_cast<int>(j % 4) * 2 - 3);
  return a;
}

void expect_levels(Square& square, std::uint32_t top) {
  mho_ginv_levels_t g;
  ASSERT_EQ(square.levels(&g, top), MHO_OK);
  const Eigen::Index m = g.rows, n = g.columns;
  ASSERT_EQ(m, std::max(square.rows(), square.columns()));
  ASSERT_EQ(n, std::min(square.rows(), square.columns()));
  Eigen::MatrixXd wanted = Eigen::MatrixXd::Zero(m + n, m + n);
  for (Eigen::Index i = 0; i < m; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) wanted(i, j) = wanted(m + j, n + i) = g.levels[i * n + j];
    wanted(i, n + i) = g.feedback;
  }
  // Levels are rounded to the nearest; 24 bits of the integers round what they stand for.
  const Eigen::MatrixXd error = (seen_by_the_macro(g, square.system) - wanted).cwiseAbs();
  EXPECT_LE(error.maxCoeff(), 0.5001);
  for (Eigen::Index i = 0; i < m; ++i) EXPECT_LE(error(i, n + i), 1e-3 * g.feedback);
  // Every column takes all levels.
  for (Eigen::Index j = 0; j < n; ++j)
    EXPECT_EQ(wanted.col(j).cwiseAbs().maxCoeff(), static_cast<double>(top)) << j;
}

TEST(GinvLevels, StandForTheSquareSystemWhateverItsScales) {
  for (const auto& [rows, columns] : {Shape{9, 4}, {4, 9}, {2, 1}, {31, 30}}) {
    for (const std::uint32_t top : {7U, 60U}) {
      SCOPED_TRACE(testing::Message() << rows << " x " << columns << ", top " << top);
      Square square(graded(rows, columns, 3));
      expect_levels(square, top);
    }
  }
}

TEST(GinvLevels, FollowRowsThatHaveChangedPlaces) {
  Square square(graded(9, 4, 5));
  for (std::uint32_t i = 0; i + 5 < square.system.n; i += 2)
    mho_system_exchange_rows(&square.system, i, i + 5);
  expect_levels(square, kTop);
}

TEST(GinvLevels, FactorsTooFarApartAreRefused) {
  // Equilibration leaves none, so the scale of a row is moved by hand.
  Square square(graded(6, 3, 7));
  square.system.row_scale[1] -= 30;
  mho_ginv_levels_t g;
  EXPECT_EQ(square.levels(&g), MHO_OVERFLOW);
}

TEST(GinvLevels, ColumnsThatHaveChangedPlacesAreRefused) {
  Square square(graded(6, 3, 7));
  mho_system_exchange_columns(&square.system, 0, 1);
  mho_ginv_levels_t g;
  EXPECT_EQ(square.levels(&g), MHO_OVERFLOW);
}

TEST(GinvLevels, NeedMemory) {
  Square square(graded(6, 3, 7));
  for (std::uint32_t bytes = 0; bytes < 4096; bytes += 64) {
    Workspace workspace(bytes);
    mho_ginv_levels_t g;
    const mho_result_t result = mho_ginv_levels(&g, &square.system, 6, 3, kTop, &workspace.arena);
    EXPECT_TRUE(result == MHO_OK || result == MHO_NO_MEMORY);
    EXPECT_TRUE(workspace.is_intact());
  }
}

TEST(Ginv, AMacroHoldsWhatFitsWholeOrTransposed) {
  EXPECT_TRUE(mho_ginv_holds(32, 31, 32));
  EXPECT_TRUE(mho_ginv_holds(3, 32, 32));
  EXPECT_FALSE(mho_ginv_holds(33, 2, 32));
  EXPECT_FALSE(mho_ginv_holds(2, 33, 32));
  EXPECT_FALSE(mho_ginv_holds(8, 8, 32));
}

}  // namespace
}  // namespace mho::test
