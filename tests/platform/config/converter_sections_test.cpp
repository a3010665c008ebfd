// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/platform/config/chip_of_settings.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;

TEST(ConverterSections, ConverterEnergyFollowsTheResolution) {
  const cost::ComponentTable survey(cost::Profile::kSurvey);
  EXPECT_DOUBLE_EQ(with({"adc.bits=10"}).amc.adc.energy_per_conversion_J,
                   survey.joules("adc.10b.conversion"));
  EXPECT_DOUBLE_EQ(with({"adc.bits=14"}).amc.adc.energy_per_conversion_J,
                   16 * survey.joules("adc.12b.conversion"));
  EXPECT_DOUBLE_EQ(with({"dac.bits=6"}).amc.dac.energy_per_conversion_J,
                   survey.joules("dac.08b.conversion") / 4);
}

TEST(ConverterSections, ConvertersTooCoarseToCalibrateAreRefused) {
  EXPECT_FALSE(with({"adc.bits=3"}).solver.calibrates);
  EXPECT_THROW((void)with({"adc.bits=3", "solver.calibrate=on"}), InputError);
}

TEST(ConverterSections, LowPrecisionConversionsAreThoseOfTheSameConverters) {
  EXPECT_EQ(with({"adc.bits=10"}).amc.adc_low_precision.bits, 8u);
  EXPECT_EQ(with({"adc.bits=10", "adc.low_precision_bits=10"}).amc.adc_low_precision.bits, 10u);
  const amc::AmcParams all = with({"adc.bits=6"}).amc;
  EXPECT_EQ(all.adc_low_precision.bits, 6u);
  EXPECT_EQ(all.adc_low_precision.noise_sigma_lsb, 0.02);
  EXPECT_EQ(all.adc_low_precision.energy_per_conversion_J, all.adc.energy_per_conversion_J);
  const amc::AmcParams fewer = with({"dac.bits=6", "adc.low_precision_bits=6"}).amc;
  EXPECT_EQ(fewer.adc.bits, 8u);
  EXPECT_EQ(fewer.adc_low_precision.bits, 6u);
  EXPECT_EQ(fewer.adc_low_precision.noise_sigma_lsb, 0.005);
  EXPECT_EQ(fewer.adc_low_precision.offset_sigma_lsb, 0.005);
  EXPECT_EQ(fewer.adc_low_precision.v_full_scale_volt, fewer.adc.v_full_scale_volt);
  EXPECT_DOUBLE_EQ(fewer.adc_low_precision.energy_per_conversion_J,
                   cost::ComponentTable(cost::Profile::kSurvey).joules("adc.06b.conversion"));
  EXPECT_THAT(message_of({"adc.low_precision_bits=9"}),
              HasSubstr("adc.low_precision_bits = 9 must be at most"));
  EXPECT_THAT(message_of({"adc.low_precision_bits=1"}), HasSubstr("too small"));
}

TEST(ConverterSections, FlashConvertersAreFasterAndTakeAllTheirBitsAtOnce) {
  const amc::AmcParams sar = with({}).amc, flash = with({"adc.kind=flash", "adc.low_precision_bits=6"}).amc;
  EXPECT_LT(flash.adc.conversion_time_s, 0.1 * sar.adc.conversion_time_s);
  EXPECT_EQ(flash.adc_low_precision.energy_per_conversion_J, flash.adc.energy_per_conversion_J);
  EXPECT_THAT(
      message_of({"adc.kind=flash", "adc.bits=10"}),
      HasSubstr("adc.kind = flash needs adc.bits of at most 8, but adc.bits = 10 (--set adc.bits=10)"));
}

TEST(ConverterSections, ConverterEffectsAreOffUnlessGiven) {
  const amc::AmcParams off = with({}).amc;
  EXPECT_EQ(off.adc.aperture_jitter_s, 0);
  EXPECT_EQ(off.adc.input_frequency_hz, 0);
  EXPECT_EQ(off.dac.v_clip_volt, 0);
  EXPECT_TRUE(off.adc.inl_profile_lsb.empty() && off.dac.inl_profile_lsb.empty());
  const amc::AmcParams on =
      with({"adc.aperture_jitter_s=1e-12", "adc.input_frequency_hz=1e6", "dac.clip_volt=0.15"}).amc;
  EXPECT_EQ(on.adc.aperture_jitter_s, 1e-12);
  EXPECT_EQ(on.adc_low_precision.aperture_jitter_s, 1e-12);
  EXPECT_EQ(on.adc.input_frequency_hz, 1e6);
  EXPECT_EQ(on.dac.v_clip_volt, 0.15);
}

}  // namespace
}  // namespace mho::platform
