// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Larger circuits of `mho circuit`, with resistive lines, against a nodal analysis of the full netlist.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "platform/circuit/problem.hpp"
#include "platform/circuit/solution.hpp"
#include "tests/spice/mna_oracle.hpp"
#include "tests/spice/problem_netlist.hpp"
#include "tests/spice/random_problem.hpp"

namespace mho::spice {
namespace {

using Json = nlohmann::json;

constexpr double kTolerance = 1e-9;
constexpr std::uint64_t kSeed = 77;

void expect_same_rest(const Json& problem) {
  const auto solution = platform::solve(platform::read_circuit_problem(problem.dump(), "problem"));
  ASSERT_EQ(solution.status, platform::CircuitStatus::kOk) << solution.message;
  const Netlist netlist = netlist_of(problem);
  const auto volts = rest_voltages(netlist.text);
  const double scale = solution.answer.cwiseAbs().maxCoeff();
  ASSERT_GT(scale, 0.0);
  for (Eigen::Index i = 0; i < solution.answer.size(); ++i)
    EXPECT_NEAR(solution.answer[i], volts.at(fmt::format("o{}", i)), kTolerance * scale) << "output " << i;
  for (Eigen::Index i = 0; i < solution.summing.size(); ++i)
    EXPECT_NEAR(solution.summing[i], volts.at(fmt::format("s{}", i)), kTolerance * scale) << "node " << i;
}

void expect_same_transient(Json problem) {
  problem["analysis"] = "tran";
  problem["t_rise"] = 1e-9;
  problem["tstop"] = 60e-9;
  problem["dt"] = 0.37e-9;
  const auto solution = platform::solve(platform::read_circuit_problem(problem.dump(), "problem"));
  ASSERT_EQ(solution.status, platform::CircuitStatus::kOk) << solution.message;
  std::vector<std::string> nodes;
  for (Eigen::Index i = 0; i < solution.answer.size(); ++i) nodes.push_back(fmt::format("o{}", i));
  const Eigen::MatrixXd exact = exact_transient(netlist_of(problem).text, nodes, solution.times_s);
  const double scale = exact.cwiseAbs().maxCoeff();
  ASSERT_GT(scale, 0.0);
  ASSERT_EQ(solution.waveform.rows(), exact.rows());
  EXPECT_LT((solution.waveform - exact).cwiseAbs().maxCoeff(), kTolerance * scale);
  const Eigen::RowVectorXd moved = exact.row(exact.rows() - 1) - exact.row(0);
  EXPECT_GT(moved.cwiseAbs().maxCoeff(), 0.1 * scale) << "nothing happens";
}

class Mna : public testing::Test {
 protected:
  void SetUp() override { RecordProperty("seed", static_cast<int>(kSeed)); }

  Json problem(const char* kind, std::size_t rows, std::size_t cols, bool is_dominant) {
    Json result{{"kind", kind}, {"G", maker_.conductances(rows, cols, is_dominant)}, {"r_wire", 1.73}};
    result["opamp"] = {{"gain", 1e4}, {"vos", 1e-3}};
    return result;
  }
  ProblemMaker maker_{kSeed};
};

TEST_F(Mna, InvOf48) {
  Json inv = problem("inv", 48, 48, true);
  inv["I_in"] = maker_.vector(48, -5e-6, 5e-6);
  expect_same_rest(inv);
}

TEST_F(Mna, SignedInvOf32) {
  Json inv = problem("inv", 32, 32, true);
  inv["G_neg"] = maker_.conductances(32, 32, false);
  inv["I_in"] = maker_.vector(32, -5e-6, 5e-6);
  inv["opamp"]["r_out"] = 20.0;
  expect_same_rest(inv);
  inv["signs"] = "compensation";
  expect_same_rest(inv);
}

TEST_F(Mna, MvmOf64x32) {
  Json mvm = problem("mvm", 64, 32, false);
  mvm["V"] = maker_.vector(64, -0.1, 0.1);
  mvm["g_f"] = 300e-6;
  expect_same_rest(mvm);
}

TEST_F(Mna, GinvOf40x24) {
  Json ginv = problem("ginv", 40, 24, true);
  ginv["I_in"] = maker_.vector(40, -5e-6, 5e-6);
  ginv["g_f"] = 200e-6;
  ginv["g_lambda"] = 5e-6;
  expect_same_rest(ginv);
}

TEST_F(Mna, InvMovesAsTheMatrixExponential) {
  for (const std::size_t n : {8u, 16u}) {
    SCOPED_TRACE(n);
    Json inv = problem("inv", n, n, true);
    inv["I_in"] = maker_.vector(n, -5e-6, 5e-6);
    inv["opamp"]["gbw"] = 100e6;
    expect_same_transient(inv);
    inv["opamp"]["cin"] = 0.1e-12;
    expect_same_transient(inv);
    inv["G_neg"] = maker_.conductances(n, n, false);
    inv["opamp"]["f2"] = 400e6;
    inv["opamp"]["r_out"] = 50.0;
    expect_same_transient(inv);
    inv["signs"] = "compensation";
    inv["opamp"].erase("f2");
    expect_same_transient(inv);
  }
}

TEST_F(Mna, GinvMovesAsTheMatrixExponential) {
  Json ginv = problem("ginv", 11, 8, true);
  ginv["I_in"] = maker_.vector(11, -5e-6, 5e-6);
  ginv["g_f"] = 200e-6;
  ginv["g_lambda"] = 2e-6;
  ginv["opamp"]["gbw"] = 100e6;
  expect_same_transient(ginv);
}

TEST_F(Mna, MvmMovesAsTheMatrixExponential) {
  Json mvm = problem("mvm", 16, 12, false);
  mvm["V"] = maker_.vector(16, -0.1, 0.1);
  mvm["g_f"] = 100e-6;
  mvm["opamp"]["gbw"] = 100e6;
  mvm["opamp"]["cin"] = 0.1e-12;
  expect_same_transient(mvm);
}

}  // namespace
}  // namespace mho::spice
