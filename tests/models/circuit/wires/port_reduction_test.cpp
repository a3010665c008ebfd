// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/port_reduction.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include <limits>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/circuit/wires/nodal_array.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;

// The oracle works with 64 bits of mantissa and loses as many as segments exceed cells in conductance: at
// 1 mΩ and 1 µS nine digits.
constexpr double kOracleTolerance = 3e-10;

std::vector<LineParams> line_choices(double ohm) {
  std::vector<LineParams> choices;
  for (const LineEnd row_end : {LineEnd::kFirst, LineEnd::kLast}) {
    for (const LineEnd column_end : {LineEnd::kFirst, LineEnd::kLast}) {
      for (const double port_ohm : {0.0, 75.0}) {
        choices.push_back({.row_segment_ohm = ohm,
                           .column_segment_ohm = 2.0 * ohm,
                           .row_port_ohm = port_ohm,
                           .column_port_ohm = 0.5 * port_ohm,
                           .row_end = row_end,
                           .column_end = column_end});
      }
    }
  }
  return choices;
}

void expect_equal(const ArrayPorts& ports, const ArrayPorts& expected, double tolerance) {
  EXPECT_LE(relative_difference(ports.transfer_siemens, expected.transfer_siemens), tolerance);
  EXPECT_LE(relative_difference(ports.row_self_siemens, expected.row_self_siemens), tolerance);
  EXPECT_LE(relative_difference(ports.column_self_siemens, expected.column_self_siemens), tolerance);
}

TEST(PortReduction, RejectsBadInput) {
  const Eigen::MatrixXd g = random_cells(3, 3, 1);
  EXPECT_THROW((void)reduce_ports(Eigen::MatrixXd(0, 0), {}), InputError);
  EXPECT_THROW((void)reduce_ports(g, {.row_segment_ohm = -1.0}), InputError);
  Eigen::MatrixXd bad = g;
  bad(2, 1) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_THROW((void)reduce_ports(bad, {}), InputError);
  bad(2, 1) = -1e-6;
  EXPECT_THROW((void)reduce_ports(bad, {.row_segment_ohm = 1.0}), InputError);
}

TEST(PortReduction, IdealLinesGiveTheCellsThemselves) {
  const Eigen::MatrixXd g = random_cells(3, 5, 2);
  const auto ports = reduce_ports(g, {});
  EXPECT_EQ(ports.transfer_siemens, g);
  EXPECT_EQ(ports.row_self_siemens, Eigen::MatrixXd(g.rowwise().sum().asDiagonal()));
  EXPECT_EQ(ports.column_self_siemens, Eigen::MatrixXd(g.colwise().sum().asDiagonal()));
}

TEST(PortReduction, OneCellIsASeriesCircuit) {
  const auto ports =
      reduce_ports(Eigen::MatrixXd::Constant(1, 1, 1e-4),
                   {.row_segment_ohm = 100.0, .column_segment_ohm = 200.0, .row_port_ohm = 700.0});
  EXPECT_DOUBLE_EQ(ports.transfer_siemens(0, 0), 1.0 / 11000.0);
  EXPECT_DOUBLE_EQ(ports.row_self_siemens(0, 0), 1.0 / 11000.0);
  EXPECT_DOUBLE_EQ(ports.column_self_siemens(0, 0), 1.0 / 11000.0);
}

TEST(PortReduction, OneRowIsALadder) {
  // Two cells of 1 mS on a row of 1 kΩ segments, columns at their ports:
  // node voltages for 1 V at the row port: 0 = 1·(1 − w0) − w0 − (w0 − w1), 0 = (w0 − w1) − w1.
  const auto ports = reduce_ports(Eigen::MatrixXd::Constant(1, 2, 1e-3), {.row_segment_ohm = 1000.0});
  EXPECT_NEAR(ports.transfer_siemens(0, 0), 0.4e-3, 1e-17);
  EXPECT_NEAR(ports.transfer_siemens(0, 1), 0.2e-3, 1e-17);
  EXPECT_NEAR(ports.row_self_siemens(0, 0), 0.6e-3, 1e-17);
  EXPECT_NEAR(ports.column_self_siemens(0, 1), -0.2e-3, 1e-17);
}

TEST(PortReduction, AgreesWithADenseNodalSolution) {
  std::uint64_t seed = 100;
  for (const auto& [n, m] : {std::pair<Index, Index>{2, 2}, {4, 4}, {7, 5}, {5, 12}, {8, 8}, {9, 10}}) {
    for (const double ohm : {1e-3, 1.73, 200.0}) {
      for (const LineParams& lines : line_choices(ohm)) {
        ++seed;
        SCOPED_TRACE(testing::Message() << n << "x" << m << ", " << ohm << " ohm, seed " << seed);
        const Eigen::MatrixXd g = random_cells(n, m, seed, 0.2);
        expect_equal(reduce_ports(g, lines), dense_nodal_ports(g, lines), kOracleTolerance);
      }
    }
  }
}

TEST(PortReduction, LinesThatAreIdealInOneDirectionAgreeToo) {
  std::uint64_t seed = 300;
  for (const LineParams& lines :
       {LineParams{.row_segment_ohm = 2.0}, LineParams{.column_segment_ohm = 3.0},
        LineParams{.row_port_ohm = 50.0}, LineParams{.column_port_ohm = 50.0},
        LineParams{.row_segment_ohm = 2.0, .column_port_ohm = 50.0},
        LineParams{.column_segment_ohm = 2.0, .row_port_ohm = 50.0, .column_end = LineEnd::kFirst},
        LineParams{.row_port_ohm = 20.0, .column_port_ohm = 50.0, .row_end = LineEnd::kLast}}) {
    const Eigen::MatrixXd g = random_cells(9, 6, ++seed, 0.2);
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    expect_equal(reduce_ports(g, lines), dense_nodal_ports(g, lines), 1e-12);
  }
}

TEST(PortReduction, LargerArraysAgreeWithASparseSolver) {
  for (const auto& [n, m] : {std::pair<Index, Index>{64, 64}, {40, 100}, {65, 33}}) {
    const Eigen::MatrixXd g = random_cells(n, m, 400 + static_cast<std::uint64_t>(n));
    const LineParams lines{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};
    expect_equal(reduce_ports(g, lines), sparse_nodal_ports(g, lines), 1e-10);
  }
}

TEST(PortReduction, OpenCellsLeaveTheNetworkRegular) {
  const LineParams lines{.row_segment_ohm = 1.0, .column_segment_ohm = 1.0};
  const auto nothing = reduce_ports(Eigen::MatrixXd::Zero(5, 9), lines);
  EXPECT_EQ(nothing.transfer_siemens, Eigen::MatrixXd::Zero(5, 9));
  EXPECT_EQ(nothing.row_self_siemens, Eigen::MatrixXd::Zero(5, 5));
  EXPECT_EQ(nothing.column_self_siemens, Eigen::MatrixXd::Zero(9, 9));

  Eigen::MatrixXd g = random_cells(5, 9, 500);
  g.row(2).setZero();
  g.col(0).setZero();
  const auto ports = reduce_ports(g, lines);
  EXPECT_EQ(ports.transfer_siemens.row(2), Eigen::RowVectorXd::Zero(9));
  EXPECT_EQ(ports.row_self_siemens(2, 2), 0.0);
  expect_equal(ports, dense_nodal_ports(g, lines), 1e-12);
}

TEST(PortReduction, VanishingResistanceApproachesTheIdealArray) {
  // First order: the deviation is proportional to the resistance. In usual arithmetic the cancellation at
  // 1e-9 Ω would leave four digits.
  const Eigen::MatrixXd g = random_cells(16, 16, 600);
  const auto deviation = [&](double ohm) {
    return relative_difference(
        reduce_ports(g, {.row_segment_ohm = ohm, .column_segment_ohm = ohm}).transfer_siemens, g);
  };
  const double reference = deviation(1e-3) / 1e-3;
  for (const double ohm : {1e-4, 1e-6, 1e-8}) EXPECT_NEAR(deviation(ohm) / ohm, reference, 0.01 * reference);
}

TEST(PortReduction, IsReciprocalPassiveAndWithoutGround) {
  for (const auto& [n, m] : {std::pair<Index, Index>{6, 6}, {20, 13}}) {
    const auto ports =
        reduce_ports(random_cells(n, m, 700 + static_cast<std::uint64_t>(n), 0.3),
                     {.row_segment_ohm = 20.0, .column_segment_ohm = 50.0, .row_port_ohm = 10.0});
    EXPECT_EQ(ports.row_self_siemens, ports.row_self_siemens.transpose().eval());
    EXPECT_EQ(ports.column_self_siemens, ports.column_self_siemens.transpose().eval());
    EXPECT_GE(ports.transfer_siemens.minCoeff(), 0.0);
    Eigen::MatrixXd all(n + m, n + m);
    all << ports.row_self_siemens, -ports.transfer_siemens, -ports.transfer_siemens.transpose(),
        ports.column_self_siemens;
    const double scale = all.diagonal().maxCoeff();
    EXPECT_LE(all.rowwise().sum().cwiseAbs().maxCoeff(), 1e-14 * scale);
    const double lowest =
        Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(all, Eigen::EigenvaluesOnly).eigenvalues().minCoeff();
    EXPECT_GE(lowest, -1e-14 * scale);
  }
}

TEST(PortReduction, MoreResistanceNeverRaisesASelfConductance) {
  // Rayleigh's monotonicity law.
  const Eigen::MatrixXd g = random_cells(10, 10, 800);
  Eigen::VectorXd previous = g.rowwise().sum();
  for (const double ohm : {0.1, 1.0, 10.0, 100.0, 1000.0}) {
    const Eigen::VectorXd self =
        reduce_ports(g, {.row_segment_ohm = ohm, .column_segment_ohm = ohm}).row_self_siemens.diagonal();
    EXPECT_TRUE((self.array() < previous.array()).all()) << ohm;
    previous = self;
  }
}

TEST(PortReduction, ConnectingTheOtherEndMirrorsTheArray) {
  const Eigen::MatrixXd g = random_cells(7, 10, 900);
  LineParams lines{.row_segment_ohm = 5.0, .column_segment_ohm = 3.0};
  const auto reference = reduce_ports(g, lines);
  lines.row_end = LineEnd::kLast;
  const auto mirrored = reduce_ports(g.rowwise().reverse(), lines);
  EXPECT_EQ(mirrored.transfer_siemens, reference.transfer_siemens.rowwise().reverse());
  EXPECT_LE(relative_difference(mirrored.column_self_siemens, reference.column_self_siemens.reverse()),
            1e-15);
}

}  // namespace
}  // namespace mho::circuit
