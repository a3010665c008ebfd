// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Rectangular jobs through GINV macros on the reference DRU. Oracle: an orthogonal decomposition of the
// matrix of small integers, in long double.
#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

using LongMatrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
using Shape = std::pair<Eigen::Index, Eigen::Index>;
using registers::dru::DruOpcode;
using registers::dru::DruStatus;

constexpr auto kConverged = static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED);
constexpr auto kUnstable = static_cast<std::uint32_t>(MHO_JOB_STATUS_UNSTABLE);

Eigen::MatrixXd integers(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Draws draws(seed);
  Eigen::MatrixXd a(rows, columns);
  for (double& v : a.reshaped()) v = static_cast<double>(draws.integer(-15, 15));
  return a;
}

double error_of(const DriverBench& bench, const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  const LongVector expected = LongMatrix(a.cast<long double>())
                                  .completeOrthogonalDecomposition()
                                  .solve(LongVector(b.cast<long double>()));
  return static_cast<double>((bench.asked(bench.x()) - expected).norm() / expected.norm());
}

DriverBench ginv_bench(std::uint32_t count = 1) {
  return DriverBench(
      {.ginv_count = count, .levels = 61, .cell_tolerance = 0.003, .seed = 3, .ram_bytes = 8 << 20});
}

void load(DriverBench& bench, const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  bench.load(a, b);
  bench.job.split_leaves = 1;
  bench.job.reorder_rows = 1;
  bench.job.least_squares = MHO_JOB_LEAST_SQUARES_GINV;
  bench.job.method = MHO_JOB_METHOD_AUTO;
}

class GinvRectangle : public testing::TestWithParam<Shape> {};

TEST_P(GinvRectangle, IsSolvedToTheToleranceByEveryMethod) {
  const auto [rows, columns] = GetParam();
  const Eigen::MatrixXd a = integers(rows, columns, 3);
  const Eigen::VectorXd b = integers(rows, 1, 4);
  for (const std::uint32_t method : {MHO_JOB_METHOD_REFINE, MHO_JOB_METHOD_GMRES, MHO_JOB_METHOD_AUTO}) {
    SCOPED_TRACE(method);
    DriverBench bench = ginv_bench();
    load(bench, a, b);
    bench.job.method = method;
    const auto& r = bench.run();
    ASSERT_EQ(r.status, kConverged);
    EXPECT_TRUE((r.flags & MHO_JOB_RESULT_VERIFIED) != 0);
    EXPECT_LE(error_of(bench, a, b), 0x1p-24);
    EXPECT_EQ(r.ginv_macros_used, 1U);
    EXPECT_EQ(r.inv_macros_used, 0U);
    EXPECT_EQ(bench.dru.inv_ops + bench.dru.mvm_ops, 0U);
    EXPECT_GE(bench.dru.ginv_ops, r.iterations);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, GinvRectangle,
                         testing::Values(Shape{2, 1}, Shape{9, 4}, Shape{32, 6}, Shape{1, 2}, Shape{4, 9},
                                         Shape{6, 32}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.first) + "Times" +
                                  std::to_string(shape.param.second);
                         });

TEST(GinvJob, TakesTheOtherWayWhereNoMacroHoldsTheMatrix) {
  const auto macros_of = [](Eigen::Index rows, Eigen::Index columns, std::uint32_t count) {
    DriverBench bench = ginv_bench(count);
    const Eigen::MatrixXd a = integers(rows, columns, 5);
    const Eigen::VectorXd b = integers(rows, 1, 6);
    load(bench, a, b);
    EXPECT_EQ(bench.run().status, kConverged);
    return std::pair{bench.result().ginv_macros_used, bench.result().inv_macros_used};
  };
  EXPECT_EQ(macros_of(12, 5, 1).first, 1U);
  for (const auto& [used, inv] : {macros_of(33, 5, 1), macros_of(12, 5, 0), macros_of(6, 6, 1)}) {
    EXPECT_EQ(used, 0U);
    EXPECT_GT(inv, 0U);
  }
}

TEST(GinvJob, DampsALoopThatDoesNotSettle) {
  const Eigen::MatrixXd a = integers(16, 6, 9);
  const Eigen::VectorXd b = integers(16, 1, 10);
  // How often the loop does not settle, and with which damping it then does.
  for (const auto& [failures, damping] : {std::pair{0, 0U}, {1, 1U}, {2, 4U}}) {
    SCOPED_TRACE(failures);
    DriverBench bench = ginv_bench();
    load(bench, a, b);
    int left = failures;
    bench.dru.inject = [&left](const registers::dru::DruCommand& c) {
      const bool fails = static_cast<DruOpcode>(c.opcode) == DruOpcode::kGinv && left > 0;
      if (fails) --left;
      return fails ? DruStatus::kUnstable : DruStatus::kNotRun;
    };
    ASSERT_EQ(bench.run().status, kConverged);
    EXPECT_EQ(bench.result().ginv_damping, damping);
    EXPECT_LE(error_of(bench, a, b), 0x1p-24);
  }
}

TEST(GinvJob, EndsAsUnstableWhereDampingDoesNotHelp) {
  DriverBench bench = ginv_bench();
  load(bench, integers(16, 6, 9), integers(16, 1, 10));
  bench.dru.inject = [](const registers::dru::DruCommand& c) {
    return static_cast<DruOpcode>(c.opcode) == DruOpcode::kGinv ? DruStatus::kUnstable : DruStatus::kNotRun;
  };
  EXPECT_EQ(bench.run().status, kUnstable);
  EXPECT_EQ(bench.result().fault_block_size, 22U);
}

TEST(GinvJob, DependentColumnsAreSingular) {
  Eigen::MatrixXd a = integers(12, 4, 11);
  a.col(3) = a.col(0) + a.col(1);
  DriverBench bench = ginv_bench();
  load(bench, a, integers(12, 1, 12));
  EXPECT_EQ(bench.run().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_SINGULAR));
}

}  // namespace
}  // namespace mho::test
