// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What becomes of wrong high-precision reads in whole solves, with checksums and without. The leaf of an 8 x
// 8 system is the only tile beside the matrix: MVM macros 0 to 7 hold its digits, the highest on macro 7.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "models/base/random.hpp"
#include "tests/platform/solve/sabotage.hpp"

namespace mho::platform::test {
namespace {

using testing::HasSubstr;

constexpr Eigen::Index kRows = 8;
constexpr unsigned kHighestDigit = 7;

/// Diagonally dominant: converges in a few steps.
Eigen::MatrixXd easy_matrix() {
  const Random random(5);
  Eigen::MatrixXd a(kRows, kRows);
  for (Eigen::Index i = 0; i < kRows; ++i) {
    for (Eigen::Index j = 0; j < kRows; ++j) {
      const RandomCoordinates at{
          .unit = 0, .row = static_cast<std::uint16_t>(i), .column = static_cast<std::uint16_t>(j)};
      a(i, j) = 0.4 * random.uniform(RandomPurpose::kTest, at, 0) - 0.2 + (i == j ? 1.0 : 0.0);
    }
  }
  return a;
}

SolveReport solve_with(std::vector<std::string> keys, std::vector<MovedCell> moved = {}) {
  const Eigen::MatrixXd a = easy_matrix();
  return solve({.a = a,
                .b = a * Eigen::VectorXd::LinSpaced(kRows, -1.0, 1.0),
                .keys = std::move(keys),
                .moved = std::move(moved)});
}

const MovedCell kWrong{.macro = kHighestDigit, .line = 2, .output = 3, .change = 1};
/// With kWrong in every read that drives line 2: the sum over the rows stays.
const MovedCell kPartner{.macro = kHighestDigit, .line = 2, .output = 6, .change = -1};

TEST(WrongReads, ChecksumsChangeNothingWhereAllReadsAreRight) {
  const SolveReport off = solve_with({}), on = solve_with({"mvm.checksum=on"});
  EXPECT_TRUE(off.has_converged) << off.message;
  EXPECT_TRUE(on.has_converged) << on.message;
  EXPECT_EQ(on.answer.x, off.answer.x);
  EXPECT_EQ(on.answer.residuals, off.answer.residuals);
  EXPECT_EQ(on.counters.hp_reads, off.counters.hp_reads);
  EXPECT_EQ(on.counters.checksum_mismatches, 0u);
  EXPECT_GT(on.run.energy, off.run.energy) << "its outputs are converted and its sums added";
}

TEST(WrongReads, ACellThatMovesIsReportedWithItsPlace) {
  const SolveReport report = solve_with({"mvm.checksum=on", "dru.max_retries=3"}, {kWrong});
  EXPECT_EQ(report.status, "wrong_read");
  EXPECT_THAT(report.message, HasSubstr("rows 1 to 8, columns 1 to 8"));
  EXPECT_EQ(report.answer.block.fault_block_columns, 8u);
  EXPECT_GT(report.counters.checksum_mismatches, 3u);
  EXPECT_GE(report.counters.repeated_reads, 3u * 8u);
}

TEST(WrongReads, ACellThatMovesIsFoundAtTheEndWithoutAChecksum) {
  const SolveReport report = solve_with({}, {kWrong});
  EXPECT_FALSE(report.has_converged);
  EXPECT_NE(report.status, "wrong_read");
  EXPECT_EQ(report.counters.checksum_mismatches, 0u);
}

TEST(WrongReads, APairThatCancelsPassesTheChecksumAndNotTheVerification) {
  const SolveReport report = solve_with({"mvm.checksum=on"}, {kWrong, kPartner});
  EXPECT_EQ(report.counters.checksum_mismatches, 0u);
  EXPECT_EQ(report.answer.status, registers::job::JobStatus::kWrongResidual) << report.message;
  EXPECT_FALSE(report.has_converged);
}

TEST(WrongReads, TransientOnesAreRepeatedAndTheJobConverges) {
  // Eight lines of cells between 0.5 and 35 µS: noise that now and then is half a step.
  const std::string noise = "noise.thermal_bandwidth_hz=1.1e10";
  const SolveReport off = solve_with({noise}),
                    on = solve_with({noise, "mvm.checksum=on", "dru.max_retries=100"});
  EXPECT_FALSE(off.has_converged) << "noise that does nothing proves nothing";
  EXPECT_TRUE(on.has_converged) << on.status << ": " << on.message;
  EXPECT_LE(*on.assessment.relative_error, 0x1p-23);
  EXPECT_GT(on.counters.checksum_mismatches, 0u);
  EXPECT_GE(on.counters.repeated_reads, 8u);
}

TEST(WrongReads, OfANoisyChipNameTheirCause) {
  const SolveReport noisy = solve_with({"adc.noise_sigma_lsb=0.3"});
  EXPECT_EQ(noisy.status, "not_converged");
  EXPECT_THAT(noisy.message, HasSubstr("adc.noise_sigma_lsb"));
  const SolveReport narrow = solve_with({"adc.bits=4"});
  EXPECT_EQ(narrow.status, "saturated");
  EXPECT_THAT(narrow.message, testing::AllOf(HasSubstr("adc.bits"), testing::Not(HasSubstr("v_sat"))));
}

}  // namespace
}  // namespace mho::platform::test
