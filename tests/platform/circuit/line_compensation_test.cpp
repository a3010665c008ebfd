// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cells that cancel the lines, through what a user writes and reads.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <nlohmann/json.hpp>

#include "models/base/error.hpp"
#include "platform/circuit/solution.hpp"
#include "tests/spice/random_problem.hpp"

namespace mho::platform {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr std::uint64_t kSeed = 41;
/// Published for bias compensation (IR in facts.md §4): shares of the error that it removes.
constexpr double kPublishedEgvGain = 0.7, kPublishedInvGain = 0.5;

Json solved(const Json& problem) {
  const CircuitProblem parsed = read_circuit_problem(problem.dump(), "problem");
  return Json::parse(to_json(parsed, solve(parsed)).dump());
}

std::string message_of(const Json& problem) {
  try {
    (void)solved(problem);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

Eigen::VectorXd answer(const Json& problem) {
  const Json result = solved(problem);
  EXPECT_EQ(result["status"], "ok") << result.dump();
  const auto values = result[result.contains("o") ? "o" : "I_out"].get<std::vector<double>>();
  return Eigen::Map<const Eigen::VectorXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// Share of the error by the lines that compensation removes.
double gain(Json problem, bool only_direction) {
  const auto of = [&](double r_wire, bool is_compensated) {
    problem["r_wire"] = r_wire;
    problem["line_compensation"] = is_compensated;
    const Eigen::VectorXd o = answer(problem);
    return only_direction ? o.normalized().eval() : o;
  };
  const Eigen::VectorXd ideal = of(0.0, false);
  return 1.0 - (of(1.73, true) - ideal).norm() / (of(1.73, false) - ideal).norm();
}

/// Symmetric cells of 0.5 … 27 µS: what 35 µS leaves with headroom for the lines.
Json symmetric(spice::ProblemMaker& maker, std::size_t n) {
  Json g = maker.conductances(n, n, false);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      g[i][j] = 0.5e-6 + (g[i][j].get<double>() - 0.5e-6) * 26.5 / 34.5;
      g[j][i] = g[i][j];
    }
  }
  return g;
}

double largest_eigenvalue(const Json& g) {
  const auto n = static_cast<Eigen::Index>(g.size());
  const Eigen::MatrixXd m = Eigen::MatrixXd::NullaryExpr(n, n, [&](Eigen::Index i, Eigen::Index j) {
    return g[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)].get<double>();
  });
  return m.selfadjointView<Eigen::Lower>().eigenvalues().maxCoeff();
}

TEST(LineCompensation, RemovesMoreOfTheEigenvectorsErrorThanPublished) {
  spice::ProblemMaker maker(kSeed);
  for (const std::size_t n : {8, 16, 32}) {
    const Json g = symmetric(maker, n);
    Json problem{{"kind", "egv"}, {"G", g}, {"g_max", 35e-6}, {"opamp", {{"vsat", 0.5}}}};
    problem["g_lambda"] = 0.9 * largest_eigenvalue(g);
    problem["line_compensation"] = true;
    const double removed = [&] {
      Json bare = problem;
      bare.erase("g_max");
      return gain(bare, /*only_direction=*/true);
    }();
    EXPECT_GT(removed, kPublishedEgvGain) << n;
    RecordProperty("removed_" + std::to_string(n), std::to_string(removed));
    // With the chip's window.
    problem["r_wire"] = 1.73;
    EXPECT_EQ(solved(problem)["status"], "ok") << n;
  }
}

TEST(LineCompensation, LetsOutputsGrowThatBareLinesLetDecay) {
  spice::ProblemMaker maker(kSeed);
  const Json g = symmetric(maker, 32);
  Json problem{{"kind", "egv"}, {"G", g}, {"r_wire", 1.73}, {"opamp", {{"vsat", 0.5}}}};
  problem["g_lambda"] = 0.999 * largest_eigenvalue(g);
  EXPECT_LT(solved(problem)["growth"].get<double>(), 0.0);
  problem["line_compensation"] = true;
  EXPECT_GT(solved(problem)["growth"].get<double>(), 0.0);
}

TEST(LineCompensation, ServesTheOtherKindsToo) {
  spice::ProblemMaker maker(kSeed);
  const Json inv{{"kind", "inv"},
                 {"G", maker.conductances(16, 16, true)},
                 {"G_neg", maker.conductances(16, 16, false)},
                 {"I_in", maker.vector(16, -5e-6, 5e-6)},
                 {"opamp", {{"gain", 1e7}}}};
  EXPECT_GT(gain(inv, false), kPublishedInvGain);
  const Json mvm{
      {"kind", "mvm"}, {"G", maker.conductances(16, 12, false)}, {"V", maker.vector(16, -0.2, 0.2)}};
  EXPECT_GT(gain(mvm, false), 0.99);
  Json least{
      {"kind", "ginv"}, {"G", maker.conductances(12, 5, false)}, {"I_in", maker.vector(12, -5e-6, 5e-6)}};
  least.update({{"g_f", 100e-6}, {"opamp", {{"gain", 1e7}}}});
  EXPECT_GT(gain(least, false), 0.99);
  // Currents that leave some outputs well above 0; what the clamps' rounding makes of others depends on loads.
  least.update({{"kind", "nnls"}, {"I_in", maker.vector(12, -50e-6, 10e-6)}});
  EXPECT_GT(gain(least, false), 0.99);
}

TEST(LineCompensation, TheResultSaysWhatTheCellsAreWrittenTo) {
  Json problem{{"kind", "mvm"}, {"G", {{30e-6, 5e-6}, {2e-6, 20e-6}}}, {"V", {0.1, 0.2}}, {"r_wire", 10.0}};
  EXPECT_FALSE(solved(problem).contains("G_cells"));
  problem["line_compensation"] = true;
  const Json result = solved(problem);
  EXPECT_GT(result["G_cells"][0][1].get<double>(), 5e-6);
  EXPECT_FALSE(result.contains("G_neg_cells"));
  // Written by hand to what was said, the array gives the same currents.
  Json by_hand = problem;
  by_hand.erase("line_compensation");
  by_hand["G"] = result["G_cells"];
  EXPECT_EQ(solved(by_hand)["I_out"], result["I_out"]);
  EXPECT_NEAR(result["I_out"][0].get<double>(), 30e-6 * 0.1 + 2e-6 * 0.2, 1e-15);
}

TEST(LineCompensation, SaysWhatIsInTheWay) {
  Json problem{{"kind", "mvm"}, {"G", {{30e-6, 5e-6}, {2e-6, 20e-6}}}, {"V", {0.1, 0.2}}, {"r_wire", 10.0}};
  problem["g_max"] = 35e-6;
  EXPECT_THAT(message_of(problem), HasSubstr("give line_compensation true"));
  problem["line_compensation"] = 1;
  EXPECT_THAT(message_of(problem), HasSubstr("give true or false"));
  problem["line_compensation"] = true;
  EXPECT_EQ(message_of(problem), "no error");
  problem["g_max"] = 30e-6;
  EXPECT_THAT(message_of(problem), HasSubstr("more than g_max"));
  problem["r_wire"] = 1e6;
  EXPECT_THAT(message_of(problem), HasSubstr("too resistive"));
  problem["r_wire"] = 1.0;
  problem["g_max"] = 1e-4;
  problem["cell"] = {{"model", "sinh"}, {"v0", 0.3}};
  EXPECT_THAT(message_of(problem), HasSubstr("leave it or cell away"));
}

}  // namespace
}  // namespace mho::platform
