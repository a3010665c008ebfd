// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/first_order_array.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.hpp"
#include "models/circuit/wires/first_order.hpp"
#include "models/circuit/wires/port_reduction.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr LineEnd kEnds[] = {LineEnd::kFirst, LineEnd::kLast, LineEnd::kBoth};
constexpr double kRounding = 1e-13;

LineParams lines_of(double ohm, LineEnd row_end, LineEnd column_end) {
  return {.row_segment_ohm = ohm,
          .column_segment_ohm = 1.5 * ohm,
          .row_port_ohm = 10.0 * ohm,
          .column_port_ohm = 20.0 * ohm,
          .row_end = row_end,
          .column_end = column_end};
}

TEST(FirstOrderArray, RejectsBadInput) {
  EXPECT_THROW(FirstOrderArray(-random_cells(2, 2, 1), {}), InputError);
  EXPECT_THROW(FirstOrderArray(random_cells(2, 2, 1), {.row_segment_ohm = -1.0}), InputError);
}

TEST(FirstOrderArray, IdealLinesLoseNothing) {
  const MatrixXd g = random_cells(3, 4, 2);
  const FirstOrderArray array(g, {});
  EXPECT_EQ(array.transfer(), g);
  EXPECT_EQ(array.column_loss(), 0.0);
  EXPECT_LE(relative_difference(array.row_self_siemens(), g.rowwise().sum()), kRounding);
  VectorXd by_row, by_column;
  array.bound_rest(1, by_row, by_column);
  EXPECT_EQ(by_row, VectorXd::Zero(3));
  EXPECT_EQ(by_column, VectorXd::Zero(4));
}

TEST(FirstOrderArray, TransferIsThatOfFirstOrderForAnyConnection) {
  for (const LineEnd row_end : kEnds) {
    for (const LineEnd column_end : kEnds) {
      const MatrixXd g = random_cells(13, 10, 3, 0.2);
      const LineParams lines = lines_of(30.0, row_end, column_end);
      EXPECT_LE(relative_difference(FirstOrderArray(g, lines).transfer(), first_order_transfer(g, lines)),
                kRounding);
    }
  }
}

TEST(FirstOrderArray, SweepsConvergeToTheArraysCurrents) {
  // Fixed ports: q = C w + L s, M w = q + P v, until nothing changes; against the reduction.
  for (const LineEnd row_end : kEnds) {
    for (const LineEnd column_end : kEnds) {
      const MatrixXd g = random_cells(13, 10, 4, 0.2);
      const LineParams lines = lines_of(30.0, row_end, column_end);
      const VectorXd s = normal_matrix(13, 1, 5), v = normal_matrix(10, 1, 6);
      const FirstOrderArray array(g, lines);
      LaneVector q(array.swept().size(), 0.0);
      VectorXd weighed;
      for (int k = 0; k < 60; ++k) {
        weighed = array.ground_columns(q.data(), q.data());
        array.couple(s, v, q.data());
      }
      const ArrayPorts ports = reduce_ports(g, lines);
      const VectorXd expected = ports.row_self_siemens * s - ports.transfer_siemens * v;
      const VectorXd into_rows = array.row_self_siemens().cwiseProduct(s) - array.transfer() * v - weighed;
      EXPECT_LE(relative_difference(into_rows, expected), 1e-12);
    }
  }
}

TEST(FirstOrderArray, BoundsOfTheRestAreNeverBelowItAndTightenWithSweeps) {
  for (const double ohm : {0.1, 3.0, 100.0}) {
    for (const LineEnd row_end : kEnds) {
      for (const LineEnd column_end : kEnds) {
        SCOPED_TRACE(testing::Message() << ohm);
        const MatrixXd g = random_cells(17, 17, 7, 0.2);
        const LineParams lines = lines_of(ohm, row_end, column_end);
        const FirstOrderArray array(g, lines);
        const MatrixXd rest = reduce_ports(g, lines).transfer_siemens - array.transfer();
        const VectorXd true_rows = rest.rowwise().sum(), true_columns = rest.colwise().sum().transpose();
        const double rounding = kRounding * g.sum();
        VectorXd rows, columns, more_rows, more_columns, most_rows, most_columns;
        array.bound_rest(1, rows, columns);
        array.bound_rest(3, more_rows, more_columns);
        array.bound_rest(200, most_rows, most_columns);
        EXPECT_GE((rows - more_rows).minCoeff(), -rounding);
        EXPECT_GE((columns - more_columns).minCoeff(), -rounding);
        EXPECT_GE((more_rows - true_rows).minCoeff(), -rounding);
        EXPECT_GE((more_columns - true_columns).minCoeff(), -rounding);
        EXPECT_LE((most_rows - true_rows).cwiseAbs().maxCoeff(), 1e-9 * true_rows.maxCoeff() + rounding);
        EXPECT_LE((most_columns - true_columns).cwiseAbs().maxCoeff(),
                  1e-9 * true_columns.maxCoeff() + rounding);
      }
    }
  }
}

TEST(FirstOrderArray, ColumnLossBoundsWhatReachesTheRowPorts) {
  // A current into each node of the column lines, all ports grounded: what leaves through the row ports is
  // found by the sweeps themselves, and is not above the bound.
  const MatrixXd g = random_cells(16, 16, 8);
  const FirstOrderArray array(g, lines_of(20.0, LineEnd::kFirst, LineEnd::kLast));
  LaneVector r(array.swept().size(), 0.0);
  double norm2 = 0.0;
  const MatrixXd draws = normal_matrix(16, 16, 9);
  for (Index i = 0; i < 16; ++i) {
    for (Index j = 0; j < 16; ++j) {
      r[array.swept().place(i, j)] = draws(i, j);
      norm2 += draws(i, j) * draws(i, j);
    }
  }
  const VectorXd nothing = VectorXd::Zero(16);
  LaneVector q = r;
  VectorXd out;
  for (int k = 0; k < 100; ++k) {
    out = array.ground_columns(q.data(), q.data());
    array.couple(nothing, nothing, q.data());
    for (std::size_t at = 0; at < q.size(); ++at) q[at] += r[at];
  }
  EXPECT_LE(out.cwiseAbs().sum(), array.column_loss() * std::sqrt(norm2));
  EXPECT_GE(out.norm(), 0.001 * array.column_loss() * std::sqrt(norm2));
}

}  // namespace
}  // namespace mho::circuit
