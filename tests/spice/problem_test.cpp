// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Every circuit kind of `mho circuit` against ngspice on a netlist written from the same problem.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "platform/circuit/problem.hpp"
#include "platform/circuit/solution.hpp"
#include "tests/spice/ngspice.hpp"
#include "tests/spice/problem_netlist.hpp"
#include "tests/spice/random_problem.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::spice {
namespace {

using Json = nlohmann::json;
using platform::CircuitSolution;
using platform::CircuitStatus;

// Both solve the same equations in double precision, Newton's method included.
constexpr double kRestTolerance = 1e-9;
// Sinh cells, and transistors in EGV circuits and in transients: not yet held to less.
constexpr double kAccessTolerance = 1e-7;
// The oracle's own error: trapezoidal steps of 10 ps, cubic interpolation.
constexpr double kLinearTolerance = 1e-5;
constexpr double kNonlinearTolerance = 1e-4;

/// Level 1 with body effect; the cells are linear only to first order.
Json access_transistor() {
  return {{"model", "nmos1"}, {"W", 1e-6},    {"L", 0.1e-6}, {"vto", 0.4},   {"kp", 100e-6},
          {"lambda", 0.05},   {"gamma", 0.4}, {"phi", 0.7},  {"v_gate", 1.1}};
}

CircuitSolution solved(const Json& problem) {
  return platform::solve(platform::read_circuit_problem(problem.dump(), "problem"));
}

/// Leads ngspice to the equilibrium near the solution: loops that are not linear may have others, and an EGV
/// circuit always rests at 0 too, and steps of Newton's method jump across the knee of a clamp. It starts at
/// the solution; whether it stays there is for its own equations to say.
class Lead {
 public:
  Lead(const Json& problem, const CircuitSolution& solution)
      : problem_(problem), amplifier_(problem.value("opamp", Json::object())), solution_(solution) {}

  void write(Netlist& netlist) const {
    const std::string kind = problem_.at("kind");
    if (kind == "mvm") return;
    const Eigen::VectorXd& o = solution_.answer;
    const Eigen::VectorXd poles = o.unaryExpr([&](double v) { return pole_of(v); });
    set(netlist, netlist.output_drives, poles);
    // With compensation the other input of a row amplifier is not at ground.
    if (problem_.value("signs", "inverters") == "compensation") return;
    const Eigen::VectorXd rows = row_poles();
    set(netlist, netlist.drives, rows);
    Eigen::VectorXd inverted(o.size() + rows.size());
    inverted << (kind == "egv" ? poles : Eigen::VectorXd(-o)), -rows;  // GINV inverts both
    set(netlist, netlist.inverter_drives, inverted);
  }

 private:
  /// The state behind an output.
  double pole_of(double volt) const {
    constexpr double kKnee2 = 1e-10;  // of the clamp
    if (problem_.at("kind") == "nnls") return volt - kKnee2 / std::max(volt, 1e-12);
    if (!amplifier_.contains("vsat")) return volt;
    const double limit = amplifier_.at("vsat");
    return limit * std::atanh(std::clamp(volt / limit, -1.0 + 1e-9, 1.0 - 1e-9));
  }
  /// A0 (V_os − s).
  Eigen::VectorXd row_poles() const {
    const Json vos = amplifier_.value("vos", Json(0.0));
    Eigen::VectorXd x = -solution_.summing;
    for (Eigen::Index i = 0; i < x.size(); ++i)
      x[i] += vos.is_array() ? vos.at(static_cast<std::size_t>(i)).get<double>() : vos.get<double>();
    return amplifier_.at("gain").get<double>() * x;
  }
  static void set(Netlist& netlist, const std::vector<std::string>& vectors, const Eigen::VectorXd& volt) {
    for (std::size_t i = 0; i < vectors.size(); ++i)
      netlist.text += fmt::format(".nodeset {}={:.12g}\n", vectors[i], volt[static_cast<Eigen::Index>(i)]);
  }

  const Json& problem_;
  Json amplifier_;
  const CircuitSolution& solution_;
};

void expect_same_rest(const Json& problem, double tolerance) {
  const CircuitSolution solution = solved(problem);
  ASSERT_TRUE(solution.status == CircuitStatus::kOk || solution.status == CircuitStatus::kSaturated)
      << solution.message;
  Netlist netlist = netlist_of(problem);
  const std::string kind = problem.at("kind");
  if (problem.contains("access") || kind == "egv" || kind == "nnls") Lead(problem, solution).write(netlist);
  std::vector<std::string> vectors = netlist.answers;
  vectors.insert(vectors.end(), netlist.summing.begin(), netlist.summing.end());
  const Table table = run(netlist.text, "op", vectors);
  ASSERT_EQ(table.values.rows(), 1);
  const auto n = solution.answer.size();
  ASSERT_EQ(static_cast<std::size_t>(n), netlist.answers.size());
  const double scale = solution.answer.cwiseAbs().maxCoeff();
  ASSERT_GT(scale, 0.0);
  for (Eigen::Index i = 0; i < n; ++i)
    EXPECT_NEAR(table.values(0, i), solution.answer[i], tolerance * scale) << "answer " << i;
  ASSERT_EQ(static_cast<std::size_t>(solution.summing.size()), netlist.summing.size());
  for (Eigen::Index i = 0; i < solution.summing.size(); ++i)
    EXPECT_NEAR(table.values(0, n + i), solution.summing[i], tolerance * scale) << "summing node " << i;
}

void expect_same_waveform(Json problem, double step_ps, double tolerance, const char* option = "") {
  problem["analysis"] = "tran";
  const CircuitSolution solution = solved(problem);
  ASSERT_TRUE(solution.status == CircuitStatus::kOk || solution.status == CircuitStatus::kSaturated)
      << solution.message;
  const Netlist netlist = netlist_of(problem);
  const Table table =
      run(netlist.text,
          fmt::format("tran {0}p {1} 0 {0}p {2}", step_ps, problem.at("tstop").get<double>() + 1e-10, option),
          netlist.answers);
  const Eigen::MatrixXd expected = sampled(table, solution.times_s);
  const double scale = expected.cwiseAbs().maxCoeff();
  ASSERT_GT(scale, 0.0);
  EXPECT_LT((solution.waveform - expected).cwiseAbs().maxCoeff(), tolerance * scale);
}

void expect_grown(const Json& problem) {
  EXPECT_GT(solved(problem).answer.cwiseAbs().maxCoeff(), 0.05) << "it stayed at rest";
}

class Spice : public testing::TestWithParam<std::size_t> {
 protected:
  void SetUp() override {
    MHO_REQUIRE_TOOL(has_ngspice(), "ngspice");
    RecordProperty("seed", static_cast<int>(seed()));
  }
  std::uint64_t seed() const { return 1000 + GetParam(); }
  std::size_t n() const { return GetParam(); }

  Json inv_problem() {
    Json problem{{"kind", "inv"}, {"G", maker_.conductances(n(), n(), true)}};
    problem["I_in"] = maker_.vector(n(), -5e-6, 5e-6);
    problem["opamp"] = {{"gain", 2e3}, {"gbw", 100e6}, {"vos", maker_.vector(n(), -2e-3, 2e-3)}};
    problem["t_rise"] = 1e-9;
    problem["tstop"] = 30e-9;
    problem["dt"] = 0.7e-9;
    return problem;
  }
  Json signed_inv_problem() {
    Json problem = inv_problem();
    problem["G_neg"] = maker_.conductances(n(), n(), false);
    problem["inverter_G"] = 50e-6;
    return problem;
  }
  Json mvm_problem() {
    Json problem{{"kind", "mvm"}, {"G", maker_.conductances(n(), n() + 2, false)}};
    problem["V"] = maker_.vector(n(), -0.2, 0.2);
    problem["g_f"] = 100e-6;
    problem["opamp"] = {{"gain", 2e3}, {"gbw", 100e6}, {"vos", maker_.vector(n() + 2, -2e-3, 2e-3)}};
    problem["t_rise"] = 1e-9;
    problem["tstop"] = 30e-9;
    problem["dt"] = 0.7e-9;
    return problem;
  }
  Json ginv_problem(const char* kind) {
    Json problem{{"kind", kind}, {"G", maker_.conductances(n() + 3, n(), true)}};
    problem["I_in"] = maker_.vector(n() + 3, -20e-6, 5e-6);
    problem["g_f"] = 200e-6;
    problem["g_lambda"] = 2e-6;
    problem["opamp"] = {{"gain", 2e3}, {"gbw", 100e6}, {"vos", maker_.vector(2 * n() + 3, -1e-3, 1e-3)}};
    problem["t_rise"] = 1e-9;
    problem["tstop"] = 20e-9;
    problem["dt"] = 0.7e-9;
    return problem;
  }

  /// With a share of negative cells if asked for: their mean is a quarter of that of the positive ones.
  Json egv_problem(bool has_negative) {
    Json problem{{"kind", "egv"}, {"G", maker_.conductances(n(), n(), false)}};
    if (has_negative) {
      problem["G_neg"] = maker_.conductances(n(), n(), false);
      for (auto& row : problem["G_neg"])
        for (auto& cell : row) cell = 0.25 * cell.get<double>();
    }
    problem["g_lambda"] = (has_negative ? 0.5 : 0.8) * 17.75e-6 * static_cast<double>(n());
    problem["opamp"] = {{"gain", 2e3}, {"gbw", 100e6}, {"vsat", 0.4}, {"vos", maker_.vector(n(), 0.0, 2e-3)}};
    return problem;
  }

  ProblemMaker maker_{seed()};
};

/// Cells that are not ohmic: sizes at which ngspice ends in seconds.
class NonohmicSpice : public Spice {};
INSTANTIATE_TEST_SUITE_P(Sizes, NonohmicSpice, testing::Values(4, 8));

INSTANTIATE_TEST_SUITE_P(Sizes, Spice, testing::Values(4, 8, 16));

TEST_P(Spice, InvRests) {
  expect_same_rest(inv_problem(), kRestTolerance);
}

TEST_P(Spice, InvWithInvertersAndWiresRests) {
  Json problem = signed_inv_problem();
  problem["r_wire"] = {{"row", 3.0}, {"column", 1.73}};
  expect_same_rest(problem, kRestTolerance);
}

TEST_P(Spice, LineEndsAreConnectedAsTheProblemSays) {
  Json problem = signed_inv_problem();
  problem["r_wire"] = 20.0;
  problem["row_end"] = "both";
  problem["column_end"] = "first";
  expect_same_rest(problem, kRestTolerance);
  problem["row_end"] = "last";
  problem["column_end"] = "both";
  expect_same_rest(problem, kRestTolerance);
  problem["access"] = access_transistor();
  expect_same_rest(problem, kRestTolerance);
}

TEST_P(Spice, InvByCompensationRests) {
  Json problem = signed_inv_problem();
  problem["signs"] = "compensation";
  problem["g_in"] = 10e-6;
  expect_same_rest(problem, kRestTolerance);
  problem["r_wire"] = 1.73;
  problem["opamp"]["r_out"] = 50.0;
  expect_same_rest(problem, kRestTolerance);
}

TEST_P(Spice, InvByCompensationSettles) {
  Json problem = signed_inv_problem();
  problem["signs"] = "compensation";
  problem["g_in"] = 10e-6;
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
  problem["r_wire"] = 1.73;
  problem["opamp"]["cin"] = 0.05e-12;
  problem["tstop"] = 2.8e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, PortsHaveTheResistanceThatTheProblemSays) {
  Json problem = signed_inv_problem();
  problem["r_port"] = {{"row", 40.0}, {"column", 25.0}};
  expect_same_rest(problem, kRestTolerance);
  problem["r_wire"] = 2.0;
  problem["row_end"] = "both";
  problem["column_end"] = "both";
  expect_same_rest(problem, kRestTolerance);
  problem["access"] = access_transistor();
  expect_same_rest(problem, kRestTolerance);
  Json mvm = mvm_problem();
  mvm["r_port"] = 40.0;
  mvm["r_wire"] = {{"row", 0.0}, {"column", 3.0}};
  mvm["row_end"] = "both";
  mvm["column_end"] = "both";
  expect_same_rest(mvm, kRestTolerance);
}

TEST_P(Spice, InvSettles) {
  expect_same_waveform(inv_problem(), 10, kLinearTolerance);
}

TEST_P(Spice, InvWithInvertersWiresAndInputCapacitanceSettles) {
  Json problem = signed_inv_problem();
  problem["r_wire"] = 1.73;
  problem["opamp"]["cin"] = 0.1e-12;
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, InvWithSecondPoleAndOutputResistanceSettles) {
  Json problem = signed_inv_problem();
  problem["opamp"]["f2"] = 400e6;
  problem["opamp"]["r_out"] = 200.0;
  expect_same_rest(problem, kRestTolerance);
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, MvmWithoutAmplifiersGivesItsCurrents) {
  Json problem = mvm_problem();
  problem.erase("g_f");
  problem["r_wire"] = 1.73;
  expect_same_rest(problem, kRestTolerance);
  problem["G_neg"] = maker_.conductances(n(), n() + 2, false);
  expect_same_rest(problem, kRestTolerance);
  problem.erase("r_wire");
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, MvmWithInvertersRestsAndSettles) {
  Json problem = mvm_problem();
  problem["G_neg"] = maker_.conductances(n(), n() + 2, false);
  problem["r_wire"] = 1.73;
  expect_same_rest(problem, kRestTolerance);
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, MvmByCompensationRestsAndSettles) {
  Json problem = mvm_problem();
  problem["G_neg"] = maker_.conductances(n(), n() + 2, false);
  problem["signs"] = "compensation";
  expect_same_rest(problem, kRestTolerance);
  problem["r_wire"] = 1.73;
  problem["tstop"] = 2.8e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, GinvRestsAndSettles) {
  Json problem = ginv_problem("ginv");
  expect_same_rest(problem, kRestTolerance);
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, GinvWithSignsAndWiresRests) {
  Json problem = ginv_problem("ginv");
  problem["G_neg"] = maker_.conductances(n() + 3, n(), false);
  problem["r_wire"] = 1.73;
  expect_same_rest(problem, kRestTolerance);
  problem["signs"] = "compensation";
  expect_same_rest(problem, kRestTolerance);
  problem.erase("r_wire");
  problem["tstop"] = 5e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, SaturatedInvRestsAndSettles) {
  Json problem = signed_inv_problem();
  problem["opamp"]["vsat"] = 0.15;
  for (auto& current : problem["I_in"]) current = 3.0 * static_cast<double>(n()) * current.get<double>();
  expect_same_rest(problem, kRestTolerance);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, SlewingInvSettles) {
  Json problem = inv_problem();
  problem["opamp"]["vsat"] = 0.3;
  problem["opamp"]["slew"] = 20e6;
  for (auto& current : problem["I_in"]) current = 3.0 * static_cast<double>(n()) * current.get<double>();
  expect_same_waveform(problem, 10, kNonlinearTolerance);
  problem["opamp"]["cin"] = 5e-15;  // stiff
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, SaturatedMvmSettles) {
  Json problem = mvm_problem();
  problem["opamp"]["vsat"] = 0.2;
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, NnlsRestsAndSettles) {
  Json problem = ginv_problem("nnls");
  problem["opamp"]["gain"] = 200;  // a clamped amplifier unwinds at its own pole
  problem["tstop"] = 10e-9;
  expect_same_rest(problem, kRestTolerance);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, NnlsWithSignsAndWiresRests) {
  Json problem = ginv_problem("nnls");
  problem["r_wire"] = 1.73;
  expect_same_rest(problem, kRestTolerance);
  if (n() > 4) return;  // ngspice takes minutes to find the larger ones with signs
  problem["G_neg"] = maker_.conductances(n() + 3, n(), false);
  expect_same_rest(problem, kRestTolerance);
  problem["signs"] = "compensation";
  expect_same_rest(problem, kRestTolerance);
}

TEST_P(Spice, EgvRestsAtItsEigenvector) {
  Json problem = egv_problem(false);
  expect_grown(problem);
  expect_same_rest(problem, kRestTolerance);
  problem["r_wire"] = 1.73;
  expect_same_rest(problem, kRestTolerance);
}

TEST_P(Spice, EgvWithSignsAndWiresRests) {
  Json problem = egv_problem(true);
  expect_grown(problem);
  expect_same_rest(problem, kRestTolerance);
  problem["r_wire"] = {{"row", 1.73}, {"column", 3.0}};
  expect_same_rest(problem, kRestTolerance);
}

TEST_P(Spice, EgvGrowsFromItsOffsets) {
  Json problem = egv_problem(false);
  problem["t_rise"] = 0.0;
  problem["tstop"] = 150e-9;
  problem["dt"] = 2.1e-9;
  expect_same_waveform(problem, 20, kNonlinearTolerance, "uic");
}

TEST_P(Spice, MvmWithAccessTransistorsGivesItsCurrents) {
  Json problem = mvm_problem();
  problem.erase("g_f");
  problem.erase("opamp");
  problem["access"] = access_transistor();
  expect_same_rest(problem, kRestTolerance);
  problem["access"]["side"] = "column";
  problem["r_wire"] = 3.0;
  expect_same_rest(problem, kRestTolerance);
}

TEST_P(Spice, InvWithAccessTransistorsRests) {
  Json problem = inv_problem();
  problem["access"] = access_transistor();
  for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
  expect_same_rest(problem, kRestTolerance);
  problem["r_wire"] = 1.73;
  problem["G_neg"] = maker_.conductances(n(), n(), false);
  expect_same_rest(problem, kRestTolerance);
}

TEST_P(Spice, GinvWithAccessTransistorsRests) {
  for (const char* kind : {"ginv", "nnls"}) {
    Json problem = ginv_problem(kind);
    problem["access"] = access_transistor();
    for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
    expect_same_rest(problem, kRestTolerance);
    problem["r_wire"] = 1.73;
    problem["access"]["side"] = "column";
    expect_same_rest(problem, kRestTolerance);
  }
}

TEST_P(NonohmicSpice, EgvWithAccessTransistorsRestsWhereItGrowsTo) {
  Json problem = egv_problem(false);
  problem["access"] = access_transistor();
  problem["g_lambda"] = 0.75 * problem["g_lambda"].get<double>();
  expect_same_rest(problem, kAccessTolerance);
  problem["r_wire"] = 1.73;
  expect_same_rest(problem, kAccessTolerance);
}

TEST_P(NonohmicSpice, EgvWithAccessTransistorsGrowsFromItsOffsets) {
  Json problem = egv_problem(false);
  problem["access"] = access_transistor();
  problem["r_wire"] = 1.73;
  problem["g_lambda"] = 0.75 * problem["g_lambda"].get<double>();
  problem["t_rise"] = 0.0;
  problem["tstop"] = 100e-9;
  problem["dt"] = 2.1e-9;
  expect_same_waveform(problem, 20, kNonlinearTolerance, "uic");
}

TEST_P(NonohmicSpice, InvWithAccessTransistorsSettles) {
  Json problem = inv_problem();
  problem["access"] = access_transistor();
  for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
  expect_same_waveform(problem, 10, kNonlinearTolerance);
  problem["r_wire"] = 1.73;
  problem["G_neg"] = maker_.conductances(n(), n(), false);
  problem["tstop"] = 10e-9;
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, SaturatedInvWithAccessTransistorsAndStrayCapacitanceSettles) {
  Json problem = inv_problem();
  problem["access"] = access_transistor();
  problem["opamp"]["vsat"] = 0.3;
  problem["opamp"]["cin"] = 0.1e-12;
  problem["opamp"]["r_out"] = 100.0;
  problem["tstop"] = 10e-9;
  for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, MvmWithAccessTransistorsSettles) {
  Json problem = mvm_problem();
  problem["access"] = access_transistor();
  problem["r_wire"] = 3.0;
  problem["tstop"] = 10e-9;
  expect_same_rest(problem, kAccessTolerance);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, MvmCurrentsOfAccessTransistorsFollow) {
  Json problem = mvm_problem();
  problem.erase("g_f");
  problem["access"] = access_transistor();
  problem["r_wire"] = 3.0;
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kNonlinearTolerance);
  problem["G_neg"] = maker_.conductances(n(), n() + 2, false);
  problem["opamp"]["r_out"] = 50.0;
  expect_same_rest(problem, kAccessTolerance);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, GinvWithAccessTransistorsSettles) {
  Json problem = ginv_problem("ginv");
  problem["access"] = access_transistor();
  problem["r_wire"] = 1.73;
  problem["tstop"] = 10e-9;
  expect_same_rest(problem, kAccessTolerance);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, SinhCellsRestInEveryKind) {
  const Json cell{{"model", "sinh"}, {"v0", 0.2}};
  for (Json problem : {inv_problem(), signed_inv_problem(), mvm_problem(), ginv_problem("ginv"),
                       ginv_problem("nnls"), egv_problem(false)}) {
    SCOPED_TRACE(problem.at("kind").get<std::string>());
    problem["cell"] = cell;
    problem["r_wire"] = 1.73;
    if (problem.at("kind") == "nnls") problem["opamp"]["gain"] = 200;
    expect_same_rest(problem, kAccessTolerance);
    problem["access"] = access_transistor();
    if (problem.at("kind") != "egv") expect_same_rest(problem, kAccessTolerance);
  }
}

TEST_P(NonohmicSpice, SinhCellsSettle) {
  for (Json problem : {inv_problem(), mvm_problem(), ginv_problem("ginv"), ginv_problem("nnls")}) {
    SCOPED_TRACE(problem.at("kind").get<std::string>());
    problem["cell"] = {{"model", "sinh"}, {"v0", 0.2}};
    problem["r_wire"] = 1.73;
    problem["tstop"] = 10e-9;
    if (problem.at("kind") == "nnls") problem["opamp"]["gain"] = 200;  // as above
    expect_same_waveform(problem, 10, kNonlinearTolerance);
  }
}

}  // namespace
}  // namespace mho::spice
