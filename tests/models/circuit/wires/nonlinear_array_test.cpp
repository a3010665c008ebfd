// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/nonlinear_array.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.hpp"
#include "models/circuit/wires/line_solver.hpp"
#include "models/circuit/wires/port_reduction.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::ArrayXXd;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

CellLaw ohmic(const MatrixXd& g) {
  return [g](const ArrayXXd& volt, ArrayXXd& ampere, ArrayXXd& slope) {
    ampere = g.array() * volt;
    slope = g.array();
  };
}

CellLaw sinh_law(const MatrixXd& g, double v0) {
  return [g, v0](const ArrayXXd& volt, ArrayXXd& ampere, ArrayXXd& slope) {
    ampere = g.array() * v0 * (volt / v0).sinh();
    slope = g.array() * (volt / v0).cosh();
  };
}

TEST(NonlinearArray, RejectsBadInput) {
  const MatrixXd g = random_cells(3, 4, 1);
  const VectorXd three = VectorXd::Ones(3), four = VectorXd::Ones(4);
  EXPECT_THROW((void)solve_nonlinear_array(3, 4, ohmic(g), {}, four, four), InputError);
  EXPECT_THROW((void)solve_nonlinear_array(3, 4, ohmic(g), {}, three, NAN * four), InputError);
  EXPECT_THROW((void)solve_nonlinear_array(3, 4, ohmic(-g), {}, three, four), InputError);
  EXPECT_THROW((void)solve_nonlinear_array(3, 4, ohmic(g), {}, three, four, {.tolerance = 0.0}), InputError);
  EXPECT_THROW((void)solve_nonlinear_array(3, 4, ohmic(g), {}, three, four, {.max_iterations = 0}),
               InputError);
  const CellLaw wrong_size = [](const ArrayXXd&, ArrayXXd& ampere, ArrayXXd& slope) {
    ampere = slope = ArrayXXd::Ones(2, 2);
  };
  EXPECT_THROW((void)solve_nonlinear_array(3, 4, wrong_size, {}, three, four), InputError);
}

TEST(NonlinearArray, OhmicCellsTakeOneStep) {
  const MatrixXd g = random_cells(7, 9, 2, 0.2);
  const LineParams lines{.row_segment_ohm = 10.0, .column_segment_ohm = 20.0, .row_end = LineEnd::kLast};
  const VectorXd u = normal_matrix(7, 1, 3), v = normal_matrix(9, 1, 4);
  const auto solution = solve_nonlinear_array(7, 9, ohmic(g), lines, u, v);
  EXPECT_EQ(solution.status, NonlinearStatus::kOk);
  EXPECT_EQ(solution.iterations, 1);
  const auto ports = reduce_ports(g, lines);
  EXPECT_LE(relative_difference(solution.row_ampere, ports.row_self_siemens * u - ports.transfer_siemens * v),
            1e-9);
}

TEST(NonlinearArray, OneCellIsADividerWithAKnownRoot) {
  // 1 V through 1 kΩ + 1 kΩ into I = g v0 sinh(v/v0): bisection on the voltage of the cell.
  constexpr double kG = 1e-3, kV0 = 0.2, kOhm = 2000.0;
  double low = 0.0, high = 1.0;
  for (int k = 0; k < 60; ++k) {
    const double v = 0.5 * (low + high);
    (v + kOhm * kG * kV0 * std::sinh(v / kV0) > 1.0 ? high : low) = v;
  }
  const auto solution = solve_nonlinear_array(1, 1, sinh_law(MatrixXd::Constant(1, 1, kG), kV0),
                                              {.row_segment_ohm = 1000.0, .column_segment_ohm = 1000.0},
                                              VectorXd::Ones(1), VectorXd::Zero(1));
  ASSERT_EQ(solution.status, NonlinearStatus::kOk);
  EXPECT_NEAR(solution.cell_volt(0, 0), low, 1e-10);
  EXPECT_NEAR(solution.row_ampere[0], (1.0 - low) / kOhm, 1e-13);
}

TEST(NonlinearArray, CurrentsObeyTheLawAndKirchhoff) {
  std::uint64_t seed = 10;
  for (const double v0 : {1.0, 0.2, 0.05}) {
    for (const double ohm : {0.0, 1.73, 100.0}) {
      ++seed;
      SCOPED_TRACE(testing::Message() << "v0 " << v0 << ", " << ohm << " ohm, seed " << seed);
      constexpr Index kRows = 16, kCols = 12;
      const MatrixXd g = random_cells(kRows, kCols, seed, 0.1);
      const VectorXd u = 0.2 * (2.0 * uniform_matrix(kRows, 1, seed, 3).array() - 1.0);
      const auto solution = solve_nonlinear_array(kRows, kCols, sinh_law(g, v0),
                                                  {.row_segment_ohm = ohm, .column_segment_ohm = ohm}, u,
                                                  VectorXd::Zero(kCols), {.tolerance = 1e-12});
      ASSERT_EQ(solution.status, NonlinearStatus::kOk);
      EXPECT_LE(solution.iterations, 12);
      const ArrayXXd law = g.array() * v0 * (solution.cell_volt / v0).sinh();
      EXPECT_LE(relative_difference(solution.cell_ampere.matrix(), law.matrix()), 1e-11);
      // The wires, from the cells' currents alone: drop on the way from row port i to the cell, and from the
      // cell to column port j. Rows end at column 0, columns at the last row.
      const MatrixXd ampere = solution.cell_ampere.matrix();
      for (Index i = 0; i < kRows; ++i) {
        for (Index j = 0; j < kCols; ++j) {
          double drop = 0.0;
          for (Index k = 0; k <= j; ++k) drop += ohm * ampere.row(i).tail(kCols - k).sum();
          for (Index k = i; k < kRows; ++k) drop += ohm * ampere.col(j).head(k + 1).sum();
          if (g(i, j) > 0.0) {
            EXPECT_NEAR(solution.cell_volt(i, j) + drop, u[i], 1e-10);
          }
        }
      }
    }
  }
}

TEST(NonlinearArray, SlopesGiveTheSmallSignalNetwork) {
  const MatrixXd g = random_cells(8, 8, 40);
  const LineParams lines{.row_segment_ohm = 50.0, .column_segment_ohm = 50.0};
  const VectorXd u = 0.2 * uniform_matrix(8, 1, 41), zero = VectorXd::Zero(8);
  const NonlinearOptions tight{.tolerance = 1e-13};
  const auto at = [&](const VectorXd& drive) {
    return solve_nonlinear_array(8, 8, sinh_law(g, 0.15), lines, drive, zero, tight);
  };
  const auto point = at(u);
  const auto ports = reduce_ports(point.slope_siemens.matrix(), lines);
  const VectorXd direction = normal_matrix(8, 1, 42);
  constexpr double kStep = 1e-5;
  const VectorXd numeric =
      (at(u + kStep * direction).column_ampere - at(u - kStep * direction).column_ampere) / (2.0 * kStep);
  EXPECT_LE(relative_difference(-ports.transfer_siemens.transpose() * direction, numeric), 1e-6);
}

TEST(NonlinearArray, SaysWhenItStoppedEarly) {
  const auto solution =
      solve_nonlinear_array(4, 4, sinh_law(random_cells(4, 4, 50), 0.01), {.row_segment_ohm = 100.0},
                            VectorXd::Constant(4, 0.2), VectorXd::Zero(4), {.max_iterations = 1});
  EXPECT_EQ(solution.status, NonlinearStatus::kNotConverged);
  EXPECT_GT(solution.residual, 1e-6);
}

}  // namespace
}  // namespace mho::circuit
