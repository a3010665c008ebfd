// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/amplifier_motion.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd waves(Index rows, Index columns, double phase, double scale = 1.0) {
  return MatrixXd::NullaryExpr(rows, columns, [=](Index i, Index j) {
    return scale * std::sin(phase + 7.0 * static_cast<double>(i) + 3.0 * static_cast<double>(j));
  });
}

/// Two nodes with capacitance, three inputs and four amplifiers of different limits, whose rates are about 1
/// per second; amplifier 1 has a second pole.
AmplifierCircuit circuit() {
  AmplifierCircuit c;
  const Index n_c = 2, m = 4, inputs = 3;
  c.a_u = waves(n_c, n_c, 1.0);
  c.a_v = waves(n_c, m, 2.0);
  c.a_q = waves(n_c, inputs, 3.0);
  c.e_u = waves(m, n_c, 4.0);
  c.e_v = waves(m, m, 5.0);
  c.e_q = waves(m, inputs, 6.0);
  c.rest_n_q = waves(1, inputs, 7.0);
  c.offset_volt = waves(m, 1, 8.0, 0.01);
  c.amplifiers.assign(4, {.gain = 50.0, .gbw_hz = 0.2});
  c.amplifiers[1].second_pole_hz = 0.3;
  c.amplifiers[1].is_clamped = true;
  c.amplifiers[1].clamp_knee_volt = 0.1;
  c.amplifiers[2].v_sat_volt = 0.7;
  c.amplifiers[2].slew_rate_volt_per_s = 0.9;
  c.amplifiers[3] = c.amplifiers[2];
  c.amplifiers[3].winds_up = false;
  c.second_pole = {1};
  return c;
}

struct Point {
  VectorXd z, q;
};
Point point(double phase) {
  return {.z = waves(7, 1, phase, 0.4), .q = waves(3, 1, phase + 1.0, 0.5)};
}

VectorXd slope_at(const AmplifierCircuit& c, const Point& at) {
  VectorXd slope;
  AmplifierMotion(c).slope(at.z, at.q, slope);
  return slope;
}

TEST(AmplifierMotion, SlopesAreThoseOfNodesAndAmplifiers) {
  const AmplifierCircuit c = circuit();
  const auto [z, q] = point(0.3);
  VectorXd v(4);
  for (Index k = 0; k < 4; ++k)
    v[k] = output_voltage(c.amplifiers[static_cast<std::size_t>(k)], k == 1 ? z[6] : z[2 + k]).value;
  VectorXd expected(7);
  expected.head(2) = c.a_u * z.head(2) + c.a_v * v + c.a_q * q;
  const VectorXd e = c.e_u * z.head(2) + c.e_v * v + c.e_q * q + c.offset_volt;
  for (Index k = 0; k < 4; ++k)
    expected[2 + k] = state_slope(c.amplifiers[static_cast<std::size_t>(k)], e[k], z[2 + k]).value;
  expected[6] = 2.0 * std::numbers::pi * 0.3 * (z[3] - z[6]);
  constexpr double kRounding = 1e-14;  // of slopes of about 1, with sums in another order
  EXPECT_LT((slope_at(c, {z, q}) - expected).cwiseAbs().maxCoeff(), kRounding);
}

TEST(AmplifierMotion, DerivativesAreThoseOfTheSlopes) {
  const AmplifierCircuit c = circuit();
  const Point at = point(0.3);
  constexpr double kStep = 1e-6, kTolerance = 1e-8;  // of differences of slopes of about 1
  AmplifierMotion motion(c);
  MatrixXd jacobian;
  motion.jacobian(at.z, at.q, jacobian);
  for (Index j = 0; j < 7; ++j) {
    const VectorXd step = kStep * VectorXd::Unit(7, j);
    const VectorXd change = slope_at(c, {at.z + step, at.q}) - slope_at(c, {at.z - step, at.q});
    EXPECT_LT((jacobian.col(j) - change / (2.0 * kStep)).cwiseAbs().maxCoeff(), kTolerance) << j;
  }
  const VectorXd rate = waves(3, 1, 0.9);
  VectorXd by_inputs;
  motion.slope_by_inputs(at.z, at.q, rate, by_inputs);
  const VectorXd change = slope_at(c, {at.z, at.q + kStep * rate}) - slope_at(c, {at.z, at.q - kStep * rate});
  EXPECT_LT((by_inputs - change / (2.0 * kStep)).cwiseAbs().maxCoeff(), kTolerance);
}

TEST(AmplifierMotion, InputsThatDoNotChangeAddNothing) {
  const AmplifierCircuit c = circuit();
  const Point at = point(0.3);
  VectorXd by_inputs = VectorXd::Ones(2);
  AmplifierMotion(c).slope_by_inputs(at.z, at.q, VectorXd::Zero(3), by_inputs);
  EXPECT_EQ(by_inputs, VectorXd::Zero(7));
}

TEST(AmplifierMotion, DoesNotDependOnWhatItHasEvaluatedBefore) {
  const AmplifierCircuit c = circuit();
  AmplifierMotion motion(c);
  VectorXd slope;
  MatrixXd jacobian;
  for (const double phase : {0.1, 0.7, 0.1, 2.0}) {
    for (const double input_phase : {0.1, 0.1, 1.4}) {
      const Point at{.z = point(phase).z, .q = point(input_phase).q};
      motion.jacobian(at.z, at.q, jacobian);
      motion.slope(at.z, at.q, slope);
      EXPECT_EQ(slope, c.slope(at.z, at.q));
      EXPECT_EQ(jacobian, c.jacobian(at.z, at.q));
    }
  }
}

}  // namespace
}  // namespace mho::circuit
