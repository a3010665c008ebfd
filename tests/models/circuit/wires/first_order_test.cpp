// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/first_order.hpp"

#include <gtest/gtest.h>

#include "models/base/error.hpp"
#include "models/circuit/wires/port_reduction.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

TEST(FirstOrder, RejectsChangesThatDoNotFit) {
  const Eigen::MatrixXd g = random_cells(3, 4, 1);
  EXPECT_THROW((void)transfer_change(g, random_cells(4, 3, 1), {}), InputError);
  EXPECT_THROW((void)transfer_change(g, -g, {}), InputError);
  EXPECT_THROW((void)transfer_change(g, g, {.row_segment_ohm = -1.0}), InputError);
}

TEST(FirstOrder, IdealLinesHaveUnitGain) {
  const Eigen::MatrixXd g = random_cells(3, 4, 2);
  EXPECT_EQ(first_order_gain(g, {}), Eigen::MatrixXd::Ones(3, 4));
  EXPECT_EQ(first_order_transfer(g, {}), g);
}

TEST(FirstOrder, OneRowIsExact) {
  // A single row line between ideal columns: no second path exists.
  const Eigen::MatrixXd g = random_cells(1, 9, 3);
  for (const LineEnd end : {LineEnd::kFirst, LineEnd::kLast, LineEnd::kBoth}) {
    const LineParams lines{.row_segment_ohm = 2000.0, .row_port_ohm = 500.0, .row_end = end};
    EXPECT_LE(relative_difference(first_order_gain(g, lines).cwiseProduct(g),
                                  reduce_ports(g, lines).transfer_siemens),
              1e-14);
  }
}

TEST(FirstOrder, IsNeverAboveTheTransfer) {
  // What is_surely_stable() rests on: the terms left out are not negative.
  for (const double ohm : {1.0, 30.0, 3000.0}) {
    for (const LineEnd end : {LineEnd::kFirst, LineEnd::kBoth, LineEnd::kLast}) {
      const Eigen::MatrixXd g = random_cells(17, 12, 5, 0.2);
      const LineParams lines{
          .row_segment_ohm = ohm, .column_segment_ohm = 0.5 * ohm, .row_end = end, .column_end = end};
      const Eigen::MatrixXd exact = reduce_ports(g, lines).transfer_siemens;
      EXPECT_GE((exact - first_order_transfer(g, lines)).minCoeff(), -1e-14 * exact.maxCoeff()) << ohm;
    }
  }
}

TEST(FirstOrder, ErrorFallsWithTheSquareOfTheResistance) {
  const Eigen::MatrixXd g = random_cells(20, 14, 4);
  double previous = 0.0;
  for (const double ohm : {4.0, 0.4, 0.04}) {
    for (const LineEnd end : {LineEnd::kFirst, LineEnd::kBoth, LineEnd::kLast}) {
      const LineParams lines{
          .row_segment_ohm = ohm, .column_segment_ohm = 2.0 * ohm, .row_end = end, .column_end = end};
      const double error =
          relative_difference(first_order_transfer(g, lines), reduce_ports(g, lines).transfer_siemens);
      if (end == LineEnd::kLast) {
        if (previous > 0.0) {
          EXPECT_NEAR(error / previous, 0.01, 0.004) << ohm;
        }
        previous = error;
      }
    }
  }
  EXPECT_LE(previous, 1e-6);
}

TEST(FirstOrder, FollowsReadNoiseAsANewReductionWould) {
  // 1 % noise on a dense 64x64 array at 1.73 Ω, whose wires cost 8 %: the predicted change of a column's
  // current is right within 2 % of its size, so the noise is known to 2e-4 of the current.
  const Eigen::MatrixXd before = 0.5e-6 + 34.5e-6 * uniform_matrix(64, 64, 5).array();
  const Eigen::MatrixXd after = before.array() * (1.0 + 0.01 * normal_matrix(64, 64, 6).array());
  const LineParams lines{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};
  const Eigen::MatrixXd exact =
      reduce_ports(after, lines).transfer_siemens - reduce_ports(before, lines).transfer_siemens;
  const Eigen::MatrixXd predicted = transfer_change(before, after, lines);
  EXPECT_LE((predicted - exact).norm(), 0.02 * exact.norm());
  // The cells' own change, unattenuated, is worse by far.
  EXPECT_GE((after - before - exact).norm(), 0.05 * exact.norm());
  const Eigen::VectorXd drive = uniform_matrix(64, 1, 7);
  EXPECT_LE((predicted.transpose() * drive - exact.transpose() * drive).norm(),
            0.05 * (exact.transpose() * drive).norm());
}

}  // namespace
}  // namespace mho::circuit
