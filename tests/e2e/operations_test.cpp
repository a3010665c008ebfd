// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Chips that have several operations of one solve under way at once, and several DAC banks for them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

SolveResult solve_with(const std::string& matrix, const std::string& operations, const std::string& banks,
                       std::vector<std::string> arguments = {}) {
  arguments.insert(arguments.begin(), {data_file(matrix), "--set", "dru.operations=" + operations, "--set",
                                       "dac.banks=" + banks});
  return solve(arguments);
}

double solve_time_s(const SolveResult& result) {
  return result.json["phases"]["solve"]["time_s"].get<double>();
}

TEST(OverlappingOperations, SolveAsWellInLessTime) {
  for (const std::string matrix : {"mesh1e1.mtx", "bfwa62.mtx"}) {
    SCOPED_TRACE(matrix);
    const SolveResult one = solve_with(matrix, "1", "1"), four = solve_with(matrix, "4", "4");
    ASSERT_EQ(one.status(), "converged");
    ASSERT_EQ(four.status(), "converged");
    EXPECT_LE(four.json["relative_error"].get<double>(), 0x1p-23);
    EXPECT_LT(solve_time_s(four), solve_time_s(one));
    EXPECT_EQ(four.json["phases"]["plan"]["time_s"], one.json["phases"]["plan"]["time_s"]);
  }
}

TEST(OverlappingOperations, GoTogetherWithSeveralContextsAndReprogramming) {
  const SolveResult inverse = solve_with("cage3.mtx", "3", "2", {"--inverse"});
  EXPECT_EQ(inverse.status(), "converged");
  const SolveResult small =
      solve_with("cage5.mtx", "3", "2", {"--set", "inv.count=2", "--set", "mvm.count=8"});
  EXPECT_EQ(small.status(), "converged");
  EXPECT_GT(small.json["phases"]["reprogram"]["time_s"].get<double>(), 0.0);
}

TEST(DacBanks, AreCalibratedEach) {
  const std::vector<std::string> bad{"--set", "dac.offset_sigma_lsb=2", "--set", "solver.calibrate=on"};
  const SolveResult one = solve_with("cage3.mtx", "2", "1", bad),
                    four = solve_with("cage3.mtx", "2", "4", bad);
  ASSERT_EQ(one.status(), "converged");
  ASSERT_EQ(four.status(), "converged");
  constexpr int kChannels = 64;
  EXPECT_EQ(four.json["calibration"]["channels"].get<int>() - one.json["calibration"]["channels"].get<int>(),
            3 * kChannels);
}

}  // namespace
}  // namespace mho::test
