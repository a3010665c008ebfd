// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cells of 1 to 4 bits and reads driven by digits of 1 to 4 bits, with the rows that are planned for them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;
using Keys = std::vector<std::string>;

constexpr double kConverged = 0x1p-24;

SolveResult solve_with(const char* matrix, const Keys& keys) {
  Keys arguments{data_file(matrix)};
  for (const std::string& key : keys) {
    arguments.emplace_back("--set");
    arguments.push_back(key);
  }
  return solve(arguments);
}

/// Errors small enough that every width has groups of rows whose reads are exact.
const Keys kFine{"mvm.rows_per_read=0",
                 "mvm.write_tolerance=2e-4",
                 "write.verify_sigma=2e-5",
                 "opamp.offset_sigma_volt=2e-7",
                 "opamp.gain=1e7",
                 "timing.settle_epsilon_read=1e-6",
                 "dac.gain_sigma=2e-5",
                 "dac.bits=12",
                 "adc.bits=14",
                 "adc.low_precision_bits=10",
                 "adc.gain_sigma=2e-6"};

std::uint64_t reads_of(const SolveResult& result) {
  return result.json.contains("analog_ops") ? result.json["analog_ops"]["hp_reads"].get<std::uint64_t>() : 0;
}

TEST(DigitWidths, AllSolveTo24Bits) {
  for (const int levels : {2, 4, 8, 16}) {
    for (const int input_bits : {1, 2, 3, 4}) {
      Keys keys = kFine;
      keys.push_back("mvm.levels=" + std::to_string(levels));
      keys.push_back("mvm.input_bits=" + std::to_string(input_bits));
      for (const char* matrix : {"cage3.mtx", "b1_ss.mtx", "mesh1e1.mtx"}) {
        SCOPED_TRACE(std::string(matrix) + ", " + keys[keys.size() - 2] + ", " + keys.back());
        const SolveResult result = solve_with(matrix, keys);
        ASSERT_EQ(result.status(), "converged");
        EXPECT_LE(result.json["relative_error"].get<double>(), kConverged);
        EXPECT_EQ(result.json["input_bits"], input_bits);
        EXPECT_GE(result.json["rows_per_read"].get<int>(), 2);
        // A wrong read would show as a residual that the iteration cannot explain, and cost a step.
        EXPECT_LE(result.json["iterations"].get<int>(), 6);
      }
    }
  }
}

TEST(DigitWidths, ReadsTakeFewerWithMoreBitsAndMoreLevels) {
  // Refinement multiplies once in each iteration.
  const auto reads = [](int levels, int input_bits) {
    Keys keys = kFine;
    keys.front() = "mvm.rows_per_read=8";
    keys.push_back("mvm.levels=" + std::to_string(levels));
    keys.push_back("mvm.input_bits=" + std::to_string(input_bits));
    keys.emplace_back("solver.method=refine");
    const SolveResult result = solve_with("cage5.mtx", keys);
    EXPECT_EQ(result.status(), "converged");
    return static_cast<double>(reads_of(result)) / result.json.value("iterations", 1);
  };
  const double plain = reads(8, 1);
  // 31 digits of one bit are 16 of two and 11 of three; 8 slices of three bits are 24 of one and 6 of four.
  // Digits that are 0 on all rows of a group are not read.
  constexpr double kTolerance = 0.05;
  EXPECT_NEAR(reads(8, 2) / plain, 16.0 / 31, kTolerance * 16.0 / 31);
  EXPECT_NEAR(reads(8, 3) / plain, 11.0 / 31, kTolerance * 11.0 / 31);
  EXPECT_NEAR(reads(2, 1) / plain, 24.0 / 8, kTolerance * 24.0 / 8);
  EXPECT_NEAR(reads(16, 1) / plain, 6.0 / 8, kTolerance * 6.0 / 8);
}

TEST(DigitWidths, OfWideVectorsAndChecksumsWorkTogether) {
  Keys keys = kFine;
  for (const char* key : {"mvm.levels=4", "mvm.input_bits=3", "mvm.checksum=on", "solver.tolerance_bits=53"})
    keys.emplace_back(key);
  const SolveResult result = solve_with("cage5.mtx", keys);
  ASSERT_EQ(result.status(), "converged");
  EXPECT_LE(result.json["relative_error"].get<double>(), 0x1p-53);
  EXPECT_EQ(result.json["analog_ops"]["checksum_mismatches"], 0);
}

TEST(DigitWidths, ThatCannotBeExactAreRefusedOrNamed) {
  const ProgramResult refused = run_mho(
      {"solve", data_file("mesh1e1.mtx"), "--set", "mvm.rows_per_read=0", "--set", "mvm.input_bits=4"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("not even one row at a time"));
  // What the user insists on is tried, and found wrong.
  const SolveResult tried = solve_with("cage5.mtx", {"mvm.input_bits=4"});
  EXPECT_EQ(tried.program.exit_code, 1);
  EXPECT_NE(tried.status(), "converged");
  EXPECT_THAT(tried.json["message"].get<std::string>(), HasSubstr("mvm.input_bits"));
}

}  // namespace
}  // namespace mho::test
