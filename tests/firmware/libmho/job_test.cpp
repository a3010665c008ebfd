// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "models/numeric/matrix_market.hpp"
#include "tests/firmware/libmho/driver_bench.hpp"
#include "tests/firmware/libmho/level_grids.hpp"

namespace mho::test {
namespace {

constexpr double kTolerance = 0x1p-24;
// Of the INV and low-precision MVM macros (facts.md §5).
constexpr double kCellTolerance = 0.02;

Eigen::MatrixXd real_matrix(const std::string& name) {
  const auto file = numeric::read_matrix(std::filesystem::path(MHO_TEST_DATA) / (name + ".mtx"), 4096);
  const auto& m = file.matrix;
  Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(m.rows, m.columns);
  for (std::uint32_t i = 0; i < m.rows; ++i) {
    for (std::uint32_t k = m.row_start[i]; k < m.row_start[i + 1]; ++k) dense(i, m.column[k]) = m.value[k];
  }
  return dense;
}

struct Solved {
  mho_job_result_t result;
  double error;
};

Solved solve(const Eigen::MatrixXd& a, std::uint64_t seed) {
  DriverBench bench({.cell_tolerance = kCellTolerance, .seed = seed, .ram_bytes = 4 << 20});
  bench.load(a, a * random_vector(a.rows(), seed));
  const mho_job_result_t result = bench.run();
  return {result, result.x_address != 0 ? bench.relative_error() : 1.0};
}

/// The share of systems that converge; checks that those that do are right.
template <typename Make>
double share_converged(Make&& make, int systems) {
  int converged = 0;
  for (int seed = 1; seed <= systems; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto [result, error] =
        solve(make(static_cast<std::uint64_t>(seed)), static_cast<std::uint64_t>(seed));
    EXPECT_NE(result.status, MHO_JOB_STATUS_WRONG_RESIDUAL);
    EXPECT_NE(result.status, MHO_JOB_STATUS_DEVICE_ERROR);
    if (result.status != MHO_JOB_STATUS_CONVERGED) continue;
    ++converged;
    EXPECT_LE(error, kTolerance);
    EXPECT_TRUE((result.flags & MHO_JOB_RESULT_VERIFIED) != 0);
  }
  return static_cast<double>(converged) / systems;
}

class RealMatrix : public testing::TestWithParam<const char*> {};

TEST_P(RealMatrix, ConvergesToTheSolutionOfTheIntegerSystem) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const auto [result, error] = solve(real_matrix(GetParam()), seed);
    EXPECT_EQ(result.status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_LE(error, kTolerance);
    EXPECT_LE(result.iterations, 20u);
    EXPECT_TRUE((result.flags & MHO_JOB_RESULT_VERIFIED) != 0);
  }
}

INSTANTIATE_TEST_SUITE_P(Matrices, RealMatrix, testing::Values("cage3", "b1_ss", "cage5", "mesh1e1"));

TEST(UnevenLevels, ApproximateTheInverseByTheirValues) {
  // Blocks of one row hold the largest level only, and those of two what the grid has: exact inverses.
  const std::vector<std::uint32_t> values = geometric_values(8);
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(8, 8);
  for (Eigen::Index i = 0; i < 8; i += 2) {
    const int level = static_cast<int>(i) - 3;
    a.block<2, 2>(i, i) << 7.0, worth(values, level), -worth(values, level), 7.0;
  }
  const auto iterations_with = [&](std::vector<std::uint32_t> grid) {
    DriverBench bench({.inv_level_values = std::move(grid), .has_exact_converters = true});
    bench.load(a, a * random_vector(8, 1));
    EXPECT_EQ(bench.run().status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_LE(bench.relative_error(), kTolerance);
    return bench.result().iterations;
  };
  EXPECT_LE(iterations_with(values), 3u);
  EXPECT_GT(iterations_with({}), 3u);
}

TEST(UnevenLevels, SolveWithRealCellsToo) {
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_dominant(24, 0.5, seed);
    DriverBench bench({.inv_level_values = seed % 2 == 0 ? geometric_values(8) : random_values(8, seed),
                       .cell_tolerance = kCellTolerance,
                       .seed = seed});
    bench.load(a, a * random_vector(24, seed));
    EXPECT_EQ(bench.run().status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_LE(bench.relative_error(), kTolerance);
  }
}

TEST(Ensemble, OfDiagonallyDominantMatricesConverges) {
  for (const Eigen::Index n : {2, 5, 9, 16, 24, 40}) {
    SCOPED_TRACE(testing::Message() << "n " << n);
    EXPECT_EQ(share_converged([n](std::uint64_t seed) { return random_dominant(n, 0.5, seed); }, 6), 1.0);
  }
}

// facts.md §5: nearly all general matrices with κ = 4 converge on one array; with BlockAMC a leaf or an A1
// can be nearly singular.
TEST(Ensemble, OfGeneralMatricesOnOneLeafMostlyConverges) {
  for (const Eigen::Index n : {1, 2, 4, 8}) {
    SCOPED_TRACE(testing::Message() << "n " << n);
    EXPECT_GE(share_converged([n](std::uint64_t seed) { return random_general(n, 4.0, seed); }, 20), 0.9);
  }
}

TEST(Ensemble, OfGeneralMatricesOnSeveralLeavesNeverLies) {
  for (const Eigen::Index n : {12, 16, 20}) {
    SCOPED_TRACE(testing::Message() << "n " << n);
    share_converged([n](std::uint64_t seed) { return random_general(n, 4.0, seed); }, 20);
  }
}

TEST(Ensemble, OfPositiveDefiniteMatricesMostlyConverges) {
  for (const Eigen::Index n : {2, 4, 8, 12, 16}) {
    SCOPED_TRACE(testing::Message() << "n " << n);
    EXPECT_GE(share_converged([n](std::uint64_t seed) { return random_spd(n, 3.0, seed); }, 12), 0.7);
  }
}

TEST(JobResult, ReportsTheSystemThatWasSolved) {
  const Eigen::MatrixXd a = random_dominant(20, 0.5, 4);
  const Eigen::VectorXd b = random_vector(20, 5);
  DriverBench bench({});
  bench.load(a, b);
  const mho_job_result_t r = bench.run();
  ASSERT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(r.magic, MHO_JOB_RESULT_MAGIC);
  EXPECT_EQ(r.n, 20u);
  const auto* words = bench.array<std::int32_t>(r.a_address);
  const auto* rows = bench.array<std::int32_t>(r.row_scale_address);
  const auto* columns = bench.array<std::int32_t>(r.column_scale_address);
  const auto* rhs = bench.array<std::int32_t>(r.b_address);
  const double stretch = std::ldexp(r.stretch, -30);
  for (int i = 0; i < 20; ++i) {
    for (int j = 0; j < 20; ++j) {
      const double unit = std::ldexp(1.0, r.a_exponent - rows[i] - columns[j]) / stretch;
      EXPECT_NEAR(words[i * 20 + j] * unit, a(i, j), unit);
    }
    const double unit = std::ldexp(1.0, r.b_exponent - rows[i]) / stretch;
    EXPECT_NEAR(rhs[i] * unit, b[i], unit);
  }
  const Eigen::VectorXd x = bench.x().cast<double>();
  EXPECT_LE((x - a.partialPivLu().solve(b)).norm(), 1e-5 * x.norm());
}

TEST(JobResult, ReportsNormsInTheUsersScaling) {
  Eigen::MatrixXd a = random_dominant(12, 0.5, 4);
  Eigen::VectorXd b = random_vector(12, 5);
  for (int i = 0; i < 12; ++i) {
    a.row(i) *= std::ldexp(1.0, 3 * i);
    b[i] *= std::ldexp(1.0, 3 * i);
  }
  DriverBench bench({});
  bench.load(a, b);
  const mho_job_result_t r = bench.run();
  ASSERT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  const auto value = [](std::int64_t mantissa, std::int32_t exponent) {
    return static_cast<double>(std::ldexp(static_cast<long double>(mantissa), exponent));
  };
  const double stretch = std::ldexp(r.stretch, -30);
  const double b_norm2 = b.squaredNorm() * stretch * stretch;
  EXPECT_NEAR(value(r.rhs_norm2_mantissa, r.rhs_norm2_exponent) / b_norm2, 1.0, 1e-8);
  // The digital residual is the last measured one.
  const auto& last = bench.array<mho_dru_scalar_t>(r.history_address)[r.iterations - 1];
  const double measured = value(last.mantissa, last.exponent);
  EXPECT_NEAR(value(r.verified_norm2_mantissa, r.verified_norm2_exponent) / measured, 1.0, 1e-6);
  EXPECT_LE(measured, kTolerance * kTolerance * b_norm2);
  // The error is what the exact solution shows, as far as the factors resolve it.
  const double error = value(r.error_norm2_mantissa, r.error_norm2_exponent);
  EXPECT_NEAR(error / static_cast<double>((bench.x() - bench.exact()).squaredNorm()), 1.0, 0.01);
  EXPECT_LE(error, kTolerance * kTolerance * static_cast<double>(bench.x().squaredNorm()));
  // The correction before it was larger, since a step gains at least a bit.
  const auto& correction = bench.array<mho_dru_scalar_t>(r.correction_address)[r.iterations - 1];
  EXPECT_GE(value(correction.mantissa, correction.exponent), error);
}

TEST(JobResult, CountsLeavesTilesAndMacros) {
  const Eigen::MatrixXd a = random_dominant(20, 1.0, 4);
  DriverBench bench({});
  bench.load(a, Eigen::VectorXd::Ones(20));
  bench.job.leaf_size = 5;
  const mho_job_result_t r = bench.run();
  ASSERT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(r.leaves, 4u);
  EXPECT_EQ(r.tiles, 6u + 1u);  // two blocks each of three nodes, one high-precision tile
  EXPECT_EQ(r.inv_macros_used, 4u);
  EXPECT_EQ(r.mvm_macros_used, 6u + 8u);
  EXPECT_EQ(r.unstable_leaves, 0u);
  EXPECT_GT(r.smallest_margin, 0);
  EXPECT_GE(r.worst_leaf_condition, 1u);
  EXPECT_GE(r.worst_block_condition, 1u);
  EXPECT_EQ(r.dru_status, static_cast<std::uint32_t>(MHO_DRU_STATUS_OK));
  EXPECT_EQ(bench.dru.lists, 2u);
}

}  // namespace
}  // namespace mho::test
