// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs with more rows than unknowns, or fewer, on the reference DRU. Matrices are of small integers, which
// the chip holds exactly, so that the oracle is an orthogonal decomposition of the matrix as given in long
// double.
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <utility>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

using LongMatrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;

constexpr auto kConverged = static_cast<std::uint32_t>(MHO_JOB_STATUS_CONVERGED);

Eigen::MatrixXd integers(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Draws draws(seed);
  Eigen::MatrixXd a(rows, columns);
  for (double& v : a.reshaped()) v = static_cast<double>(draws.integer(-15, 15));
  return a;
}

LongVector oracle(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  return LongMatrix(a.cast<long double>())
      .completeOrthogonalDecomposition()
      .solve(LongVector(b.cast<long double>()));
}

double error_of(const DriverBench& bench, const LongVector& expected) {
  return static_cast<double>((bench.asked(bench.x()) - expected).norm() / expected.norm());
}

DriverBench bench_for(std::uint64_t seed) {
  return DriverBench({.levels = 61, .cell_tolerance = 0.003, .seed = seed, .ram_bytes = 8 << 20});
}

void load(DriverBench& bench, const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  bench.load(a, b);
  bench.job.split_leaves = 1;
  bench.job.reorder_rows = 1;
}

using Shape = std::pair<Eigen::Index, Eigen::Index>;

class Rectangle : public testing::TestWithParam<Shape> {};

TEST_P(Rectangle, IsSolvedToTheToleranceByEveryMethod) {
  const auto [rows, columns] = GetParam();
  const Eigen::MatrixXd a = integers(rows, columns, 3);
  const Eigen::VectorXd b = integers(rows, 1, 4);
  const LongVector expected = oracle(a, b);
  for (const std::uint32_t method : {MHO_JOB_METHOD_REFINE, MHO_JOB_METHOD_GMRES, MHO_JOB_METHOD_AUTO}) {
    SCOPED_TRACE(method);
    DriverBench bench = bench_for(method + 1);
    load(bench, a, b);
    bench.job.method = method;
    const auto& r = bench.run();
    ASSERT_EQ(r.status, kConverged);
    EXPECT_EQ(r.n, static_cast<std::uint32_t>(rows + columns));
    EXPECT_TRUE((r.flags & MHO_JOB_RESULT_VERIFIED) != 0);
    EXPECT_LE(error_of(bench, expected), 0x1p-24);
  }
}

TEST_P(Rectangle, IsSolvedTo48Bits) {
  const auto [rows, columns] = GetParam();
  const Eigen::MatrixXd a = integers(rows, columns, 5);
  const Eigen::VectorXd b = integers(rows, 1, 6);
  DriverBench bench = bench_for(2);
  load(bench, a, b);
  bench.job.method = MHO_JOB_METHOD_AUTO;
  bench.job.bits = bench.job.tolerance_bits = 48;
  ASSERT_EQ(bench.run().status, kConverged);
  EXPECT_LE(error_of(bench, oracle(a, b)), 0x1p-48);
}

INSTANTIATE_TEST_SUITE_P(Shapes, Rectangle,
                         testing::Values(Shape{2, 1}, Shape{5, 1}, Shape{9, 4}, Shape{24, 21}, Shape{40, 6},
                                         Shape{1, 2}, Shape{4, 9}, Shape{6, 40}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.first) + "Times" +
                                  std::to_string(shape.param.second);
                         });

TEST(LeastSquaresJob, SumsOverManyRowsStayInTheirIntegers) {
  for (const auto& [rows, columns] : {Shape{300, 6}, Shape{6, 300}}) {
    const Eigen::MatrixXd a = integers(rows, columns, 15);
    const Eigen::VectorXd b = integers(rows, 1, 16);
    DriverBench bench({.levels = 61, .cell_tolerance = 0.003});
    load(bench, a, b);
    bench.job.method = MHO_JOB_METHOD_AUTO;
    ASSERT_EQ(bench.run().status, kConverged);
    EXPECT_LE(error_of(bench, oracle(a, b)), 0x1p-24);
  }
}

TEST(LeastSquaresJob, TheOtherUnknownsAreTheResidual) {
  const Eigen::MatrixXd a = integers(12, 5, 7);
  const Eigen::VectorXd b = integers(12, 1, 8);
  DriverBench bench = bench_for(1);
  load(bench, a, b);
  bench.job.method = MHO_JOB_METHOD_AUTO;
  ASSERT_EQ(bench.run().status, kConverged);
  const LongVector residual = b.cast<long double>() - a.cast<long double>() * oracle(a, b);
  const LongVector others = bench.x().tail(12);
  // α is the power of two from a quarter to a half of 15.
  EXPECT_LE(static_cast<double>((4 * others - residual).norm() / residual.norm()), 0x1p-20);
}

TEST(LeastSquaresJob, XIsExactWhereNearlyAllOfBRemains) {
  // x is 2^-12 of what remains, and its error still counts by itself.
  const Eigen::MatrixXd a = integers(16, 4, 9);
  const Eigen::VectorXd rest = integers(16, 1, 10);
  const LongVector outside = rest.cast<long double>() - a.cast<long double>() * oracle(a, rest);
  Eigen::VectorXd b = (outside * 4096).cast<double>();
  for (double& v : b) v = std::round(v);
  b += a.col(0) + a.col(2);
  DriverBench bench = bench_for(3);
  load(bench, a, b);
  bench.job.method = MHO_JOB_METHOD_AUTO;
  bench.job.max_iterations = 100;
  ASSERT_EQ(bench.run().status, kConverged);
  EXPECT_LE(error_of(bench, oracle(a, b)), 0x1p-24);
}

// Of x = 0 no error is a small part, and a residual of 0 cannot fall any further.
TEST(LeastSquaresJob, EndsSoonWhereXIsZero) {
  Eigen::MatrixXd a = integers(12, 4, 3);
  a.bottomRows(4).setZero();
  Eigen::VectorXd b = Eigen::VectorXd::Zero(12);
  b.tail(4).setOnes();
  for (const std::uint32_t method : {MHO_JOB_METHOD_GMRES, MHO_JOB_METHOD_AUTO}) {
    SCOPED_TRACE(method);
    DriverBench bench = bench_for(1);
    load(bench, a, b);
    bench.job.method = method;
    bench.job.max_iterations = 500;
    EXPECT_EQ(bench.run().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_NOT_CONVERGED));
    EXPECT_EQ(bench.history().back(), 0);
    // Cycles of GMRES, of 16 steps here, go on as long as each leaves less than the one before.
    EXPECT_LE(bench.result().iterations, method == MHO_JOB_METHOD_AUTO ? 16u : 96u);
  }
}

TEST(LeastSquaresJob, SeveralRightHandSidesAreThoseOfJobsOfTheirOwn) {
  for (const auto& [rows, columns] : {Shape{14, 5}, Shape{5, 14}}) {
    const Eigen::MatrixXd a = integers(rows, columns, 11);
    const Eigen::MatrixXd b = integers(rows, 3, 12);
    SparseSystem system(a, b.col(0));
    system.rhs.assign(b.data(), b.data() + b.size());
    DriverBench many = bench_for(4);
    many.load(system);
    many.job.method = MHO_JOB_METHOD_AUTO;
    many.job.reorder_rows = many.job.split_leaves = 1;
    many.job.rhs_count = 3;
    many.run();
    for (std::uint32_t k = 0; k < 3; ++k) {
      SCOPED_TRACE(k);
      many.select(k);
      EXPECT_EQ(many.result().status, kConverged);
      DriverBench one = bench_for(4);
      load(one, a, b.col(k));
      one.job.method = MHO_JOB_METHOD_AUTO;
      one.run();
      EXPECT_EQ(many.x_bits(), one.x_bits());
    }
  }
}

TEST(LeastSquaresJob, WithoutFullRankThereIsNoAnswer) {
  Eigen::MatrixXd a = integers(12, 4, 13);
  a.col(3) = a.col(0) - a.col(1);
  for (const Eigen::MatrixXd& m : {a, Eigen::MatrixXd(a.transpose())}) {
    DriverBench bench = bench_for(5);
    load(bench, m, integers(m.rows(), 1, 14));
    bench.job.method = MHO_JOB_METHOD_AUTO;
    EXPECT_EQ(bench.run().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_SINGULAR));
  }
}

TEST(LeastSquaresJob, RowsAndColumnsTogetherAreLimited) {
  SparseSystem system;
  system.columns = 1;
  for (int i = 0; i < 4096; ++i) {
    system.column.push_back(0);
    system.value.push_back(1.0);
    system.rhs.push_back(1.0);
    system.row_start.push_back(static_cast<std::uint32_t>(system.column.size()));
  }
  DriverBench bench = bench_for(6);
  bench.load(system);
  EXPECT_EQ(bench.run().status, static_cast<std::uint32_t>(MHO_JOB_STATUS_TOO_LARGE));
  EXPECT_EQ(bench.dru.lists, 0u);
}

}  // namespace
}  // namespace mho::test
