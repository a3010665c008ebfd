// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/analogue_causes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mho::platform {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

amc::AmcParams chip_with(auto change) {
  amc::AmcParams amc;
  amc.mvm_size = 16;
  change(amc);
  return amc;
}

TEST(AnalogueCauses, AreNoneWhereReadsAreExact) {
  EXPECT_EQ(why_reads_err(chip_with([](auto&) {}), 500, 0.0), "");
  // The system has fewer rows than a read drives at most.
  const auto coarse = chip_with([](auto& amc) { amc.adc.gain_sigma = 1e-3; });
  EXPECT_NE(why_reads_err(coarse, 16, 0.0), "");
  EXPECT_EQ(why_reads_err(coarse, 4, 0.0), "");
}

TEST(AnalogueCauses, NameTheLargestErrorsOfReads) {
  EXPECT_THAT(why_reads_err(chip_with([](auto& amc) { amc.opamp.offset_sigma_volt = 1e-3; }), 500, 0.0),
              AllOf(HasSubstr("16 rows"), HasSubstr("opamp.offset_sigma_volt"), Not(HasSubstr("adc.")),
                    HasSubstr("not even single rows")));
  EXPECT_THAT(why_reads_err(chip_with([](auto& amc) { amc.adc.inl_bow_lsb = 0.3; }), 500, 0.0),
              AllOf(HasSubstr("adc.inl_bow_lsb"), HasSubstr("mvm.write_tolerance"),
                    HasSubstr("mvm.rows_per_read=0 chooses ")));
  EXPECT_THAT(why_reads_err(chip_with([](auto& amc) { amc.mvm_write.write_sigma = 0.02; }), 500, 0.0),
              HasSubstr("mvm.write_sigma"));
}

TEST(AnalogueCauses, KnowHowLongCellsDrifted) {
  const auto drifting = chip_with([](auto& amc) { amc.effects.retention = device::kCmoHfoxRetention; });
  EXPECT_EQ(why_reads_err(drifting, 500, 1e-3), "");
  EXPECT_THAT(why_reads_err(drifting, 500, 1e6), HasSubstr("retention.sigma_siemens_per_efold"));
}

TEST(AnalogueCauses, TellTheRangeOfConvertersFromThatOfAmplifiers) {
  const auto narrow = chip_with([](auto& amc) { amc.adc.bits = 4; });
  for (const std::string& cause : {why_reads_saturate(narrow, 5), why_reads_err(narrow, 5, 0.0)}) {
    EXPECT_THAT(cause, AllOf(HasSubstr("adc.bits"), HasSubstr("5 rows"), HasSubstr("±35"), HasSubstr("±7"),
                             HasSubstr("mvm.rows_per_read=0 chooses 1 row"), Not(HasSubstr("v_sat"))));
  }
  const auto low_rail = chip_with([](auto& amc) { amc.opamp.v_sat_volt = 0.1; });
  EXPECT_THAT(why_reads_saturate(low_rail, 500), HasSubstr("opamp.v_sat_volt"));
  EXPECT_THAT(why_reads_err(low_rail, 500, 0.0), HasSubstr("opamp.v_sat_volt"));
  EXPECT_THAT(why_reads_saturate(chip_with([](auto& amc) { amc.dac.v_clip_volt = 0.1; }), 500),
              HasSubstr("dac.clip_volt"));
}

TEST(AnalogueCauses, CountTheDigitsThatReadsDrive) {
  const auto wide = chip_with([](auto& amc) { amc.input_bits = 2; });
  EXPECT_THAT(why_reads_err(wide, 500, 0.0),
              AllOf(HasSubstr("16 rows"), HasSubstr("±336"), HasSubstr("±127"), HasSubstr("mvm.input_bits"),
                    HasSubstr("mvm.rows_per_read=0 chooses 2 rows")));
  const auto binary = chip_with([](auto& amc) {
    amc.mvm_levels = 2;
    amc.rows_per_read = 64;
  });
  EXPECT_EQ(why_reads_err(binary, 500, 0.0), "") << "64 rows of digits up to 1";
}

TEST(AnalogueCauses, NameOnlyCellsThatThisChipMayHave) {
  const auto healthy = chip_with([](auto& amc) { amc.lines = {}; });
  EXPECT_THAT(why_cells_fail(healthy), AllOf(HasSubstr("write.pulse_limit"), Not(HasSubstr("stuck"))));
  const auto faulty = chip_with([](auto& amc) {
    amc.lines = {};
    amc.effects.faults.on_rate = 0.01;
    amc.faults[0].positive = {{.row = 1, .column = 2, .kind = device::FaultKind::kStuckOff, .level = 0}};
  });
  // 2 · 16² cells in an MVM macro.
  EXPECT_THAT(why_cells_fail(faulty), AllOf(HasSubstr("the 1 stuck"), HasSubstr("5.1 in an MVM macro"),
                                            Not(HasSubstr("worn")), Not(HasSubstr("headroom"))));
  const auto worn = chip_with([](auto& amc) { amc.effects.endurance.half_window_writes = 100; });
  EXPECT_THAT(why_cells_fail(worn), AllOf(HasSubstr("worn"), HasSubstr("lines.headroom")));
}

}  // namespace
}  // namespace mho::platform
