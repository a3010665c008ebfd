// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/network.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include <limits>

#include "models/base/error.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "tests/models/circuit/wires/nodal_array.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

device::DifferentialPair small_pair() {
  device::DifferentialPair pair{.positive = Eigen::MatrixXd(2, 2), .negative = Eigen::MatrixXd(2, 2)};
  pair.positive << 5e-6, 1e-6, 2e-6, 7e-6;
  pair.negative << 1e-6, 3e-6, 1e-6, 1e-6;
  return pair;
}

TEST(Network, RejectsBadPairs) {
  EXPECT_THROW((void)inv_network({Eigen::MatrixXd(0, 0), Eigen::MatrixXd(0, 0)}, 0.0), InputError);
  EXPECT_THROW((void)inv_network({Eigen::MatrixXd::Ones(2, 3), Eigen::MatrixXd::Ones(2, 3)}, 0.0),
               InputError);
  EXPECT_THROW((void)mvm_network({Eigen::MatrixXd::Ones(2, 3), Eigen::MatrixXd::Ones(3, 2)}), InputError);
  EXPECT_THROW((void)inv_network(small_pair(), -1e-6), InputError);
  auto bad = small_pair();
  bad.negative(1, 1) = -1e-9;
  EXPECT_THROW((void)mvm_network(bad), InputError);
  bad.negative(1, 1) = std::numeric_limits<double>::infinity();
  EXPECT_THROW((void)inv_network(bad, 0.0), InputError);
}

TEST(Network, InvSumsRowsIntoNodesAndColumnsIntoDrivers) {
  const auto network = inv_network(small_pair(), 4e-6);
  EXPECT_NEAR(network.transfer_siemens(0, 1), -2e-6, 1e-18);
  EXPECT_NEAR(network.self_siemens(0, 0), (5 + 1 + 1 + 3 + 4) * 1e-6, 1e-18);
  EXPECT_NEAR(network.self_siemens(1, 1), (2 + 7 + 1 + 1 + 4) * 1e-6, 1e-18);
  EXPECT_EQ(network.self_siemens(0, 1), 0.0);
  EXPECT_NEAR(network.drive_siemens[0], (5 + 2 + 1 + 1) * 1e-6, 1e-18);
}

TEST(Network, MvmSumsColumnsIntoNodesAndRowsIntoDrivers) {
  const auto network = mvm_network(small_pair());
  EXPECT_NEAR(network.transfer_siemens(1, 0), -2e-6, 1e-18);  // column 1 from row 0
  EXPECT_NEAR(network.self_siemens(0, 0), (5 + 2 + 1 + 1) * 1e-6, 1e-18);
  EXPECT_EQ(network.self_siemens(1, 0), 0.0);
  EXPECT_NEAR(network.drive_siemens[0], (5 + 1 + 1 + 3) * 1e-6, 1e-18);
}

constexpr LineParams kLines{.row_segment_ohm = 5.0, .column_segment_ohm = 3.0, .row_port_ohm = 20.0};

device::DifferentialPair random_pair(Eigen::Index rows, Eigen::Index cols) {
  return {.positive = random_cells(rows, cols, 1), .negative = random_cells(rows, cols, 2)};
}

TEST(Network, RejectsBadLines) {
  EXPECT_THROW((void)inv_network(small_pair(), {.row_segment_ohm = -1.0}, 0.0), InputError);
  EXPECT_THROW((void)mvm_network(small_pair(), {.column_port_ohm = -1.0}), InputError);
  const auto ports = reduce_ports(random_cells(2, 3, 1), kLines),
             other = reduce_ports(random_cells(3, 3, 1), kLines);
  EXPECT_THROW((void)inv_network(ports, ports, 0.0), InputError);
  EXPECT_THROW((void)mvm_network(ports, other), InputError);
}

TEST(Network, ResistiveLinesCoupleTheSummingNodes) {
  const auto pair = random_pair(6, 6);
  const auto plus = dense_nodal_ports(pair.positive, kLines),
             minus = dense_nodal_ports(pair.negative, kLines);
  const auto inv = inv_network(pair, kLines, 4e-6);
  EXPECT_LE(relative_difference(inv.transfer_siemens, plus.transfer_siemens - minus.transfer_siemens), 1e-12);
  Eigen::MatrixXd self = plus.row_self_siemens + minus.row_self_siemens;
  self.diagonal().array() += 4e-6;
  EXPECT_LE(relative_difference(inv.self_siemens, self), 1e-12);
  EXPECT_LT(inv.self_siemens(0, 1), 0.0);
  const Eigen::VectorXd drive = (plus.column_self_siemens + minus.column_self_siemens).diagonal();
  EXPECT_LE(relative_difference(inv.drive_siemens, drive), 1e-12);

  const auto mvm = mvm_network(pair, kLines);
  EXPECT_EQ(mvm.transfer_siemens, inv.transfer_siemens.transpose());
  EXPECT_LE(relative_difference(mvm.self_siemens, plus.column_self_siemens + minus.column_self_siemens),
            1e-12);
}

TEST(Network, FiniteGainAmplifiersOnResistiveLinesObeyKirchhoff) {
  // Unknowns s and v at once: (Y + G_f) s − G_f v = T v_rows, s + v/A0 = V_os; the circuits eliminate s.
  constexpr Eigen::Index kRows = 5, kCols = 7;
  constexpr double kFeedback = 100e-6;
  OpampParams opamp;
  opamp.gain = 50.0;
  opamp.v_sat_volt = 100.0;
  const auto network = mvm_network(random_pair(kRows, kCols), kLines);
  const Eigen::VectorXd offsets = 1e-3 * normal_matrix(kCols, 1, 3),
                        v_rows = 0.1 * normal_matrix(kRows, 1, 4);
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(2 * kCols, 2 * kCols);
  matrix.topLeftCorner(kCols, kCols) = network.self_siemens;
  matrix.topLeftCorner(kCols, kCols).diagonal().array() += kFeedback;
  matrix.topRightCorner(kCols, kCols).diagonal().array() = -kFeedback;
  matrix.bottomLeftCorner(kCols, kCols).setIdentity();
  matrix.bottomRightCorner(kCols, kCols).diagonal().array() = 1.0 / opamp.gain;
  Eigen::VectorXd right(2 * kCols);
  // Rows drive the summing nodes; the inverted rows of the negative array are inside the transfer matrix.
  right << network.transfer_siemens * v_rows, offsets;
  const Eigen::VectorXd expected = matrix.fullPivLu().solve(right).tail(kCols);
  const auto result = MvmCircuit(network, opamp, offsets).evaluate(v_rows, kFeedback);
  EXPECT_LE(relative_difference(result.v_out, expected), 1e-12);
}

}  // namespace
}  // namespace mho::circuit
