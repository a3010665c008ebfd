// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/register_coverage/coverage_report.hpp"

#include <gmock/gmock.h>

#include "tests/platform/register_coverage/coverage_fixture.hpp"

namespace mho::test {
namespace {

namespace coverage = platform::register_coverage;
using coverage::Share;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

using CoverageReportTest = CoverageFixture;

TEST_F(CoverageReportTest, OfNothingListsEverything) {
  const coverage::CoverageReport report = coverage::report_of(log.coverage());
  EXPECT_EQ(report.places[place("finisher")].registers, (Share{.touched = 0, .all = 1}));
  EXPECT_EQ(report.places[place("finisher")].fields, (Share{.touched = 0, .all = 2}));
  EXPECT_EQ(report.places[place("finisher")].bits, (Share{.touched = 0, .all = 32}));
  EXPECT_THAT(report.untouched.registers, Contains("finisher.EXIT"));
  EXPECT_THAT(report.untouched.registers, Contains("dac.PATTERNS"));
  EXPECT_TRUE(report.untouched.fields.empty());
  EXPECT_THAT(report.untouched.interrupts,
              testing::ElementsAre("dma", "dru", "external", "software", "timer", "uart"));
  EXPECT_THAT(report.untouched.dru_status, Contains("PROGRAM_FAILED"));
  EXPECT_THAT(report.untouched.job_status, Contains("WRONG_RESIDUAL"));
}

TEST_F(CoverageReportTest, AFieldNeedsAnotherValueThanAfterReset) {
  write(map::kDruBase + registers::dru::kIrqEnableOffset, 0b010);
  const coverage::CoverageReport report = coverage::report_of(log.coverage());
  EXPECT_EQ(report.places[place("dru")].registers.touched, 1u);
  EXPECT_EQ(report.places[place("dru")].fields.touched, 1u);
  EXPECT_THAT(report.untouched.fields,
              testing::ElementsAre("dru.IRQ_ENABLE.JOB_DONE", "dru.IRQ_ENABLE.SIGNAL"));
  EXPECT_THAT(report.untouched.flags, testing::ElementsAre("dru.IRQ_ENABLE.JOB_ERROR"));
  EXPECT_THAT(report.untouched.registers, Not(Contains("dru.IRQ_ENABLE")));
}

TEST_F(CoverageReportTest, AResetValueOfOnesIsLeftByAZero) {
  write(map::kClintBase + 0x4000, 0xffff'ffff);
  EXPECT_EQ(coverage::report_of(log.coverage()).places[place("clint")].fields.touched, 0u);
  write(map::kClintBase + 0x4000, 0xffff'fffe);
  const coverage::CoverageReport report = coverage::report_of(log.coverage());
  EXPECT_EQ(report.places[place("clint")].fields.touched, 1u);
  EXPECT_EQ(report.places[place("clint")].bits.touched, 1u);
}

TEST_F(CoverageReportTest, AReadOnlyFieldNeedsToBeReadAndItsFlagsBothWays) {
  read(map::kDmaBase + registers::dma::kStatusOffset, 1);
  coverage::CoverageReport report = coverage::report_of(log.coverage());
  EXPECT_EQ(report.places[place("dma")].fields.touched, 2u);
  EXPECT_THAT(report.untouched.flags, testing::ElementsAre("dma.STATUS.BUSY"));
  EXPECT_THAT(report.untouched.values, Contains("dma.STATUS.RESULT = OK"));
  EXPECT_THAT(report.untouched.values, Not(Contains("dma.STATUS.RESULT = NONE")));
  read(map::kDmaBase + registers::dma::kStatusOffset, 0);
  report = coverage::report_of(log.coverage());
  EXPECT_TRUE(report.untouched.flags.empty());
}

TEST_F(CoverageReportTest, KeepsOtherInitiatorsApart) {
  access("dru", true, map::kMvmBase + 0x014, 3);
  const coverage::CoverageReport report = coverage::report_of(log.coverage());
  EXPECT_EQ(report.places[place("mvm")].registers.touched, 0u);
  EXPECT_EQ(report.places[place("mvm")].units.touched, 1u);
  EXPECT_THAT(report.untouched.registers, Contains("mvm.ROWS"));
}

TEST_F(CoverageReportTest, TextHasTheTableAndTheLists) {
  write(map::kFinisherBase, 0x5555);
  const std::string text = coverage::to_text(coverage::report_of(log.coverage()), log.coverage());
  EXPECT_THAT(text, HasSubstr("finisher             1 / 1        1 / 2         0 / 32          0 / 1\n"));
  EXPECT_THAT(text, HasSubstr("  finisher.EXIT.CODE\n"));
  EXPECT_THAT(text, HasSubstr("  finisher.EXIT.COMMAND = FAIL\n"));
  EXPECT_THAT(text, HasSubstr("interrupts never taken: 6\n"));
}

}  // namespace
}  // namespace mho::test
