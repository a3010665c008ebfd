// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/linear_inv.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "tests/spice/random_problem.hpp"

namespace mho::platform {
namespace {

using Json = nlohmann::json;

constexpr std::uint64_t kSeed = 40;
// Residual and condition allow that much to either way.
constexpr double kTolerance = 2.0 * kShortWayError;

class LinearInv : public testing::Test {
 protected:
  void SetUp() override { RecordProperty("seed", static_cast<int>(kSeed)); }

  Json inv(std::size_t n, bool is_dominant, bool has_negative) {
    Json problem{{"kind", "inv"},
                 {"G", maker_.conductances(n, n, is_dominant)},
                 {"I_in", maker_.vector(n, -5e-6, 5e-6)},
                 {"r_wire", 1.73}};
    if (has_negative) problem["G_neg"] = maker_.conductances(n, n, false);
    return problem;
  }

  static std::optional<CircuitSolution> short_way(const Json& problem) {
    return solve_linear_inv(read_circuit_problem(problem.dump(), "problem"));
  }
  /// Power is only known to the general way.
  static CircuitSolution general_way(Json problem) {
    problem["opamp"]["vdd"] = 1.0;
    EXPECT_FALSE(short_way(problem));
    return solve(read_circuit_problem(problem.dump(), "problem"));
  }

  spice::ProblemMaker maker_{kSeed};
};

void expect_same(const CircuitSolution& a, const CircuitSolution& b) {
  EXPECT_EQ(a.status, b.status);
  EXPECT_EQ(a.is_stable, b.is_stable);
  const double scale = b.answer.cwiseAbs().maxCoeff();
  EXPECT_LE((a.answer - b.answer).cwiseAbs().maxCoeff(), kTolerance * scale);
  EXPECT_LE((a.summing - b.summing).cwiseAbs().maxCoeff(), kTolerance * scale);
}

TEST_F(LinearInv, AgreesWithTheGeneralWay) {
  for (const std::size_t n : {1U, 4U, 17U, 40U}) {
    for (const bool has_negative : {false, true}) {
      for (const bool wants_modes : {false, true}) {
        SCOPED_TRACE(testing::Message() << n << ' ' << has_negative << ' ' << wants_modes);
        Json problem = inv(n, true, has_negative);
        // The negative cells take away what made the loop dominant at N = 1.
        if (n == 1) problem["G"][0][0] = 80e-6;
        problem["g_in"] = 10e-6;
        problem["row_end"] = "both";
        problem["r_port"] = 4.0;
        problem["opamp"] = {{"gain", 2e3}, {"vos", maker_.vector(n, -2e-3, 2e-3)}};
        problem["opamp"]["gbw"] = 50e6;
        if (wants_modes) problem["modes"] = "slowest";
        const auto solution = short_way(problem);
        ASSERT_TRUE(solution);
        expect_same(*solution, general_way(problem));
      }
    }
  }
}

TEST_F(LinearInv, GivesTheEigenvalueWhereModesAreAskedFor) {
  Json problem = inv(12, true, true);
  problem["opamp"] = {{"gbw", 50e6}};
  ASSERT_TRUE(short_way(problem));
  EXPECT_FALSE(short_way(problem)->has_eigenvalue) << "stability is proven without";
  problem["modes"] = "slowest";
  const auto solution = short_way(problem);
  ASSERT_TRUE(solution);
  const CircuitSolution general = general_way(problem);
  ASSERT_TRUE(solution->has_eigenvalue);
  EXPECT_NEAR(solution->eigenvalue_rad_per_s.real(), general.eigenvalue_rad_per_s.real(),
              1e-9 * std::abs(general.eigenvalue_rad_per_s));
  EXPECT_NEAR(solution->settle_modes_s[1], general.settle_modes_s[1], 1e-9 * general.settle_modes_s[1]);
}

TEST_F(LinearInv, LimitsThatAreNotReachedMoveThePointABit) {
  for (const std::size_t n : {3U, 17U}) {
    for (const bool has_negative : {false, true}) {
      SCOPED_TRACE(testing::Message() << n << ' ' << has_negative);
      Json problem = inv(n, true, has_negative);
      problem["opamp"] = {{"gain", 300}, {"gbw", 1e6}, {"vos", maker_.vector(n, -2e-3, 2e-3)}};
      const auto linear = short_way(problem);
      ASSERT_TRUE(linear);
      const double largest = linear->answer.cwiseAbs().maxCoeff();
      problem["opamp"]["vsat"] = largest / 0.8;
      // The leak takes a fifth of it.
      problem["opamp"]["slew"] = 2.0 * std::numbers::pi * 1e6 / 300.0 * largest / 0.15;
      const auto limited = short_way(problem);
      ASSERT_TRUE(limited);
      EXPECT_GT((limited->answer - linear->answer).cwiseAbs().maxCoeff(), 1e-5 * largest);
      expect_same(*limited, general_way(problem));
    }
  }
}

TEST_F(LinearInv, LeavesOutputsNearTheirLimitToTheGeneralWay) {
  Json problem = inv(5, true, true);
  const auto linear = short_way(problem);
  ASSERT_TRUE(linear);
  problem["opamp"]["vsat"] = 1.05 * linear->answer.cwiseAbs().maxCoeff();
  EXPECT_FALSE(short_way(problem));
  problem["opamp"]["vsat"] = 0.7 * linear->answer.cwiseAbs().maxCoeff();
  EXPECT_FALSE(short_way(problem));
}

TEST_F(LinearInv, NeverHidesAnUnstableLoop) {
  // Random cells without dominance: most loops are unstable.
  int n_unstable = 0;
  for (int i = 0; i < 20; ++i) {
    Json problem = inv(6, false, i % 2 == 1);
    const CircuitSolution solution = solve(read_circuit_problem(problem.dump(), "problem"));
    const CircuitSolution general = general_way(problem);
    EXPECT_EQ(solution.status, general.status) << i;
    EXPECT_EQ(solution.is_stable, general.is_stable) << i;
    if (general.is_stable) continue;
    ++n_unstable;
    EXPECT_FALSE(short_way(problem)) << i;
    EXPECT_TRUE(solution.has_eigenvalue) << i;
  }
  EXPECT_GT(n_unstable, 5);
}

TEST_F(LinearInv, LeavesIllConditionedLoopsToTheGeneralWay) {
  // Positive definite, condition 1e6.
  const Json problem{
      {"kind", "inv"}, {"G", {{10e-6, 9.99998e-6}, {9.99998e-6, 10e-6}}}, {"I_in", {1e-9, 2e-9}}};
  EXPECT_FALSE(short_way(problem));
  EXPECT_EQ(solve(read_circuit_problem(problem.dump(), "problem")).status, CircuitStatus::kOk);
}

TEST_F(LinearInv, IsForWhatItModels) {
  const Json problem = inv(4, true, true);
  ASSERT_TRUE(short_way(problem));
  const auto changed = [&](const Json& patch) {
    Json other = problem;
    other.merge_patch(patch);
    return other;
  };
  for (const Json& patch :
       {Json{{"opamp", {{"cin", 1e-14}}}}, Json{{"opamp", {{"f2", 1e9}}}}, Json{{"opamp", {{"r_out", 10.0}}}},
        Json{{"opamp", {{"noise", 1e-9}}}}, Json{{"signs", "compensation"}}, Json{{"temperature", 300.0}},
        Json{{"analysis", "tran"}, {"tstop", 1e-7}, {"dt", 1e-9}}})
    EXPECT_FALSE(short_way(changed(patch))) << patch;
}

}  // namespace
}  // namespace mho::platform
