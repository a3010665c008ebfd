// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/spice/problem_spice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>

#include "platform/circuit/problem.hpp"
#include "tests/spice/ngspice.hpp"
#include "tests/spice/problem_netlist.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::spice {

using platform::CircuitSolution;
using platform::CircuitStatus;

namespace {

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

/// The netlist with a noisy resistor in front of each amplifier's input and all others silent.
/// @param density  one-sided, V/√Hz; of an open resistor it is √(4 k T R)
std::string with_noisy_amplifiers(const std::string& netlist, double density) {
  constexpr double kBoltzmann_joule_per_kelvin = 1.380649e-23;
  constexpr double kKelvin = 300.0;
  const double ohm = density * density / (4.0 * kBoltzmann_joule_per_kelvin * kKelvin);
  std::string text = fmt::format(".options temp={:.2f}\n", kKelvin - 273.15);
  std::istringstream lines(netlist);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("R")) {
      text += line + " noisy=0\n";
    } else if (line.starts_with("Vos")) {
      std::istringstream fields(line);
      std::string name, from, to, offset;
      fields >> name >> from >> to >> offset;
      text += fmt::format("{0} {1} n{1} {2}\nEn{1} n{1} {3} r{1} 0 1\nRn{1} r{1} 0 {4:.17g}\n", name, from,
                          offset, to, ohm);
    } else {
      text += line + "\n";
    }
  }
  return text;
}

}  // namespace

Json access_transistor() {
  return {{"model", "nmos1"}, {"W", 1e-6},    {"L", 0.1e-6}, {"vto", 0.4},   {"kp", 100e-6},
          {"lambda", 0.05},   {"gamma", 0.4}, {"phi", 0.7},  {"v_gate", 1.1}};
}

CircuitSolution solved(const Json& problem) {
  return platform::solve(platform::read_circuit_problem(problem.dump(), "problem"));
}

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
  // Virtual grounds are smaller than outputs by about the gain, so they have a scale of their own.
  const double summing_scale = solution.summing.size() == 0 ? 0.0 : solution.summing.cwiseAbs().maxCoeff();
  for (Eigen::Index i = 0; i < solution.summing.size(); ++i)
    EXPECT_NEAR(table.values(0, n + i), solution.summing[i], tolerance * summing_scale)
        << "summing node " << i;
}

void expect_same_noise(const Json& problem) {
  constexpr double kNoiseTolerance = 1e-4;  // ngspice's sum over 200 frequencies a decade, up to 10 THz
  const CircuitSolution solution = solved(problem);
  ASSERT_EQ(solution.status, CircuitStatus::kOk) << solution.message;
  ASSERT_EQ(solution.noise_volt.size(), solution.answer.size());
  const Netlist netlist = netlist_of(problem);
  const std::string text =
      with_noisy_amplifiers(netlist.text, problem.at("opamp").at("noise").get<double>()) +
      "Iac 0 s0 0 ac 1\n";
  const double scale = solution.noise_volt.maxCoeff();
  ASSERT_GT(scale, 0.0);
  for (std::size_t i = 0; i < netlist.answers.size(); ++i) {
    const Table table =
        run(text, fmt::format("noise {} iac dec 200 1 1e13", netlist.answers[i]), {"onoise_total"});
    ASSERT_EQ(table.values.size(), 1);
    EXPECT_NEAR(table.values(0, 0), solution.noise_volt[static_cast<Eigen::Index>(i)],
                kNoiseTolerance * scale)
        << "output " << i;
  }
}

void expect_same_power(const Json& problem) {
  const CircuitSolution solution = solved(problem);
  ASSERT_EQ(solution.status, CircuitStatus::kOk) << solution.message;
  const std::string text = netlist_of(problem).text;
  std::vector<std::string> currents;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(0, line.find(' '));
    if (name.starts_with("Eo") || name.starts_with("Bo")) currents.push_back("i(" + name + ")");
  }
  const Table table = run(text, "op", currents);
  ASSERT_EQ(table.values.rows(), 1);
  const Json& opamp = problem.at("opamp");
  const double vdd = opamp.at("vdd"), i_q = opamp.at("i_q");
  EXPECT_NEAR(solution.load_watt, vdd * table.values.row(0).cwiseAbs().sum(),
              kRestTolerance * solution.load_watt);
  EXPECT_NEAR(solution.bias_watt, vdd * i_q * static_cast<double>(currents.size()),
              kRestTolerance * solution.bias_watt);
}

void expect_same_waveform(Json problem, double step_ps, double tolerance, const char* option) {
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

void Spice::SetUp() {
  MHO_REQUIRE_TOOL(has_ngspice(), "ngspice");
  RecordProperty("seed", static_cast<int>(seed()));
}

Json Spice::inv_problem() {
  Json problem{{"kind", "inv"}, {"G", maker_.conductances(n(), n(), true)}};
  problem["I_in"] = maker_.vector(n(), -5e-6, 5e-6);
  problem["opamp"] = {{"gain", 2e3}, {"gbw", 100e6}, {"vos", maker_.vector(n(), -2e-3, 2e-3)}};
  problem["t_rise"] = 1e-9;
  problem["tstop"] = 30e-9;
  problem["dt"] = 0.7e-9;
  return problem;
}

Json Spice::signed_inv_problem() {
  Json problem = inv_problem();
  problem["G_neg"] = maker_.conductances(n(), n(), false);
  problem["inverter_G"] = 50e-6;
  return problem;
}

Json Spice::mvm_problem() {
  Json problem{{"kind", "mvm"}, {"G", maker_.conductances(n(), n() + 2, false)}};
  problem["V"] = maker_.vector(n(), -0.2, 0.2);
  problem["g_f"] = 100e-6;
  problem["opamp"] = {{"gain", 2e3}, {"gbw", 100e6}, {"vos", maker_.vector(n() + 2, -2e-3, 2e-3)}};
  problem["t_rise"] = 1e-9;
  problem["tstop"] = 30e-9;
  problem["dt"] = 0.7e-9;
  return problem;
}

Json Spice::ginv_problem(const char* kind) {
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

Json Spice::egv_problem(bool has_negative) {
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

}  // namespace mho::spice
