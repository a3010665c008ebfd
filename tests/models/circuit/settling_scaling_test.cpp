// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How the settling time of the INV circuit grows with the size of the matrix, by family (facts.md §3).
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/random.hpp"
#include "models/circuit/inv_circuit.hpp"

namespace mho::circuit {
namespace {

constexpr double kFullScale = 35e-6;
constexpr std::uint64_t kSeed = 5;
const std::vector<Eigen::Index> kSizes{16, 32, 64, 128};

/// Settling time of a matrix written to full scale, signs by a differential pair [second].
double settling_s(const Eigen::MatrixXd& a) {
  const Eigen::MatrixXd g = a * (kFullScale / a.cwiseAbs().maxCoeff());
  const device::DifferentialPair pair{.positive = g.cwiseMax(0.0), .negative = (-g).cwiseMax(0.0)};
  const InvCircuit inv(pair, {}, 0.0, {});
  EXPECT_TRUE(inv.is_stable());
  return inv.settling_time_s(1e-3);
}

/// HᵀH for normal H [4n x n].
Eigen::MatrixXd wishart(Eigen::Index n, std::uint32_t draw) {
  const Random random(kSeed);
  Eigen::MatrixXd h(4 * n, n);
  for (Eigen::Index j = 0; j < n; ++j) {
    for (Eigen::Index i = 0; i < h.rows(); ++i) {
      h(i, j) = random.normal(
          RandomPurpose::kTest,
          {.unit = draw, .row = static_cast<std::uint16_t>(i), .column = static_cast<std::uint16_t>(j)},
          static_cast<std::uint32_t>(n));
    }
  }
  return h.transpose() * h;
}

/// 1/(1 + |i − j|): row sums grow like log n, the smallest eigenvalue does not fall.
Eigen::MatrixXd toeplitz(Eigen::Index n) {
  return Eigen::MatrixXd::NullaryExpr(n, n, [](Eigen::Index i, Eigen::Index j) {
    return 1.0 / (1.0 + static_cast<double>(std::abs(i - j)));
  });
}

Eigen::MatrixXd tridiagonal(Eigen::Index n) {
  Eigen::MatrixXd a = 2.5 * Eigen::MatrixXd::Identity(n, n);
  for (Eigen::Index i = 0; i + 1 < n; ++i) a(i, i + 1) = a(i + 1, i) = -1.0;
  return a;
}

/// Slope of y over x by least squares.
double slope(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0.0, mean_y = 0.0, xy = 0.0, xx = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / static_cast<double>(x.size());
    mean_y += y[i] / static_cast<double>(x.size());
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    xy += (x[i] - mean_x) * (y[i] - mean_y);
    xx += (x[i] - mean_x) * (x[i] - mean_x);
  }
  return xy / xx;
}

TEST(SettlingScaling, WishartMatricesSettleWithTheRootOfTheirSize) {
  RecordProperty("seed", static_cast<int>(kSeed));
  std::vector<double> log_n, log_t;
  for (const Eigen::Index n : kSizes) {
    constexpr std::uint32_t kDraws = 3;
    double mean = 0.0;
    for (std::uint32_t draw = 0; draw < kDraws; ++draw) mean += settling_s(wishart(n, draw)) / kDraws;
    log_n.push_back(std::log(static_cast<double>(n)));
    log_t.push_back(std::log(mean));
  }
  // The diagonal's share of the row sums still weighs at these sizes, which flattens the slope.
  EXPECT_NEAR(slope(log_n, log_t), 0.5, 0.12);
}

TEST(SettlingScaling, ToeplitzMatricesSettleWithTheLogarithmOfTheirSize) {
  // Row sums are 1 + 2·(ln(n/2) + γ − 1) + …: equal steps per doubling, so that the last is like the first.
  std::vector<double> t;
  for (const Eigen::Index n : kSizes) t.push_back(settling_s(toeplitz(n)));
  const double first = t[1] - t[0], last = t[3] - t[2];
  EXPECT_GT(first, 0.05 * t[0]);
  EXPECT_NEAR(last, first, 0.25 * first);
}

TEST(SettlingScaling, SparseMatricesSettleAtOneSpeed) {
  EXPECT_NEAR(settling_s(tridiagonal(128)), settling_s(tridiagonal(16)), 0.1 * settling_s(tridiagonal(16)));
}

}  // namespace
}  // namespace mho::circuit
