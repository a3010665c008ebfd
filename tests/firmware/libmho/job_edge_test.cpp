// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs at the edges of what the driver takes: sizes, shapes, scales, options and chips.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr double kTolerance = 0x1p-24;
constexpr std::uint32_t kRam = 4 << 20;

ReferenceDruOptions chip(std::uint32_t inv_count = 64, std::uint32_t mvm_count = 704,
                         std::uint32_t mvm_size = 64) {
  return {.inv_count = inv_count,
          .mvm_count = mvm_count,
          .mvm_size = mvm_size,
          .cell_tolerance = 0.01,
          .ram_bytes = kRam};
}

void expect_solved(DriverBench& bench, double tolerance = kTolerance) {
  const mho_job_result_t& r = bench.run();
  ASSERT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_LE(bench.relative_error(), tolerance);
}

void expect_solved(const Eigen::MatrixXd& a, const ReferenceDruOptions& options = chip()) {
  DriverBench bench(options);
  bench.load(a, a * random_vector(a.rows(), 77));
  expect_solved(bench);
}

TEST(JobSize, MayBeAnythingAroundALeaf) {
  for (const Eigen::Index n : {1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33}) {
    SCOPED_TRACE(testing::Message() << "n " << n);
    expect_solved(random_dominant(n, 0.6, 3));
  }
}

TEST(JobSize, OfOneIsADivision) {
  for (const double a : {1.0, -3.0, 0.1, 1e300, -5e-324}) {
    SCOPED_TRACE(a);
    DriverBench bench(chip());
    bench.load(Eigen::MatrixXd::Constant(1, 1, a), Eigen::VectorXd::Constant(1, 0.7));
    expect_solved(bench);
  }
}

class LeafSize : public testing::TestWithParam<std::uint32_t> {};

TEST_P(LeafSize, Solves) {
  for (const Eigen::Index n : {1, 2, 8, 9, 21}) {
    SCOPED_TRACE(testing::Message() << "n " << n);
    DriverBench bench(chip());
    const Eigen::MatrixXd a = random_dominant(n, 0.6, 5);
    bench.load(a, random_vector(n, 6));
    bench.job.leaf_size = GetParam();
    expect_solved(bench);
  }
}

INSTANTIATE_TEST_SUITE_P(Each, LeafSize, testing::Values(0u, 1u, 2u, 3u, 4u, 5u, 6u, 7u, 8u));

class Chip : public testing::TestWithParam<ReferenceDruOptions> {};

TEST_P(Chip, SolvesADenseSystem) {
  expect_solved(random_dominant(40, 1.0, 5), GetParam());
}
TEST_P(Chip, SolvesASparseSystem) {
  expect_solved(random_dominant(33, 0.1, 5), GetParam());
}

INSTANTIATE_TEST_SUITE_P(Each, Chip,
                         testing::Values(chip(64, 704, 8), chip(64, 704, 16), chip(64, 704, 64),
                                         chip(2, 8, 8), chip(2, 8, 16), chip(2, 8, 64), chip(1, 1, 8),
                                         chip(1, 1, 64), chip(3, 9, 7), chip(1, 3, 5)));

class Bits : public testing::TestWithParam<std::uint32_t> {};

TEST_P(Bits, OfTheMatrixDoNotLimitTheAccuracyOfItsSolution) {
  DriverBench bench(chip(2, 3, 16));
  bench.load(random_dominant(19, 0.6, 5), random_vector(19, 6));
  bench.job.bits = GetParam();
  expect_solved(bench);
}

INSTANTIATE_TEST_SUITE_P(Each, Bits,
                         testing::Values(3u, 6u, 9u, 12u, 15u, 18u, 21u, 24u, 25u, 32u, 48u, 53u));

TEST(JobTolerance, IsReachedForEveryNumberOfBits) {
  for (std::uint32_t bits = 1; bits <= 26; ++bits) {
    SCOPED_TRACE(testing::Message() << "bits " << bits);
    DriverBench bench(chip());
    bench.load(random_dominant(12, 0.6, 5), random_vector(12, 6));
    bench.job.tolerance_bits = bits;
    expect_solved(bench, std::ldexp(1.0, -static_cast<int>(bits)));
  }
}

TEST(JobTolerance, IsReachedBeyondThe32BitWords) {
  for (const auto method : {MHO_JOB_METHOD_REFINE, MHO_JOB_METHOD_GMRES, MHO_JOB_METHOD_AUTO}) {
    for (const std::uint32_t bits : {25u, 27u, 32u, 40u, 48u, 53u}) {
      SCOPED_TRACE(testing::Message() << "method " << method << ", bits " << bits);
      DriverBench bench(chip());
      bench.load(random_dominant(12, 0.6, 5), random_vector(12, 6));
      bench.job.method = method;
      bench.job.bits = bits;
      bench.job.tolerance_bits = bits;
      expect_solved(bench, std::ldexp(1.0, -static_cast<int>(bits)));
    }
  }
}

TEST(JobTolerance, BeyondThe32BitWordsIsReachedWithoutMacrosToSpare) {
  for (const auto& [inv, mvm] : {std::pair{2u, 8u}, std::pair{1u, 1u}}) {
    DriverBench bench(chip(inv, mvm, 16));
    bench.load(random_dominant(33, 0.2, 5), random_vector(33, 6));
    bench.job.bits = bench.job.tolerance_bits = 53;
    expect_solved(bench, 0x1p-53);
  }
}

TEST(JobShape, MayBeDiagonal) {
  Eigen::VectorXd diagonal(20);
  for (int i = 0; i < 20; ++i) diagonal[i] = (i % 2 == 0 ? 1 : -1) * std::pow(2.0, 0.3 * i - 3.0);
  DriverBench bench(chip());
  bench.load(diagonal.asDiagonal(), random_vector(20, 4));
  expect_solved(bench);
  EXPECT_EQ(bench.result().tiles, 1u);  // nothing but the matrix itself
}

TEST(JobShape, MayBeAPermutationWithinLeaves) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(16, 16);
  for (int i = 0; i < 16; ++i) a(i, i / 8 * 8 + (i * 3 + 1) % 8) = i % 3 == 0 ? -2.0 : 3.0;
  expect_solved(a);
}

TEST(JobShape, MayBeTriangularOrBlockDiagonal) {
  for (const bool upper : {true, false}) {
    Eigen::MatrixXd a = random_dominant(20, 0.8, 9);
    a.topRightCorner(10, 10) *= upper ? 1.0 : 0.0;
    a.bottomLeftCorner(10, 10) *= upper ? 0.0 : 1.0;
    expect_solved(a);
    a.topRightCorner(10, 10).setZero();
    a.bottomLeftCorner(10, 10).setZero();
    expect_solved(a);
  }
}

TEST(JobScale, MayReachTheEndsOfTheRangeOfDoubles) {
  for (const double scale : {1e-300, 1e-320, 1e300}) {
    for (const double rhs : {1e-300, 1.0, 1e300}) {
      SCOPED_TRACE(testing::Message() << "A " << scale << " b " << rhs);
      DriverBench bench(chip());
      bench.load(scale * random_dominant(9, 0.6, 3), rhs * random_vector(9, 4));
      expect_solved(bench);
    }
  }
}

TEST(JobScale, MayDifferFromRowToRow) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    Eigen::MatrixXd a = random_dominant(14, 0.7, seed);
    for (int i = 0; i < 14; ++i) a.row(i) *= std::pow(10.0, 3 * draws.symmetric());
    expect_solved(a);
  }
}

TEST(JobScale, MayDifferFromColumnToColumn) {
  // Unknowns in other units.
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Draws draws(seed);
    Eigen::MatrixXd a = random_dominant(14, 0.7, seed);
    const Eigen::VectorXd b = a * random_vector(14, seed);
    for (int i = 0; i < 14; ++i) a.col(i) *= std::pow(10.0, 3 * draws.symmetric());
    DriverBench bench(chip());
    bench.load(a, b);
    expect_solved(bench);
  }
}

TEST(JobRhs, OfZeroNeedsNoHardware) {
  DriverBench bench(chip());
  bench.load(random_dominant(9, 0.6, 3), Eigen::VectorXd::Zero(9));
  const mho_job_result_t& r = bench.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(r.iterations, 0u);
  EXPECT_TRUE((r.flags & MHO_JOB_RESULT_VERIFIED) != 0);
  EXPECT_TRUE(bench.x().isZero());
  EXPECT_EQ(bench.dru.lists, 0u);
}

TEST(JobRhs, MayHaveASingleEntry) {
  for (int i = 0; i < 20; i += 5) {
    DriverBench bench(chip());
    Eigen::VectorXd b = Eigen::VectorXd::Zero(20);
    b[i] = 1e-17;
    bench.load(random_dominant(20, 0.3, 3), b);
    expect_solved(bench);
  }
}

TEST(JobRhs, MayHaveEntriesThatVanishBesideOthers) {
  DriverBench bench(chip());
  Eigen::VectorXd b = random_vector(12, 1);
  b[3] = std::numeric_limits<double>::denorm_min();
  b[4] = 1e200;
  bench.load(random_dominant(12, 0.5, 3), b);
  expect_solved(bench);
}

}  // namespace
}  // namespace mho::test
