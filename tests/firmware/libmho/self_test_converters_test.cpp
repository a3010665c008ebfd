// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include "firmware/libmho/self_test.h"
#include "tests/firmware/libmho/fake_converters.hpp"

namespace mho::test {
namespace {

// A gain of −1 is a channel that converts to 0, or drives nothing.
constexpr Line kDead{.offset = 0, .gain = -1};

class SelfTestConverters : public testing::Test {
 protected:
  mho_result_t run() {
    report_ = {};
    return mho_self_test_converters(&device_, &report_);
  }
  FakeConverters fake_;
  mho_device_t device_ = FakeConverters::device();
  mho_self_test_t report_{};
};

TEST_F(SelfTestConverters, FindsNothingWhereAllWork) {
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(report_.tested_channels, (FakeConverters::kLanes + 1) * FakeConverters::kChannels);
  EXPECT_EQ(report_.bad_adc_channels, 0U);
  EXPECT_EQ(report_.bad_dac_channels, 0U);
  EXPECT_EQ(fake_.reference(), 0U);
}

TEST_F(SelfTestConverters, TakesErrorsThatCanBeTrimmedForNoDefects) {
  for (Line& line : fake_.adc) line = {.offset = 12, .gain = 0.05};
  for (Line& line : fake_.dac) line = {.offset = -12, .gain = -0.05};
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(report_.bad_adc_channels, 0U);
  EXPECT_EQ(report_.bad_dac_channels, 0U);
}

TEST_F(SelfTestConverters, NamesADeadAdcChannelAndStillTestsTheDacBehindIt) {
  fake_.adc[5] = kDead;  // of lane 0, which otherwise reads the DACs
  fake_.adc[3 * FakeConverters::kChannels + 9] = kDead;
  fake_.dac[5] = kDead;
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(report_.bad_adc_channels, 2U);
  EXPECT_EQ(report_.first_bad_adc_lane, 0U);
  EXPECT_EQ(report_.first_bad_adc_channel, 5U);
  EXPECT_EQ(report_.bad_dac_channels, 1U);
  EXPECT_EQ(report_.first_bad_dac_channel, 5U);
}

TEST_F(SelfTestConverters, NamesADeadDacChannel) {
  fake_.dac[63] = kDead;
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(report_.bad_adc_channels, 0U);
  EXPECT_EQ(report_.bad_dac_channels, 1U);
  EXPECT_EQ(report_.first_bad_dac_bank, 0U);
  EXPECT_EQ(report_.first_bad_dac_channel, 63U);
}

TEST_F(SelfTestConverters, NeedsToKnowWhereTheyAre) {
  device_.config.adc_base = 0;
  EXPECT_EQ(run(), MHO_NO_DEVICE);
  EXPECT_EQ(fake_.writes, 0U);
}

}  // namespace
}  // namespace mho::test
