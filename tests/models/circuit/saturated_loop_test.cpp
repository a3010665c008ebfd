// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/saturated_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/loop_waveform.hpp"

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};
const VectorXd kInput = (VectorXd(4) << 2e-6, -1e-6, 3e-6, 0.5e-6).finished();
const VectorXd kOffsets = (VectorXd(4) << 1e-4, -2e-4, 1e-4, 0).finished();

InvCircuit circuit_of(const OpampParams& opamp) {
  const MatrixXd g =
      (MatrixXd(4, 4) << 30, 5, -8, 2, 10, 25, 4, -6, 2, -9, 20, 3, -1, 4, 7, 28).finished() * 1e-6;
  const device::DifferentialPair pair{.positive = g.cwiseMax(0.0).array() + 0.5e-6,
                                      .negative = (-g).cwiseMax(0.0).array() + 0.5e-6};
  return {inv_network(pair, kChip, 50e-6), opamp, kOffsets};
}

MatrixXd waveform_of(const OpampParams& opamp, const VectorXd& input, const VectorXd& start_volt,
                     const VectorXd& times_s) {
  const LoopStep step{.before_ampere = input, .start_volt = start_volt, .after_ampere = input};
  return loop_waveform(circuit_of(opamp).loop(), opamp, step, times_s, LoopEnd::kBeyondRails);
}

TEST(SaturatedLoop, WaveformsEndWhereTheSaturatedLoopRests) {
  for (const double gain : {1e2, 1e5}) {
    for (const double times : {8.0, 12.0, 30.0}) {
      const OpampParams opamp{.gain = gain};
      const InvResult rest = circuit_of(opamp).solve(times * kInput);
      ASSERT_EQ(rest.status, InvStatus::kSaturated);
      const MatrixXd end =
          waveform_of(opamp, times * kInput, VectorXd::Zero(4), VectorXd::Constant(1, 120e-9));
      EXPECT_LT((end.col(0) - rest.v).cwiseAbs().maxCoeff(), 1e-6 * opamp.v_sat_volt) << gain << ' ' << times;
    }
  }
}

TEST(SaturatedLoop, WaveformsBeginWhereTheyAreTold) {
  const OpampParams opamp;
  const VectorXd start = (VectorXd(4) << 0.5, -0.5, 0.1, 0.0).finished();
  const MatrixXd begin = waveform_of(opamp, 5.0 * kInput, start, VectorXd::Constant(1, 1e-15));
  EXPECT_LT((begin.col(0) - start).cwiseAbs().maxCoeff(), 1e-5);
}

TEST(SaturatedLoop, NoOutputIsFasterThanTheSlewLimit) {
  const OpampParams opamp{.slew_rate_volt_per_s = 1e7};
  const VectorXd times = VectorXd::LinSpaced(40, 1e-9, 40e-9);
  const MatrixXd waveform = waveform_of(opamp, 5.0 * kInput, VectorXd::Zero(4), times);
  for (Eigen::Index k = 1; k < times.size(); ++k) {
    const double fastest = (waveform.col(k) - waveform.col(k - 1)).cwiseAbs().maxCoeff() / 1e-9;
    EXPECT_LE(fastest, 1.0001 * opamp.slew_rate_volt_per_s);
  }
}

TEST(SaturatedLoop, AnIntegratorThatDoesNotWindUpRestsWhereOthersWithoutSlewLimitDo) {
  const AmplifierModel winding{.gain = 1e3, .v_sat_volt = 0.5};
  AmplifierModel stopping = winding;
  stopping.winds_up = false;
  stopping.slew_rate_volt_per_s = 1e5;
  for (const double x : {-2.0, -0.4, 0.0, 0.01, 0.5, 3.0}) {
    const double v = output_voltage(winding, x).value, e = x / winding.gain;
    EXPECT_NEAR(state_slope(winding, e, x).value, 0.0, 1e-6);
    EXPECT_EQ(output_voltage(stopping, v).value, v);
    EXPECT_NEAR(state_slope(stopping, e, v).value, 0.0, 1e-3);
    EXPECT_NEAR(state_slope(stopping, 1.0, v).value, 1e5, 1e-6);
  }
}

TEST(SaturatedLoop, DerivativesOfAStateThatDoesNotWindUp) {
  const AmplifierModel model{.gain = 1e3, .v_sat_volt = 0.5, .slew_rate_volt_per_s = 1e6, .winds_up = false};
  constexpr double kStep = 1e-7;
  for (const double x : {-0.49, -0.2, 0.0, 0.45}) {
    const double e = 1e-3 + x / model.gain;
    const StateSlope at = state_slope(model, e, x);
    const double by_input = (state_slope(model, e + kStep, x).value - state_slope(model, e - kStep, x).value);
    const double by_state = (state_slope(model, e, x + kStep).value - state_slope(model, e, x - kStep).value);
    EXPECT_NEAR(at.by_input, by_input / (2 * kStep), 1e-4 * at.by_input);
    EXPECT_NEAR(at.by_state, by_state / (2 * kStep), 1e-4 * std::abs(at.by_state));
  }
  // Beyond its range a state is driven back.
  EXPECT_LT(state_slope(model, 0.0, 0.6).value, -0.99e6);
}

TEST(SaturatedLoop, AClampNeedsAnIntegratorThatWindsUp) {
  const AmplifierModel clamped{.gain = 1e3, .is_clamped = true, .winds_up = false};
  EXPECT_THROW(validate(clamped, "amplifier"), InputError);
}

}  // namespace
}  // namespace mho::circuit
