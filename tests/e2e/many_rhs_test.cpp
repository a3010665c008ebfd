// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Several right-hand sides in one job, the inverse among them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <cmath>
#include <sstream>
#include <string>
#include <vector>

#include "models/numeric/matrix_market.hpp"
#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;

constexpr std::uint32_t kCount = 3;

/// Right-hand sides of x_k = sin(1 + 3k), sin(2 + 3k), ….
std::vector<double> right_hand_sides(const numeric::SparseMatrix& a) {
  std::vector<double> b;
  for (std::uint32_t k = 0; k < kCount; ++k) {
    std::vector<double> x(a.rows);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::sin(1.0 + 3.0 * k + static_cast<double>(i));
    const std::vector<double> column = numeric::multiply(a, x);
    b.insert(b.end(), column.begin(), column.end());
  }
  return b;
}

/// cage5 with them; `options` behind the files.
SolveResult solve_many(const TemporaryFolder& folder, const std::vector<std::string>& options) {
  const auto a = numeric::read_matrix(data_file("cage5.mtx"), 512).matrix;
  const std::string file = folder.write("b.mtx", numeric::format_vectors(right_hand_sides(a), kCount, ""));
  std::vector<std::string> arguments{data_file("cage5.mtx"), file, "-o", folder.path("x.mtx")};
  arguments.insert(arguments.end(), options.begin(), options.end());
  SolveResult result = solve(arguments);
  EXPECT_EQ(result.status(), "converged");
  const auto x = numeric::read_vectors(folder.path("x.mtx"), 512);
  EXPECT_EQ(x.columns, kCount);
  for (std::size_t i = 0; i < a.rows; ++i) {
    EXPECT_NEAR(x.values[2 * a.rows + i], std::sin(7.0 + static_cast<double>(i)), 1e-5);
  }
  return result;
}

TEST(ManyRightHandSides, AreSolvedWithOnePlanAndOneProgramming) {
  const TemporaryFolder folder;
  const SolveResult many = solve_many(folder, {});
  const SolveResult one = solve({data_file("cage5.mtx")});
  EXPECT_EQ(many.json["right_hand_sides"], kCount);
  ASSERT_EQ(many.json["solutions"].size(), kCount);
  for (const auto& solution : many.json["solutions"]) {
    EXPECT_EQ(solution["status"], "converged");
    EXPECT_LE(solution["relative_error"].get<double>(), 0x1p-24);
  }
  EXPECT_LT(many.json["phases"]["plan"]["time_s"].get<double>(),
            1.1 * one.json["phases"]["plan"]["time_s"].get<double>());
  EXPECT_EQ(many.json["analog_ops"]["program"], one.json["analog_ops"]["program"]);
}

TEST(ManyRightHandSides, AreSolvedOnAChipThatReprogramsItsMacros) {
  const TemporaryFolder folder;
  const SolveResult result = solve_many(folder, {"--set", "inv.count=2", "--set", "mvm.count=8"});
  EXPECT_EQ(result.json["solutions"].size(), kCount);
  EXPECT_EQ(result.json["batch"]["contexts"], 1) << "lists that program would take macros from each other";
}

/// The inverse of cage5, 37 right-hand sides, on a chip with so many contexts.
SolveResult inverse_with(const std::string& contexts, std::vector<std::string> options) {
  std::vector<std::string> arguments{data_file("cage5.mtx"), "--inverse", "--set",
                                     "dru.contexts=" + contexts};
  arguments.insert(arguments.end(), options.begin(), options.end());
  SolveResult result = solve(arguments);
  EXPECT_EQ(result.status(), "converged");
  for (const auto& solution : result.json["solutions"]) {
    EXPECT_EQ(solution["status"], "converged");
    EXPECT_LE(solution["relative_error"].get<double>(), 0x1p-24);
  }
  return result;
}

TEST(Contexts, OverlapTheRightHandSidesOfAJob) {
  const auto per_side = [](const SolveResult& result) {
    return result.json["batch"]["time_per_right_hand_side_s"].get<double>();
  };
  const SolveResult one = inverse_with("1", {}), two = inverse_with("2", {});
  EXPECT_EQ(one.json["batch"]["contexts"], 1);
  EXPECT_LT(one.json["batch"]["lists_at_once"].get<double>(), 1.0) << "the DRU waits for the CPU";
  EXPECT_EQ(two.json["batch"]["contexts"], 2);
  EXPECT_GT(two.json["batch"]["lists_at_once"].get<double>(), 1.0);
  EXPECT_LT(per_side(two), 0.75 * per_side(one));
  EXPECT_LT(per_side(inverse_with("4", {})), 1.02 * per_side(two));
  EXPECT_EQ(two.json["analog_ops"]["program"], one.json["analog_ops"]["program"]);
}

TEST(Contexts, ChangeNothingByHowTheyAreSimulated) {
  const TemporaryFolder folder;
  const SolveResult base = inverse_with("4", {"-o", folder.path("base.mtx")});
  const std::vector<std::vector<std::string>> variants{
      {"--quantum", "100ns"},
      {"--no-dmi", "--no-block-cache", "--quantum", "10ms"},
      {"--vcd", folder.path("w.vcd"), "--transactions", folder.path("t.csv")}};
  for (auto options : variants) {
    SCOPED_TRACE(testing::PrintToString(options));
    options.insert(options.end(), {"-o", folder.path("x.mtx")});
    const SolveResult result = inverse_with("4", options);
    EXPECT_EQ(without_wall_clock(result.json), without_wall_clock(base.json));
    EXPECT_EQ(read_text(folder.path("x.mtx")), read_text(folder.path("base.mtx")));
  }
  const std::string waves = read_text(folder.path("w.vcd"));
  for (const char* scope : {"context1", "context2", "context3"}) EXPECT_THAT(waves, HasSubstr(scope));
}

TEST(Contexts, DoNotChangeTheAnswerToASingleRightHandSide) {
  const auto answer = [](const std::string& contexts) {
    const SolveResult result = solve({data_file("cage5.mtx"), "--set", "dru.contexts=" + contexts});
    return std::pair(result.json["history"], result.json["phases"]["solve"]["time_s"].get<double>());
  };
  EXPECT_EQ(answer("1"), answer("4"));
}

TEST(Inverse, TimesTheMatrixIsTheIdentity) {
  const TemporaryFolder folder;
  const SolveResult result = solve({data_file("cage3.mtx"), "--inverse", "-o", folder.path("inverse.mtx")});
  ASSERT_EQ(result.status(), "converged");
  const auto a = numeric::read_matrix(data_file("cage3.mtx"), 512).matrix;
  const auto inverse = numeric::read_vectors(folder.path("inverse.mtx"), 512);
  ASSERT_EQ(inverse.rows, a.rows);
  ASSERT_EQ(inverse.columns, a.rows);
  Eigen::MatrixXd dense = Eigen::MatrixXd::Zero(a.rows, a.rows);
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) dense(i, a.column[k]) = a.value[k];
  }
  const Eigen::Map<const Eigen::MatrixXd> x(inverse.values.data(), a.rows, a.rows);
  EXPECT_LT((dense * x - Eigen::MatrixXd::Identity(a.rows, a.rows)).norm(), 1e-5);
}

TEST(Inverse, IsWrittenToTheLastBit) {
  const TemporaryFolder folder;
  const SolveResult result = solve({data_file("b1_ss.mtx"), "--inverse", "-o", folder.path("inverse.mtx"),
                                    "--x-exact", folder.path("inverse.csv")});
  ASSERT_EQ(result.status(), "converged");
  const auto inverse = numeric::read_vectors(folder.path("inverse.mtx"), 512);
  std::istringstream csv(read_text(folder.path("inverse.csv")));
  std::string line;
  std::getline(csv, line);
  for (const double value : inverse.values) {
    char comma = 0;
    long row = 0, column = 0, exponent = 0;
    long double mantissa = 0;
    csv >> row >> comma >> column >> comma >> mantissa >> comma >> exponent;
    ASSERT_TRUE(csv);
    EXPECT_EQ(static_cast<double>(std::ldexp(mantissa, static_cast<int>(exponent))), value)
        << "row " << row << ", column " << column;
  }
  EXPECT_FALSE(csv >> line);
}

TEST(Inverse, TakesNoRightHandSide) {
  const TemporaryFolder folder;
  const std::string b = folder.write("b.mtx", numeric::format_vectors(std::vector<double>(5, 1.0), 1, ""));
  const ProgramResult result = run_mho({"solve", data_file("cage3.mtx"), b, "--inverse"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--inverse"));
}

}  // namespace
}  // namespace mho::test
