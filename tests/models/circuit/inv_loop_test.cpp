// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/inv_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kIn = 50e-6;
constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

device::DifferentialPair pair_of(const MatrixXd& signed_siemens) {
  return {.positive = signed_siemens.cwiseMax(0.0).array() + 0.5e-6,
          .negative = (-signed_siemens).cwiseMax(0.0).array() + 0.5e-6};
}

MatrixXd stable_matrix() {
  return (MatrixXd(4, 4) << 30, 5, -8, 2, 10, 25, 4, -6, 2, -9, 20, 3, -1, 4, 7, 28).finished() * 1e-6;
}

InvLoop loop_of(const MatrixXd& g, const OpampParams& opamp, const LoopEffects& effects,
                const LineParams& lines = {}, const VectorXd& offsets = {}) {
  const device::DifferentialPair pair = pair_of(g);
  return {make_array(pair.positive, lines), make_array(pair.negative, lines), opamp, effects, kIn, offsets};
}

const VectorXd kInput = (VectorXd(4) << 2e-6, -1e-6, 3e-6, 0.5e-6).finished();

TEST(InvLoop, WithoutEffectsItIsTheInvCircuit) {
  const OpampParams opamp{.gain = 300};
  const VectorXd offsets = (VectorXd(4) << 1e-3, -2e-3, 0.5e-3, 1e-3).finished();
  for (const LineParams& lines : {LineParams{}, kChip}) {
    const InvLoop loop = loop_of(stable_matrix(), opamp, {}, lines, offsets);
    const InvCircuit circuit(inv_network(pair_of(stable_matrix()), lines, kIn), opamp, offsets);
    const InvResult a = loop.solve(kInput, 1e-3), b = circuit.solve(kInput, 1e-3);
    EXPECT_EQ(a.status, InvStatus::kOk);
    EXPECT_EQ(b.status, InvStatus::kOk);
    EXPECT_LT((a.v - b.v).norm(), 1e-12);
    // InvCircuit leaves the finite gain out of the poles.
    EXPECT_NEAR(a.settling_time_s, b.settling_time_s, 0.02 * b.settling_time_s);
  }
}

TEST(InvLoop, SignsAreMadeAlikeAtRest) {
  const OpampParams opamp{.gain = 1e9};
  const VectorXd ideal = loop_of(stable_matrix(), opamp, {}).solve(kInput).v;
  for (const InvSigns signs : {InvSigns::kInverters, InvSigns::kCompensation}) {
    const InvResult result = loop_of(stable_matrix(), opamp, {.signs = signs}).solve(kInput);
    EXPECT_EQ(result.status, InvStatus::kOk);
    EXPECT_LT((result.v - ideal).norm(), 1e-7);
  }
}

TEST(InvLoop, InvertersTakePowerAndTime) {
  const OpampParams opamp;
  const InvResult ideal = loop_of(stable_matrix(), opamp, {}).solve(kInput);
  const InvResult inverters = loop_of(stable_matrix(), opamp, {.signs = InvSigns::kInverters}).solve(kInput);
  const InvResult compensation =
      loop_of(stable_matrix(), opamp, {.signs = InvSigns::kCompensation}).solve(kInput);
  EXPECT_GT(inverters.settling_time_s, ideal.settling_time_s);
  EXPECT_DOUBLE_EQ(inverters.power.bias_watt, ideal.power.bias_watt);
  EXPECT_DOUBLE_EQ(compensation.power.bias_watt, 0.5 * ideal.power.bias_watt);
  const InvCircuit plain(inv_network(pair_of(stable_matrix()), kIn), opamp, {});
  EXPECT_DOUBLE_EQ(ideal.power.bias_watt, plain.solve(kInput).power.bias_watt);
  EXPECT_NEAR(ideal.power.load_watt, plain.solve(kInput).power.load_watt, 1e-12);
}

TEST(InvLoop, ASecondPoleMakesATurningLoopUnstable) {
  // Eigenvalues turn by 72 degrees: fine with one pole, not with another one at a hundredth of f_T.
  const MatrixXd turning = (MatrixXd(2, 2) << 10, -30, 30, 10).finished() * 1e-6;
  const OpampParams opamp{.slew_rate_volt_per_s = 1e15};
  const VectorXd input = VectorXd::Constant(2, 1e-6);
  EXPECT_EQ(loop_of(turning, opamp, {}).solve(input).status, InvStatus::kOk);
  const InvLoop slow = loop_of(turning, opamp, {.second_pole_hz = 0.01 * opamp.gbw_hz});
  EXPECT_FALSE(slow.is_stable());
  const InvResult result = slow.solve(input);
  EXPECT_EQ(result.status, InvStatus::kUnstable);
  EXPECT_EQ(result.v.cwiseAbs().minCoeff(), opamp.v_sat_volt);
  const LoopStep step{.before_ampere = 0.0 * input, .start_volt = 0.0 * input, .after_ampere = input};
  const double begin = slow.settle(step, VectorXd::Constant(1, 1e-9)).cwiseAbs().maxCoeff();
  const double later = slow.settle(step, VectorXd::LinSpaced(50, 10e-6, 11e-6)).cwiseAbs().maxCoeff();
  EXPECT_GT(later, 100.0 * begin);
  EXPECT_GT(later, 0.2 * opamp.v_sat_volt);
}

TEST(InvLoop, NoOutputIsFasterThanTheSlewLimit) {
  const OpampParams opamp{.slew_rate_volt_per_s = 1e7};
  const LoopEffects effects{.second_pole_hz = 4 * opamp.gbw_hz, .input_farad = 10e-15};
  for (const InvSigns signs : {InvSigns::kIdealInverters, InvSigns::kInverters, InvSigns::kCompensation}) {
    LoopEffects with_signs = effects;
    with_signs.signs = signs;
    const InvLoop loop = loop_of(stable_matrix(), opamp, with_signs);
    const LoopStep step{.before_ampere = 0.0 * kInput, .start_volt = 0.0 * kInput, .after_ampere = kInput};
    const VectorXd times_s = VectorXd::LinSpaced(40, 1e-9, 40e-9);
    const MatrixXd waveform = loop.settle(step, times_s);
    for (Eigen::Index k = 1; k < times_s.size(); ++k) {
      const double fastest = (waveform.col(k) - waveform.col(k - 1)).cwiseAbs().maxCoeff() / 1e-9;
      EXPECT_LE(fastest, 1.001 * opamp.slew_rate_volt_per_s);
    }
    const InvResult rest = loop.solve(kInput, 1e-6);
    const MatrixXd end = loop.settle(step, VectorXd::Constant(1, 1.2 * rest.settling_time_s));
    EXPECT_LT((end.col(0) - rest.v).cwiseAbs().maxCoeff(), 1e-6);
  }
}

TEST(InvLoop, WaveformsGoFromRestToRestWithinTheSettlingTime) {
  const OpampParams opamp{.slew_rate_volt_per_s = 1e15};
  const LoopEffects effects{.second_pole_hz = 4 * opamp.gbw_hz, .input_farad = 10e-15, .output_ohm = 100.0};
  const InvLoop loop = loop_of(stable_matrix(), opamp, effects, kChip);
  const VectorXd before = -0.5 * kInput;
  const InvResult rest = loop.solve(kInput, 1e-6);
  ASSERT_EQ(rest.status, InvStatus::kOk);
  const LoopStep step{.before_ampere = before, .start_volt = loop.solve(before).v, .after_ampere = kInput};
  const MatrixXd waveform = loop.settle(step, Eigen::Vector2d(1e-15, 1.2 * rest.settling_time_s));
  EXPECT_LT((waveform.col(0) - loop.solve(before).v).norm(), 1e-5);
  EXPECT_LT((waveform.col(1) - rest.v).norm(), 1e-5 * rest.v.norm());
}

TEST(InvLoop, OutputsBeyondTheRailsAreLimitedAndReported) {
  const OpampParams opamp;
  const InvResult result = loop_of(stable_matrix(), opamp, {.output_ohm = 10.0}).solve(10.0 * kInput);
  EXPECT_EQ(result.status, InvStatus::kSaturated);
  EXPECT_GT(result.n_saturated, 0);
  EXPECT_LT(result.v.cwiseAbs().maxCoeff(), opamp.v_sat_volt);  // the rest drops over the output resistance
  EXPECT_GT(result.v.cwiseAbs().maxCoeff(), 0.99 * opamp.v_sat_volt);
}

TEST(InvLoop, WaveformsOfSaturatedLoopsEndWhereTheyRest) {
  const OpampParams opamp;
  for (const InvSigns signs : {InvSigns::kIdealInverters, InvSigns::kInverters, InvSigns::kCompensation}) {
    const InvLoop loop =
        loop_of(stable_matrix(), opamp, {.second_pole_hz = 2e9, .output_ohm = 10.0, .signs = signs});
    const InvResult rest = loop.solve(10.0 * kInput);
    ASSERT_EQ(rest.status, InvStatus::kSaturated);
    const LoopStep step{
        .before_ampere = VectorXd::Zero(4), .start_volt = VectorXd::Zero(4), .after_ampere = 10.0 * kInput};
    const MatrixXd end = loop.settle(step, VectorXd::Constant(1, 120e-9));
    EXPECT_LT((end.col(0) - rest.v).cwiseAbs().maxCoeff(), 1e-6 * opamp.v_sat_volt);
  }
}

TEST(InvLoop, ASingularMatrixIsSaid) {
  const InvLoop loop = loop_of(MatrixXd::Constant(2, 2, 10e-6),
                               {.gain = std::numeric_limits<double>::infinity()}, {.second_pole_hz = 1e10});
  EXPECT_TRUE(loop.is_singular());
  EXPECT_EQ(loop.solve(VectorXd::Ones(2) * 1e-6).status, InvStatus::kSingular);
}

TEST(InvLoop, RefusesBadParameters) {
  const OpampParams opamp;
  EXPECT_THROW((void)loop_of(stable_matrix(), opamp, {.second_pole_hz = -1}), InputError);
  EXPECT_THROW((void)loop_of(stable_matrix(), opamp, {.input_farad = -1e-15}), InputError);
  EXPECT_THROW((void)loop_of(stable_matrix(), opamp, {.output_ohm = NAN}), InputError);
  EXPECT_THROW((void)loop_of(stable_matrix(), opamp, {.inverter_siemens = 0}), InputError);
  EXPECT_THROW((void)loop_of(stable_matrix(), opamp, {}, {}, VectorXd::Zero(3)), InputError);
  EXPECT_THROW((void)loop_of(stable_matrix(), opamp, {}).solve(VectorXd::Zero(3)), InputError);
}

}  // namespace
}  // namespace mho::circuit
