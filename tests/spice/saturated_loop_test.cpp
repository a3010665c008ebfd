// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where the INV loop of a macro rests when its inputs ask for more than the rails, against ngspice on the
// whole netlist: every cell, segment and amplifier, all of them v_sat·tanh(x/v_sat). Within 1e-9 of v_sat,
// which is what ngspice solves to (ngspice.cpp). Skipped, with a message, where ngspice is not installed.
#include "models/circuit/saturated_loop.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <vector>

#include "models/circuit/inv_loop.hpp"
#include "tests/spice/ngspice.hpp"
#include "tests/spice/problem_netlist.hpp"
#include "tests/spice/random_problem.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using nlohmann::json;

constexpr double kTolerance = 1e-9;
constexpr double kGin = 20e-6;
constexpr double kSegmentOhm = 1.73;
constexpr double kInverterSiemens = 50e-6;

MatrixXd matrix_of(const json& rows) {
  MatrixXd matrix(rows.size(), rows.at(0).size());
  for (Index i = 0; i < matrix.rows(); ++i) {
    for (Index j = 0; j < matrix.cols(); ++j)
      matrix(i, j) = rows.at(static_cast<std::size_t>(i)).at(static_cast<std::size_t>(j));
  }
  return matrix;
}

VectorXd vector_of(const json& entries) {
  const auto values = entries.get<std::vector<double>>();
  return VectorXd::Map(values.data(), static_cast<Index>(values.size()));
}

struct Case {
  std::size_t size;
  InvSigns signs;
  double gain;
  double output_ohm;
};

json problem_of(const Case& which, std::uint64_t seed) {
  spice::ProblemMaker make(seed);
  const std::size_t n = which.size;
  // The diagonal grows with N, and so does the current that drives an output to its rail.
  const double largest = 15e-6 * static_cast<double>(n);
  return {{"kind", "inv"},
          {"G", make.conductances(n, n, true)},
          {"G_neg", make.conductances(n, n, false)},
          {"signs", which.signs == InvSigns::kInverters ? "inverters" : "compensation"},
          {"inverter_G", kInverterSiemens},
          {"g_in", kGin},
          {"r_wire", kSegmentOhm},
          {"I_in", make.vector(n, -largest, largest)},
          {"opamp",
           {{"gain", which.gain},
            {"gbw", 100e6},
            {"vsat", OpampParams{}.v_sat_volt},
            {"r_out", which.output_ohm},
            {"vos", make.vector(n, -2e-3, 2e-3)}}}};
}

InvResult rest_of(const json& problem, const Case& which) {
  constexpr LineParams kLines{.row_segment_ohm = kSegmentOhm, .column_segment_ohm = kSegmentOhm};
  OpampParams opamp;
  opamp.gain = which.gain;
  const LoopEffects effects{
      .output_ohm = which.output_ohm, .signs = which.signs, .inverter_siemens = kInverterSiemens};
  const InvLoop loop(make_array(matrix_of(problem.at("G")), kLines),
                     make_array(matrix_of(problem.at("G_neg")), kLines), opamp, effects, kGin,
                     vector_of(problem.at("opamp").at("vos")));
  return loop.solve(vector_of(problem.at("I_in")));
}

class SaturatedLoop : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override { MHO_REQUIRE_TOOL(spice::has_ngspice(), "ngspice"); }
};

TEST_P(SaturatedLoop, RestsWhereNgspiceSaysItDoes) {
  const Case& which = GetParam();
  const json problem = problem_of(which, 90);
  const InvResult result = rest_of(problem, which);
  ASSERT_EQ(result.status, InvStatus::kSaturated);
  ASSERT_GT(result.n_saturated, 0);
  ASSERT_LT(result.n_saturated, static_cast<int>(which.size));
  const spice::Netlist netlist = spice::netlist_of(problem);
  const spice::Table table = spice::run(netlist.text, "op", netlist.answers);
  ASSERT_EQ(table.values.rows(), 1);
  ASSERT_EQ(table.values.cols(), result.v.size());
  const double scale = OpampParams{}.v_sat_volt;
  for (Index i = 0; i < result.v.size(); ++i)
    EXPECT_NEAR(result.v[i], table.values(0, i), kTolerance * scale) << "output " << i;
}

std::string name_of(const testing::TestParamInfo<Case>& info) {
  const Case& which = info.param;
  return fmt::format("{}{}Gain{}{}", which.signs == InvSigns::kInverters ? "Inverters" : "Compensation",
                     which.size, static_cast<int>(which.gain), which.output_ohm > 0.0 ? "OutputOhm" : "");
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, SaturatedLoop,
    testing::Values(Case{4, InvSigns::kInverters, 500.0, 0.0}, Case{4, InvSigns::kInverters, 1e4, 50.0},
                    Case{4, InvSigns::kCompensation, 500.0, 0.0}, Case{8, InvSigns::kInverters, 500.0, 50.0},
                    Case{8, InvSigns::kCompensation, 1e4, 0.0}, Case{16, InvSigns::kInverters, 1e4, 0.0},
                    Case{16, InvSigns::kCompensation, 500.0, 50.0}),
    name_of);

}  // namespace
}  // namespace mho::circuit
