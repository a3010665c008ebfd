// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/fault_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "models/base/error.hpp"
#include "platform/config/chip_config.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;

class FaultMapFile : public testing::Test {
 protected:
  FaultMapFile() { std::filesystem::create_directories(folder_); }
  ~FaultMapFile() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path write(const char* name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  std::string message_of(const std::string& text) const {
    try {
      (void)load_fault_map(write("map.csv", text), chip_);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  amc::AmcParams chip_;
  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() /
      (std::string("mho_fault_map_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(FaultMapFile, RowsBecomeFaultsOfTheirMacros) {
  const auto list = load_fault_map(write("map.csv",
                                         "macro,index,array,row,column,state\n"
                                         "# a comment\n"
                                         "inv, 0, positive, 3, 5, on\n"
                                         "\n"
                                         "inv,0,negative,7,7,off  # and another\r\n"
                                         "mvm,12,positive,0,63,2\n"),
                                   chip_);
  ASSERT_EQ(list.size(), 2U);
  const amc::PairFaults& inv = list.at(amc::chip_number(amc::MacroKind::kInv, 0));
  EXPECT_EQ(inv.positive, (device::FaultMap{{.row = 3, .column = 5, .kind = device::FaultKind::kStuckOn}}));
  EXPECT_EQ(inv.negative, (device::FaultMap{{.row = 7, .column = 7, .kind = device::FaultKind::kStuckOff}}));
  const amc::PairFaults& mvm = list.at(amc::chip_number(amc::MacroKind::kMvm, 12));
  EXPECT_EQ(
      mvm.positive,
      (device::FaultMap{{.row = 0, .column = 63, .kind = device::FaultKind::kStuckAtLevel, .level = 2}}));
  EXPECT_TRUE(mvm.negative.empty());
}

TEST_F(FaultMapFile, GinvMacrosHaveTwoPairs) {
  chip_.ginv_count = 2;
  const auto list = load_fault_map(write("map.csv",
                                         "ginv,1,positive,31,5,on\n"
                                         "ginv,1,mirrored_positive,31,5,off\n"
                                         "ginv,1,mirrored_negative,0,2,3\n"),
                                   chip_);
  ASSERT_EQ(list.size(), 2U);
  const std::uint32_t number = amc::chip_number(amc::MacroKind::kGinv, 1);
  EXPECT_EQ(list.at(number).positive,
            (device::FaultMap{{.row = 31, .column = 5, .kind = device::FaultKind::kStuckOn}}));
  EXPECT_TRUE(list.at(number).negative.empty());
  EXPECT_EQ(list.at(number + 1).positive,
            (device::FaultMap{{.row = 31, .column = 5, .kind = device::FaultKind::kStuckOff}}));
  EXPECT_EQ(
      list.at(number + 1).negative,
      (device::FaultMap{{.row = 0, .column = 2, .kind = device::FaultKind::kStuckAtLevel, .level = 3}}));
}

TEST_F(FaultMapFile, GinvMacrosAreThoseOfTheChip) {
  EXPECT_THAT(message_of("ginv,0,positive,0,0,on\n"), HasSubstr("map.csv:1: the chip has no ginv macros"));
  chip_.ginv_count = 1;
  EXPECT_THAT(message_of("ginv,1,positive,0,0,on\n"), HasSubstr("index = '1' is not a number from 0 to 0"));
  EXPECT_THAT(message_of("ginv,0,positive,32,0,on\n"), HasSubstr("the array is 32x32"));
  EXPECT_THAT(message_of("ginv,0,mirrored,0,0,on\n"),
              HasSubstr("array = 'mirrored' is neither positive nor negative, alone or behind mirrored_"));
  EXPECT_THAT(message_of("inv,0,mirrored_positive,0,0,on\n"),
              HasSubstr("array = 'mirrored_positive' is neither positive nor negative"));
}

TEST_F(FaultMapFile, WhatDoesNotFitIsNamedWithFileAndLine) {
  const std::string message = message_of(
      "inv,64,positive,0,0,on\n"
      "inv,0,positive,8,0,on\n"
      "mvm,0,negative,0,64,off\n"
      "inv,0,both,0,0,on\n"
      "abc,0,positive,0,0,on\n"
      "inv,0,positive,0,0,8\n"
      "inv,0,positive,0,0\n"
      "inv,0,positive,1,1,on\n"
      "inv,0,positive,1,1,off\n");
  EXPECT_THAT(message, HasSubstr("map.csv:1: index = '64' is not a number from 0 to 63"));
  EXPECT_THAT(message, HasSubstr("map.csv:2: row = '8' is not a number from 0 to 7, the array is 8x8"));
  EXPECT_THAT(message, HasSubstr("map.csv:3: column = '64'"));
  EXPECT_THAT(message, HasSubstr("map.csv:4: array = 'both' is neither positive nor negative"));
  EXPECT_THAT(message, HasSubstr("map.csv:5: macro = 'abc' is none of inv, mvm, ginv"));
  EXPECT_THAT(message, HasSubstr("map.csv:6: state = '8'"));
  EXPECT_THAT(message, HasSubstr("map.csv:7: 5 fields"));
  EXPECT_THAT(message, HasSubstr("map.csv:9: this cell is in line 8 already"));
}

TEST_F(FaultMapFile, TheNameIsRelativeToTheFileThatSetsIt) {
  write("map.csv", "inv,1,positive,0,0,on\n");
  Settings settings;
  settings.load(write("chip.yaml", "faults:\n  map: map.csv\n"));
  EXPECT_EQ(chip_config(settings).amc.faults.size(), 1U);
  Settings missing;
  missing.load(write("other.yaml", "faults:\n  map: none.csv\n"));
  EXPECT_THROW((void)chip_config(missing), InputError);
  EXPECT_TRUE(chip_config(Settings()).amc.faults.empty());
}

TEST_F(FaultMapFile, TheHashIsOfWhatTheFileHolds) {
  const auto hash_with = [&](const char* text) {
    Settings settings;
    settings.assign("faults.map=" + write("map.csv", text).string());
    return settings.hash();
  };
  EXPECT_EQ(hash_with("inv,1,positive,0,0,on\n"), hash_with("inv,1,positive,0,0,on\n"));
  EXPECT_NE(hash_with("inv,1,positive,0,0,on\n"), hash_with("inv,1,positive,0,1,on\n"));
}

}  // namespace
}  // namespace mho::platform
