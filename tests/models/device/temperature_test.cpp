// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/temperature.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

TEST(Temperature, RejectsParametersOutOfRange) {
  EXPECT_THROW(validate(TemperatureParams{.low_per_kelvin = 0.03}), InputError);
  EXPECT_THROW(validate(TemperatureParams{.high_per_kelvin = std::nan("")}), InputError);
  EXPECT_THROW(validate(TemperatureParams{.reference_kelvin = 0.0}), InputError);
  EXPECT_THROW(require_temperature(199.0), InputError);
  EXPECT_THROW(require_temperature(501.0), InputError);
  EXPECT_THROW(require_temperature(std::nan("")), InputError);
  EXPECT_NO_THROW(validate(kTypicalTemperature));
}

TEST(Temperature, IsOffByDefaultAndWhereCellsWereWritten) {
  EXPECT_FALSE(is_on(TemperatureParams{}, 400.0));
  EXPECT_FALSE(is_on(kTypicalTemperature, 300.0));
  EXPECT_TRUE(is_on(kTypicalTemperature, 301.0));
  EXPECT_EQ(temperature_factor({}, {}, 20e-6, 400.0), 1.0);
}

TEST(Temperature, CellsAreAsWrittenAtTheReference) {
  for (const double g : {0.0, 0.5e-6, 20e-6, 35e-6, 50e-6}) {
    EXPECT_EQ(temperature_factor(kTypicalTemperature, {}, g, 300.0), 1.0);
  }
}

TEST(Temperature, LowStatesRiseAndHighStatesFallWithHeat) {
  // 50 K: +0.2 %/K at g_min, −0.05 %/K at g_max, half way between them the mean of both.
  EXPECT_NEAR(temperature_factor(kTypicalTemperature, {}, 0.5e-6, 350.0), 1.10, 1e-12);
  EXPECT_NEAR(temperature_factor(kTypicalTemperature, {}, 35e-6, 350.0), 0.975, 1e-12);
  EXPECT_NEAR(temperature_factor(kTypicalTemperature, {}, 17.75e-6, 350.0), 1.0375, 1e-12);
  EXPECT_NEAR(temperature_factor(kTypicalTemperature, {}, 35e-6, 250.0), 1.025, 1e-12);
}

TEST(Temperature, BeyondTheWindowTheEndsHoldAndNothingGoesNegative) {
  EXPECT_EQ(temperature_factor(kTypicalTemperature, {}, 0.0, 350.0),
            temperature_factor(kTypicalTemperature, {}, 0.5e-6, 350.0));
  EXPECT_EQ(temperature_factor(kTypicalTemperature, {}, 60e-6, 350.0),
            temperature_factor(kTypicalTemperature, {}, 35e-6, 350.0));
  EXPECT_EQ(temperature_factor({.low_per_kelvin = 0.02}, {}, 0.5e-6, 200.0), 0.0);
}

}  // namespace
}  // namespace mho::device
