// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/iv_curve.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

constexpr IvParams kCurved{.v0_volt = 0.5};

TEST(IvCurve, RejectsParametersOutOfRange) {
  for (const double v0 : {-1.0, 1e-4, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(validate(IvParams{.v0_volt = v0}), InputError) << v0;
  }
  EXPECT_NO_THROW(validate(IvParams{}));
  EXPECT_NO_THROW(validate(kCurved));
}

TEST(IvCurve, IsOhmicByDefault) {
  const auto point = iv_point({}, 20e-6, 0.3);
  EXPECT_EQ(point.current_ampere, 20e-6 * 0.3);
  EXPECT_EQ(point.slope_siemens, 20e-6);
  EXPECT_EQ(conduction_gain({}, 0.3), 1.0);
}

TEST(IvCurve, IsAHyperbolicSine) {
  // 20 µS · 0.5 V · sinh(0.4) = 4.10752 µA, slope 20 µS · cosh(0.4) = 21.6214 µS.
  const auto point = iv_point(kCurved, 20e-6, 0.2);
  EXPECT_NEAR(point.current_ampere, 4.10752e-6, 1e-11);
  EXPECT_NEAR(point.slope_siemens, 21.6214e-6, 1e-10);
  EXPECT_NEAR(conduction_gain(kCurved, 0.2), 1.02688, 1e-5);
  EXPECT_NEAR(conduction_gain({.v0_volt = 1.0}, 0.2), 1.0067, 5e-5);
}

TEST(IvCurve, IsOddAndStartsWithTheSmallSignalConductance) {
  for (const double v : {1e-6, 0.1, 3.0, 40.0}) {
    EXPECT_EQ(iv_point(kCurved, 1e-5, -v).current_ampere, -iv_point(kCurved, 1e-5, v).current_ampere);
    EXPECT_EQ(iv_point(kCurved, 1e-5, -v).slope_siemens, iv_point(kCurved, 1e-5, v).slope_siemens);
  }
  EXPECT_EQ(iv_point(kCurved, 1e-5, 0.0).current_ampere, 0.0);
  EXPECT_EQ(iv_point(kCurved, 1e-5, 0.0).slope_siemens, 1e-5);
  EXPECT_EQ(conduction_gain(kCurved, 0.0), 1.0);
}

TEST(IvCurve, SlopeIsTheDerivative) {
  for (const double v : {-14.9, -0.7, 0.0, 0.05, 1.0, 14.9, 15.1, 30.0}) {
    constexpr double kStep = 1e-5;
    const double numeric = (iv_point(kCurved, 1e-5, v + kStep).current_ampere -
                            iv_point(kCurved, 1e-5, v - kStep).current_ampere) /
                           (2 * kStep);
    EXPECT_NEAR(iv_point(kCurved, 1e-5, v).slope_siemens / numeric, 1.0, 1e-6) << v;
  }
}

TEST(IvCurve, StaysFiniteFarOff) {
  const auto point = iv_point({.v0_volt = 1e-3}, 35e-6, 1e6);
  EXPECT_TRUE(std::isfinite(point.current_ampere));
  EXPECT_TRUE(std::isfinite(point.slope_siemens));
}

TEST(IvCurve, SmallSignalConductanceReproducesTheVerifyRead) {
  const double g = small_signal_siemens(kCurved, 20e-6, 0.2);
  EXPECT_LT(g, 20e-6);
  EXPECT_NEAR(iv_point(kCurved, g, 0.2).current_ampere, 20e-6 * 0.2, 1e-18);
}

}  // namespace
}  // namespace mho::device
