// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/loop_waveform.hpp"

#include <gtest/gtest.h>
#include <Eigen/LU>
#include <unsupported/Eigen/MatrixFunctions>

#include <algorithm>
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

/// Of a step from 0 A.
Eigen::MatrixXd waveform_of(const InvNetwork& network, const OpampParams& opamp,
                            const Eigen::VectorXd& offsets, const Eigen::VectorXd& start,
                            const Eigen::VectorXd& input, const Eigen::VectorXd& times_s,
                            LoopEnd end = LoopEnd::kWithinRails) {
  const LoopStep step{.before_ampere = 0.0 * input, .start_volt = start, .after_ampere = input};
  return loop_waveform(InvCircuit(network, opamp, offsets).loop(), opamp, step, times_s, end);
}

/// Distance from (expected) matrix exponentials [volt].
double error_against_exponential(double slew_rate_volt_per_s) {
  const InvNetwork network = network_of(stable_matrix(), 50e-6);
  const OpampParams opamp{
      .gain = 1e3, .v_sat_volt = kUnlimited, .slew_rate_volt_per_s = slew_rate_volt_per_s};
  const Eigen::Vector3d offsets(1e-4, -2e-4, 3e-4), input(2e-6, -1e-6, 3e-6), start(0.1, 0.0, -0.05);
  const Eigen::VectorXd times_s = Eigen::VectorXd::LinSpaced(7, 0.7e-9, 5e-9);
  const Eigen::MatrixXd waveform = waveform_of(network, opamp, offsets, start, input, times_s);

  const Eigen::MatrixXd y_inverse = network.self_siemens.inverse();
  const Eigen::MatrixXd rate = 2 * std::numbers::pi * opamp.gbw_hz *
                               (y_inverse * network.transfer_siemens + Eigen::Matrix3d::Identity() / 1e3);
  const Eigen::VectorXd end =
      rate.inverse() * (2 * std::numbers::pi * opamp.gbw_hz * (offsets - y_inverse * input));
  double error = 0.0;
  for (Eigen::Index k = 0; k < times_s.size(); ++k) {
    const Eigen::VectorXd expected = end + (-rate * times_s[k]).exp() * (start - end);
    error = std::max(error, (waveform.col(k) - expected).cwiseAbs().maxCoeff());
  }
  return error;
}

TEST(LoopWaveform, FollowsTheMatrixExponential) {
  EXPECT_LT(error_against_exponential(kUnlimited), 1e-12);
  // Near enough to be followed step by step, too far to bend anything.
  EXPECT_LT(error_against_exponential(5e11), 1e-6);
}

TEST(LoopWaveform, EndsAtTheOperatingPoint) {
  const InvNetwork network = network_of(stable_matrix(), 50e-6);
  const Eigen::Vector3d input(2e-6, -1e-6, 3e-6);
  for (const double slew : {4e8, 1e7}) {
    const OpampParams opamp{.slew_rate_volt_per_s = slew};
    const InvResult rest = InvCircuit(network, opamp, {}).solve(input, 1e-9);
    ASSERT_EQ(rest.status, InvStatus::kOk);
    const Eigen::MatrixXd waveform = waveform_of(network, opamp, {}, Eigen::Vector3d::Zero(), input,
                                                 Eigen::VectorXd::Constant(1, rest.settling_time_s));
    EXPECT_LT((waveform.col(0) - rest.v).norm(), 1e-8) << slew;
  }
}

TEST(LoopWaveform, OneOutputSlewsThenSettlesExponentially) {
  const InvNetwork network = network_of(Eigen::MatrixXd::Constant(1, 1, 20e-6), 20e-6);
  OpampParams opamp{.gain = std::numeric_limits<double>::infinity(), .v_sat_volt = kUnlimited};
  opamp.slew_rate_volt_per_s = 1e8;
  const double tau = 2.0 / (2 * std::numbers::pi * opamp.gbw_hz), end = -0.4;
  const Eigen::VectorXd times_s = Eigen::VectorXd::LinSpaced(6, 1e-9, 6e-9);
  const Eigen::MatrixXd waveform =
      waveform_of(network, opamp, {}, Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, 8e-6), times_s);
  for (Eigen::Index k = 0; k < times_s.size(); ++k)
    EXPECT_NEAR(waveform(0, k), end + remaining_with_slew_volt(opamp, tau, -end, times_s[k]), 1e-6);
}

TEST(LoopWaveform, AnUnstableLoopRunsToTheRails) {
  const InvNetwork network = network_of(Eigen::MatrixXd::Constant(1, 1, -20e-6), 20e-6);
  const OpampParams opamp;
  const Eigen::MatrixXd waveform =
      waveform_of(network, opamp, {}, Eigen::VectorXd::Zero(1), Eigen::VectorXd::Constant(1, 1e-6),
                  Eigen::Vector2d(1e-9, 100e-9), LoopEnd::kBeyondRails);
  EXPECT_NEAR(waveform(0, 1), -opamp.v_sat_volt, 1e-6);
  EXPECT_GT(waveform(0, 0), -opamp.v_sat_volt);
}

TEST(LoopWaveform, RefusesWrongSizesAndTimes) {
  const Eigen::VectorXd three = Eigen::VectorXd::Zero(3), two = Eigen::VectorXd::Zero(2);
  const Eigen::VectorXd time = Eigen::VectorXd::Constant(1, 1e-9);
  const auto with = [&](const Eigen::VectorXd& start, const Eigen::VectorXd& input,
                        const Eigen::VectorXd& times_s) {
    return waveform_of(network_of(stable_matrix(), 50e-6), {}, {}, start, input, times_s);
  };
  EXPECT_THROW((void)with(two, three, time), InputError);
  EXPECT_THROW((void)with(three, two, time), InputError);
  EXPECT_THROW((void)with(three, three, Eigen::Vector2d(2e-9, 1e-9)), InputError);
}

}  // namespace
}  // namespace mho::circuit
