// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/range_control.hpp"

#include <gtest/gtest.h>

namespace mho::amc {
namespace {

constexpr int kFullScale = 127;

TEST(RangeControl, AcceptsWhatUsesTheRange) {
  for (const int peak : {58, 126}) {  // 2 · 58 = 116 is more than 0.9 · 127 = 114.3
    RangeControl control({3, -1}, kFullScale, 8);
    EXPECT_EQ(control.judge(false, false, peak), RangeVerdict::kAccept);
    EXPECT_EQ(control.setting(), (RangeSetting{3, -1}));
    EXPECT_EQ(control.changes(), 0U);
  }
}

TEST(RangeControl, SaturationWeakensTheDrive) {
  RangeControl control({3, 2}, kFullScale, 8);
  EXPECT_EQ(control.judge(true, true, 127), RangeVerdict::kRepeat);
  EXPECT_EQ(control.setting(), (RangeSetting{4, 2}));
}

TEST(RangeControl, ClippingLowersTheGainFirst) {
  RangeControl control({0, RangeControl::kGainMin + 1}, kFullScale, 8);
  EXPECT_EQ(control.judge(false, true, 127), RangeVerdict::kRepeat);
  EXPECT_EQ(control.setting(), (RangeSetting{0, RangeControl::kGainMin}));
  EXPECT_EQ(control.judge(false, true, 127), RangeVerdict::kRepeat);
  EXPECT_EQ(control.setting(), (RangeSetting{1, RangeControl::kGainMin}));
}

TEST(RangeControl, RaisesTheGainByAsManyPowersAsFit) {
  // 0.9 · 127 = 114.3: 57 · 2 = 114, 28 · 4 = 112, 29 · 4 = 116 is too much, 1 · 64 = 64
  for (const auto& [peak, powers] : {std::pair{57, 1}, {29, 1}, {28, 2}, {14, 3}, {15, 2}, {1, 6}}) {
    RangeControl control({2, 0}, kFullScale, 8);
    EXPECT_EQ(control.judge(false, false, peak), RangeVerdict::kRepeat);
    EXPECT_EQ(control.setting(), (RangeSetting{2, powers})) << peak;
  }
}

TEST(RangeControl, StrengthensTheDriveWhenTheGainIsAtItsMaximum) {
  RangeControl control({3, RangeControl::kGainMax}, kFullScale, 8);
  EXPECT_EQ(control.judge(false, false, 28), RangeVerdict::kRepeat);
  EXPECT_EQ(control.setting(), (RangeSetting{1, RangeControl::kGainMax}));
  EXPECT_EQ(control.judge(false, false, 10), RangeVerdict::kRepeat);
  EXPECT_EQ(control.setting(), (RangeSetting{0, RangeControl::kGainMax}));
  EXPECT_EQ(control.judge(false, false, 10), RangeVerdict::kAccept);
}

TEST(RangeControl, NeverUndoesAChangeThatCuredClipping) {
  RangeControl control({0, 4}, kFullScale, 8);
  EXPECT_EQ(control.judge(false, true, 127), RangeVerdict::kRepeat);
  EXPECT_EQ(control.judge(false, false, 3), RangeVerdict::kAccept);
  EXPECT_EQ(control.settle(), (RangeSetting{0, 3}));
}

TEST(RangeControl, GivesUpAfterTheAllowedChanges) {
  RangeControl control({0, 8}, kFullScale, 2);
  EXPECT_EQ(control.judge(false, true, 127), RangeVerdict::kRepeat);
  EXPECT_EQ(control.judge(false, true, 127), RangeVerdict::kRepeat);
  EXPECT_EQ(control.judge(false, true, 127), RangeVerdict::kExhausted);
  EXPECT_EQ(control.changes(), 2U);
}

TEST(RangeControl, AWeakResultIsNoReasonToGiveUp) {
  RangeControl control({0, 0}, kFullScale, 0);
  EXPECT_EQ(control.judge(false, false, 1), RangeVerdict::kAccept);
}

TEST(RangeControl, GivesUpAtTheWeakestSetting) {
  RangeControl control({RangeControl::kRangeMax, RangeControl::kGainMin}, kFullScale, 8);
  EXPECT_EQ(control.judge(false, true, 127), RangeVerdict::kExhausted);
  RangeControl saturated({RangeControl::kRangeMax, 0}, kFullScale, 8);
  EXPECT_EQ(saturated.judge(true, false, 127), RangeVerdict::kExhausted);
}

TEST(RangeControl, AResultOfZerosTeachesNothing) {
  RangeControl control({2, 0}, kFullScale, 8);
  // Half a code may hide behind a zero: 2^7 of it are 64, 2^8 would be 128.
  EXPECT_EQ(control.judge(false, false, 0), RangeVerdict::kRepeat);
  EXPECT_EQ(control.setting(), (RangeSetting{2, 7}));
  EXPECT_EQ(control.judge(false, false, 0), RangeVerdict::kRepeat);
  EXPECT_EQ(control.judge(false, false, 0), RangeVerdict::kRepeat);
  EXPECT_EQ(control.setting(), (RangeSetting{0, 8}));
  EXPECT_EQ(control.judge(false, false, 0), RangeVerdict::kAccept);
  EXPECT_EQ(control.settle(), (RangeSetting{2, 0}));
}

}  // namespace
}  // namespace mho::amc
