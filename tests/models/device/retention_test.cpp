// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/retention.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/device/distribution.hpp"

namespace mho::device {
namespace {

constexpr std::uint64_t kSeed = 51;

Eigen::MatrixXd drift_of(const RetentionParams& retention, double g_siemens, double age_s,
                         std::uint32_t write_counter = 0, std::uint32_t unit = 4) {
  const Eigen::MatrixXd g = Eigen::MatrixXd::Constant(64, 62, g_siemens);
  return drifted(retention, {}, g, age_s, Random(kSeed), unit, write_counter) - g;
}

TEST(Retention, RejectsBadInput) {
  const std::vector<std::function<void(RetentionParams&)>> mistakes{
      [](auto& r) { r.low_siemens_per_efold = std::nan(""); },
      [](auto& r) { r.high_siemens_per_efold = std::numeric_limits<double>::infinity(); },
      [](auto& r) { r.sigma_siemens_per_efold = -1e-9; },
      [](auto& r) { r.t0_s = 0.0; },
      [](auto& r) { r.activation_ev = 4.0; },
      [](auto& r) { r.reference_kelvin = 100.0; },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    RetentionParams wrong;
    mistakes[i](wrong);
    EXPECT_THROW(validate(wrong), InputError) << "mistake " << i;
  }
  EXPECT_NO_THROW(validate(kCmoHfoxRetention));
  EXPECT_THROW((void)drift_of(kCmoHfoxRetention, 20e-6, -1.0), InputError);
  EXPECT_THROW((void)drift_of(kCmoHfoxRetention, 20e-6, std::nan("")), InputError);
  EXPECT_THROW((void)equivalent_age_s({}, -1.0, 300.0), InputError);
  EXPECT_THROW((void)equivalent_age_s({}, 1.0, 700.0), InputError);
}

TEST(Retention, IsOffByDefaultAndAtAgeZero) {
  EXPECT_FALSE(is_on(RetentionParams{}));
  EXPECT_TRUE(drift_of({}, 20e-6, 1e9).isZero(0.0));
  EXPECT_TRUE(drift_of(kCmoHfoxRetention, 20e-6, 0.0).isZero(0.0));
}

TEST(Retention, DriftFollowsTheLogarithmOfTime) {
  RetentionParams mean_only = kCmoHfoxRetention;
  mean_only.sigma_siemens_per_efold = 0.0;
  for (const double age_s : {1e-3, 1.0, 3600.0, 3.15e7}) {
    EXPECT_NEAR(drift_of(mean_only, 20e-6, age_s)(3, 5), -0.089e-6 * std::log(1.0 + age_s), 1e-17) << age_s;
  }
}

TEST(Retention, RateIsLinearBetweenTheEndsOfTheWindow) {
  const RetentionParams retention{.low_siemens_per_efold = 1e-8, .high_siemens_per_efold = -5e-8};
  const double age_s = std::expm1(1.0);  // one e-fold
  EXPECT_NEAR(drift_of(retention, 0.5e-6, age_s)(0, 0), 1e-8, 1e-17);
  EXPECT_NEAR(drift_of(retention, 35e-6, age_s)(0, 0), -5e-8, 1e-17);
  EXPECT_NEAR(drift_of(retention, 17.75e-6, age_s)(0, 0), -2e-8, 1e-17);
}

TEST(Retention, SpreadOfCellsIsGaussianAndGrowsWithTheLogarithm) {
  for (const double age_s : {10.0, 1e5}) {
    const double efolds = std::log1p(age_s);
    std::vector<double> z;
    const Eigen::MatrixXd drift = drift_of(kCmoHfoxRetention, 20e-6, age_s);
    for (const double d : drift.reshaped()) {
      z.push_back((d / efolds + 0.089e-6) / 0.042e-6);
    }
    EXPECT_LT(test::ks_ratio(z, test::normal_cdf), 1.0) << "seed " << kSeed;
  }
}

TEST(Retention, ACellKeepsItsDirectionUntilItIsWrittenAgain) {
  const Eigen::ArrayXd early = drift_of(kCmoHfoxRetention, 20e-6, 10.0).reshaped().array();
  const Eigen::ArrayXd late = drift_of(kCmoHfoxRetention, 20e-6, 1e6).reshaped().array();
  EXPECT_LT((late / early - std::log1p(1e6) / std::log1p(10.0)).abs().maxCoeff(), 1e-6);
  for (const Eigen::MatrixXd& other :
       {drift_of(kCmoHfoxRetention, 20e-6, 10.0, 1), drift_of(kCmoHfoxRetention, 20e-6, 10.0, 0, 5)}) {
    const Eigen::ArrayXd a = early - early.mean(), b = other.reshaped().array() - other.mean();
    EXPECT_LT(std::abs((a * b).mean()) / std::sqrt(a.square().mean() * b.square().mean()), 4.0 / 63.0);
  }
}

TEST(Retention, NoCellGoesBelowZero) {
  RetentionParams retention = kCmoHfoxRetention;
  retention.sigma_siemens_per_efold = 1e-6;
  const Eigen::MatrixXd g = drift_of(retention, 0.5e-6, 1e9).array() + 0.5e-6;
  EXPECT_EQ(g.minCoeff(), 0.0);
}

TEST(Retention, HeatAgesCellsByArrheniusLaw) {
  const RetentionParams retention{.activation_ev = 1.1};
  EXPECT_EQ(equivalent_age_s(retention, 100.0, 300.0), 100.0);
  // 85 °C: exp(1.1/8.617333e-5 · (1/300 − 1/358.15)) = 996.6.
  const double expected = std::exp(1.1 / 8.617333262e-5 * (1.0 / 300.0 - 1.0 / 358.15));
  EXPECT_NEAR(expected, 996.0, 5.0);
  EXPECT_NEAR(equivalent_age_s(retention, 100.0, 358.15), 100.0 * expected, 1e-6);
  EXPECT_LT(equivalent_age_s(retention, 100.0, 280.0), 100.0);
  EXPECT_EQ(equivalent_age_s({.activation_ev = 0.0}, 100.0, 400.0), 100.0);
}

TEST(Retention, CellsDoNotDependOnTheSizeOfTheArray) {
  const Eigen::MatrixXd g = Eigen::MatrixXd::Constant(9, 11, 20e-6);
  const auto drift = [](const Eigen::MatrixXd& cells) {
    return drifted(kCmoHfoxRetention, {}, cells, 100.0, Random(kSeed), 1, 2);
  };
  EXPECT_EQ(drift(g.topLeftCorner(3, 5)), drift(g).topLeftCorner(3, 5));
}

}  // namespace
}  // namespace mho::device
