// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/solution.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>

#include "tests/spice/random_problem.hpp"

namespace mho::platform {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kSeed = 20;

Json solved(const Json& problem) {
  const CircuitProblem parsed = read_circuit_problem(problem.dump(), "problem");
  return Json::parse(to_json(parsed, solve(parsed)).dump());
}

Eigen::MatrixXd matrix(const Json& rows) {
  Eigen::MatrixXd m(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(rows[0].size()));
  for (Eigen::Index i = 0; i < m.rows(); ++i)
    for (Eigen::Index j = 0; j < m.cols(); ++j)
      m(i, j) = rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<double>();
  return m;
}

Eigen::VectorXd vector(const Json& list) {
  Eigen::VectorXd v(static_cast<Eigen::Index>(list.size()));
  for (Eigen::Index i = 0; i < v.size(); ++i) v[i] = list[static_cast<std::size_t>(i)].get<double>();
  return v;
}

double relative_distance(const Eigen::VectorXd& a, const Eigen::VectorXd& b) {
  return (a - b).norm() / b.norm();
}

class CircuitSolutions : public testing::Test {
 protected:
  void SetUp() override { RecordProperty("seed", static_cast<int>(kSeed)); }
  Json inv(std::size_t n) {
    return {{"kind", "inv"}, {"G", maker_.conductances(n, n, true)}, {"I_in", maker_.vector(n, -5e-6, 5e-6)}};
  }
  spice::ProblemMaker maker_{kSeed};
};

TEST_F(CircuitSolutions, IdealInvSolvesTheSystem) {
  const Json problem = inv(32);
  const Json result = solved(problem);
  EXPECT_EQ(result["status"], "ok");
  EXPECT_TRUE(result["stable"]);
  EXPECT_GE(result["solve_s"].get<double>(), 0.0);
  const Eigen::VectorXd expected = -matrix(problem["G"]).lu().solve(vector(problem["I_in"]));
  EXPECT_LT(relative_distance(vector(result["o"]), expected), 1e-12);
  EXPECT_LT(vector(result["s"]).norm(), 1e-12);
}

TEST_F(CircuitSolutions, BothWaysToSignAMatrixSolveIt) {
  Json problem = inv(16);
  problem["G_neg"] = maker_.conductances(16, 16, false);
  const Eigen::MatrixXd g = matrix(problem["G"]) - matrix(problem["G_neg"]);
  const Eigen::VectorXd expected = -g.lu().solve(vector(problem["I_in"]));
  EXPECT_LT(relative_distance(vector(solved(problem)["o"]), expected), 1e-11);
  problem["signs"] = "compensation";
  EXPECT_LT(relative_distance(vector(solved(problem)["o"]), expected), 1e-11);
}

TEST_F(CircuitSolutions, CompensationSettlesFasterThanInverters) {
  Json problem = inv(8);
  problem.update({{"analysis", "tran"}, {"t_rise", 0.0}, {"tstop", 400e-9}, {"dt", 0.5e-9}});
  problem["G_neg"] = maker_.conductances(8, 8, false);
  const double by_inverters = solved(problem)["settle_s"]["1e-3"];
  problem["signs"] = "compensation";
  EXPECT_LT(solved(problem)["settle_s"]["1e-3"].get<double>(), by_inverters);
}

TEST_F(CircuitSolutions, GinvIsRidgeRegression) {
  Json problem{
      {"kind", "ginv"}, {"G", maker_.conductances(12, 5, false)}, {"I_in", maker_.vector(12, -5e-6, 5e-6)}};
  problem["g_f"] = 100e-6;
  problem["g_lambda"] = 10e-6;
  const Eigen::MatrixXd a = matrix(problem["G"]);
  const Eigen::MatrixXd normal = a.transpose() * a + 1e-9 * Eigen::MatrixXd::Identity(5, 5);
  const Eigen::VectorXd expected = -normal.lu().solve(a.transpose() * vector(problem["I_in"]));
  EXPECT_LT(relative_distance(vector(solved(problem)["o"]), expected), 1e-11);
}

TEST_F(CircuitSolutions, NnlsMeetsTheConditionsOfOptimality) {
  Json problem{
      {"kind", "nnls"}, {"G", maker_.conductances(12, 6, false)}, {"I_in", maker_.vector(12, -50e-6, 30e-6)}};
  problem["g_f"] = 100e-6;
  problem["opamp"] = {{"gain", 1e7}};
  const Eigen::MatrixXd a = matrix(problem["G"]);
  const Eigen::VectorXd o = vector(solved(problem)["o"]);
  const Eigen::VectorXd gradient = a.transpose() * (a * o + vector(problem["I_in"]));
  const double scale = (a.transpose() * vector(problem["I_in"])).cwiseAbs().maxCoeff();
  int n_active = 0;
  for (Eigen::Index j = 0; j < o.size(); ++j) {
    EXPECT_GE(o[j], 0.0);
    const bool is_zero = o[j] < 1e-6;
    n_active += is_zero ? 1 : 0;
    EXPECT_GT(gradient[j], -1e-4 * scale) << j;
    EXPECT_LT(is_zero ? 0.0 : gradient[j], 1e-4 * scale) << j;
  }
  EXPECT_GT(n_active, 0);
  EXPECT_LT(n_active, 6);
}

TEST_F(CircuitSolutions, EgvFindsTheDominantEigenvector) {
  // Symmetric, λ₁ = 40 + 3·8 µS along 1: close to it the outputs stay small against V_sat and are not bent.
  const std::size_t n = 8;
  Json g;
  for (std::size_t i = 0; i < n; ++i) {
    g.push_back(std::vector<double>(n, 3e-6));
    g[i][i] = i % 2 == 0 ? 43e-6 : 41e-6;
  }
  Json problem{{"kind", "egv"}, {"G", g}, {"opamp", {{"vsat", 0.5}, {"gain", 1e5}}}};
  const double lambda = matrix(g).selfadjointView<Eigen::Lower>().eigenvalues().maxCoeff();
  problem["g_lambda"] = 0.999 * lambda;
  const Json result = solved(problem);
  EXPECT_EQ(result["status"], "ok");
  EXPECT_GT(result["growth"].get<double>(), 0.0);
  const Eigen::VectorXd o = vector(result["o"]);
  EXPECT_LT((matrix(g) * o - lambda * o).norm() / (lambda * o.norm()), 1e-3);
  problem["g_lambda"] = 1.1 * lambda;
  EXPECT_LT(vector(solved(problem)["o"]).norm(), 1e-6);
}

TEST_F(CircuitSolutions, UnstableLoopsGiveTheEigenvalueAndNoNumbers) {
  const Json problem{{"kind", "inv"}, {"G", {{5e-6, 20e-6}, {20e-6, 5e-6}}}, {"I_in", {1e-6, 1e-6}}};
  for (const char* analysis : {"op", "tran"}) {
    Json each = problem;
    each["analysis"] = analysis;
    if (each["analysis"] == "tran") each.update({{"tstop", 1e-6}, {"dt", 1e-9}});
    const Json result = solved(each);
    EXPECT_EQ(result["status"], "unstable");
    EXPECT_FALSE(result["stable"]);
    // −λ of D·G: (5 − 20)/25, times 2π f_T; the leak is 1e-5 of it.
    const double expected = 0.6 * 2.0 * std::numbers::pi * 100e6;
    EXPECT_NEAR(result["eigenvalue"]["re"].get<double>(), expected, 1e-4 * expected);
    for (const char* key : {"o", "s", "t", "waveform", "settle_s"}) EXPECT_FALSE(result.contains(key)) << key;
  }
}

TEST_F(CircuitSolutions, SingularMatricesAreAStatus) {
  const Json result = solved({{"kind", "inv"}, {"G", {{5e-6, 5e-6}, {5e-6, 5e-6}}}, {"I_in", {1e-6, 1e-6}}});
  EXPECT_EQ(result["status"], "singular");
  EXPECT_FALSE(result["stable"]);
  EXPECT_FALSE(result.contains("o"));
}

TEST_F(CircuitSolutions, WaveformsEndAtTheOperatingPointAndSettleAsTheModesSay) {
  Json problem = inv(8);
  problem.update({{"analysis", "tran"}, {"t_rise", 0.0}, {"tstop", 200e-9}, {"dt", 1e-9}});
  const Json result = solved(problem);
  ASSERT_EQ(result["waveform"].size(), 201U);
  ASSERT_EQ(result["t"].size(), 201U);
  EXPECT_LT(relative_distance(vector(result["waveform"][200]), vector(result["o"])), 1e-9);
  // The slowest mode bounds the decay between two bands.
  const double between = result["settle_s"]["1e-4"].get<double>() - result["settle_s"]["1e-3"].get<double>();
  const double slowest =
      result["settle_modes_s"]["1e-4"].get<double>() - result["settle_modes_s"]["1e-3"].get<double>();
  EXPECT_GT(between, 0.0);
  EXPECT_LT(between, 1.05 * slowest);
}

TEST_F(CircuitSolutions, SettlingDoesNotDependOnTheSamples) {
  Json problem = inv(8);
  problem.update({{"analysis", "tran"}, {"t_rise", 1e-9}, {"tstop", 40e-9}, {"dt", 0.02e-9}});
  problem["opamp"] = {{"cin", 0.05e-12}};
  const double fine = solved(problem)["settle_s"]["1e-3"];
  problem["dt"] = 4e-9;
  const Json coarse = solved(problem);
  EXPECT_NEAR(coarse["settle_s"]["1e-3"].get<double>(), fine, 1e-3 * fine);
  EXPECT_TRUE(coarse.contains("notes")) << "a coarse dt is said";
}

TEST_F(CircuitSolutions, ADtThatHidesTheSettlingGivesNoFigure) {
  Json problem = inv(4);
  problem.update({{"analysis", "tran"}, {"tstop", 1e-4}, {"dt", 1e-5}});
  const Json result = solved(problem);
  for (const char* band : {"1e-2", "1e-3", "1e-4"}) EXPECT_TRUE(result["settle_s"][band].is_null()) << band;
  EXPECT_THAT(result["notes"].dump(), testing::HasSubstr("too long to find settle_s"));
  EXPECT_GT(result["settle_modes_s"]["1e-3"].get<double>(), 0.0);
}

TEST_F(CircuitSolutions, CircuitsWithoutDynamicsFollowTheirInputs) {
  const Json problem{{"kind", "mvm"},  {"analysis", "tran"}, {"G", {{30e-6}}}, {"V", {0.2}},
                     {"t_rise", 2e-9}, {"tstop", 1e-7},      {"dt", 1e-8}};
  EXPECT_NEAR(solved(problem)["settle_s"]["1e-2"].get<double>(), 0.99 * 2e-9, 1e-15);
}

TEST_F(CircuitSolutions, WhatDoesNotSettleInTimeIsNull) {
  Json problem = inv(4);
  problem.update({{"analysis", "tran"}, {"t_rise", 1e-9}, {"tstop", 2e-9}, {"dt", 1e-10}});
  EXPECT_TRUE(solved(problem)["settle_s"]["1e-4"].is_null());
}

TEST_F(CircuitSolutions, SaturationIsAStatusWithValues) {
  Json problem = inv(4);
  problem["opamp"] = {{"gain", 1e4}, {"vsat", 1e-3}};
  const Json result = solved(problem);
  EXPECT_EQ(result["status"], "saturated");
  EXPECT_GT(result["n_saturated"].get<int>(), 0);
  EXPECT_LE(vector(result["o"]).cwiseAbs().maxCoeff(), 1e-3);
}

TEST_F(CircuitSolutions, PowerIsThatOfTheCurrentsOutOfTheAmplifiers) {
  // One amplifier with feedback 20 µS, and one inverter of 100 µS behind it that drives 5 µS.
  Json problem{{"kind", "inv"}, {"G", {{20e-6}}}, {"I_in", {2e-6}}};
  problem["opamp"] = {{"vdd", 1.1}, {"i_q", 1e-4}};
  // o = −0.1 V: 2 µA through the cell.
  EXPECT_NEAR(solved(problem)["power"]["bias"].get<double>(), 1.1e-4, 1e-18);
  EXPECT_NEAR(solved(problem)["power"]["load"].get<double>(), 1.1 * 2e-6, 1e-17);
  problem["G_neg"] = {{5e-6}};
  // o = −2/15 V: 20 µS and the inverter's 100 µS at o, 5 and 100 µS at −o, s and the inverter's input at 0.
  const Json result = solved(problem);
  EXPECT_NEAR(result["power"]["bias"].get<double>(), 2.2e-4, 1e-18);
  EXPECT_NEAR(result["power"]["load"].get<double>(), 1.1 * (2.0 / 15.0) * 225e-6, 1e-15);
}

TEST_F(CircuitSolutions, AnInputStageAtItsLimitIsSaid) {
  // G o = −I asks for −76 and 58 mV; 100 V/s at 100 MHz and a gain of 1e5 allow 15.9 mV.
  Json problem{{"kind", "inv"}, {"G", {{30e-6, 5e-6}, {2e-6, 20e-6}}}, {"I_in", {2e-6, -1e-6}}};
  problem["opamp"] = {{"gain", 1e5}, {"gbw", 1e8}, {"slew", 100.0}};
  const Json starved = solved(problem);
  EXPECT_EQ(starved["status"], "saturated");
  EXPECT_THAT(starved["message"].get<std::string>(), testing::HasSubstr("0.01592 V"));
  EXPECT_NEAR(starved["o"][0].get<double>(), -1e7 / (2.0 * std::numbers::pi * 1e8), 1e-9);
  problem["opamp"]["slew"] = 1e6;
  const Json plain = solved(problem);
  EXPECT_EQ(plain["status"], "ok");
  EXPECT_NEAR(plain["o"][0].get<double>(), -0.0762711, 1e-5);
}

TEST_F(CircuitSolutions, AnAmplifierThatSaturatesBeforeTheOutputsIsSaid) {
  // The residuals of least squares that do not fit are large: t = −(G o + I)/g_f, the outputs are not.
  Json problem{{"kind", "ginv"}, {"G", {{20e-6}, {20e-6}}}, {"I_in", {20e-6, -20e-6}}, {"g_f", 20e-6}};
  problem["opamp"] = {{"gain", 1e4}, {"vsat", 0.5}};
  const Json result = solved(problem);
  EXPECT_EQ(result["status"], "saturated");
  EXPECT_FALSE(result.contains("n_saturated"));
  EXPECT_THAT(result["message"].get<std::string>(), testing::HasSubstr("before the outputs"));
}

TEST_F(CircuitSolutions, NoiseGrowsWithItsSources) {
  Json problem = inv(4);
  EXPECT_FALSE(solved(problem).contains("noise"));
  problem["opamp"] = {{"gain", 1e4}, {"gbw", 1e8}, {"noise", 5e-9}};
  const Eigen::VectorXd quiet = vector(solved(problem)["noise"]);
  problem["temperature"] = 300.0;
  const Eigen::VectorXd warm = vector(solved(problem)["noise"]);
  EXPECT_GT(quiet.minCoeff(), 0.0);
  EXPECT_GT((warm - quiet).minCoeff(), 0.0);
}

Json access_transistor() {
  return {{"model", "nmos1"}, {"W", 1e-6},    {"L", 0.1e-6}, {"vto", 0.4},   {"kp", 100e-6},
          {"lambda", 0.05},   {"gamma", 0.4}, {"phi", 0.7},  {"v_gate", 1.1}};
}

TEST_F(CircuitSolutions, GrowthFromRestDoesNotDependOnOffsets) {
  Json problem{{"kind", "egv"}, {"G", maker_.conductances(6, 6, false)}, {"g_lambda", 60e-6}};
  problem["opamp"] = {{"gain", 2e3}, {"vsat", 0.4}};
  problem["access"] = access_transistor();
  problem["r_wire"] = 1.73;
  const double growth = solved(problem)["growth"];
  problem["opamp"]["vos"] = maker_.vector(6, 0.0, 2e-3);
  EXPECT_GT(growth, 0.0);
  EXPECT_EQ(solved(problem)["growth"], growth);
}

TEST_F(CircuitSolutions, CurrentsThatNoTransistorCarriesAreNotConverged) {
  Json problem = inv(4);
  problem["access"] = access_transistor();
  problem["r_wire"] = 1.73;
  problem["I_in"] = {1e-2, 1e-2, 1e-2, 1e-2};
  problem["opamp"] = {{"vsat", 0.5}};
  const Json result = solved(problem);
  EXPECT_EQ(result["status"], "not_converged");
  EXPECT_FALSE(result.contains("o"));
}

TEST_F(CircuitSolutions, WaveformsOfCellsThatAreNotOhmicEndAtTheOperatingPoint) {
  Json problem = inv(8);
  problem.update({{"analysis", "tran"}, {"t_rise", 1e-9}, {"tstop", 1e-6}, {"dt", 5e-9}, {"r_wire", 1.73}});
  problem["access"] = access_transistor();
  problem["cell"] = {{"model", "sinh"}, {"v0", 0.2}};
  const Json result = solved(problem);
  ASSERT_EQ(result["status"], "ok") << result;
  EXPECT_LT(relative_distance(vector(result["waveform"].back()), vector(result["o"])), 1e-6);
  for (const char* band : {"1e-2", "1e-3"})
    EXPECT_NEAR(result["settle_s"][band].get<double>() / result["settle_modes_s"][band].get<double>(), 1.0,
                0.5);
}

TEST_F(CircuitSolutions, SteepCurvesAreSolvedWithAndWithoutSaturation) {
  Json problem = inv(4);
  problem["I_in"] = {1e-3, 1e-3, 1e-3, 1e-3};
  problem["cell"] = {{"model", "sinh"}, {"v0", 0.05}};
  problem["opamp"] = {{"gain", 1e4}};
  const Json linear = solved(problem);
  ASSERT_EQ(linear["status"], "ok");
  problem["opamp"]["vsat"] = 1e3;  // far away
  EXPECT_LT(relative_distance(vector(solved(problem)["o"]), vector(linear["o"])), 1e-6);
}

TEST_F(CircuitSolutions, AWideCurveIsOhmic) {
  Json problem = inv(8);
  problem["r_wire"] = 1.73;
  const Eigen::VectorXd ohmic = vector(solved(problem)["o"]);
  problem["cell"] = {{"model", "sinh"}, {"v0", 1e3}};
  EXPECT_LT(relative_distance(vector(solved(problem)["o"]), ohmic), 1e-9);
}

TEST_F(CircuitSolutions, SinkingIntoAnotherArrayLoadsTheInverters) {
  // The second array takes its current through the output resistance of its inverter.
  const Json problem{{"kind", "mvm"}, {"G", {{30e-6}}},       {"G_neg", {{20e-6}}},
                     {"V", {0.2}},    {"inverter_G", 100e-6}, {"opamp", {{"gain", 2.0}, {"r_out", 1e4}}},
                     {"r_wire", 0.0}};
  // x = −2 s, (0.2 − s) 100 µS + (v − s) 100 µS = 0, (x − v) 100 µS = v 20 µS + (v − s) 100 µS
  Eigen::Matrix2d a;
  a << 200e-6, -100e-6, 200e-6 - 100e-6, 220e-6;
  const Eigen::Vector2d sv = a.partialPivLu().solve(Eigen::Vector2d(0.2 * 100e-6, 0.0));
  EXPECT_NEAR(solved(problem)["I_out"][0].get<double>(), 0.2 * 30e-6 + sv[1] * 20e-6, 1e-15);
}

}  // namespace
}  // namespace mho::platform
