// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// INV and MVM against ngspice (Debian package `ngspice`, batch mode): operating points with finite gain and
// offsets, and the settling time of a step. Skipped, with a message, where ngspice is not installed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <string>
#include <vector>

#include "models/circuit/ginv_network.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "tests/spice/ngspice.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::circuit {
namespace {

constexpr double kGin = 20e-6;

/// One amplifier: gm into R‖C, so that A0 = gm·R and the pole is at GBW/A0, behind an ideal buffer, which may
/// saturate.
std::string amplifier(const std::string& name, const std::string& in, const std::string& out,
                      const OpampParams& opamp, double offset, bool saturates = false) {
  const double r = 1e6, gm = opamp.gain / r;
  const double c = 1.0 / (2.0 * std::numbers::pi * (opamp.gbw_hz / opamp.gain) * r);
  const std::string buffer =
      saturates ? fmt::format("B{0} {1} 0 V={2:.17g}*tanh(V(x{0})/{2:.17g})\n", name, out, opamp.v_sat_volt)
                : fmt::format("E{0} {1} 0 x{0} 0 1\n", name, out);
  return fmt::format(
             "Vos{0} p{0} 0 {1:.17g}\nG{0} 0 x{0} p{0} {2} {3:.17g}\nR{0} x{0} 0 {4:.17g}\nC{0} x{0} 0 "
             "{5:.17g}\n",
             name, offset, in, gm, r, c) +
         buffer;
}

std::string cell(int array, Eigen::Index i, Eigen::Index j, const std::string& a, const std::string& b,
                 double g) {
  return g == 0.0 ? "" : fmt::format("Rc{}_{}_{} {} {} {:.17g}\n", array, i, j, a, b, 1.0 / g);
}

/// Summing nodes s<i>, outputs o<j>, inverted outputs n<j>; currents step from 0 at t = 0 within 1 ps.
std::string inv_netlist(const device::DifferentialPair& pair, const OpampParams& opamp,
                        const Eigen::VectorXd& offsets, const Eigen::VectorXd& current, bool transient,
                        bool saturates = false) {
  std::string text;
  for (Eigen::Index i = 0; i < pair.rows(); ++i) {
    for (Eigen::Index j = 0; j < pair.cols(); ++j) {
      text += cell(0, i, j, fmt::format("s{}", i), fmt::format("o{}", j), pair.positive(i, j));
      text += cell(1, i, j, fmt::format("s{}", i), fmt::format("n{}", j), pair.negative(i, j));
    }
    text += fmt::format("Rin{0} s{0} 0 {1:.17g}\n", i, 1.0 / kGin);
    text += transient ? fmt::format("Iin{0} 0 s{0} PWL(0 0 1p {1:.17g})\n", i, current[i])
                      : fmt::format("Iin{0} 0 s{0} {1:.17g}\n", i, current[i]);
    text += amplifier(fmt::format("a{}", i), fmt::format("s{}", i), fmt::format("o{}", i), opamp, offsets[i],
                      saturates);
    text += fmt::format("En{0} n{0} 0 o{0} 0 -1\n", i);
  }
  return text;
}

std::vector<std::string> output_names(Eigen::Index n) {
  std::vector<std::string> names;
  for (Eigen::Index i = 0; i < n; ++i) names.push_back(fmt::format("v(o{})", i));
  return names;
}

device::DifferentialPair example_pair() {
  device::LevelMatrix levels(4, 4);
  levels << 7, -2, 0, 1,  //
      1, 6, -3, 0,        //
      0, 2, 7, -1,        //
      -2, 0, 1, 5;
  auto pair = device::pair_from_levels(levels, {});
  // Cells are never exactly on their level.
  for (Eigen::Index k = 0; k < 16; ++k)
    pair.positive.reshaped()[k] *= 1.0 + 0.01 * static_cast<double>(k % 5 - 2);
  return pair;
}

class Spice : public testing::Test {
 protected:
  void SetUp() override { MHO_REQUIRE_TOOL(spice::has_ngspice(), "ngspice"); }
};

TEST_F(Spice, InvOperatingPointAgrees) {
  OpampParams opamp;
  opamp.gain = 500.0;
  const auto pair = example_pair();
  const Eigen::Vector4d offsets(1e-3, -2e-3, 0.5e-3, 0.0);
  const Eigen::Vector4d current(3e-6, -2e-6, 1e-6, 4e-6);
  const auto rest = spice::run(inv_netlist(pair, opamp, offsets, current, false), "op", output_names(4));
  const auto result = InvCircuit(pair, opamp, kGin, offsets).solve(current);
  ASSERT_EQ(result.status, InvStatus::kOk);
  ASSERT_EQ(rest.values.rows(), 1);
  for (int i = 0; i < 4; ++i) EXPECT_NEAR(result.v[i], rest.values(0, i), 1e-9) << "output " << i;
}

TEST_F(Spice, SaturatedInvOperatingPointAgrees) {
  const auto pair = example_pair();
  const Eigen::Vector4d offsets(1e-3, -2e-3, 0.5e-3, 0.0);
  for (const double gain : {500.0, 1e5}) {
    OpampParams opamp;
    opamp.gain = gain;
    const Eigen::Vector4d current(30e-6, -20e-6, 10e-6, 2e-6);
    const auto rest =
        spice::run(inv_netlist(pair, opamp, offsets, current, false, true), "op", output_names(4));
    const auto result = InvCircuit(pair, opamp, kGin, offsets).solve(current);
    ASSERT_EQ(result.status, InvStatus::kSaturated);
    ASSERT_LT(result.n_saturated, 4);
    ASSERT_EQ(rest.values.rows(), 1);
    for (int i = 0; i < 4; ++i) EXPECT_NEAR(result.v[i], rest.values(0, i), 1e-9) << "output " << i;
  }
}

TEST_F(Spice, GinvOperatingPointAgrees) {
  constexpr Eigen::Index kRows = 3, kColumns = 2;
  OpampParams opamp;
  opamp.gain = 500.0;
  const auto whole = example_pair();
  const device::DifferentialPair direct{.positive = whole.positive.topLeftCorner(kRows, kColumns),
                                        .negative = whole.negative.topLeftCorner(kRows, kColumns)};
  // Written to the same levels with errors of its own.
  const device::DifferentialPair copy{.positive = 1.01 * direct.negative.transpose(),
                                      .negative = 0.99 * direct.positive.transpose()};
  const GinvFeedback feedback{.row_siemens = 12e-6, .column_siemens = 1e-6};
  Eigen::VectorXd offsets(5), current(5);
  offsets << 1e-3, -2e-3, 0.5e-3, 0.0, 1.5e-3;
  current << 3e-6, -2e-6, 1e-6, 0.5e-6, -1e-6;
  std::string text;
  const auto array = [&](int number, const Eigen::MatrixXd& g, Eigen::Index first_node, char driver,
                         Eigen::Index first_driver) {
    for (Eigen::Index i = 0; i < g.rows(); ++i) {
      for (Eigen::Index j = 0; j < g.cols(); ++j) {
        text += cell(number, i, j, fmt::format("s{}", first_node + i),
                     fmt::format("{}{}", driver, first_driver + j), g(i, j));
      }
    }
  };
  array(0, direct.positive, 0, 'o', kRows);
  array(1, direct.negative, 0, 'n', kRows);
  array(2, copy.positive, kRows, 'o', 0);
  array(3, copy.negative, kRows, 'n', 0);
  for (Eigen::Index i = 0; i < kRows + kColumns; ++i) {
    const double own = i < kRows ? feedback.row_siemens : feedback.column_siemens;
    text += fmt::format("Rf{0} s{0} o{0} {1:.17g}\nRin{0} s{0} 0 {2:.17g}\nIin{0} 0 s{0} {3:.17g}\n", i,
                        1.0 / own, 1.0 / kGin, current[i]);
    text += amplifier(fmt::format("a{}", i), fmt::format("s{}", i), fmt::format("o{}", i), opamp, offsets[i]);
    text += fmt::format("En{0} n{0} 0 o{0} 0 -1\n", i);
  }
  const auto rest = spice::run(text, "op", output_names(kRows + kColumns));
  const CrossbarArray positive =
      ginv_array(make_array(direct.positive, {}), make_array(copy.positive, {}), feedback);
  const CrossbarArray negative =
      ginv_array(make_array(direct.negative, {}), make_array(copy.negative, {}), {});
  const auto result =
      InvCircuit(inv_network(positive.ports, negative.ports, kGin), opamp, offsets).solve(current);
  ASSERT_EQ(result.status, InvStatus::kOk);
  ASSERT_EQ(rest.values.rows(), 1);
  for (int i = 0; i < kRows + kColumns; ++i)
    EXPECT_NEAR(result.v[i], rest.values(0, i), 1e-9) << "output " << i;
}

TEST_F(Spice, MvmOperatingPointAgrees) {
  OpampParams opamp;
  opamp.gain = 500.0;
  const auto pair = example_pair();
  const Eigen::Vector4d offsets(1e-3, -2e-3, 0.5e-3, 0.0);
  const Eigen::Vector4d v(0.2, -0.1, 0.0, 0.05);
  const double g_f = 60e-6;
  std::string text;
  for (Eigen::Index r = 0; r < 4; ++r) {
    text += fmt::format("Vr{0} r{0} 0 {1:.17g}\nEn{0} n{0} 0 r{0} 0 -1\n", r, v[r]);
    for (Eigen::Index c = 0; c < 4; ++c) {
      text += cell(0, r, c, fmt::format("r{}", r), fmt::format("s{}", c), pair.positive(r, c));
      text += cell(1, r, c, fmt::format("n{}", r), fmt::format("s{}", c), pair.negative(r, c));
    }
  }
  for (Eigen::Index c = 0; c < 4; ++c) {
    text += fmt::format("Rf{0} s{0} o{0} {1:.17g}\n", c, 1.0 / g_f);
    text += amplifier(fmt::format("a{}", c), fmt::format("s{}", c), fmt::format("o{}", c), opamp, offsets[c]);
  }
  const auto rest = spice::run(text, "op", output_names(4));
  const auto result = MvmCircuit(pair, opamp, offsets).evaluate(v, g_f);
  ASSERT_EQ(rest.values.rows(), 1);
  for (int c = 0; c < 4; ++c) EXPECT_NEAR(result.v_out(c, 0), rest.values(0, c), 1e-9) << "output " << c;
}

TEST_F(Spice, InvSettlingTimeAgrees) {
  // Symmetric, driven along its slow mode: one exponential of the smallest eigenvalue.
  OpampParams opamp;
  opamp.gain = 1e5;
  opamp.gbw_hz = 100e6;
  opamp.slew_rate_volt_per_s = 1e15;
  device::DifferentialPair pair{.positive = Eigen::MatrixXd(2, 2), .negative = Eigen::MatrixXd(2, 2)};
  pair.positive << 30e-6, 18e-6, 18e-6, 30e-6;
  pair.negative << 1e-6, 2e-6, 2e-6, 1e-6;
  const Eigen::Vector2d current(1e-6, -1e-6);
  const auto result = InvCircuit(pair, opamp, kGin, {}).solve(current, 1e-3);
  const auto waveform = spice::run(inv_netlist(pair, opamp, Eigen::Vector2d::Zero(), current, true),
                                   "tran 5p 150n 0 5p", output_names(2));
  double settled_s = 0.0;
  for (Eigen::Index k = 0; k < waveform.scale.size(); ++k) {
    const double distance = std::abs(waveform.values(k, 0) - result.v[0]);
    if (distance > 1e-3 * std::abs(result.v[0])) settled_s = waveform.scale[k];
  }
  // Output step 5 ps, ramp of 1 ps.
  EXPECT_NEAR(settled_s, result.settling_time_s, 0.01 * result.settling_time_s);
  EXPECT_GT(settled_s, 10e-9);
}

}  // namespace
}  // namespace mho::circuit
