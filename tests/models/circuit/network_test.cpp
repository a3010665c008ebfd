// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/network.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "models/base/error.hpp"

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

}  // namespace
}  // namespace mho::circuit
