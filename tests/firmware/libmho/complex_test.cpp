// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/complex.h"

#include <gtest/gtest.h>

#include <bit>
#include <complex>
#include <vector>

#include "tests/firmware/libmho/plan_bench.hpp"
#include "tests/firmware/libmho/random_systems.hpp"
#include "tests/firmware/libmho/workspace.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kBytes = 1u << 20;

/// A complex system as pairs of doubles.
struct Pairs {
  explicit Pairs(const Eigen::MatrixXcd& a) : n(static_cast<std::uint32_t>(a.rows())) {
    for (Eigen::Index i = 0; i < a.rows(); ++i) {
      for (Eigen::Index j = 0; j < a.cols(); ++j) {
        if (a(i, j) == 0.0) continue;
        column.push_back(static_cast<std::uint32_t>(j));
        put(value, a(i, j));
      }
      row_start.push_back(static_cast<std::uint32_t>(column.size()));
      put(rhs, {1.0 + static_cast<double>(i), -1.0 - static_cast<double>(i)});
    }
  }
  static void put(std::vector<std::uint64_t>& to, std::complex<double> v) {
    to.push_back(std::bit_cast<std::uint64_t>(v.real()));
    to.push_back(std::bit_cast<std::uint64_t>(v.imag()));
  }
  mho_sparse_system_t view() const {
    return {n, n, row_start.data(), column.data(), value.data(), rhs.data()};
  }

  std::uint32_t n;
  std::vector<std::uint32_t> row_start{0}, column;
  std::vector<std::uint64_t> value, rhs;
};

Eigen::MatrixXd embedded(const Eigen::MatrixXcd& a) {
  Eigen::MatrixXd out(2 * a.rows(), 2 * a.cols());
  out << a.real(), -a.imag(), a.imag(), a.real();
  return out;
}

Eigen::MatrixXcd random_complex(Eigen::Index n, std::uint64_t seed) {
  const Eigen::MatrixXd real = random_dominant(n, 0.5, seed), imaginary = random_dominant(n, 0.5, seed + 1);
  return real.cast<std::complex<double>>() + std::complex<double>(0, 0.5) * imaginary;
}

TEST(Complex, IsEmbeddedWithTheRealPartsFirst) {
  for (const Eigen::Index n : {1, 2, 9}) {
    SCOPED_TRACE(n);
    const Eigen::MatrixXcd a = random_complex(n, 3);
    const Pairs pairs(a);
    Workspace workspace(kBytes);
    const mho_sparse_system_t source = pairs.view();
    mho_sparse_system_t real;
    ASSERT_EQ(mho_complex_embed(&real, &source, &workspace.arena), MHO_OK);
    ASSERT_EQ(real.rows, 2 * n);
    Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(2 * n, 2 * n);
    for (std::uint32_t i = 0; i < real.rows; ++i) {
      for (std::uint32_t k = real.row_start[i]; k < real.row_start[i + 1]; ++k) {
        EXPECT_TRUE(k == real.row_start[i] || real.column[k] > real.column[k - 1]);
        dense(i, real.column[k]) = std::bit_cast<double>(real.value[k]);
        EXPECT_NE(dense(i, real.column[k]), 0.0) << "zeros are left out";
      }
      const auto row = static_cast<double>(i % static_cast<std::uint32_t>(n));
      EXPECT_EQ(std::bit_cast<double>(real.rhs[i]), i < n ? 1.0 + row : -1.0 - row);
    }
    EXPECT_EQ(dense, embedded(a));
    EXPECT_TRUE(workspace.is_intact());
  }
}

TEST(Complex, TheFirstDivisionSeparatesTheParts) {
  // Two-stage splitting: A1 = Re A, A2 = −Im A, A3 = Im A, and the scaling keeps it so.
  constexpr Eigen::Index kRows = 13;
  PlanBench bench(embedded(random_complex(kRows, 5)), {.leaf_size = 8, .splits_leaves = true});
  ASSERT_EQ(bench.make(), MHO_OK);
  const mho_node_t& root = bench.plan.nodes[0];
  EXPECT_EQ(root.lo, 0U);
  EXPECT_EQ(root.mid, static_cast<std::uint32_t>(kRows));
  EXPECT_EQ(root.hi, static_cast<std::uint32_t>(2 * kRows));
  const Eigen::MatrixXd& m = bench.balanced();
  EXPECT_EQ(m.topLeftCorner(kRows, kRows), m.bottomRightCorner(kRows, kRows));
  EXPECT_EQ(m.topRightCorner(kRows, kRows), -m.bottomLeftCorner(kRows, kRows));
}

TEST(Complex, IndicesOutOfRangeAreRefused) {
  const Pairs good(random_complex(3, 7));
  const auto result_of = [](const Pairs& pairs) {
    Workspace workspace(kBytes);
    const mho_sparse_system_t source = pairs.view();
    mho_sparse_system_t real;
    return mho_complex_embed(&real, &source, &workspace.arena);
  };
  EXPECT_EQ(result_of(good), MHO_OK);
  Pairs bad = good;
  bad.column[1] = 3;
  EXPECT_EQ(result_of(bad), MHO_BAD_ARGUMENT);
  bad = good;
  bad.row_start[1] = bad.row_start[3] + 1;
  EXPECT_EQ(result_of(bad), MHO_BAD_ARGUMENT);
  bad = good;
  bad.row_start[0] = 1;
  EXPECT_EQ(result_of(bad), MHO_BAD_ARGUMENT);
}

TEST(Complex, SaysWhenThereIsNoRoom) {
  const Pairs pairs(random_complex(9, 8));
  Workspace workspace(256);
  const mho_sparse_system_t source = pairs.view();
  mho_sparse_system_t real;
  EXPECT_EQ(mho_complex_embed(&real, &source, &workspace.arena), MHO_NO_MEMORY);
}

}  // namespace
}  // namespace mho::test
