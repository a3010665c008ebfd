// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/nonlinear_inv_loop.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "models/base/error.hpp"
#include "models/circuit/inv_loop.hpp"
#include "models/circuit/slices.hpp"
#include "tests/models/circuit/nonlinear/inv_example.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

const OpampParams kOpamp{.gain = 500, .slew_rate_volt_per_s = 1e15, .noise_volt_per_sqrt_hz = 5e-9};
const CellModel kNearlyOhmic{.access = {}, .iv = {.v0_volt = 1e3}};
const CellModel kSinh{.access = {}, .iv = {.v0_volt = 0.1}};
const CellModel kBoth{.access = Nmos1Params{.gamma_sqrt_volt = 0.4}, .iv = {.v0_volt = 0.2}};

LoopEffects poles(InvSigns signs) {
  return {.second_pole_hz = 2e9, .input_farad = 5e-15, .output_ohm = 200.0, .signs = signs};
}

NonlinearInvLoop loop_of(const CellModel& model, const LoopEffects& effects, const LineParams& lines = {},
                         const OpampParams& opamp = kOpamp) {
  return {model, {{.bare = bare_pair(model, cells(), kVerify)}}, lines, opamp, effects, kIn, kOffsets};
}

LoopStep step_to(const VectorXd& input, const VectorXd& start_volt) {
  return {.before_ampere = 0.0 * input, .start_volt = start_volt, .after_ampere = input};
}

constexpr InvSigns kAllSigns[] = {InvSigns::kIdealInverters, InvSigns::kInverters, InvSigns::kCompensation};

TEST(NonlinearInvLoop, NearlyOhmicCellsGiveTheInvLoop) {
  for (const InvSigns signs : kAllSigns) {
    for (const LineParams& lines : {LineParams{}, kChip}) {
      const InvLoop ohmic(make_array(cells().positive, lines), make_array(cells().negative, lines), kOpamp,
                          poles(signs), kIn, kOffsets);
      const InvResult expected = ohmic.solve(kInput, kEpsilon);
      NonlinearInvLoop loop = loop_of(kNearlyOhmic, poles(signs), lines);
      const NonlinearLoopResult result = loop.solve(kInput, kEpsilon);
      ASSERT_EQ(result.inv.status, InvStatus::kOk);
      EXPECT_LT((result.inv.v - expected.v).norm(), 1e-7 * expected.v.norm());
      EXPECT_NEAR(result.inv.settling_time_s, expected.settling_time_s, 1e-6 * expected.settling_time_s);
      EXPECT_NEAR(result.inv.power.bias_watt, expected.power.bias_watt, 1e-12 * expected.power.bias_watt);
      const MatrixXd factor = loop.noise_factor(result), wanted = ohmic.noise_factor();
      ASSERT_GT(wanted.size(), 0);
      EXPECT_LT((factor * factor.transpose() - wanted * wanted.transpose()).norm(),
                1e-6 * (wanted * wanted.transpose()).norm());
    }
  }
}

TEST(NonlinearInvLoop, ALowerSliceCountsWithItsWeight) {
  const LoopEffects effects{.second_pole_hz = 2e9, .input_farad = 5e-15};
  const device::DifferentialPair lower{.positive = cells().negative, .negative = cells().positive};
  constexpr double kWeight = 0.125;
  const auto sliced = [&](const MatrixXd& upper, const MatrixXd& below) {
    return add_slice(make_array(upper, kChip), make_array(below, kChip), kWeight);
  };
  for (const InvSigns signs : kAllSigns) {
    LoopEffects with_signs = effects;
    with_signs.signs = signs;
    const InvLoop ohmic(sliced(cells().positive, lower.positive), sliced(cells().negative, lower.negative),
                        kOpamp, with_signs, kIn, kOffsets);
    const InvResult expected = ohmic.solve(kInput, kEpsilon);
    NonlinearInvLoop loop(kNearlyOhmic, {{.bare = cells()}, {.bare = lower, .weight = kWeight}}, kChip,
                          kOpamp, with_signs, kIn, kOffsets);
    const InvResult result = loop.solve(kInput, kEpsilon).inv;
    ASSERT_EQ(result.status, InvStatus::kOk);
    EXPECT_LT((result.v - expected.v).norm(), 1e-7 * expected.v.norm());
    EXPECT_NEAR(result.settling_time_s, expected.settling_time_s, 1e-6 * expected.settling_time_s);
  }
}

TEST(NonlinearInvLoop, WithoutEffectsItRestsWhereTheOnePoleCircuitDoes) {
  for (const CellModel& model : {kSinh, kBoth}) {
    const NonlinearInv plain(model, bare_pair(model, cells(), kVerify), kChip, kOpamp, kIn, kOffsets);
    const InvResult expected = plain.solve(kInput, kEpsilon).inv;
    ASSERT_EQ(expected.status, InvStatus::kOk);
    EXPECT_LT((loop_of(model, {}, kChip).solve(kInput, kEpsilon).inv.v - expected.v).norm(),
              1e-9 * expected.v.norm());
  }
}

TEST(NonlinearInvLoop, LinesNotInUseAreAtZeroVolt) {
  const VectorXd two = kOffsets.head(2);
  NonlinearInvLoop loop(kSinh, {{.bare = bare_pair(kSinh, cells(), kVerify)}}, kChip, kOpamp,
                        {.second_pole_hz = 2e9}, kIn, two);
  const NonlinearInv plain(kSinh, bare_pair(kSinh, cells(), kVerify), kChip, kOpamp, kIn, two);
  const VectorXd input = kInput.head(2), expected = plain.solve(input, kEpsilon).inv.v;
  EXPECT_LT((loop.solve(input, kEpsilon).inv.v - expected).norm(), 1e-9 * expected.norm());
}

TEST(NonlinearInvLoop, ObeysKirchhoffWithAnalogueInverters) {
  for (const CellModel& model : {kSinh, kBoth}) {
    const auto bare = bare_pair(model, cells(), kVerify);
    NonlinearInvLoop loop = loop_of(model, {.second_pole_hz = 2e9, .signs = InvSigns::kInverters});
    const InvResult result = loop.solve(kInput, kEpsilon).inv;
    ASSERT_EQ(result.status, InvStatus::kOk);
    const VectorXd s = kOffsets - result.v / kOpamp.gain, inverted = -result.v / (1.0 + 2.0 / kOpamp.gain);
    VectorXd left = kInput - kIn * s;
    for (Index i = 0; i < 4; ++i) {
      for (Index j = 0; j < 4; ++j)
        left[i] += cell_current(model, bare.positive(i, j), result.v[j], s[i]).ampere +
                   cell_current(model, bare.negative(i, j), inverted[j], s[i]).ampere;
    }
    EXPECT_LT(left.norm(), 1e-9 * kInput.norm());
  }
}

/// Slopes of the outputs [V/s] of one-pole amplifiers on bare cells, inverters ideal: Kirchhoff's law at each
/// summing node, found by halving.
VectorXd slopes(const CellModel& model, const device::DifferentialPair& bare, const VectorXd& v) {
  const double omega = 2.0 * std::numbers::pi * kOpamp.gbw_hz;
  VectorXd slope(4);
  for (Index i = 0; i < 4; ++i) {
    double low = -1.0, high = 1.0;
    for (int halving = 0; halving < 60; ++halving) {
      const double s = 0.5 * (low + high);
      double into = kInput[i] - kIn * s;
      for (Index j = 0; j < 4; ++j)
        into += cell_current(model, bare.positive(i, j), v[j], s).ampere +
                cell_current(model, bare.negative(i, j), -v[j], s).ampere;
      (into > 0.0 ? low : high) = s;
    }
    slope[i] = omega * (kOffsets[i] - low) - omega / kOpamp.gain * v[i];
  }
  return slope;
}

TEST(NonlinearInvLoop, WaveformsFollowTheCellsThroughTheirWholeSwing) {
  const CellModel bent{.access = {}, .iv = {.v0_volt = 0.05}};
  const auto bare = bare_pair(bent, cells(), kVerify);
  NonlinearInvLoop loop = loop_of(bent, {});
  const NonlinearLoopResult result = loop.solve(kInput, kEpsilon);
  ASSERT_EQ(result.inv.status, InvStatus::kOk);
  constexpr int kSamples = 6, kSteps = 200;  // of the classical Runge–Kutta method, a sample
  const double sample_s = 0.2 * result.inv.settling_time_s, h = sample_s / kSteps;
  const VectorXd times = VectorXd::LinSpaced(kSamples, sample_s, kSamples * sample_s);
  VectorXd v = VectorXd::Constant(4, 0.25);
  const MatrixXd waveform = loop.settle(result, step_to(kInput, v), times);
  for (Index sample = 0; sample < kSamples; ++sample) {
    for (int step = 0; step < kSteps; ++step) {
      const VectorXd a = slopes(bent, bare, v), b = slopes(bent, bare, v + 0.5 * h * a),
                     c = slopes(bent, bare, v + 0.5 * h * b), d = slopes(bent, bare, v + h * c);
      v += h / 6.0 * (a + 2.0 * b + 2.0 * c + d);
    }
    EXPECT_LT((waveform.col(sample) - v).cwiseAbs().maxCoeff(), 1e-6) << "sample " << sample;
  }
}

TEST(NonlinearInvLoop, WaveformsGoFromTheStartToTheResult) {
  for (const InvSigns signs : kAllSigns) {
    NonlinearInvLoop loop = loop_of(kBoth, poles(signs), kChip);
    const NonlinearLoopResult result = loop.solve(kInput, 1e-7);
    ASSERT_EQ(result.inv.status, InvStatus::kOk);
    const VectorXd start = VectorXd::Constant(4, 0.05);
    const MatrixXd waveform =
        loop.settle(result, step_to(kInput, start), Eigen::Vector2d(1e-15, 2.0 * result.inv.settling_time_s));
    // Up to 160 uS at an output, inverter included, take 3 % in 200 ohm.
    EXPECT_LT((waveform.col(0) - start).norm(), 0.04 * start.norm());
    EXPECT_LT((waveform.col(1) - result.inv.v).cwiseAbs().maxCoeff(), 1e-6 * kOpamp.v_sat_volt);
  }
}

TEST(NonlinearInvLoop, OutputsBeyondTheRailsAreLimitedAndTheirWaveformsEndThere) {
  OpampParams low = kOpamp;
  low.v_sat_volt = 0.05;
  for (const InvSigns signs : kAllSigns) {
    NonlinearInvLoop loop = loop_of(kSinh, poles(signs), kChip, low);
    const NonlinearLoopResult result = loop.solve(10 * kInput, kEpsilon);
    ASSERT_EQ(result.inv.status, InvStatus::kSaturated);
    EXPECT_GT(result.inv.n_saturated, 0);
    EXPECT_LE(result.inv.v.cwiseAbs().maxCoeff(), low.v_sat_volt);
    const MatrixXd waveform =
        loop.settle(result, step_to(10 * kInput, VectorXd::Zero(4)), VectorXd::Constant(1, 1e-6));
    EXPECT_LT((waveform.col(0) - result.inv.v).cwiseAbs().maxCoeff(), 1e-6 * low.v_sat_volt);
  }
}

TEST(NonlinearInvLoop, ASecondPoleMakesATurningLoopUnstable) {
  const MatrixXd turning = (MatrixXd(2, 2) << 10, -30, 30, 10).finished() * 1e-6;
  const device::DifferentialPair pair{.positive = turning.cwiseMax(0.0).array() + 0.5e-6,
                                      .negative = (-turning).cwiseMax(0.0).array() + 0.5e-6};
  const VectorXd input = VectorXd::Constant(2, 1e-6), offsets = VectorXd::Zero(2);
  const auto with_pole = [&](double hz) {
    return NonlinearInvLoop(kSinh, {{.bare = bare_pair(kSinh, pair, kVerify)}}, {}, kOpamp,
                            {.second_pole_hz = hz}, kIn, offsets)
        .solve(input, kEpsilon)
        .inv;
  };
  EXPECT_EQ(with_pole(100 * kOpamp.gbw_hz).status, InvStatus::kOk);
  const InvResult slow = with_pole(0.01 * kOpamp.gbw_hz);
  EXPECT_EQ(slow.status, InvStatus::kUnstable);
  EXPECT_EQ(slow.v.cwiseAbs().minCoeff(), kOpamp.v_sat_volt);
}

TEST(NonlinearInvLoop, RefusesWhatDoesNotFit) {
  const std::vector<InvSlice> two{{.bare = cells()}, {.bare = cells(), .weight = 0.125}};
  EXPECT_THROW(NonlinearInvLoop(kSinh, two, {}, kOpamp, {.output_ohm = 10.0}, kIn, kOffsets), InputError);
  EXPECT_THROW(NonlinearInvLoop(kSinh, {}, {}, kOpamp, {}, kIn, kOffsets), InputError);
  EXPECT_THROW(NonlinearInvLoop(kSinh, two, {}, kOpamp, {}, kIn, VectorXd::Zero(5)), InputError);
  EXPECT_THROW(NonlinearInvLoop(kSinh, two, {}, kOpamp, {}, -1.0, kOffsets), InputError);
  NonlinearInvLoop loop = loop_of(kSinh, {});
  EXPECT_THROW((void)loop.solve(VectorXd::Zero(3), kEpsilon), InputError);
}

}  // namespace
}  // namespace mho::circuit
