// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs whose rows the driver takes in another order: x is that of the system as it was given.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "tests/firmware/libmho/driver_bench.hpp"
#include "tests/firmware/libmho/growing_matrix.hpp"

namespace mho::test {
namespace {

// Rounding a matrix with condition number 20 to 24 bits moves x by at most a few times 20 · 2^-24.
constexpr double kRounding = 1e-5;

void expect_solved(const DriverBench& bench, const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  EXPECT_EQ(bench.result().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
  EXPECT_LE(bench.relative_error(), 0x1p-23);
  const Eigen::VectorXd exact = a.partialPivLu().solve(b);
  EXPECT_LE((bench.x().cast<double>() - exact).norm(), kRounding * exact.norm());
}

class RowOrderJob : public testing::TestWithParam<mho_job_unit_t> {};

TEST_P(RowOrderJob, SolvesGeneralSystems) {
  std::uint32_t reordered = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_general(24, 20, seed);
    const Eigen::VectorXd b = random_vector(24, seed);
    DriverBench bench({.ram_bytes = 8 << 20});
    bench.load(a, b);
    bench.job.method = MHO_JOB_METHOD_GMRES;
    bench.job.schur_unit = GetParam();
    bench.job.split_leaves = bench.job.reorder_rows = 1;
    bench.run();
    expect_solved(bench, a, b);
    reordered += bench.result().reordered_rows;
  }
  EXPECT_GT(reordered, 0u);
}

std::string name_of(const testing::TestParamInfo<RowOrderJob::ParamType>& info) {
  return info.param == MHO_JOB_UNIT_CPU ? "Cpu" : info.param == MHO_JOB_UNIT_DRU ? "Dru" : "Analogue";
}

INSTANTIATE_TEST_SUITE_P(Units, RowOrderJob,
                         testing::Values(MHO_JOB_UNIT_CPU, MHO_JOB_UNIT_DRU, MHO_JOB_UNIT_ANALOGUE), name_of);

/// In integers that are coarser, and where those are outgrown, too, with columns in another order.
class GrowingJob : public testing::TestWithParam<std::tuple<mho_job_unit_t, Eigen::Index>> {};

TEST_P(GrowingJob, SolvesWhatOutgrowsTheUsualIntegers) {
  const auto [unit, rows] = GetParam();
  const Eigen::MatrixXd a = growing(rows);
  const Eigen::VectorXd b = a * random_vector(rows, 1);
  DriverBench bench({.ram_bytes = 8 << 20});
  bench.load(a, b);
  bench.job.method = MHO_JOB_METHOD_GMRES;
  bench.job.schur_unit = unit;
  bench.job.split_leaves = bench.job.reorder_rows = 1;
  ASSERT_EQ(bench.run().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED));
  expect_solved(bench, a, b);
}

INSTANTIATE_TEST_SUITE_P(Units, GrowingJob,
                         testing::Combine(testing::Values(MHO_JOB_UNIT_CPU, MHO_JOB_UNIT_DRU,
                                                          MHO_JOB_UNIT_ANALOGUE),
                                          testing::Values(12, 18, 40)));

/// Zeros in the leading block.
Eigen::MatrixXd with_an_empty_corner(std::uint64_t seed) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Zero(16, 16);
  a.topRightCorner(8, 8) = random_dominant(8, 0.5, seed);
  a.bottomLeftCorner(8, 8) = random_dominant(8, 0.5, seed + 1);
  return a;
}

TEST(RowsInOrder, SaysWhichRowsStandWhere) {
  const Eigen::MatrixXd a = with_an_empty_corner(1);
  const Eigen::VectorXd b = random_vector(16, 2);
  DriverBench bench({.ram_bytes = 8 << 20});
  bench.load(a, b);
  bench.job.split_leaves = 1;
  EXPECT_EQ(bench.run().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_SINGULAR));
  bench.job.reorder_rows = 1;
  bench.run();
  expect_solved(bench, a, b);
  const mho_job_result_t& r = bench.result();
  EXPECT_EQ(r.reordered_rows, 16u);
  const auto* order = bench.array<std::uint32_t>(r.row_order_address);
  for (std::uint32_t i = 0; i < 16; ++i) EXPECT_EQ(order[i], (i + 8) % 16);
}

TEST(RowsInOrder, TakesEveryRightHandSideInTheSameOrder) {
  constexpr std::uint32_t kCount = 3;
  const Eigen::MatrixXd a = with_an_empty_corner(3);
  SparseSystem system(a, Eigen::VectorXd::Ones(16));
  system.rhs.clear();
  for (std::uint32_t k = 0; k < kCount; ++k) {
    const Eigen::VectorXd b = random_vector(16, 10 + k);
    system.rhs.insert(system.rhs.end(), b.begin(), b.end());
  }
  DriverBench bench({.ram_bytes = 8 << 20});
  bench.load(system);
  bench.job.split_leaves = bench.job.reorder_rows = 1;
  bench.job.rhs_count = kCount;
  bench.run();
  for (std::uint32_t k = 0; k < kCount; ++k) {
    SCOPED_TRACE(testing::Message() << "right-hand side " << k);
    bench.select(k);
    expect_solved(bench, a, random_vector(16, 10 + k));
  }
}

TEST(RowsInOrder, IsTooLargeForTheWorkspaceAtEverySizeWithoutAnOverrun) {
  DriverBench bench({.ram_bytes = 2 << 20});
  bench.load(with_an_empty_corner(1), random_vector(16, 2));
  bench.job.split_leaves = bench.job.reorder_rows = 1;
  bool has_fitted = false;
  for (std::uint32_t bytes = 0; bytes < 80 << 10; bytes += 512) {
    bench.job.workspace_bytes = bytes;
    const ReferenceDru::Ram before = bench.dru.ram;
    const auto status = bench.run().status;
    ASSERT_TRUE(status == MHO_JOB_STATUS_CONVERGED || (!has_fitted && status == MHO_JOB_STATUS_TOO_LARGE))
        << bytes;
    has_fitted |= status == MHO_JOB_STATUS_CONVERGED;
    ASSERT_TRUE(bench.has_kept_to_its_memory(before)) << bytes;
  }
  EXPECT_TRUE(has_fitted);
}

}  // namespace
}  // namespace mho::test
