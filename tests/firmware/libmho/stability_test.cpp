// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/stability.h"

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <vector>

#include "tests/firmware/libmho/level_grids.hpp"
#include "tests/firmware/libmho/random_systems.hpp"

namespace mho::test {
namespace {

// The chip's default cells: 0.5 … 35 µS on 8 levels.
constexpr mho_conductances_t kCells{500'000, 34'500'000 / 7, 86'250'000, 0, 0, nullptr, 0};
// The documented resolution.
constexpr double kResolution = 0x1p-9;
// The estimate compares the norms of exp(−Mt) for two times this far apart.
constexpr double kTimeSpan = 128.0;

using Levels = std::vector<std::int8_t>;

double margin(const Levels& levels, std::uint32_t n, const mho_conductances_t& g = kCells) {
  std::vector<std::int32_t> m(n * n), power(n * n), product(n * n);
  mho_stability_scratch_t scratch{m.data(), power.data(), product.data()};
  return mho_stability_margin(levels.data(), n, &g, &scratch) / 65536.0;
}

/// @param values  of the levels, 2^-16 steps; empty: evenly spaced
Eigen::MatrixXd loop_matrix(const Levels& levels, std::uint32_t n, const mho_conductances_t& g,
                            const std::vector<std::uint32_t>& values) {
  Eigen::MatrixXd m(n, n);
  for (std::uint32_t i = 0; i < n; ++i) {
    double sum = g.g_in_ps;
    for (std::uint32_t j = 0; j < n; ++j) {
      const int number = levels[i * n + j];
      const double level = values.empty() ? number : worth(values, number);
      sum += g.g_step_ps * std::fabs(level) + 2.0 * g.g_min_ps;
      m(i, j) = g.g_step_ps * level;
    }
    m.row(i) /= sum;
  }
  return m;
}

struct Oracle {
  double margin;
  double tolerance;
};

/// e^(−αt) ≤ ‖exp(−Mt)‖ ≤ κ(V)·√n·e^(−αt) with the eigenvectors V, so the growth over the time span gives α
/// to within ln(κ(V)·√n) / span.
Oracle oracle(const Levels& levels, std::uint32_t n, const mho_conductances_t& g = kCells,
              const std::vector<std::uint32_t>& values = {}) {
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(loop_matrix(levels, n, g, values));
  const auto singular = solver.eigenvectors().jacobiSvd().singularValues();
  const double kappa = singular[0] / singular[singular.size() - 1];
  return {solver.eigenvalues().real().minCoeff(), kResolution + std::log(kappa * std::sqrt(n)) / kTimeSpan};
}

Levels random_levels(std::uint32_t n, double diagonal, std::uint64_t seed) {
  Draws draws(seed);
  Levels levels(n * n);
  for (std::uint32_t i = 0; i < n; ++i) {
    for (std::uint32_t j = 0; j < n; ++j) levels[i * n + j] = static_cast<std::int8_t>(draws.integer(-7, 7));
    if (draws.uniform() < diagonal) levels[i * n + i] = 7;
  }
  return levels;
}

TEST(StabilityMargin, OfOneCellIsItsShareOfTheRowSum) {
  for (std::int8_t level = -7; level <= 7; ++level) {
    const double g = static_cast<double>(kCells.g_step_ps) * level;
    const double expected = g / (std::abs(g) + 2.0 * kCells.g_min_ps + kCells.g_in_ps);
    EXPECT_NEAR(margin({level}, 1), expected, kResolution) << int{level};
  }
}

TEST(StabilityMargin, AgreesWithTheEigenvaluesOfRandomCircuits) {
  for (const std::uint32_t n : {2u, 3u, 4u, 5u, 7u, 8u, 16u, 31u, 32u}) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(testing::Message() << "n " << n << " seed " << seed);
      const Levels levels = random_levels(n, seed % 2 == 0 ? 1.0 : 0.3, seed);
      const auto [expected, tolerance] = oracle(levels, n);
      EXPECT_NEAR(margin(levels, n), expected, tolerance);
    }
  }
}

TEST(StabilityMargin, AgreesWithTheEigenvaluesAtTheLargestSize) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Levels levels = random_levels(MHO_LEAF_MAX, 1.0, seed);
    const auto [expected, tolerance] = oracle(levels, MHO_LEAF_MAX);
    EXPECT_NEAR(margin(levels, MHO_LEAF_MAX), expected, tolerance);
  }
}

TEST(StabilityMargin, IsRightWhenTheSlowModeMovesAllOutputsTogether) {
  // exp(−Mt) then tends to a matrix of equal entries, whose products add up without any cancellation.
  for (const std::uint32_t n : {2u, 3u, 4u, 6u, 8u, 16u, 33u, 64u}) {
    for (int coupling = 1; coupling <= 2; ++coupling) {
      SCOPED_TRACE(testing::Message() << "n " << n << " coupling " << coupling);
      Levels levels(n * n, static_cast<std::int8_t>(-coupling));
      for (std::uint32_t i = 0; i < n; ++i) levels[i * n + i] = 7;
      const auto [expected, tolerance] = oracle(levels, n);
      EXPECT_NEAR(margin(levels, n), expected, tolerance);
    }
  }
}

TEST(StabilityMargin, OfARotationIsZero) {
  EXPECT_NEAR(margin({0, 7, -7, 0}, 2), 0.0, kResolution);
}

TEST(StabilityMargin, OfACycleIsTheRealPartOfItsComplexPair) {
  const Levels cycle{0, 7, 0, 0, 0, 7, 7, 0, 0};
  EXPECT_NEAR(margin(cycle, 3), oracle(cycle, 3).margin, oracle(cycle, 3).tolerance);
  EXPECT_LT(margin(cycle, 3), 0.0);
}

TEST(StabilityMargin, TellsTheSignOfDiagonalCircuits) {
  for (const std::uint32_t n : {1u, 2u, 8u, 64u}) {
    Levels levels(n * n, 0);
    for (std::uint32_t i = 0; i < n; ++i) levels[i * n + i] = 7;
    EXPECT_NEAR(margin(levels, n), oracle(levels, n).margin, kResolution);
    levels[n * n - 1] = -1;
    EXPECT_NEAR(margin(levels, n), oracle(levels, n).margin, oracle(levels, n).tolerance);
    EXPECT_LT(margin(levels, n), 0.0);
  }
}

TEST(StabilityMargin, OfASingularCircuitIsNotClearlyPositive) {
  EXPECT_LT(margin({7, 7, 7, 7}, 2), kResolution);
  EXPECT_LT(margin({7, 0, 0, 0}, 2), kResolution);
  EXPECT_NEAR(margin(Levels(64, 0), 8), 0.0, kResolution);
}

TEST(StabilityMargin, OfADefectiveMatrixErrsOnTheSafeSide) {
  // A Jordan block: exp(−Mt) grows by the factor t first.
  const Levels levels{3, 7, 0, 3};
  const double exact =
      kCells.g_step_ps * 3.0 / (kCells.g_step_ps * 10.0 + 4.0 * kCells.g_min_ps + kCells.g_in_ps);
  EXPECT_LE(margin(levels, 2), exact + kResolution);
  EXPECT_GE(margin(levels, 2), 0.5 * exact);
}

TEST(StabilityMargin, WorksForCellsWithTwoAndWith128Levels) {
  for (const std::uint32_t levels_per_cell : {2u, 16u, 128u}) {
    const mho_conductances_t g{500'000, 34'500'000 / (levels_per_cell - 1), 35'000'000, 0, 0, nullptr, 0};
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      SCOPED_TRACE(testing::Message() << "levels " << levels_per_cell << " seed " << seed);
      Draws draws(seed);
      const auto top = static_cast<std::int64_t>(levels_per_cell - 1);
      Levels levels(64);
      for (auto& l : levels) l = static_cast<std::int8_t>(draws.integer(-top, top));
      const auto [expected, tolerance] = oracle(levels, 8, g);
      EXPECT_NEAR(margin(levels, 8, g), expected, tolerance);
    }
  }
}

TEST(StabilityMargin, OfUnevenLevelsIsThatOfWhatTheyAreWorth) {
  for (const unsigned levels_per_cell : {2u, 8u, 64u}) {
    const auto top = static_cast<std::int64_t>(levels_per_cell - 1);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(testing::Message() << "levels " << levels_per_cell << " seed " << seed);
      const auto values =
          seed % 2 == 0 ? geometric_values(levels_per_cell) : random_values(levels_per_cell, seed);
      const mho_conductances_t g{
          500'000, static_cast<std::uint32_t>(34'500'000 / top), 86'250'000, 0, 0, values.data(), 0};
      Draws draws(seed);
      Levels levels(64);
      for (auto& l : levels) l = static_cast<std::int8_t>(draws.integer(-top, top));
      for (std::size_t i = 0; i < 64; i += 9) levels[i] = static_cast<std::int8_t>(top);
      const auto [expected, tolerance] = oracle(levels, 8, g, values);
      EXPECT_NEAR(margin(levels, 8, g), expected, tolerance);
    }
  }
}

TEST(StabilityMargin, OfTwoSlicesCountsBothAsLoadAndTheLowerByItsWeight) {
  mho_conductances_t g = kCells;
  g.columns = 8;
  g.weight_levels = 8;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    constexpr std::uint32_t kSize = 6;
    Levels levels(kSize * kSize);
    for (auto& l : levels) l = static_cast<std::int8_t>(draws.integer(-63, 63));
    for (std::uint32_t i = 0; i < kSize; ++i) levels[i * kSize + i] = 63;
    Eigen::MatrixXd m(kSize, kSize);
    for (std::uint32_t i = 0; i < kSize; ++i) {
      double load = g.g_in_ps + 4.0 * 8.0 * g.g_min_ps;
      for (std::uint32_t j = 0; j < kSize; ++j) {
        const int level = levels[i * kSize + j];
        // Ties leave the upper slice lower: 4 is 0 and 4, 5 is 1 and -3; the upper slice ends at 7.
        const int upper = std::min(static_cast<int>(std::ceil(std::abs(level) / 8.0 - 0.5)), 7);
        load += g.g_step_ps * (upper + std::abs(std::abs(level) - 8 * upper));
        m(i, j) = static_cast<double>(g.g_step_ps) * level / 8.0;
      }
      m.row(i) /= load;
    }
    const Eigen::EigenSolver<Eigen::MatrixXd> solver(m);
    const auto singular = solver.eigenvectors().jacobiSvd().singularValues();
    const double kappa = singular[0] / singular[singular.size() - 1];
    const double tolerance = kResolution + std::log(kappa * std::sqrt(kSize)) / kTimeSpan;
    EXPECT_NEAR(margin(levels, kSize, g), solver.eigenvalues().real().minCoeff(), tolerance);
  }
}

TEST(StabilityMargin, OfCellsInParallelCountsThemOnTheDiagonal) {
  constexpr std::uint32_t kSize = 6, kParallel = 1;
  for (const std::uint32_t weight_levels : {0u, 8u}) {
    mho_conductances_t g = kCells;
    g.columns = 8;
    g.weight_levels = weight_levels;
    g.diagonal_cells = kParallel;
    const double slices = weight_levels == 0 ? 1 : 2;
    const int top = weight_levels == 0 ? 7 : 63;
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", " << slices << " slices");
      Draws draws(seed);
      Levels levels(kSize * kSize);
      for (auto& l : levels) l = static_cast<std::int8_t>(draws.integer(-top, top));
      for (std::uint32_t i = 0; i < kSize; ++i) levels[i * kSize + i] = static_cast<std::int8_t>(2 * top);
      Eigen::MatrixXd m(kSize, kSize);
      for (std::uint32_t i = 0; i < kSize; ++i) {
        double load = g.g_in_ps + 2.0 * slices * (8.0 + kParallel) * g.g_min_ps;
        for (std::uint32_t j = 0; j < kSize; ++j) {
          const int level = std::abs(levels[i * kSize + j]);
          const int most = i == j ? 14 : 7;
          const int upper = std::min(static_cast<int>(std::ceil(level / 8.0 - 0.5)), most);
          load += g.g_step_ps *
                  static_cast<double>(weight_levels == 0 ? level : upper + std::abs(level - 8 * upper));
          m(i, j) =
              static_cast<double>(g.g_step_ps) * levels[i * kSize + j] / (weight_levels == 0 ? 1.0 : 8.0);
        }
        m.row(i) /= load;
      }
      const Eigen::EigenSolver<Eigen::MatrixXd> solver(m);
      const auto singular = solver.eigenvectors().jacobiSvd().singularValues();
      const double kappa = singular[0] / singular[singular.size() - 1];
      const double tolerance = kResolution + std::log(kappa * std::sqrt(kSize)) / kTimeSpan;
      EXPECT_NEAR(margin(levels, kSize, g), solver.eigenvalues().real().minCoeff(), tolerance);
    }
  }
}

}  // namespace
}  // namespace mho::test
