// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/pair_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/config/chip_of_settings.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;

TEST(PairChecks, ValuesThatDoNotFitEachOtherAreNamedWithTheirPlaces) {
  EXPECT_EQ(message_of({"mvm.size=8"}),
            "--set mvm.size=8: mvm.rows_per_read = 16 (default) must be at most mvm.size = 8");
  EXPECT_EQ(message_of({"cell.g_min_siemens=35e-6"}),
            "--set cell.g_min_siemens=35e-6: cell.g_min_siemens = 3.5e-05 must be below cell.g_max_siemens = "
            "3.5e-05 "
            "(default)");
  EXPECT_THAT(message_of({"inv.size=4", "solver.leaf_size=8"}),
              HasSubstr("solver.leaf_size = 8 must be at most"));
  EXPECT_THAT(message_of({"mvm.write_tolerance=0.0005"}),
              HasSubstr("mvm.write_tolerance = 0.0005 must be above 3.47 times write.verify_sigma"));
  EXPECT_THAT(message_of({"lines.headroom=0.1"}),
              testing::StartsWith("--set lines.headroom=0.1: lines.headroom = 0.1 is too small: "));
  EXPECT_THAT(message_of({"inv.write_tolerance=0.0005"}),
              HasSubstr("inv.write_tolerance = 0.0005 must be above"));
  EXPECT_THAT(message_of({"inv.input_conductance_siemens=1"}), HasSubstr("closer together"));
}

TEST(PairChecks, ValuesThatDoNotFitEachOtherBeginWithTheLineThatTheUserWrote) {
  Settings settings;
  settings.load_text("mvm:\n  size: 8\n", "chip.yaml");
  EXPECT_EQ(message_of(settings),
            "chip.yaml:2: mvm.rows_per_read = 16 (default) must be at most mvm.size = 8");
  settings.assign("mvm.rows_per_read=9");
  EXPECT_EQ(message_of(settings),
            "--set mvm.rows_per_read=9: mvm.rows_per_read = 9 must be at most mvm.size = 8 (chip.yaml:2)");
}

TEST(PairChecks, ValuesBetweenZeroAndWhatIsPossibleAreNamed) {
  EXPECT_THAT(
      message_of({"lines.row_segment_ohm=1e-300"}),
      HasSubstr(
          "--set lines.row_segment_ohm=1e-300: lines.row_segment_ohm = 1e-300; choose 0 or at least 1e-09"));
  EXPECT_THAT(message_of({"endurance.half_window_writes=0.5"}), HasSubstr("choose 0 or at least 1"));
  EXPECT_THAT(message_of({"faults.stuck_on_rate=0.6", "faults.stuck_off_rate=0.6"}),
              HasSubstr("--set faults.stuck_off_rate=0.6: the rates of section faults add up to 1.2"));
  EXPECT_THAT(message_of({"lines.headroom=0.01"}),
              HasSubstr("--set lines.headroom=0.01: lines.headroom = 0.01 is too"));
}

TEST(PairChecks, GinvMacrosNeedOhmicCellsOfEvenLevels) {
  EXPECT_THROW((void)with({"ginv.count=1", "cell.nonlinearity_volt=0.3"}), InputError);
  EXPECT_THROW((void)with({"ginv.count=1", "access.model=nmos1"}), InputError);
  EXPECT_THROW((void)with({"ginv.count=1", "inv.level_spacing=geometric", "inv.slices=1"}), InputError);
  EXPECT_NO_THROW((void)with({"ginv.count=1"}));
}

}  // namespace
}  // namespace mho::platform
