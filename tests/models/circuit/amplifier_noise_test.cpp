// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/amplifier_noise.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numbers>

#include "models/circuit/inv_loop.hpp"
#include "models/circuit/mvm_loop.hpp"

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;

constexpr double kIn = 50e-6, kFeedback = 40e-6, kDensity = 5e-9;
constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

device::DifferentialPair pair_of(const MatrixXd& g) {
  return {.positive = g.cwiseMax(0.0).array() + 0.5e-6, .negative = (-g).cwiseMax(0.0).array() + 0.5e-6};
}

MatrixXd stable_matrix() {
  return (MatrixXd(4, 4) << 30, 5, -8, 2, 10, 25, 4, -6, 2, -9, 20, 3, -1, 4, 7, 28).finished() * 1e-6;
}

MatrixXd covariance(const MatrixXd& factor) {
  return factor * factor.transpose();
}

TEST(AmplifierNoise, OfATransimpedanceAmplifierIsTheTextbooks) {
  const OpampParams opamp{.gain = std::numeric_limits<double>::infinity(),
                          .noise_volt_per_sqrt_hz = kDensity};
  const MvmNetwork network = mvm_network(pair_of(stable_matrix()));
  const MatrixXd p = covariance(mvm_noise_factor(network, opamp, kFeedback));
  for (Eigen::Index c = 0; c < 4; ++c) {
    const double noise_gain = 1.0 + network.self_siemens(c, c) / kFeedback;
    const double expected = 0.5 * std::numbers::pi * opamp.gbw_hz * noise_gain * kDensity * kDensity;
    EXPECT_NEAR(p(c, c), expected, 1e-12 * expected);
  }
  EXPECT_LT((p - MatrixXd(p.diagonal().asDiagonal())).norm(), 1e-12 * p.norm());
}

// The general engine has its own state equations.
TEST(AmplifierNoise, AgreesWithThatOfWholeLoops) {
  const OpampParams opamp{.gain = 300, .noise_volt_per_sqrt_hz = kDensity};
  const auto pair = pair_of(stable_matrix());
  for (const LineParams& lines : {LineParams{}, kChip}) {
    const CrossbarArray plus = make_array(pair.positive, lines), minus = make_array(pair.negative, lines);
    const MatrixXd inv = covariance(inv_noise_factor(inv_network(pair, lines, kIn), opamp));
    const MatrixXd inv_loop = covariance(InvLoop(plus, minus, opamp, {}, kIn, {}).noise_factor());
    EXPECT_LT((inv - inv_loop).norm(), 1e-9 * inv.norm());
    const MatrixXd mvm = covariance(mvm_noise_factor(mvm_network(pair, lines), opamp, kFeedback));
    const MatrixXd mvm_loop = covariance(MvmLoop(plus, minus, opamp, {}, kFeedback).noise_factor());
    EXPECT_LT((mvm - mvm_loop).norm(), 1e-9 * mvm.norm());
  }
}

TEST(AmplifierNoise, IsNoneWithoutDensityOrSteadyState) {
  const auto pair = pair_of(stable_matrix());
  EXPECT_EQ(inv_noise_factor(inv_network(pair, kIn), {}).size(), 0);
  EXPECT_EQ(mvm_noise_factor(mvm_network(pair), {}, kFeedback).size(), 0);
  const OpampParams noisy{.noise_volt_per_sqrt_hz = kDensity};
  EXPECT_EQ(inv_noise_factor(inv_network(pair_of(-stable_matrix()), kIn), noisy).size(), 0);
}

}  // namespace
}  // namespace mho::circuit
