// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Arrays with resistive lines against ngspice: currents of a driven array, and operating points of MVM and
// INV circuits on array pairs with every wire segment drawn, ideal inverters, finite gain and offsets.
// Skipped, with a message, where ngspice is not installed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/mvm_circuit.hpp"
#include "models/circuit/wires/inv_operating_point.hpp"
#include "models/circuit/wires/line_solver.hpp"
#include "models/circuit/wires/nonlinear_array.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"
#include "tests/spice/ngspice.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTolerance = 1e-9;  // of the largest value
constexpr double kGain = 1e4;
constexpr double kGin = 20e-6;
constexpr double kFeedback = 200e-6;

std::string resistor(const std::string& name, const std::string& a, const std::string& b, double ohm) {
  return fmt::format("R{} {} {} {:.17g}\n", name, a, b, ohm);
}

/// Array `name`: nodes w and b inside, row i ends at <row><i>, column j at <column><j>. Cells conduct
/// g·v0·sinh(v/v0), or are ohmic if v0 is 0.
std::string array_netlist(const std::string& name, const MatrixXd& g, const LineParams& lines,
                          const std::string& row, const std::string& column, double v0 = 0.0) {
  std::string text;
  const Index n = g.rows(), m = g.cols();
  const auto w = [&](Index i, Index j) { return fmt::format("w{}_{}_{}", name, i, j); };
  const auto b = [&](Index i, Index j) { return fmt::format("b{}_{}_{}", name, i, j); };
  for (Index i = 0; i < n; ++i) {
    for (Index j = 0; j < m; ++j) {
      const std::string id = fmt::format("{}_{}_{}", name, i, j);
      if (v0 > 0.0) {
        text += fmt::format("Bc{0} {1} {2} I = {3:.17g} * sinh(V({1}, {2}) / {4:.17g})\n", id, w(i, j),
                            b(i, j), g(i, j) * v0, v0);
      } else if (g(i, j) > 0.0) {
        text += resistor("c" + id, w(i, j), b(i, j), 1.0 / g(i, j));
      }
      if (j > 0) text += resistor("w" + id, w(i, j - 1), w(i, j), lines.row_segment_ohm);
      if (i > 0) text += resistor("b" + id, b(i - 1, j), b(i, j), lines.column_segment_ohm);
    }
    text += resistor(fmt::format("we{}_{}", name, i), fmt::format("{}{}", row, i),
                     w(i, lines.row_end == LineEnd::kFirst ? 0 : m - 1),
                     lines.row_segment_ohm + lines.row_port_ohm);
  }
  for (Index j = 0; j < m; ++j) {
    text += resistor(fmt::format("be{}_{}", name, j), fmt::format("{}{}", column, j),
                     b(lines.column_end == LineEnd::kFirst ? 0 : n - 1, j),
                     lines.column_segment_ohm + lines.column_port_ohm);
  }
  return text;
}

std::vector<std::string> vectors(const std::string& pattern, Index count) {
  std::vector<std::string> names;
  for (Index k = 0; k < count; ++k) names.push_back(fmt::format(fmt::runtime(pattern), k));
  return names;
}

/// Output o = gain · (offset − s).
std::string amplifier(Index k, double offset) {
  return fmt::format("Vos{0} p{0} 0 {1:.17g}\nEa{0} o{0} 0 p{0} s{0} {2}\n", k, offset, kGain);
}

device::DifferentialPair random_pair(Index rows, Index cols, std::uint64_t seed) {
  return {.positive = random_cells(rows, cols, seed, 0.1),
          .negative = random_cells(rows, cols, seed + 1, 0.1)};
}

class ArrayWiresSpice : public testing::TestWithParam<Index> {
 protected:
  void SetUp() override { MHO_REQUIRE_TOOL(spice::has_ngspice(), "ngspice"); }
  Index n() const { return GetParam(); }
  std::uint64_t seed() const { return static_cast<std::uint64_t>(100 * n()); }
  LineParams lines() const { return {.row_segment_ohm = 1.73, .column_segment_ohm = 2.5}; }
};

TEST_P(ArrayWiresSpice, PortCurrentsAgree) {
  for (const LineParams& choice : {lines(), LineParams{.row_segment_ohm = 20.0,
                                            .column_segment_ohm = 1.0,
                                            .row_port_ohm = 300.0,
                                            .column_port_ohm = 40.0,
                                            .row_end = LineEnd::kLast,
                                            .column_end = LineEnd::kFirst}}) {
    const Index m = n() + 3;
    const MatrixXd g = random_cells(n(), m, seed(), 0.1);
    const VectorXd u = normal_matrix(n(), 1, seed(), 3), v = normal_matrix(m, 1, seed(), 4);
    std::string netlist = array_netlist("a", g, choice, "r", "c");
    for (Index i = 0; i < n(); ++i) netlist += fmt::format("Vr{0} r{0} 0 {1:.17g}\n", i, u[i]);
    for (Index j = 0; j < m; ++j) netlist += fmt::format("Vc{0} c{0} 0 {1:.17g}\n", j, v[j]);
    auto names = vectors("i(vr{})", n());
    for (const auto& name : vectors("i(vc{})", m)) names.push_back(name);
    const VectorXd spice = -spice::run(netlist, "op", names).values.row(0);

    const ArrayPorts ports = reduce_ports(g, choice);
    VectorXd reduced(n() + m);
    reduced << ports.row_self_siemens * u - ports.transfer_siemens * v,
        ports.column_self_siemens * v - ports.transfer_siemens.transpose() * u;
    EXPECT_LE(relative_difference(reduced, spice), kTolerance);
    const auto solution = LineSolver(g, choice).solve(u, v);
    VectorXd iterated(n() + m);
    iterated << solution.row_ampere, solution.column_ampere;
    EXPECT_LE(relative_difference(iterated, spice), kTolerance);
  }
}

TEST_P(ArrayWiresSpice, NonlinearCellsAgree) {
  constexpr double kV0 = 0.15;
  const MatrixXd g = random_cells(n(), n(), seed());
  const VectorXd u = 0.2 * (2.0 * uniform_matrix(n(), 1, seed(), 3).array() - 1.0),
                 zero = VectorXd::Zero(n());
  std::string netlist = array_netlist("a", g, lines(), "r", "c", kV0);
  for (Index k = 0; k < n(); ++k) netlist += fmt::format("Vr{0} r{0} 0 {1:.17g}\nVc{0} c{0} 0 0\n", k, u[k]);
  const VectorXd spice = -spice::run(netlist, "op", vectors("i(vc{})", n())).values.row(0);
  const CellLaw law = [&](const Eigen::ArrayXXd& volt, Eigen::ArrayXXd& ampere, Eigen::ArrayXXd& slope) {
    ampere = g.array() * kV0 * (volt / kV0).sinh();
    slope = g.array() * (volt / kV0).cosh();
  };
  const auto solution = solve_nonlinear_array(n(), n(), law, lines(), u, zero, {.tolerance = 1e-12});
  ASSERT_EQ(solution.status, NonlinearStatus::kOk);
  EXPECT_LE(relative_difference(solution.column_ampere, spice), kTolerance);
}

TEST_P(ArrayWiresSpice, MvmOperatingPointAgrees) {
  const auto pair = random_pair(n(), n(), seed());
  const VectorXd v = 0.1 * normal_matrix(n(), 1, seed(), 3),
                 offsets = 1e-3 * normal_matrix(n(), 1, seed(), 4);
  std::string netlist = array_netlist("a", pair.positive, lines(), "r", "s") +
                        array_netlist("b", pair.negative, lines(), "n", "s");
  for (Index k = 0; k < n(); ++k) {
    netlist += fmt::format("Vr{0} r{0} 0 {1:.17g}\nEn{0} n{0} 0 r{0} 0 -1\n", k, v[k]);
    netlist += resistor(fmt::format("f{}", k), fmt::format("s{}", k), fmt::format("o{}", k), 1.0 / kFeedback);
    netlist += amplifier(k, offsets[k]);
  }
  const VectorXd spice = spice::run(netlist, "op", vectors("v(o{})", n())).values.row(0);
  OpampParams opamp;
  opamp.gain = kGain;
  opamp.v_sat_volt = 1e3;
  const auto result = MvmCircuit(mvm_network(pair, lines()), opamp, offsets).evaluate(v, kFeedback);
  EXPECT_LE(relative_difference(result.v_out, spice), kTolerance);
}

TEST_P(ArrayWiresSpice, InvOperatingPointAgrees) {
  auto pair = random_pair(n(), n(), seed());
  pair.positive.diagonal().array() += 100e-6 * std::sqrt(static_cast<double>(n()));
  const VectorXd input = 1e-6 * normal_matrix(n(), 1, seed(), 3);
  const VectorXd offsets = 1e-3 * normal_matrix(n(), 1, seed(), 4);
  std::string netlist = array_netlist("a", pair.positive, lines(), "s", "o") +
                        array_netlist("b", pair.negative, lines(), "s", "n");
  for (Index k = 0; k < n(); ++k) {
    netlist += fmt::format("En{0} n{0} 0 o{0} 0 -1\nIin{0} 0 s{0} {1:.17g}\n", k, input[k]);
    netlist += resistor(fmt::format("in{}", k), fmt::format("s{}", k), "0", 1.0 / kGin);
    netlist += amplifier(k, offsets[k]);
  }
  const VectorXd spice = spice::run(netlist, "op", vectors("v(o{})", n())).values.row(0);

  const auto point = inv_operating_point(
      pair, lines(), {.gain = kGain, .g_in_siemens = kGin, .tolerance = 1e-12}, input, offsets);
  EXPECT_LE(relative_difference(point.output_volt, spice), kTolerance);
  OpampParams opamp;
  opamp.gain = kGain;
  opamp.v_sat_volt = 1e3;
  const auto result = InvCircuit(inv_network(pair, lines(), kGin), opamp, offsets).solve(input);
  ASSERT_EQ(result.status, InvStatus::kOk);
  EXPECT_LE(relative_difference(result.v, spice), kTolerance);
}

INSTANTIATE_TEST_SUITE_P(Sizes, ArrayWiresSpice, testing::Values(4, 8, 16),
                         [](const auto& param) { return fmt::format("N{}", param.param); });

}  // namespace
}  // namespace mho::circuit
