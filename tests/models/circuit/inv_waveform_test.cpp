// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/inv_waveform.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <Eigen/LU>
#include <unsupported/Eigen/MatrixFunctions>

#include <cmath>
#include <limits>
#include <numbers>

#include "models/base/error.hpp"
#include "models/circuit/inv_circuit.hpp"

namespace mho::circuit {
namespace {

constexpr double kUnlimited = 1e30;

InvNetwork network_of(Eigen::MatrixXd g, double g_in) {
  const Eigen::VectorXd sums = g.cwiseAbs().rowwise().sum().array() + g_in;
  return {.transfer_siemens = g, .self_siemens = sums.asDiagonal(), .drive_siemens = sums};
}

Eigen::MatrixXd stable_matrix() {
  return (Eigen::MatrixXd(3, 3) << 30e-6, 5e-6, -8e-6, 10e-6, 25e-6, 4e-6, 2e-6, -9e-6, 20e-6).finished();
}

TEST(InvWaveform, FollowsTheMatrixExponential) {
  const InvNetwork network = network_of(stable_matrix(), 50e-6);
  const OpampParams opamp{.gain = 1e3, .v_sat_volt = kUnlimited, .slew_rate_volt_per_s = kUnlimited};
  const Eigen::Vector3d offsets(1e-4, -2e-4, 3e-4), input(2e-6, -1e-6, 3e-6), start(0.1, 0.0, -0.05);
  const double duration_s = 5e-9;
  const int samples = 7;
  const Eigen::MatrixXd waveform =
      InvWaveform(network, opamp, offsets)
          .settle(start, input, Eigen::VectorXd::LinSpaced(samples, duration_s / samples, duration_s));

  const Eigen::MatrixXd y_inverse = network.self_siemens.inverse();
  const Eigen::MatrixXd rate = 2 * std::numbers::pi * opamp.gbw_hz *
                               (y_inverse * network.transfer_siemens + Eigen::Matrix3d::Identity() / 1e3);
  const Eigen::VectorXd end =
      rate.inverse() * (2 * std::numbers::pi * opamp.gbw_hz * (offsets - y_inverse * input));
  for (int k = 0; k < samples; ++k) {
    const double t = duration_s * (k + 1) / samples;
    const Eigen::VectorXd expected = end + (-rate * t).exp() * (start - end);
    EXPECT_LT((waveform.col(k) - expected).norm(), 2e-7) << "sample " << k;
  }
}

TEST(InvWaveform, EndsAtTheOperatingPoint) {
  const InvNetwork network = network_of(stable_matrix(), 50e-6);
  const OpampParams opamp;
  const Eigen::Vector3d input(2e-6, -1e-6, 3e-6);
  const InvCircuit circuit(network, opamp, {});
  const InvResult rest = circuit.solve(input, 1e-9);
  ASSERT_EQ(rest.status, InvStatus::kOk);
  const Eigen::MatrixXd waveform =
      InvWaveform(network, opamp, {})
          .settle(Eigen::Vector3d::Zero(), input, Eigen::VectorXd::Constant(1, rest.settling_time_s));
  EXPECT_LT((waveform.col(0) - rest.v).norm(), 1e-8);
}

TEST(InvWaveform, OneOutputSlewsThenSettlesExponentially) {
  const InvNetwork network = network_of(Eigen::MatrixXd::Constant(1, 1, 20e-6), 20e-6);
  OpampParams opamp{.gain = std::numeric_limits<double>::infinity(), .v_sat_volt = kUnlimited};
  opamp.slew_rate_volt_per_s = 1e8;
  const double tau = 2.0 / (2 * std::numbers::pi * opamp.gbw_hz);
  const double end = -0.4, error_at_limit = opamp.slew_rate_volt_per_s * tau;
  const double slewing_s = (std::abs(end) - error_at_limit) / opamp.slew_rate_volt_per_s;
  const Eigen::MatrixXd waveform = InvWaveform(network, opamp, {})
                                       .settle(Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, 8e-6),
                                               Eigen::Vector2d(slewing_s, 2 * slewing_s));
  EXPECT_NEAR(waveform(0, 0), end + error_at_limit, 1e-6);
  EXPECT_NEAR(waveform(0, 1), end + error_at_limit * std::exp(-slewing_s / tau), 1e-6);
}

TEST(InvWaveform, AnUnstableLoopRunsToTheRails) {
  const InvNetwork network = network_of(Eigen::MatrixXd::Constant(1, 1, -20e-6), 20e-6);
  const OpampParams opamp;
  const Eigen::MatrixXd waveform =
      InvWaveform(network, opamp, {})
          .settle(Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, 1e-6), Eigen::Vector2d(1e-9, 10e-9));
  EXPECT_EQ(waveform(0, 1), -opamp.v_sat_volt);
  EXPECT_GT(waveform(0, 0), -opamp.v_sat_volt);
}

TEST(InvWaveform, RefusesWrongSizesAndTimes) {
  const InvWaveform waveform(network_of(stable_matrix(), 50e-6), {}, {});
  const Eigen::VectorXd three = Eigen::VectorXd::Zero(3), two = Eigen::VectorXd::Zero(2);
  const Eigen::VectorXd time = Eigen::VectorXd::Constant(1, 1e-9);
  EXPECT_THROW(waveform.settle(two, three, time), InputError);
  EXPECT_THROW(waveform.settle(three, two, time), InputError);
  EXPECT_THROW(waveform.settle(three, three, 0 * time), InputError);
  EXPECT_THROW(waveform.settle(three, three, Eigen::Vector2d(2e-9, 1e-9)), InputError);
  EXPECT_THROW(InvWaveform(network_of(stable_matrix(), 0), {}, two), InputError);
}

}  // namespace
}  // namespace mho::circuit
