// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/inl_profile.hpp"

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

class InlProfileFile : public testing::Test {
 protected:
  ~InlProfileFile() override { std::filesystem::remove(file_); }
  void write(const std::string& text) const { std::ofstream(file_) << text; }
  std::string message_of(std::size_t count, int max_code) const {
    try {
      (void)load_inl_profile(file_, count, max_code);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  }

  std::filesystem::path file_ =
      std::filesystem::temp_directory_path() /
      (std::string("mho_inl_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(InlProfileFile, HoldsOneNumberPerLine) {
  write("0.5 # lowest\n-0.25\n1e-1\n");
  EXPECT_EQ(load_inl_profile(file_, 3, 7), (std::vector<double>{0.5, -0.25, 0.1}));
  EXPECT_THAT(message_of(4, 7), HasSubstr("3 numbers; the converter has 4"));
  write("0.5\nhalf\n");
  EXPECT_THAT(message_of(2, 7), HasSubstr(":2: expected one number"));
  write("8\n");
  EXPECT_THAT(message_of(1, 7), HasSubstr(":1: expected one number of steps, at most 7"));
}

TEST(InlProfile, AStraightOneIsTheSameInVoltsWithFewerBits) {
  // Displacement proportional to the place of a threshold: a gain error of 1 %.
  const auto gain_profile = [](int max_code) {
    std::vector<double> profile;
    for (int k = 1 - max_code; k <= max_code; ++k) profile.push_back(0.01 * (k - 0.5));
    return profile;
  };
  const auto coarse = coarser_inl_profile(gain_profile(127), 8, 5), expected = gain_profile(15);
  ASSERT_EQ(coarse.size(), expected.size());
  for (std::size_t i = 0; i < coarse.size(); ++i) {
    // The outermost thresholds of the coarse converter lie beyond those of the fine one by less than a step.
    EXPECT_NEAR(coarse[i], expected[i], 0.01 * 0.5);
  }
  EXPECT_NEAR(coarse[15], expected[15], 1e-12);
  EXPECT_EQ(coarser_inl_profile(gain_profile(127), 8, 8), gain_profile(127));
  EXPECT_TRUE(coarser_inl_profile({}, 8, 5).empty());
}

TEST_F(InlProfileFile, ReachesTheConverters) {
  std::string text;
  for (int i = 0; i < 254; ++i) text += "0.125\n";
  write(text);
  Settings settings;
  settings.assign("adc.inl_profile=" + file_.string());
  settings.assign("adc.low_precision_bits=6");
  const amc::AmcParams amc = chip_config(settings).amc;
  EXPECT_EQ(amc.adc.inl_profile_lsb, std::vector<double>(254, 0.125));
  EXPECT_EQ(amc.adc_low_precision.inl_profile_lsb.size(), 62U);
  write(text + "0.125\n");
  Settings dac;
  dac.assign("dac.inl_profile=" + file_.string());
  EXPECT_EQ(chip_config(dac).amc.dac.inl_profile_lsb, std::vector<double>(255, 0.125));
}

}  // namespace
}  // namespace mho::platform
