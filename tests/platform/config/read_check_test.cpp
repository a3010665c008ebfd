// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/read_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/platform/config/chip_of_settings.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;

TEST(ReadCheck, LinesThatMakeReadsWrongAreRefusedWithAdvice) {
  const std::string message = message_of({"mvm.line_compensation=false"});
  EXPECT_THAT(message, HasSubstr("--set mvm.line_compensation=false"));
  EXPECT_THAT(message, HasSubstr("from a read of 16 rows of a 64x64 array"));
  EXPECT_THAT(message, HasSubstr("mvm.size="));
  EXPECT_EQ(message_of({"mvm.line_compensation=false", "mvm.requires_exact_reads=false"}), "accepted");
  EXPECT_EQ(
      message_of({"mvm.line_compensation=false", "lines.row_segment_ohm=0", "lines.column_segment_ohm=0"}),
      "accepted");
  // What it advises is accepted.
  const std::size_t size = message.find("mvm.size="), rows = message.find("mvm.rows_per_read=");
  ASSERT_NE(rows, std::string::npos);
  const auto word = [&](std::size_t at) { return message.substr(at, message.find(' ', at) - at); };
  EXPECT_EQ(message_of({"mvm.line_compensation=false", word(size).c_str(), word(rows).c_str()}), "accepted");
}

TEST(ReadCheck, ReadsThatCannotBeExactAreNotPlanned) {
  EXPECT_THAT(
      message_of({"mvm.rows_per_read=0", "mvm.input_bits=3"}),
      AllOf(HasSubstr("--set mvm.rows_per_read=0: mvm.rows_per_read = 0: not even one row at a time is read"),
            HasSubstr("opamp.offset_sigma_volt")));
  EXPECT_THAT(
      message_of({"mvm.input_bits=0", "mvm.write_tolerance=0.006"}),
      AllOf(HasSubstr("--set mvm.input_bits=0: mvm.input_bits = 0: 16 rows at a time are not read exactly"),
            HasSubstr("mvm.write_tolerance"), HasSubstr("mvm.rows_per_read = 0 chooses the rows")));
  EXPECT_THAT(message_of({"mvm.input_bits=0", "mvm.rows_per_read=0", "adc.bits=3"}),
              HasSubstr("not even one row at a time is read exactly: codes may exceed"));
  EXPECT_THAT(message_of({"mvm.input_bits=3", "dac.bits=3"}),
              HasSubstr("mvm.input_bits = 3 must be below dac.bits = 3"));
  EXPECT_THAT(message_of({"mvm.levels=6"}), HasSubstr("mvm.levels = 6; choose 2, 4, 8 or 16, or 0"));
  EXPECT_THAT(message_of({"mvm.levels=16", "solver.bits=18"}), HasSubstr("come in slices of 4"));
  EXPECT_EQ(message_of({"mvm.levels=16", "solver.bits=20"}), "accepted");
}

TEST(ReadCheck, RowsAndBitsOfAReadArePlannedTogether) {
  const amc::AmcParams plain = with({"mvm.rows_per_read=0", "mvm.input_bits=0"}).amc;
  EXPECT_EQ(plain.rows_per_read, 16u);
  EXPECT_EQ(plain.input_bits, 1u);
  const amc::AmcParams fine =
      with({"mvm.rows_per_read=0", "mvm.input_bits=0", "mvm.write_tolerance=2e-4", "write.verify_sigma=2e-5",
            "opamp.offset_sigma_volt=2e-7", "adc.bits=13", "adc.low_precision_bits=10", "adc.gain_sigma=5e-6",
            "dac.gain_sigma=5e-5", "timing.settle_epsilon_read=1e-6", "opamp.gain=1e7", "mvm.size=16"})
          .amc;
  EXPECT_GT(fine.input_bits, 1u);
  EXPECT_EQ(fine.rows_per_read, 16u) << "all rows come before a second bit";
}

}  // namespace
}  // namespace mho::platform
