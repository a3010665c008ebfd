// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What `mho solve` promises on real matrices with the default chip and its default imperfections.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <string>
#include <vector>

#include "models/numeric/matrix_market.hpp"
#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr double kConverged = 0x1p-24;

struct Expectation {
  const char* matrix;
  int seeds;
  double share_within_20;  ///< of the seeds, at least
  double median;           ///< iterations, ± 25 %
};
void PrintTo(const Expectation& e, std::ostream* out) {
  *out << e.matrix;
}

class Convergence : public testing::TestWithParam<Expectation> {};

TEST_P(Convergence, ReachesTheToleranceForRandomRightHandSides) {
  const Expectation& expected = GetParam();
  std::vector<double> iterations;
  int within_20 = 0;
  const int seeds = std::min(expected.seeds, MHO_MOST_SEEDS);
  for (int seed = 1; seed <= seeds; ++seed) {
    SCOPED_TRACE(testing::Message() << expected.matrix << ", seed " << seed);
    const SolveResult result =
        solve({data_file(expected.matrix), "--method", "refine", "--seed", std::to_string(seed)});
    EXPECT_EQ(result.program.exit_code == 0, result.status() == "converged");
    if (result.status() != "converged") continue;
    EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
    EXPECT_LE(result.json["relative_residual"].get<double>(), kConverged);
    const double kappa = result.json["condition_equilibrated"].get<double>();
    EXPECT_LE(result.json["relative_error_given"].get<double>(), kappa * 0x1p-23);
    iterations.push_back(result.json["iterations"].get<double>());
    within_20 += iterations.back() <= 20 ? 1 : 0;
  }
  EXPECT_GE(within_20, expected.share_within_20 * seeds);
  ASSERT_FALSE(iterations.empty());
  const auto middle = iterations.begin() + static_cast<std::ptrdiff_t>(iterations.size() / 2);
  std::ranges::nth_element(iterations, middle);
  EXPECT_NEAR(*middle, expected.median, 0.25 * expected.median);
}

INSTANTIATE_TEST_SUITE_P(Shipped, Convergence,
                         testing::Values(Expectation{"cage3.mtx", 50, 0.95, 11},
                                         Expectation{"b1_ss.mtx", 50, 0.85, 10},
                                         Expectation{"cage5.mtx", 50, 0.95, 11},
                                         Expectation{"mesh1e1.mtx", 50, 0.95, 11},
                                         Expectation{"Trefethen_500.mtx", 5, 0.95, 10}));

TEST(Solve, ResolvesTheUnknownsOfLfat5) {
  for (const char* method : {"gmres", "auto"}) {
    SCOPED_TRACE(method);
    const SolveResult result = solve({data_file("LFAT5.mtx"), "--method", method});
    EXPECT_EQ(result.status(), "converged");
    EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
  }
}

TEST(Solve, MatricesBeyondThePlainMethodAreReportedHonestly) {
  for (const char* name : {"LFAT5.mtx", "bfwa62.mtx", "bcsstk02.mtx"}) {
    SCOPED_TRACE(name);
    const SolveResult result = solve({data_file(name), "--method", "refine"});
    if (result.status() == "converged") {
      EXPECT_EQ(result.program.exit_code, 0);
      EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
      continue;
    }
    EXPECT_EQ(result.program.exit_code, 1);
    EXPECT_THAT(result.status(),
                AnyOf("not_converged", "unstable", "saturated", "singular", "wrong_residual", "overflow"));
    EXPECT_NE(result.json["message"], "");
    EXPECT_THAT(result.program.err, HasSubstr(result.status()));
  }
}

TEST(Solve, PhasesAndComponentsAddUp) {
  const auto json = solve({data_file("cage5.mtx")}).json;
  double time_s = 0;
  double energy_J = 0;
  for (const auto& [name, phase] : json["phases"].items()) {
    time_s += phase["time_s"].get<double>();
    energy_J += phase["energy_J"].get<double>();
  }
  // Sums of a few doubles.
  EXPECT_NEAR(time_s / json["simulated_time_s"].get<double>(), 1, 1e-12);
  EXPECT_NEAR(energy_J / json["energy_J"]["total"].get<double>(), 1, 1e-12);
  double components_J = 0;
  for (const auto& [name, energy] : json["energy_J"]["by_component"].items())
    components_J += energy.get<double>();
  EXPECT_NEAR(components_J / json["energy_J"]["total"].get<double>(), 1, 1e-12);
  for (const char* phase : {"boot", "plan", "program", "solve", "verify"}) {
    EXPECT_GT(json["phases"][phase]["time_s"].get<double>(), 0) << phase;
  }
  EXPECT_EQ(json["phases"]["reprogram"]["time_s"].get<double>(), 0);
  EXPECT_EQ(json["history"].size(), json["iterations"].get<std::size_t>());
}

TEST(Solve, TheChipsResidualIsTheTrueOne) {
  const auto json = solve({data_file("mesh1e1.mtx")}).json;
  // The measured norm comes from 32-bit words of the residual and of b: good to 2^-20 of itself.
  EXPECT_NEAR(json["relative_residual"].get<double>() / json["relative_residual_true"].get<double>(), 1,
              0x1p-20);
}

TEST(Solve, FewMacrosAreReprogrammed) {
  const SolveResult result = solve({data_file("cage5.mtx"), "--set", "inv.count=2", "--set", "mvm.count=8"});
  EXPECT_EQ(result.status(), "converged");
  EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
  EXPECT_GT(result.json["phases"]["reprogram"]["time_s"].get<double>(), 0);
  EXPECT_GT(result.json["max_writes_per_cell"].get<int>(), 1);
  EXPECT_LE(result.json["macros_used"].get<int>(), 10);
}

TEST(Solve, SchurComplementsAreFormedWhereTheConfigurationSays) {
  const auto dru = solve({data_file("cage5.mtx"), "--set", "solver.schur_unit=dru"}).json;
  const auto cpu = solve({data_file("cage5.mtx"), "--set", "solver.schur_unit=cpu"}).json;
  EXPECT_EQ(dru["status"], "converged");
  EXPECT_EQ(cpu["status"], "converged");
  EXPECT_EQ(dru["history"], cpu["history"]);
  EXPECT_GT(dru["digital_ops_by_unit"]["dru"].get<double>(), cpu["digital_ops_by_unit"]["dru"].get<double>());
  EXPECT_LT(dru["digital_ops_by_unit"]["cpu"].get<double>(), cpu["digital_ops_by_unit"]["cpu"].get<double>());
}

TEST(Solve, SaysWhereFirmwareStoodThatALimitEnded) {
  const ProgramResult result = run_mho({"solve", data_file("cage5.mtx"), "--max-time", "1ms"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.out.find("the limit of simulated time was reached; at pc 0x8"), std::string::npos);
  EXPECT_NE(result.out.find("firmware/libmho/"), std::string::npos) << "function, file and line";
}

/// What planning takes beside the Schur complements.
double other_planning_s(const nlohmann::ordered_json& json) {
  return json["phases"]["plan"]["time_s"].get<double>() - json["schur"]["time_s"].get<double>();
}

TEST(Solve, SaysWhatSchurComplementsCostByWhateverUnit) {
  const auto cpu = solve({data_file("cage5.mtx"), "--set", "solver.schur_unit=cpu"}).json;
  for (const std::string unit : {"dru", "analogue"}) {
    const auto other = solve({data_file("cage5.mtx"), "--set", "solver.schur_unit=" + unit}).json;
    EXPECT_EQ(other["schur"]["unit"], unit);
    EXPECT_NE(other["schur"]["time_s"], cpu["schur"]["time_s"]);
    // Macros leave other last bits, with which the search for orders of the leaves takes other turns.
    EXPECT_NEAR(other_planning_s(other) / other_planning_s(cpu), 1, 0.03) << unit;
    EXPECT_GT(other["schur"]["energy_J"].get<double>(), 0);
    EXPECT_LT(other["schur"]["energy_J"].get<double>(), other["phases"]["plan"]["energy_J"].get<double>());
  }
}

TEST(Solve, SchurComplementsMayBeFormedByMacros) {
  const auto dru = solve({data_file("cage5.mtx"), "--set", "solver.schur_unit=dru"}).json;
  const auto analogue = solve({data_file("cage5.mtx"), "--set", "solver.schur_unit=analogue"}).json;
  EXPECT_EQ(analogue["status"], "converged");
  EXPECT_LE(analogue["relative_error"].get<double>(), kConverged);
  EXPECT_NEAR(analogue["iterations"].get<int>(), dru["iterations"].get<int>(), 1);
  const auto& ops = analogue["plan_ops"];
  EXPECT_EQ(ops["analogue_parts"], 2 * (analogue["plan"]["leaves"].get<int>() - 1));
  EXPECT_EQ(ops["refused_parts"], 0);
  EXPECT_GT(ops["inv"].get<int>(), 0);
  EXPECT_GT(ops["hp_reads"].get<int>(), 0);
  EXPECT_EQ(dru["plan_ops"]["inv"], 0);
  // What the plan writes is paid for, and wears cells out.
  EXPECT_EQ(analogue["analog_ops"]["program"].get<int>() - ops["program"].get<int>(),
            dru["analog_ops"]["program"]);
  EXPECT_GT(analogue["max_writes_per_cell"].get<int>(), dru["max_writes_per_cell"].get<int>());
  EXPECT_GT(analogue["phases"]["plan"]["energy_J"].get<double>(),
            dru["phases"]["plan"]["energy_J"].get<double>());
}

TEST(Solve, TheSolutionFileHoldsTheAnswer) {
  const TemporaryFolder folder;
  const auto a = numeric::read_matrix(data_file("cage3.mtx"), 512);
  const std::vector<double> x{1, -2, 0.5, 3, 0.25};
  const std::string b = folder.write("b.mtx", numeric::format_vectors(numeric::multiply(a.matrix, x), 1, ""));
  const SolveResult result = solve({data_file("cage3.mtx"), b, "-o", folder.path("x.mtx")});
  EXPECT_EQ(result.status(), "converged");
  const auto read = numeric::read_vectors(folder.path("x.mtx"), 512).values;
  ASSERT_EQ(read.size(), x.size());
  // κ · 2^-23 of the matrix as given.
  for (std::size_t j = 0; j < x.size(); ++j) EXPECT_NEAR(read[j], x[j], 3 * 17.2 * 0x1p-23);
  EXPECT_THAT(folder.files(), testing::ElementsAre("b.mtx", "x.mtx"));
}

TEST(Solve, TheSolutionMayGoToStdout) {
  const ProgramResult result = run_mho({"solve", data_file("cage3.mtx"), "-o", "-"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(numeric::parse_vectors(result.out, "stdout", 512).values.size(), 5u);
  EXPECT_EQ(run_mho({"solve", data_file("cage3.mtx"), "-o", "-", "--json", "-"}).exit_code, 2);
}

TEST(Solve, ZeroRightHandSideHasTheZeroSolution) {
  const TemporaryFolder folder;
  const std::string b =
      folder.write("b.mtx", "%%MatrixMarket matrix array real general\n5 1\n0\n0\n0\n0\n0\n");
  const SolveResult result = solve({data_file("cage3.mtx"), b});
  EXPECT_EQ(result.status(), "converged");
  EXPECT_EQ(result.json["relative_error"], 0);
}

TEST(Solve, ASingularMatrixIsNotAnInputError) {
  const TemporaryFolder folder;
  const std::string a =
      folder.write("A.mtx", "%%MatrixMarket matrix array integer general\n3 3\n1\n4\n7\n2\n5\n8\n3\n6\n9\n");
  const SolveResult result = solve({a, "-o", folder.path("x.mtx")});
  EXPECT_EQ(result.program.exit_code, 1);
  EXPECT_EQ(result.status(), "singular");
  EXPECT_THAT(result.json["message"].get<std::string>(), HasSubstr("is singular in the chip's arithmetic"));
  EXPECT_TRUE(result.json["relative_error"].is_null());
  EXPECT_THAT(folder.files(), testing::ElementsAre("A.mtx"));
}

// Balanced, but the leading 8 x 8 block is 2^-15 of the rest: its inverse fills the Schur complement.
TEST(Solve, AnOverflowNamesTheBlockAndItsCondition) {
  constexpr int kN = 16;
  std::string text = "%%MatrixMarket matrix coordinate real general\n16 16 32\n";
  for (int i = 1; i <= kN; ++i) {
    text += fmt::format("{} {} {}\n{} {} 1\n", i, i, i <= kN / 2 ? 0x1p-15 : 1.0, i, (i + 7) % kN + 1);
  }
  const TemporaryFolder folder;
  const SolveResult result = solve({folder.write("A.mtx", text), "--set", "solver.reorder_rows=false"});
  EXPECT_EQ(result.program.exit_code, 1);
  EXPECT_EQ(result.status(), "overflow");
  EXPECT_EQ(result.json["fault_block"]["start"], 0);
  EXPECT_EQ(result.json["fault_block"]["size"], 8);
  // ‖L⁻¹‖₁ = 2^15, the columns of the balanced matrix add up to 1 + 2^-15 and to 2.
  EXPECT_NEAR(result.json["fault_block"]["leading_condition"].get<double>(), 65536, 100);
  EXPECT_THAT(
      result.program.err,
      HasSubstr("once the block of rows 1 to 8 is eliminated, the rest of the matrix leaves its integer "
                "range: the leading 8 rows and columns have a condition number of 6.6e+04"));
}

TEST(Solve, AFirmwareWithoutAnAnswerHasFailed) {
  const TemporaryFolder folder;
  const SolveResult result =
      solve({data_file("cage3.mtx"), "--firmware", firmware_file("hello.elf"), "-o", folder.path("x.mtx")});
  EXPECT_EQ(result.program.exit_code, 1);
  EXPECT_EQ(result.status(), "firmware_failed");
  EXPECT_EQ(result.json["exit_cause"], "finisher");
  EXPECT_TRUE(result.json["relative_error"].is_null());
  EXPECT_TRUE(folder.files().empty());
}

TEST(Solve, TheBuiltInFirmwareIsTheOneInTheBuild) {
  const auto built_in = solve({data_file("cage3.mtx")}).json;
  const auto given = solve({data_file("cage3.mtx"), "--firmware", firmware_file("solve.elf")}).json;
  EXPECT_EQ(without_wall_clock(built_in), without_wall_clock(given));
}

TEST(Solve, TheTableNamesWhatMatters) {
  const ProgramResult result = run_mho({"solve", data_file("cage3.mtx")});
  EXPECT_EQ(result.exit_code, 0);
  for (const char* word :
       {"converged", "iterations", "bits each", "relative error", "relative residual", "plan", "program",
        "solve", "verify", "cpu", "amc.", "instructions", "wall", "MIPS"}) {
    EXPECT_THAT(result.out, HasSubstr(word));
  }
  // Not a terminal: no progress, no control characters.
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(result.out.find('\r'), std::string::npos);
}

TEST(Solve, TheAggressiveProfileCostsLess) {
  const auto survey = solve({data_file("cage3.mtx")}).json;
  const auto aggressive = solve({data_file("cage3.mtx"), "--set", "cost.profile=aggressive"}).json;
  EXPECT_LT(aggressive["energy_J"]["total"].get<double>(), survey["energy_J"]["total"].get<double>());
  EXPECT_EQ(aggressive["history"], survey["history"]);
  EXPECT_NE(aggressive["config_hash"], survey["config_hash"]);
}

}  // namespace
}  // namespace mho::test
