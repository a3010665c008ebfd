// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/line_solver.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <tuple>

#include "models/base/error.hpp"
#include "models/circuit/wires/port_reduction.hpp"
#include "tests/models/circuit/wires/nodal_array.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

constexpr double kRequiredError = 1e-9;

TEST(LineSolver, RejectsBadInput) {
  const LineSolver solver(random_cells(3, 4, 1), {.row_segment_ohm = 1.0});
  const VectorXd three = VectorXd::Ones(3), four = VectorXd::Ones(4);
  EXPECT_THROW((void)solver.solve(four, four), InputError);
  EXPECT_THROW((void)solver.solve(three, three), InputError);
  EXPECT_THROW((void)solver.solve(three, four, {.tolerance = 0.0}), InputError);
  EXPECT_THROW((void)solver.solve(three, four, {.max_iterations = 0}), InputError);
  VectorXd bad = four;
  bad[1] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)solver.solve(three, bad), InputError);
  EXPECT_THROW(LineSolver(Eigen::MatrixXd::Constant(2, 2, -1.0), {}), InputError);
  EXPECT_THROW(LineSolver(random_cells(2, 2, 1), {.column_port_ohm = -1.0}), InputError);
}

TEST(LineSolver, AgreesWithTheReductionForAnyDriveOfBothSides) {
  std::uint64_t seed = 10;
  for (const auto& [n, m] : {std::pair<Index, Index>{1, 1}, {4, 4}, {7, 5}, {12, 20}, {33, 31}}) {
    for (const double ohm : {0.0, 1e-3, 1.73, 200.0}) {
      for (const auto& [row_end, column_end] :
           {std::pair{LineEnd::kFirst, LineEnd::kLast}, std::pair{LineEnd::kLast, LineEnd::kFirst},
            std::pair{LineEnd::kBoth, LineEnd::kLast}, std::pair{LineEnd::kFirst, LineEnd::kBoth},
            std::pair{LineEnd::kBoth, LineEnd::kBoth}}) {
        for (const double port_ohm : {0.0, 80.0}) {
          ++seed;
          SCOPED_TRACE(testing::Message() << n << "x" << m << ", " << ohm << " ohm, seed " << seed);
          const LineParams lines{.row_segment_ohm = ohm,
                                 .column_segment_ohm = 1.5 * ohm,
                                 .row_port_ohm = port_ohm,
                                 .column_port_ohm = 2.0 * port_ohm,
                                 .row_end = row_end,
                                 .column_end = column_end};
          const Eigen::MatrixXd g = random_cells(n, m, seed, 0.15);
          const VectorXd u = normal_matrix(n, 1, seed, 3), v = normal_matrix(m, 1, seed, 4);
          const auto ports = reduce_ports(g, lines);
          const VectorXd rows = ports.row_self_siemens * u - ports.transfer_siemens * v;
          const VectorXd columns = ports.column_self_siemens * v - ports.transfer_siemens.transpose() * u;
          const auto solution = LineSolver(g, lines).solve(u, v);
          EXPECT_EQ(solution.status, LineStatus::kOk);
          const double scale = g.maxCoeff() * 1e-15;  // a 1x1 array may be open
          EXPECT_LE((solution.row_ampere - rows).norm(), kRequiredError * rows.norm() + scale);
          EXPECT_LE((solution.column_ampere - columns).norm(), kRequiredError * columns.norm() + scale);
        }
      }
    }
  }
}

TEST(LineSolver, HoldsOverTheWholeRangeThatIsStated) {
  // Random lines and cells from ideal and open up to 10 kΩ and 1 mS, mixed; against the reduction.
  const Random random(77);
  constexpr double kOhms[] = {0.0, 1e-9, 1e-3, 1.0, 200.0, 1e4};
  constexpr double kSiemens[] = {0.0, 1e-15, 1e-9, 1e-6, 1e-4, 1e-3};
  constexpr LineEnd kEnds[] = {LineEnd::kFirst, LineEnd::kLast, LineEnd::kBoth};
  for (std::uint32_t trial = 0; trial < 500; ++trial) {
    const auto draw = [&](std::uint16_t which, std::uint32_t below) {
      return random.words(RandomPurpose::kTest, {.unit = trial, .row = which}, 0)[0] % below;
    };
    SCOPED_TRACE(testing::Message() << "seed 77, trial " << trial);
    const Index n = 1 + draw(0, 20), m = 1 + draw(1, 20);
    const LineParams lines{.row_segment_ohm = kOhms[draw(2, 6)],
                           .column_segment_ohm = kOhms[draw(3, 6)],
                           .row_port_ohm = kOhms[draw(4, 6)],
                           .column_port_ohm = kOhms[draw(5, 6)],
                           .row_end = kEnds[draw(6, 3)],
                           .column_end = kEnds[draw(7, 3)]};
    const Eigen::MatrixXd g = uniform_matrix(n, m, 77, trial).unaryExpr([&](double x) {
      return kSiemens[static_cast<int>(6.0 * x)];
    });
    const VectorXd u = uniform_matrix(n, 1, 78, trial), v = uniform_matrix(m, 1, 79, trial);
    const auto ports = reduce_ports(g, lines);
    const auto solution = LineSolver(g, lines).solve(u, v);
    EXPECT_EQ(solution.status, LineStatus::kOk);
    const VectorXd expected = ports.row_self_siemens * u - ports.transfer_siemens * v;
    const double scale = (ports.row_self_siemens * u).cwiseAbs().maxCoeff();
    EXPECT_LE((solution.row_ampere - expected).cwiseAbs().maxCoeff(), 1e-8 * scale);
  }
}

TEST(LineSolver, LargeArraysReachTheRequiredErrorInFewIterations) {
  // Counts of facts.md §3: 3 to 12 at N = 16 … 512; r = 1 Ω, cells 1 … 100 µS.
  const LineParams lines{.row_segment_ohm = 1.0, .column_segment_ohm = 1.0};
  for (const auto& [n, most] : {std::pair<Index, int>{64, 3}, {128, 4}, {256, 7}, {512, 12}}) {
    const Eigen::MatrixXd g = random_cells(n, n, 20 + static_cast<std::uint64_t>(n));
    const LineSolver solver(g, lines);
    const VectorXd u = uniform_matrix(n, 1, 5), zero = VectorXd::Zero(n);
    const auto solution = solver.solve(u, zero);
    const auto exact = solver.solve(u, zero, {.tolerance = 1e-15});
    EXPECT_LE(relative_difference(solution.column_ampere, exact.column_ampere), kRequiredError);
    EXPECT_LE(solution.iterations, most) << n;
    if (n == 128) {
      const auto ports = reduce_ports(g, lines);
      EXPECT_LE(relative_difference(exact.column_ampere, -ports.transfer_siemens.transpose() * u), 1e-13);
    }
  }
}

TEST(LineSolver, VoltagesAndCellCurrentsObeyKirchhoff) {
  const LineParams lines{.row_segment_ohm = 30.0, .column_segment_ohm = 50.0, .column_port_ohm = 10.0};
  constexpr Index kRows = 6, kCols = 9;
  const Eigen::MatrixXd g = random_cells(kRows, kCols, 30);
  const VectorXd u = normal_matrix(kRows, 1, 31), v = normal_matrix(kCols, 1, 32);
  const auto solution = LineSolver(g, lines).solve(u, v, {.tolerance = 1e-14});
  // Along a column line every segment carries the currents of the cells above it.
  for (Index j = 0; j < kCols; ++j) {
    double ampere = 0.0;
    for (Index i = 0; i + 1 < kRows; ++i) {
      ampere += solution.cell_ampere(i, j);
      EXPECT_NEAR(solution.column_volt(i, j) - solution.column_volt(i + 1, j), 50.0 * ampere, 1e-13);
    }
    ampere += solution.cell_ampere(kRows - 1, j);
    EXPECT_NEAR(solution.column_volt(kRows - 1, j) - v[j], 60.0 * ampere, 1e-13);
  }
  EXPECT_NEAR(solution.row_ampere.sum() + solution.column_ampere.sum(), 0.0, 1e-18);
}

TEST(LineSolver, VouchesForNothingBeyondItsRange) {
  const Eigen::MatrixXd g = Eigen::MatrixXd::Constant(8, 8, 1e-3);
  const VectorXd u = VectorXd::Ones(8), zero = VectorXd::Zero(8);
  const LineParams within{.row_segment_ohm = 1e4, .column_segment_ohm = 1.0};
  const LineParams beyond{.row_segment_ohm = 1.0, .column_segment_ohm = 1.1e4};
  EXPECT_EQ(LineSolver(g, within).solve(u, zero).status, LineStatus::kOk);
  EXPECT_EQ(LineSolver(g, beyond).solve(u, zero).status, LineStatus::kOutOfRange);
}

TEST(LineSolver, SaysWhenItStoppedEarly) {
  const LineSolver solver(random_cells(64, 64, 40), {.row_segment_ohm = 100.0, .column_segment_ohm = 100.0});
  const auto solution =
      solver.solve(VectorXd::Ones(64), VectorXd::Zero(64), {.tolerance = 1e-12, .max_iterations = 2});
  EXPECT_EQ(solution.status, LineStatus::kNotConverged);
  EXPECT_EQ(solution.iterations, 2);
  EXPECT_GT(solution.error_estimate, 1e-12);
}

TEST(LineSolver, NothingDrivenAndNothingConnectedAreSolvedAtOnce) {
  const auto idle = LineSolver(random_cells(5, 5, 50), {.row_segment_ohm = 1.0})
                        .solve(VectorXd::Zero(5), VectorXd::Zero(5));
  EXPECT_EQ(idle.row_ampere, VectorXd::Zero(5));
  const auto open =
      LineSolver(Eigen::MatrixXd::Zero(5, 5), {.row_segment_ohm = 1.0, .column_segment_ohm = 1.0})
          .solve(VectorXd::Ones(5), VectorXd::Zero(5));
  EXPECT_EQ(open.status, LineStatus::kOk);
  EXPECT_EQ(open.iterations, 0);
  EXPECT_EQ(open.row_ampere, VectorXd::Zero(5));
}

}  // namespace
}  // namespace mho::circuit
