// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Least squares and shortest solutions through a GINV macro, with the errors of the default chip. Oracle:
// Eigen's orthogonal decomposition of the same matrix.
#include <gmock/gmock.h>

#include "tests/e2e/rectangular.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;

std::vector<std::string> with_ginv(std::vector<std::string> more = {}) {
  std::vector<std::string> options{"--set", "ginv.count=1", "--set", "solver.least_squares=ginv"};
  options.insert(options.end(), more.begin(), more.end());
  return options;
}

/// Singular values spread evenly over the logarithms between 1 and 1/kappa.
Eigen::MatrixXd conditioned(Eigen::Index rows, Eigen::Index columns, double kappa, std::uint64_t seed) {
  const Eigen::BDCSVD<Eigen::MatrixXd> svd(random_matrix(rows, columns, seed),
                                           Eigen::ComputeThinU | Eigen::ComputeThinV);
  Eigen::VectorXd values(std::min(rows, columns));
  for (Eigen::Index i = 0; i < values.size(); ++i) {
    values[i] = std::pow(kappa, -static_cast<double>(i) / static_cast<double>(values.size() - 1));
  }
  return svd.matrixU() * values.asDiagonal() * svd.matrixV().transpose();
}

void expect_one_ginv_macro(const SolveResult& result) {
  EXPECT_FALSE(result.json["plan"].contains("leaves"));
  EXPECT_EQ(result.json["least_squares"]["circuit"], "ginv");
  EXPECT_EQ(result.json["macros_used_by_kind"]["ginv"], 1);
  EXPECT_EQ(result.json["macros_used_by_kind"]["inv"], 0);
  EXPECT_EQ(result.json["analog_ops"]["inv"], 0);
  EXPECT_EQ(result.json["analog_ops"]["mvm"], 0);
  EXPECT_GT(result.json["analog_ops"]["ginv"], 0);
  EXPECT_GT(result.json["energy_J"]["by_component"]["amc.ginv_macros"], 0.0);
}

TEST(Ginv, SolvesWhatAMacroHoldsTallOrWide) {
  for (const auto& [rows, columns] : {std::pair{16, 4}, {3, 2}, {32, 31}, {4, 16}, {1, 3}, {25, 32}}) {
    SCOPED_TRACE(testing::Message() << rows << " x " << columns);
    expect_one_ginv_macro(
        expect_solved(random_matrix(rows, columns, 1), random_matrix(rows, 1, 2), 24, with_ginv()));
  }
}

TEST(Ginv, EveryMethodSolvesInconsistentSystems) {
  // Less than a tenth of b is in the range of A: x is small beside what remains.
  const Eigen::MatrixXd a = random_matrix(28, 6, 3);
  const Eigen::VectorXd rest = random_matrix(28, 1, 4);
  const Eigen::VectorXd b = rest - 0.95 * a * a.colPivHouseholderQr().solve(rest);
  for (const char* method : {"refine", "gmres", "auto"}) {
    SCOPED_TRACE(method);
    expect_one_ginv_macro(expect_solved(a, b, 24, with_ginv({"--method", method})));
  }
}

TEST(Ginv, SolvesIllConditionedSystems) {
  for (const double kappa : {50.0, 200.0}) {
    SCOPED_TRACE(kappa);
    expect_one_ginv_macro(
        expect_solved(conditioned(30, 10, kappa, 5), random_matrix(30, 1, 6), 24, with_ginv()));
  }
}

TEST(Ginv, SolvesTo53Bits) {
  expect_one_ginv_macro(expect_solved(random_matrix(20, 6, 5), random_matrix(20, 1, 6), 53, with_ginv()));
}

TEST(Ginv, SharesAMacroAmongRightHandSides) {
  const Eigen::MatrixXd a = random_matrix(24, 5, 9), b = random_matrix(24, 5, 10);
  const SolveResult many = expect_solved(a, b, 24, with_ginv());
  const SolveResult one = expect_solved(a, b.col(0), 24, with_ginv());
  expect_one_ginv_macro(many);
  EXPECT_EQ(many.json["solutions"].size(), 5U);
  EXPECT_EQ(many.json["analog_ops"]["program"], one.json["analog_ops"]["program"]);
}

TEST(Ginv, TakesOneSliceWhereTheChipHasOne) {
  expect_one_ginv_macro(expect_solved(random_matrix(24, 5, 9), random_matrix(24, 1, 10), 24,
                                      with_ginv({"--set", "inv.slices=1"})));
}

TEST(Ginv, LeavesLargerSystemsToInvMacros) {
  for (const auto& [rows, columns] : {std::pair{33, 4}, {4, 33}}) {
    const SolveResult result =
        expect_solved(random_matrix(rows, columns, 11), random_matrix(rows, 1, 12), 24, with_ginv());
    EXPECT_EQ(result.json["least_squares"]["circuit"], "inv");
    EXPECT_EQ(result.json["analog_ops"]["ginv"], 0);
  }
}

TEST(Ginv, MacrosThatNobodyAsksForOnlyLeak) {
  const Eigen::MatrixXd a = random_matrix(16, 4, 13), b = random_matrix(16, 1, 14);
  const SolveResult without = expect_solved(a, b, 24);
  const SolveResult with = expect_solved(a, b, 24, {"--set", "ginv.count=2"});
  EXPECT_EQ(with.json["least_squares"]["circuit"], "inv");
  EXPECT_EQ(with.json["history"], without.json["history"]);
  EXPECT_EQ(with.json["analog_ops"], without.json["analog_ops"]);
  EXPECT_EQ(with.json["phases"]["solve"]["time_s"], without.json["phases"]["solve"]["time_s"]);
  EXPECT_FALSE(without.json["energy_J"]["by_component"].contains("amc.ginv_macros"));
  // Two macros with two slices of 4 µW.
  EXPECT_NEAR(with.json["energy_J"]["by_component"]["amc.ginv_macros"].get<double>(),
              16e-6 * with.json["simulated_time_s"].get<double>(), 1e-15);
}

TEST(Ginv, CalibratesItsAmplifiers) {
  const std::vector<std::string> offsets{"--set", "opamp.offset_sigma_volt=0.002", "--set",
                                         "solver.calibrate=on"};
  const SolveResult result =
      expect_solved(random_matrix(16, 4, 15), random_matrix(16, 1, 16), 24, with_ginv(offsets));
  // 512 ADC and 64 DAC channels, the columns of the MVM macros in use, and 2 · 32 amplifiers.
  const auto mvm = result.json["macros_used_by_kind"]["mvm"].get<int>();
  EXPECT_EQ(result.json["calibration"]["channels"], 512 + 64 + 64 * mvm + 64);
}

TEST(Ginv, AskedForOnAChipWithoutThemIsWrongInput) {
  const TemporaryFolder folder;
  const ProgramResult result = run_mho({"solve", folder.write("a.mtx", array_file(random_matrix(4, 2, 17))),
                                        "--set", "solver.least_squares=ginv"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("solver.least_squares = ginv"));
  EXPECT_THAT(result.err, HasSubstr("choose ginv.count of 1 or more"));
}

/// A solve with what goes wrong, ended well after two time-outs of the DRU.
SolveResult solve_with(const TemporaryFolder& folder, const std::vector<std::string>& more) {
  std::vector<std::string> arguments{folder.write("a.mtx", array_file(random_matrix(16, 4, 19))),
                                     folder.write("b.mtx", array_file(random_matrix(16, 1, 20))),
                                     "--set",
                                     "solver.watchdog_s=0.05",
                                     "--max-time",
                                     "1s"};
  for (const std::string& option : with_ginv(more)) arguments.push_back(option);
  return solve(arguments);
}

std::uint64_t faults_of(const SolveResult& result) {
  return result.json.at("faults_injected").at(0).at("count").get<std::uint64_t>();
}

TEST(Ginv, AMacroThatHangsEndsTheJobOrIsRecoveredFrom) {
  const TemporaryFolder folder;
  const SolveResult for_good = solve_with(folder, {"--fault", "macro.ginv0:hung"});
  EXPECT_EQ(for_good.status(), "device_error");
  EXPECT_GE(faults_of(for_good), 1U);
  const SolveResult once = solve_with(folder, {"--fault", "macro.ginv0:hung,duration=60ms,count=1"});
  EXPECT_EQ(once.status(), "converged");
  EXPECT_EQ(once.json["recoveries"], 1);
  EXPECT_EQ(once.json["least_squares"]["circuit"], "ginv");
}

TEST(Ginv, StuckCellsOfEitherCopyEndTheJob) {
  const TemporaryFolder folder;
  EXPECT_EQ(solve_with(folder, {}).status(), "converged");
  for (const std::string array : {"positive", "negative", "mirrored_positive", "mirrored_negative"}) {
    SCOPED_TRACE(array);
    // One end of the window or the other is not what the cell is to hold.
    std::string map;
    for (int k = 0; k < 4; ++k)
      map += fmt::format("ginv,0,{},{},{},{}\n", array, k, k, k % 2 == 0 ? "on" : "off");
    const SolveResult result = solve_with(folder, {"--set", "faults.map=" + folder.write("map.csv", map)});
    EXPECT_EQ(result.status(), "device_error");
  }
}

TEST(Ginv, DeadChannelsAreNotCalledSolved) {
  const TemporaryFolder folder;
  const SolveResult result = solve_with(folder, {"--fault", "adc.channel1:dead"});
  EXPECT_EQ(result.program.exit_code, 1);
  EXPECT_NE(result.status(), "converged");
  EXPECT_GT(faults_of(result), 0U);
}

TEST(Ginv, TheTableCountsItsOperations) {
  const TemporaryFolder folder;
  std::vector<std::string> arguments{"solve", folder.write("a.mtx", array_file(random_matrix(6, 2, 18)))};
  for (const std::string& option : with_ginv()) arguments.push_back(option);
  const ProgramResult result = run_mho(arguments);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr(" GINV, 0 INV, 0 MVM, "));
  EXPECT_THAT(result.out, HasSubstr("1 GINV, 0 INV and "));
}

}  // namespace
}  // namespace mho::test
