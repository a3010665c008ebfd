// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/converter_cost.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.hpp"
#include "models/circuit/dac.hpp"

namespace mho::circuit {
namespace {

TEST(ConverterCost, RejectsWhatHasNoFigures) {
  EXPECT_THROW((void)adc_cost(AdcKind::kSar, 1), InputError);
  EXPECT_THROW((void)adc_cost(AdcKind::kSar, 16), InputError);
  EXPECT_THROW((void)adc_cost(AdcKind::kFlash, 9), InputError);
  EXPECT_THROW((void)adc_cost(AdcKind::kSar, 8, 65), InputError);
  EXPECT_THROW((void)capacitive_dac_energy_J(1, 1e-15, 1.0), InputError);
  EXPECT_THROW((void)capacitive_dac_energy_J(8, 0.0, 1.0), InputError);
  EXPECT_THROW((void)capacitive_dac_energy_J(8, 1e-15, std::numeric_limits<double>::infinity()), InputError);
}

TEST(ConverterCost, SurveyGivesThePublishedPoints) {
  EXPECT_NEAR(adc_cost(AdcKind::kSar, 4, 40).energy_J, 1.41e-12, 1e-18);
  EXPECT_NEAR(adc_cost(AdcKind::kSar, 6, 28).energy_J, 0.83e-12, 1e-18);
  EXPECT_NEAR(adc_cost(AdcKind::kSar, 10, 22).energy_J, 1.64e-12, 1e-18);
  EXPECT_NEAR(adc_cost(AdcKind::kSar, 12, 40).energy_J, 10.9e-12, 1e-18);
  EXPECT_NEAR(adc_cost(AdcKind::kSar, 9, 40).energy_J, std::sqrt(2.61 * 5.03) * 1e-12, 1e-18);
}

TEST(ConverterCost, DefaultsOfTheAdcAreTheSurveyAtEightBits) {
  const AdcParams defaults;
  const AdcParams adc = adc_of_kind(defaults, AdcKind::kSar, 8);
  EXPECT_EQ(adc.bits, defaults.bits);
  EXPECT_EQ(adc.conversion_time_s, defaults.conversion_time_s);
  EXPECT_NEAR(adc.energy_per_conversion_J, defaults.energy_per_conversion_J, 1e-18);
}

TEST(ConverterCost, AggressiveSarIsNeuroSims) {
  // 8 bit: 0.40 pJ at 45 nm, times 0.87; 0.24 at 32 nm, times 0.78; 0.14 at 22 nm: each to two digits.
  EXPECT_NEAR(adc_cost(AdcKind::kSar, 8, 40, CostProfile::kAggressive).energy_J, 0.40e-12 * 0.87, 6e-15);
  EXPECT_NEAR(adc_cost(AdcKind::kSar, 8, 28, CostProfile::kAggressive).energy_J, 0.24e-12 * 0.78, 6e-15);
  EXPECT_NEAR(adc_cost(AdcKind::kSar, 8, 22, CostProfile::kAggressive).energy_J, 0.14e-12, 6e-15);
  EXPECT_DOUBLE_EQ(adc_cost(AdcKind::kSar, 8, 22, CostProfile::kAggressive).time_s, 9e-9);
}

TEST(ConverterCost, FlashDoublesWithEachBitAndIsFaster) {
  const auto four = adc_cost(AdcKind::kFlash, 4, 40), five = adc_cost(AdcKind::kFlash, 5, 40);
  EXPECT_NEAR(four.energy_J, 0.23e-12 * 0.78 / 0.59, 1e-18);
  EXPECT_NEAR(five.energy_J / four.energy_J, 31.0 / 15.0, 1e-12);
  EXPECT_LT(four.time_s, adc_cost(AdcKind::kSar, 4, 40, CostProfile::kAggressive).time_s);
  // At many bits the SAR wins in energy.
  EXPECT_GT(adc_cost(AdcKind::kFlash, 8, 40).energy_J, adc_cost(AdcKind::kSar, 8, 40).energy_J);
}

TEST(ConverterCost, GrowsWithBitsAndShrinksWithTheNode) {
  for (const auto profile : {CostProfile::kSurvey, CostProfile::kAggressive}) {
    for (unsigned bits = 3; bits <= 15; ++bits) {
      EXPECT_GT(adc_cost(AdcKind::kSar, bits, 40, profile).energy_J,
                adc_cost(AdcKind::kSar, bits - 1, 40, profile).energy_J);
      EXPECT_GT(adc_cost(AdcKind::kSar, bits, 40, profile).energy_J,
                adc_cost(AdcKind::kSar, bits, 28, profile).energy_J);
      EXPECT_GT(adc_cost(AdcKind::kSar, bits, 28, profile).energy_J,
                adc_cost(AdcKind::kSar, bits, 22, profile).energy_J);
    }
  }
}

TEST(ConverterCost, CapacitiveDacChargesAllItsUnits) {
  EXPECT_DOUBLE_EQ(capacitive_dac_energy_J(8, 1e-15, 0.5), 256 * 0.25e-15);
}

}  // namespace
}  // namespace mho::circuit
