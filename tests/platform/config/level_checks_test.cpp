// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/level_checks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/platform/config/chip_of_settings.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;

TEST(LevelChecks, LevelsOfInvCellsMayDifferFromThoseOfDigits) {
  const amc::AmcParams plain = with({}).amc, fine = with({"inv.levels=64"}).amc;
  EXPECT_EQ(cell_params(plain, amc::MacroKind::kInv).levels, 8U);
  EXPECT_EQ(cell_params(fine, amc::MacroKind::kInv).levels, 64U);
  EXPECT_EQ(cell_params(fine, amc::MacroKind::kMvm).levels, 8U);
  EXPECT_DOUBLE_EQ(step_siemens(fine, amc::MacroKind::kInv) * 63,
                   step_siemens(plain, amc::MacroKind::kInv) * 7);
  EXPECT_EQ(step_siemens(fine, amc::MacroKind::kMvm), step_siemens(plain, amc::MacroKind::kMvm));
  EXPECT_NEAR(fine.g_in_siemens, plain.g_in_siemens, 1e-12);
  EXPECT_THAT(message_of({"inv.levels=1"}), HasSubstr("choose 0 or at least 2"));
}

TEST(LevelChecks, LevelsOfInvCellsMayLieUnevenly) {
  const device::CellParams geometric =
      cell_params(with({"inv.level_spacing=geometric", "inv.levels=16"}).amc, amc::MacroKind::kInv);
  EXPECT_EQ(geometric.spacing, device::LevelSpacing::kGeometric);
  EXPECT_EQ(geometric.levels, 16U);
  const char* list = "inv.level_list_siemens=[5e-7, 2e-6, 35e-6]";
  const amc::AmcParams listed = with({"inv.level_spacing=listed", list}).amc;
  EXPECT_EQ(cell_params(listed, amc::MacroKind::kInv).levels, 3U);
  EXPECT_EQ(cell_params(listed, amc::MacroKind::kInv).listed_siemens,
            (std::vector<double>{5e-7, 2e-6, 35e-6}));
  EXPECT_EQ(cell_params(listed, amc::MacroKind::kMvm), with({}).amc.cell);
  EXPECT_EQ(message_of({"inv.level_spacing=listed", list, "inv.levels=3"}), "accepted");
  EXPECT_EQ(message_of({"inv.level_spacing=geometric", "cell.levels=64", "mvm.write_tolerance=0.003",
                        "mvm.requires_exact_reads=false"}),
            "accepted");
}

TEST(LevelChecks, LevelsThatDoNotGoTogetherAreNamedWithTheirPlaces) {
  const char* listed = "inv.level_spacing=listed";
  EXPECT_EQ(
      message_of({listed}),
      "--set inv.level_spacing=listed: inv.level_list_siemens has 0 numbers; list 2 to 64 conductances");
  EXPECT_EQ(
      message_of({listed, "inv.level_list_siemens=[5e-7, 35e-6]", "inv.levels=3"}),
      "--set inv.level_list_siemens=[5e-7, 35e-6]: inv.level_list_siemens has 2 numbers, but inv.levels = 3 "
      "(--set inv.levels=3); list as many, or leave inv.levels out");
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[5e-7, 3e-6, 2e-6, 35e-6]"}),
              HasSubstr("must ascend, but 2e-06 S comes after 3e-06 S"));
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[5e-7, 2e-6, 2e-6, 35e-6]"}),
              HasSubstr("must ascend"));
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[6e-7, 35e-6]"}),
              HasSubstr("begins at 6e-07 S; it must begin at cell.g_min_siemens = 5e-07 (default)"));
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[5e-7, 30e-6]"}),
              HasSubstr("ends at 3e-05 S; it must end at cell.g_max_siemens = 3.5e-05 (default)"));
  EXPECT_THAT(message_of({"inv.level_list_siemens=[5e-7, 35e-6]"}),
              HasSubstr("needs inv.level_spacing = listed, but inv.level_spacing = even (default)"));
  EXPECT_THAT(message_of({"inv.level_spacing=geometric", "inv.level_list_siemens=[5e-7, 35e-6]"}),
              HasSubstr("needs inv.level_spacing = listed"));
  EXPECT_THAT(message_of({"inv.level_spacing=geometric", "inv.slices=2"}),
              HasSubstr("inv.level_spacing = geometric needs inv.slices = 1, but inv.slices = 2"));
  EXPECT_THAT(message_of({listed, "inv.level_list_siemens=[5e-7, 35e-6]", "inv.slices=2"}),
              HasSubstr("needs inv.slices = 1"));
  EXPECT_THAT(message_of({"inv.level_spacing=geometric", "cell.levels=65"}),
              HasSubstr("needs inv.levels of at most 64, but cell.levels = 65"));
  EXPECT_THAT(message_of({"inv.level_spacing=geometric", "cell.g_min_siemens=0"}),
              HasSubstr("needs cell.g_min_siemens above 0"));
}

}  // namespace
}  // namespace mho::platform
