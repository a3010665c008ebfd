// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The circuit engine on circuits that are solved by hand.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numbers>

#include "models/base/error.hpp"
#include "models/circuit/nodal/circuit_builder.hpp"
#include "models/circuit/nodal/linear_transient.hpp"
#include "models/circuit/nodal/noise.hpp"
#include "models/circuit/nodal/nonlinear_transient.hpp"
#include "models/circuit/nodal/operating_point.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;

constexpr double kG = 20e-6;
constexpr double kGbw = 100e6;
const double kOmega = 2.0 * std::numbers::pi * kGbw;

/// An amplifier with feedback kG whose input node takes a current: o = −I/kG.
struct Inverting {
  CircuitBuilder::Node s, o;
  AmplifierCircuit circuit;
};

Inverting inverting(const AmplifierModel& model, double input_farad = 0.0) {
  CircuitBuilder builder;
  Inverting result{};
  result.s = builder.add_node("s", input_farad);
  result.o = builder.add_output("o");
  builder.add_conductance(result.s, result.o, kG);
  builder.add_current(result.s);
  builder.add_amplifier({.plus = CircuitBuilder::kGround, .minus = result.s, .output = result.o}, model);
  result.circuit = builder.build();
  return result;
}

VectorXd one(double value) {
  return VectorXd::Constant(1, value);
}

TEST(Amplifier, RejectsFieldsOutOfRange) {
  EXPECT_THROW(validate(AmplifierModel{.gain = 1.0}, "a"), InputError);
  EXPECT_THROW(validate(AmplifierModel{.gbw_hz = std::nan("")}, "a"), InputError);
  EXPECT_THROW(validate(AmplifierModel{.output_ohm = -1.0}, "a"), InputError);
  EXPECT_NO_THROW(validate(AmplifierModel{}, "a"));
}

TEST(Amplifier, DerivativesAreThoseOfTheValues) {
  AmplifierModel model{
      .v_sat_volt = 0.5, .slew_rate_volt_per_s = 2e7, .is_clamped = true, .clamp_knee_volt = 0.05};
  for (const double x : {-0.6, -0.03, 0.0, 0.02, 0.3, 0.9}) {
    const double h = 1e-6;
    const auto difference = [h](double above, double below) { return (above - below) / (2.0 * h); };
    EXPECT_NEAR(output_voltage(model, x).derivative,
                difference(output_voltage(model, x + h).value, output_voltage(model, x - h).value), 1e-8);
    EXPECT_NEAR(
        input_slope(model, 0.1 * x).derivative / kOmega,
        difference(input_slope(model, 0.1 * x + h).value, input_slope(model, 0.1 * x - h).value) / kOmega,
        1e-8);
  }
}

TEST(Amplifier, TheInputAtRestHoldsTheOutput) {
  for (const AmplifierModel& a :
       {AmplifierModel{.gain = 200}, AmplifierModel{.gain = 200, .v_sat_volt = 0.5},
        AmplifierModel{.gain = 200, .v_sat_volt = 0.5, .slew_rate_volt_per_s = 2e6}}) {
    for (const double v : {-0.4, 0.0, 0.1}) {
      const double x = input_slope(a, input_at_rest(a, v)).value / leak_rad_per_s(a);
      EXPECT_NEAR(output_voltage(a, x).value, v, 1e-13);
    }
  }
  EXPECT_FALSE(std::isfinite(input_at_rest({.gain = 200, .v_sat_volt = 0.5}, 0.6)));
  EXPECT_FALSE(std::isfinite(input_at_rest({.gain = 200, .slew_rate_volt_per_s = 1e5}, 0.5)))
      << "leaks faster than it slews";
  AmplifierModel held{.gain = 200, .v_sat_volt = 0.5, .slew_rate_volt_per_s = 1e5};
  held.winds_up = false;
  for (const double v : {-0.4, 0.0, 0.1})
    EXPECT_NEAR(state_slope(held, input_at_rest(held, v), v).value / kOmega, 0.0, 1e-13);
}

TEST(Amplifier, TheInputThatHoldsAStateMakesItRest) {
  for (const double slew : {AmplifierModel::kNone, 2e6, 1e4}) {
    const AmplifierModel a{.gain = 200, .gbw_hz = 1e6, .slew_rate_volt_per_s = slew};
    for (const double x : {-0.3, 0.0, 1e-3, 0.2}) {
      const Slope held = input_that_holds(a, x);
      EXPECT_NEAR(state_slope(a, held.value, x).value, 0.0, 1e-10 * unity_gain_rad_per_s(a)) << slew;
      const double h = 1e-7;
      const double difference =
          (input_that_holds(a, x + h).value - input_that_holds(a, x - h).value) / (2 * h);
      EXPECT_NEAR(held.derivative, difference, 1e-6 * std::abs(difference)) << slew;
    }
  }
}

TEST(Amplifier, LimitsAreApproached) {
  const AmplifierModel model{.v_sat_volt = 0.5, .slew_rate_volt_per_s = 2e7};
  EXPECT_DOUBLE_EQ(output_voltage(model, 50.0).value, 0.5);
  EXPECT_DOUBLE_EQ(input_slope(model, -10.0).value, -2e7);
  AmplifierModel clamped;
  clamped.is_clamped = true;
  EXPECT_GT(output_voltage(clamped, -1.0).value, 0.0);
  EXPECT_LT(output_voltage(clamped, -1.0).value, 1e-9);
  EXPECT_NEAR(output_voltage(clamped, 1.0).value, 1.0, 1e-9);
}

TEST(Builder, NodesThatNothingDeterminesAreRefused) {
  CircuitBuilder builder;
  const auto a = builder.add_node("a"), b = builder.add_node("b");
  builder.add_conductance(a, b, kG);
  EXPECT_THROW(builder.build(), InputError);
}

TEST(Builder, ADividerDivides) {
  CircuitBuilder builder;
  const auto source = builder.add_source("v"), middle = builder.add_node("m");
  builder.add_conductance(source, middle, 3e-6);
  builder.add_conductance(middle, CircuitBuilder::kGround, 1e-6);
  const auto circuit = builder.build();
  const RestPoint rest = rest_point(circuit, one(0.4));
  ASSERT_EQ(rest.status, RestStatus::kOk);
  EXPECT_NEAR(rest.node_volt[middle], 0.3, 1e-15);
}

TEST(RestPoint, FiniteGainAndOffsetFollowTheClosedForm) {
  const auto inv = inverting({.gain = 50.0, .offset_volt = 3e-3});
  const RestPoint rest = rest_point(inv.circuit, one(2e-6));
  ASSERT_EQ(rest.status, RestStatus::kOk);
  // s = o + I/G and o = A0 (V_os − s)
  EXPECT_NEAR(rest.node_volt[inv.o], 50.0 * (3e-3 - 0.1) / 51.0, 1e-15);
}

TEST(RestPoint, SaturationFollowsItsOwnEquation) {
  const auto inv = inverting({.gain = 50.0, .v_sat_volt = 0.2});
  for (const double current : {1e-6, 4e-6, 40e-6}) {
    const RestPoint rest = rest_point(inv.circuit, one(current));
    ASSERT_EQ(rest.status, RestStatus::kOk);
    const double o = rest.node_volt[inv.o];
    EXPECT_NEAR(o, 0.2 * std::tanh(-50.0 * (o + current / kG) / 0.2), 1e-13) << current;
  }
}

TEST(RestPoint, AnAmplifierWithoutFeedbackIsSingularIfItsGainIsInfinite) {
  CircuitBuilder builder;
  const auto s = builder.add_node("s"), o = builder.add_output("o");
  builder.add_conductance(s, CircuitBuilder::kGround, kG);
  builder.add_current(s);
  builder.add_amplifier({.plus = CircuitBuilder::kGround, .minus = s, .output = o}, {});
  EXPECT_EQ(rest_point(builder.build(), one(1e-6)).status, RestStatus::kSingular);
}

TEST(Stability, PolesOfOneAmplifierAreTheClosedForm) {
  const auto inv = inverting({.gain = 1e4, .gbw_hz = kGbw});
  const Stability poles = stability(inv.circuit, VectorXd::Zero(1), one(0.0));
  EXPECT_TRUE(poles.is_stable());
  EXPECT_NEAR(poles.critical.real(), -kOmega * (1.0 + 1e-4), 1e-6 * kOmega);
  EXPECT_NEAR(poles.settling_time_s(1e-3), std::log(1e3) / (kOmega * (1.0 + 1e-4)), 1e-15);
}

TEST(Stability, PositiveFeedbackIsUnstable) {
  CircuitBuilder builder;
  const auto p = builder.add_node("p"), o = builder.add_output("o");
  builder.add_conductance(p, o, kG);
  builder.add_conductance(p, CircuitBuilder::kGround, kG);
  builder.add_current(p);
  builder.add_amplifier({.plus = p, .minus = CircuitBuilder::kGround, .output = o}, {});
  const Stability poles = stability(builder.build(), VectorXd::Zero(1), one(0.0));
  EXPECT_FALSE(poles.is_stable());
  EXPECT_NEAR(poles.critical.real(), 0.5 * kOmega, 1e-6 * kOmega);
  EXPECT_EQ(poles.settling_time_s(1e-3), std::numeric_limits<double>::infinity());
}

/// Output of a single pole of rate w towards −I/G under a ramp of t_rise.
double ramp_response(double w, double t_rise, double t) {
  const auto ramp = [w](double at) { return at <= 0.0 ? 0.0 : at + std::expm1(-w * at) / w; };
  return t_rise > 0.0 ? (ramp(t) - ramp(t - t_rise)) / t_rise : -std::expm1(-w * t);
}

TEST(LinearTransient, OnePoleFollowsTheClosedFormAtAnySamples) {
  const auto inv = inverting({.gbw_hz = kGbw});
  for (const double t_rise : {0.0, 0.3e-9, 3e-9, 1e-6}) {
    VectorXd times(5);
    times << 0.0, 0.1e-9, 2e-9, 3.7e-9, 40e-9;
    const Stimulus stimulus{.q = one(2e-6), .t_rise_s = t_rise, .start = {}};
    const Waveform waveform = linear_transient(inv.circuit, stimulus, times);
    ASSERT_EQ(waveform.status, WaveformStatus::kOk);
    const MatrixXd o = node_waveform(inv.circuit, stimulus, waveform, {inv.o});
    for (Index i = 0; i < times.size(); ++i)
      EXPECT_NEAR(o(i, 0), -0.1 * ramp_response(kOmega, t_rise, times[i]), 1e-15)
          << t_rise << " " << times[i];
  }
}

TEST(LinearTransient, TwoEqualPolesThatAreNotDiagonalisableAreExact) {
  // A follower of a follower: x₂' = w(x₁ − x₂), x₁' = w(u − x₁): a Jordan block.
  CircuitBuilder builder;
  const auto u = builder.add_source("u"), a = builder.add_output("a"), b = builder.add_output("b");
  builder.add_amplifier({.plus = u, .minus = a, .output = a}, {.gbw_hz = kGbw});
  builder.add_amplifier({.plus = a, .minus = b, .output = b}, {.gbw_hz = kGbw});
  const AmplifierCircuit circuit = builder.build();
  const VectorXd times = VectorXd::LinSpaced(21, 0.0, 20e-9);
  const Stimulus stimulus{.q = one(0.3), .t_rise_s = 0.0, .start = {}};
  const Waveform waveform = linear_transient(circuit, stimulus, times);
  const MatrixXd values = node_waveform(circuit, stimulus, waveform, {b});
  for (Index i = 0; i < times.size(); ++i) {
    const double x = kOmega * times[i];
    EXPECT_NEAR(values(i, 0), 0.3 * (1.0 - (1.0 + x) * std::exp(-x)), 1e-14);
  }
}

TEST(RestPoint, SlewLimitsOfAnyStrengthFollowTheirEquation) {
  for (const double slew : {1e9, 1e7, 1e6, 1e5, 1e4, 1e3}) {
    const AmplifierModel model{.gain = 1e4, .gbw_hz = kGbw, .v_sat_volt = 0.2, .slew_rate_volt_per_s = slew};
    const auto inv = inverting(model);
    for (const double current : {1e-6, 4e-6, 40e-6}) {
      const RestPoint rest = rest_point(inv.circuit, one(current));
      ASSERT_EQ(rest.status, RestStatus::kOk) << slew << ' ' << current;
      const double s = rest.node_volt[inv.o] + current / kG;
      // 0 = slew·tanh(2π f_T·e/slew) − 2π f_T/A0·x
      const double x = slew / leak_rad_per_s(model) * std::tanh(unity_gain_rad_per_s(model) * -s / slew);
      EXPECT_NEAR(rest.node_volt[inv.o], 0.2 * std::tanh(x / 0.2), 1e-9) << slew << ' ' << current;
    }
  }
}

TEST(LinearTransient, SamplesDoNotDependOnEachOther) {
  const auto inv =
      inverting({.gain = 1e3, .gbw_hz = kGbw, .second_pole_hz = 150e6, .offset_volt = 1e-3}, 0.2e-12);
  const Stimulus stimulus{.q = one(2e-6), .t_rise_s = 1.3e-9, .start = {}};
  const VectorXd fine = VectorXd::LinSpaced(401, 0.0, 20e-9);
  const VectorXd coarse = VectorXd::LinSpaced(5, 0.0, 20e-9);
  const Waveform a = linear_transient(inv.circuit, stimulus, fine);
  const Waveform b = linear_transient(inv.circuit, stimulus, coarse);
  for (Index i = 0; i < coarse.size(); ++i)
    EXPECT_LT((a.states.row(100 * i) - b.states.row(i)).cwiseAbs().maxCoeff(), 1e-12);
}

TEST(NonlinearTransient, BothIntegratorsAgreeWithTheExactLinearPath) {
  // Limits so far away that nothing is bent: tanh(x)/x − 1 is below 1e-10.
  AmplifierModel model{.gain = 1e3, .gbw_hz = kGbw, .second_pole_hz = 150e6, .offset_volt = 1e-3};
  const auto linear = inverting(model, 0.2e-12);
  model.v_sat_volt = 1e4;
  model.slew_rate_volt_per_s = 1e14;
  const auto bounded = inverting(model, 0.2e-12);
  const Stimulus stimulus{.q = one(2e-6), .t_rise_s = 1.3e-9, .start = {}};
  const VectorXd times = VectorXd::LinSpaced(81, 0.0, 20e-9);
  const Waveform exact = linear_transient(linear.circuit, stimulus, times);
  for (const Integrator method : {Integrator::kExplicit, Integrator::kRosenbrock}) {
    const Waveform waveform = nonlinear_transient(bounded.circuit, stimulus, times, {.method = method});
    ASSERT_EQ(waveform.status, WaveformStatus::kOk);
    EXPECT_LT((waveform.states - exact.states).cwiseAbs().maxCoeff(), 1e-6);
  }
}

TEST(NonlinearTransient, RosenbrockConvergesWithOrderFour) {
  const AmplifierModel model{.gain = 1e3, .gbw_hz = kGbw, .v_sat_volt = 0.12, .slew_rate_volt_per_s = 2e7};
  const auto inv = inverting(model, 0.2e-12);
  const Stimulus stimulus{.q = one(2e-6), .t_rise_s = 1e-9, .start = {}};
  const VectorXd times = VectorXd::LinSpaced(3, 0.0, 10e-9);
  const auto end = [&](double tolerance, Integrator method, std::size_t& steps) {
    const Waveform w =
        nonlinear_transient(inv.circuit, stimulus, times, {.method = method, .tolerance = tolerance});
    steps = w.n_steps;
    return VectorXd(w.states.row(2).transpose());
  };
  std::size_t coarse_steps = 0, fine_steps = 0, unused = 0;
  const VectorXd reference = end(1e-12, Integrator::kExplicit, unused);
  const double coarse = (end(1e-5, Integrator::kRosenbrock, coarse_steps) - reference).norm();
  const double fine = (end(1e-9, Integrator::kRosenbrock, fine_steps) - reference).norm();
  const double order =
      std::log(coarse / fine) / std::log(static_cast<double>(fine_steps) / static_cast<double>(coarse_steps));
  EXPECT_GT(order, 3.0);
  EXPECT_LT(fine, 1e-8);
}

TEST(NonlinearTransient, ALargeStepSlewsAtTheLimit) {
  const auto inv = inverting({.gbw_hz = kGbw, .slew_rate_volt_per_s = 1e6});
  const Stimulus stimulus{.q = one(20e-6), .t_rise_s = 0.0, .start = {}};  // to −1 V
  VectorXd times(3);
  times << 0.0, 100e-9, 500e-9;
  const Waveform waveform = nonlinear_transient(inv.circuit, stimulus, times);
  ASSERT_EQ(waveform.status, WaveformStatus::kOk);
  EXPECT_NEAR(waveform.states(1, 0), -0.1, 1e-6);
  EXPECT_NEAR(waveform.states(2, 0), -0.5, 1e-6);
}

TEST(NonlinearTransient, TooFewStepsAreAStatus) {
  const auto inv = inverting({.gbw_hz = kGbw, .v_sat_volt = 0.5});
  const Stimulus stimulus{.q = one(2e-6), .t_rise_s = 0.0, .start = {}};
  const Waveform waveform =
      nonlinear_transient(inv.circuit, stimulus, VectorXd::LinSpaced(2, 0.0, 1e-6), {.max_steps = 3});
  EXPECT_EQ(waveform.status, WaveformStatus::kTooManySteps);
}

TEST(Settling, IsFoundBetweenSamples) {
  const auto inv = inverting({.gbw_hz = kGbw});
  const Stimulus stimulus{.q = one(2e-6), .t_rise_s = 0.0, .start = {}};
  const VectorXd times = VectorXd::LinSpaced(31, 0.0, 30e-9);
  const Waveform waveform = linear_transient(inv.circuit, stimulus, times);
  const MatrixXd values = node_waveform(inv.circuit, stimulus, waveform, {inv.o});
  const MatrixXd slopes = node_slopes(inv.circuit, stimulus, waveform, {inv.o});
  for (const double epsilon : {1e-2, 1e-3, 1e-4}) {
    EXPECT_NEAR(settling_time_s(times, values, slopes, one(-0.1), epsilon), std::log(1.0 / epsilon) / kOmega,
                1e-12);  // a cubic over 0.6 time constants
  }
  EXPECT_EQ(settling_time_s(times, values, slopes, one(-0.1), 1e-12),
            std::numeric_limits<double>::infinity());
}

TEST(Noise, AFollowerHasTheNoiseBandwidthOfOnePole) {
  CircuitBuilder builder;
  const auto o = builder.add_output("o");
  builder.add_amplifier({.plus = CircuitBuilder::kGround, .minus = o, .output = o},
                        {.gbw_hz = kGbw, .noise_volt_per_sqrt_hz = 5e-9});
  const auto circuit = builder.build();
  const NoiseCovariance noise = noise_at(circuit, VectorXd::Zero(1), VectorXd(0), {o}, 0.0);
  ASSERT_TRUE(noise.is_computed);
  EXPECT_NEAR(noise.volt2(0, 0), 25e-18 * kGbw * std::numbers::pi / 2.0, 1e-16);
}

TEST(Noise, ACapacitorBehindAnyNetworkHasKTOverC) {
  CircuitBuilder builder;
  const auto c = builder.add_node("c", 1e-12), a = builder.add_node("a");
  builder.add_conductance(c, a, 3e-6);
  builder.add_conductance(a, CircuitBuilder::kGround, 7e-6);
  const auto circuit = builder.build();
  const NoiseCovariance noise = noise_at(circuit, VectorXd::Zero(1), VectorXd(0), {c}, 300.0);
  EXPECT_NEAR(noise.volt2(0, 0), 1.380649e-23 * 300.0 / 1e-12, 1e-15);
}

TEST(Noise, ThermalNoiseOfTheFeedbackIsFilteredByTheLoop) {
  // e sees 4kT/G at the input node; the loop is one pole at f_T.
  const auto inv = inverting({.gbw_hz = kGbw});
  const NoiseCovariance noise = noise_at(inv.circuit, VectorXd::Zero(1), one(0.0), {inv.o}, 300.0);
  EXPECT_NEAR(noise.volt2(0, 0), 4.0 * 1.380649e-23 * 300.0 / kG * kGbw * std::numbers::pi / 2.0, 1e-14);
}

TEST(Noise, LyapunovEquationHolds) {
  MatrixXd j(3, 3), q(3, 3);
  j << -2.0, 1.0, 0.5, -3.0, -1.0, 0.2, 0.0, 0.4, -0.7;
  q << 2.0, 0.3, 0.1, 0.3, 1.0, 0.0, 0.1, 0.0, 0.5;
  bool is_stable = false;
  const MatrixXd p = solve_lyapunov(j, q, is_stable);
  ASSERT_TRUE(is_stable);
  EXPECT_LT((j * p + p * j.transpose() + q).norm(), 1e-13);
  (void)solve_lyapunov(-j, q, is_stable);
  EXPECT_FALSE(is_stable);
}

}  // namespace
}  // namespace mho::circuit
