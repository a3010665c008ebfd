// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.hpp"
#include "models/circuit/access/nonohmic_array.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

Nmos1Params transistor() {
  return {.width_metre = 1e-6,
          .length_metre = 0.1e-6,
          .vto_volt = 0.4,
          .kp_ampere_per_volt2 = 100e-6,
          .lambda_per_volt = 0.05,
          .gamma_sqrt_volt = 0.4,
          .phi_volt = 0.7,
          .v_gate_volt = 1.1};
}

TEST(Nmos1, RejectsParametersOutOfRange) {
  Nmos1Params params = transistor();
  params.phi_volt = 0.0;
  EXPECT_THROW(validate(params), InputError);
  params = transistor();
  params.v_gate_volt = std::nan("");
  EXPECT_THROW(validate(params), InputError);
}

TEST(Nmos1, RegionsFollowTheEquations) {
  Nmos1Params params = transistor();
  params.gamma_sqrt_volt = 0.0;
  const double beta = 1e-3;
  // v_gs − v_th = 0.7
  EXPECT_NEAR(channel_current(params, 0.2, 0.0).ampere, beta * 1.01 * (0.7 - 0.1) * 0.2, 1e-18);
  EXPECT_NEAR(channel_current(params, 0.9, 0.0).ampere, beta * 1.045 * 0.5 * 0.49, 1e-18);
  EXPECT_EQ(channel_current(params, 1.0, 0.8).ampere, 0.0);
}

TEST(Nmos1, BodyEffectRaisesTheThreshold) {
  const Nmos1Params params = transistor();
  const double v_th = 0.4 + 0.4 * (std::sqrt(0.9) - std::sqrt(0.7));
  const double over = 1.1 - 0.2 - v_th;
  EXPECT_NEAR(channel_current(params, 0.3, 0.2).ampere, 1e-3 * 1.005 * (over - 0.05) * 0.1, 1e-18);
}

TEST(Nmos1, CurrentChangesSignWithItsTerminals) {
  const Nmos1Params params = transistor();
  EXPECT_EQ(channel_current(params, 0.1, 0.3).ampere, -channel_current(params, 0.3, 0.1).ampere);
  EXPECT_EQ(channel_current(params, 0.2, 0.2).ampere, 0.0);
}

void expect_derivatives(const auto& current, double a, double b) {
  const double h = 1e-6;
  const BranchCurrent at = current(a, b);
  const double by_first = (current(a + h, b).ampere - current(a - h, b).ampere) / (2.0 * h);
  const double by_second = (current(a, b + h).ampere - current(a, b - h).ampere) / (2.0 * h);
  EXPECT_NEAR(at.by_first_siemens, by_first, 1e-9) << a << " " << b;
  EXPECT_NEAR(at.by_second_siemens, by_second, 1e-9) << a << " " << b;
}

TEST(Nmos1, DerivativesAreThoseOfTheCurrents) {
  for (const bool is_at_row : {true, false}) {
    Nmos1Params params = transistor();
    params.is_at_row = is_at_row;
    for (const double a : {-0.5, -0.1, 0.05, 0.35, 0.9}) {
      for (const double b : {-0.4, 0.1, 0.6}) {
        expect_derivatives([&](double x, double y) { return channel_current(params, x, y); }, a, b);
        for (const double v0 : {0.0, 0.2}) {
          const CellModel cell{.access = params, .iv = {.v0_volt = v0}};
          expect_derivatives([&](double x, double y) { return cell_current(cell, 30e-6, x, y); }, a, b);
        }
      }
    }
  }
}

TEST(CellModel, WithoutATransistorFollowsItsCurve) {
  const CellModel cell{.access = {}, .iv = {.v0_volt = 0.2}};
  EXPECT_NEAR(cell_current(cell, 30e-6, 0.3, -0.1).ampere, 30e-6 * 0.2 * std::sinh(2.0), 1e-19);
  EXPECT_EQ(cell_current(cell, 0.0, 0.3, -0.1).ampere, 0.0);
  expect_derivatives([&](double x, double y) { return cell_current(cell, 30e-6, x, y); }, 0.3, -0.1);
}

TEST(CellModel, CurrentIsThatOfBothPartsInSeries) {
  const CellModel cell{.access = transistor(), .iv = {.v0_volt = 0.2}};
  const double ampere = cell_current(cell, 30e-6, 0.4, 0.0).ampere;
  // Voltage across the cell by its inverse; the channel has the rest.
  const double across = 0.2 * std::asinh(ampere / (30e-6 * 0.2));
  EXPECT_NEAR(channel_current(transistor(), 0.4 - across, 0.0).ampere, ampere, 1e-15);
}

TEST(Access, AGuessOfTheChannelVoltageDoesNotMatter) {
  for (const bool is_at_row : {true, false}) {
    Nmos1Params access = transistor();
    access.is_at_row = is_at_row;
    const CellModel cell{.access = access, .iv = {}};
    const double ampere = cell_current(cell, 30e-6, 0.4, 0.1).ampere;
    for (double guess : {0.0, -0.3, 0.01, 5.0}) {
      EXPECT_NEAR(cell_current(cell, 30e-6, 0.4, 0.1, guess).ampere, ampere, 1e-14 * ampere);
      const double cell_volt = (is_at_row ? 1.0 : -1.0) * 0.3 - guess;
      EXPECT_NEAR(std::abs(cell_volt) * 30e-6, ampere, 1e-12 * ampere)
          << "what is found is left in its place";
    }
  }
}

VectorXd joined(const VectorXd& rows, const VectorXd& columns) {
  VectorXd ports(rows.size() + columns.size());
  ports << rows, columns;
  return ports;
}

TEST(NonohmicArray, WideTransistorsVanish) {
  Nmos1Params wide = transistor();
  wide.width_metre = 1e3;
  MatrixXd g(3, 2);
  g << 10e-6, 0.0, 3e-6, 20e-6, 35e-6, 1e-6;
  const LineParams lines{.row_segment_ohm = 5.0, .column_segment_ohm = 20.0, .column_port_ohm = 100.0};
  const auto ports = reduce_ports(g, lines);
  const VectorXd u = VectorXd::LinSpaced(3, -0.1, 0.1), v = VectorXd::LinSpaced(2, 0.2, -0.05);
  NonohmicArray array(g, lines, {.access = wide, .iv = {}});
  ASSERT_TRUE(array.settle(joined(u, v)));
  const VectorXd expected = ports.row_self_siemens * u - ports.transfer_siemens * v;
  EXPECT_LT((array.port_ampere().head(3) - expected).norm(), 1e-6 * expected.norm());
  EXPECT_LT((array.port_siemens().bottomRightCorner(2, 2) - ports.column_self_siemens).norm(),
            1e-6 * ports.column_self_siemens.norm());
}

TEST(NonohmicArray, LinearizationIsTheDerivativeAndConservesCurrent) {
  MatrixXd g(3, 3);
  g << 10e-6, 2e-6, 0.0, 3e-6, 20e-6, 8e-6, 35e-6, 1e-6, 5e-6;
  const LineParams lines{.row_segment_ohm = 50.0, .column_segment_ohm = 20.0};
  const VectorXd at = joined(VectorXd::LinSpaced(3, -0.2, 0.3), VectorXd::LinSpaced(3, 0.4, -0.1));
  for (const double v0 : {0.0, 0.2}) {
    NonohmicArray array(g, lines, {.access = transistor(), .iv = {.v0_volt = v0}});
    ASSERT_TRUE(array.settle(at));
    EXPECT_NEAR(array.port_ampere().sum(), 0.0, 1e-17);
    const MatrixXd slopes = array.port_siemens();
    EXPECT_LT((slopes * at + array.constant_ampere() - array.port_ampere()).norm(), 1e-17);
    const double h = 1e-5;
    for (Eigen::Index k = 0; k < 6; ++k) {
      const VectorXd step = h * VectorXd::Unit(6, k);
      ASSERT_TRUE(array.settle(at + step));
      const VectorXd above = array.port_ampere();
      ASSERT_TRUE(array.settle(at - step));
      EXPECT_LT(((above - array.port_ampere()) / (2.0 * h) - slopes.col(k)).norm(), 1e-9);
    }
  }
}

TEST(NonohmicArray, SlopesOfAnotherPointServeToo) {
  MatrixXd g(2, 2);
  g << 10e-6, 2e-6, 3e-6, 20e-6;
  const LineParams lines{.row_segment_ohm = 50.0, .column_segment_ohm = 20.0};
  const VectorXd at = joined(VectorXd::LinSpaced(2, -0.1, 0.1), VectorXd::LinSpaced(2, 0.2, 0.0));
  NonohmicArray exact(g, lines, {.access = transistor(), .iv = {}});
  NonohmicArray held = NonohmicArray(g, lines, {.access = transistor(), .iv = {}});
  ASSERT_TRUE(exact.settle(at));
  double change = 0.0;
  for (int i = 0; i < 30; ++i) change = held.move_to(at);
  EXPECT_LT(change, 1e-15);
  EXPECT_LT((held.port_ampere() - exact.port_ampere()).norm(), 1e-17);
}

}  // namespace
}  // namespace mho::circuit
