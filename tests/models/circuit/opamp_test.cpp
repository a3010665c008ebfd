// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/opamp.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

TEST(Opamp, RejectsParametersOutOfRange) {
  const std::vector<std::function<void(OpampParams&)>> mistakes{
      [](auto& p) { p.gain = 1.0; },
      [](auto& p) { p.gain = std::nan(""); },
      [](auto& p) { p.gbw_hz = 0.0; },
      [](auto& p) { p.v_sat_volt = -0.5; },
      [](auto& p) { p.slew_rate_volt_per_s = 0.0; },
      [](auto& p) { p.offset_sigma_volt = -1e-6; },
      [](auto& p) { p.supply_volt = 0.0; },
      [](auto& p) { p.load_farad = 0.0; },
      [](auto& p) { p.gm_over_id_per_volt = 0.0; },
      [](auto& p) { p.branches = 0.0; },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    OpampParams wrong;
    mistakes[i](wrong);
    EXPECT_THROW(validate(wrong), InputError) << "mistake " << i;
  }
  OpampParams ideal;
  ideal.gain = std::numeric_limits<double>::infinity();
  EXPECT_NO_THROW(validate(ideal));
}

TEST(Opamp, BiasPowerMatchesTheTabulatedFigures) {
  // components.md: 3.7, 37, 184, 369 µW at 10 MHz, 100 MHz, 500 MHz, 1 GHz and 1.1 V; × 0.82 at 0.9 V.
  OpampParams opamp;
  for (const auto& [gbw_hz, microwatt] :
       {std::pair{10e6, 3.7}, {100e6, 37.0}, {500e6, 184.0}, {1e9, 369.0}}) {
    opamp.gbw_hz = gbw_hz;
    EXPECT_NEAR(bias_power_watt(opamp) * 1e6, microwatt, 0.01 * microwatt);
  }
  const double full = bias_power_watt(opamp);
  opamp.supply_volt = 0.9;
  EXPECT_NEAR(bias_power_watt(opamp) / full, 0.82, 0.005);
}

TEST(Opamp, DefaultSlewRateIsTailCurrentOverLoad) {
  const OpampParams opamp;
  const double tail = 2.0 * 2.0 * M_PI * opamp.gbw_hz * opamp.load_farad / opamp.gm_over_id_per_volt;
  EXPECT_NEAR(opamp.slew_rate_volt_per_s, tail / opamp.load_farad, 0.001 * opamp.slew_rate_volt_per_s);
}

TEST(Opamp, OffsetsHaveTheGivenSigmaAndBelongToTheirUnit) {
  const OpampParams opamp;
  const Random random(3);
  const auto offsets = draw_offsets(opamp, 10000, random, 1);
  EXPECT_NEAR(std::sqrt(offsets.array().square().mean()), opamp.offset_sigma_volt,
              0.04 * opamp.offset_sigma_volt);
  EXPECT_EQ(draw_offsets(opamp, 5, random, 1), offsets.head(5));
  EXPECT_NE(draw_offsets(opamp, 5, random, 2), offsets.head(5));
}

TEST(Opamp, SettlingUnderASlewLimitMatchesTimeStepping) {
  OpampParams opamp;
  opamp.slew_rate_volt_per_s = 1e8;
  constexpr double kTau = 1e-9;
  constexpr double kEpsilon = 1e-3;
  for (const double step : {0.01, 0.09, 0.11, 0.5}) {
    // Explicit steps of τ/20000.
    const double dt = kTau / 20000;
    double v = 0.0, t = 0.0;
    while (step - v > kEpsilon * step) {
      v += dt * opamp.slew_rate_volt_per_s * std::tanh((step - v) / (opamp.slew_rate_volt_per_s * kTau));
      t += dt;
    }
    EXPECT_NEAR(settling_with_slew_s(opamp, kTau, step, kEpsilon), t, 1e-3 * t) << "step " << step;
    EXPECT_GE(settling_with_slew_s(opamp, kTau, step, kEpsilon),
              (1.0 - kEpsilon) * step / opamp.slew_rate_volt_per_s);
  }
  EXPECT_THROW((void)settling_with_slew_s(opamp, kTau, 0.1, 1.0), InputError);
}

TEST(Opamp, WhatRemainsAfterTheSettlingTimeIsTheErrorAskedFor) {
  OpampParams opamp;
  opamp.slew_rate_volt_per_s = 1e8;
  constexpr double kTau = 1e-9;
  for (const double epsilon : {0.3, 1e-3, 1e-9}) {
    for (const double step : {-10.0, -0.5, 1e-12, 0.09, 0.5, 50.0}) {
      const double t = settling_with_slew_s(opamp, kTau, step, epsilon);
      EXPECT_NEAR(remaining_with_slew_volt(opamp, kTau, step, t), epsilon * step,
                  1e-9 * std::abs(epsilon * step) + 1e-25)
          << epsilon << ' ' << step;
    }
  }
  EXPECT_EQ(remaining_with_slew_volt(opamp, kTau, 0.2, 0.0), 0.2);
  EXPECT_EQ(remaining_with_slew_volt(opamp, kTau, 0.0, 1e-9), 0.0);
  opamp.slew_rate_volt_per_s = 1e30;
  EXPECT_NEAR(remaining_with_slew_volt(opamp, kTau, 0.2, kTau), 0.2 * std::exp(-1.0), 1e-15);
}

}  // namespace
}  // namespace mho::circuit
