// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/read_noise.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/device/distribution.hpp"

namespace mho::device {
namespace {

constexpr ThermalNoiseParams kNoise{.bandwidth_hz = 5e6};
constexpr std::uint64_t kSeed = 31;

TEST(ThermalNoise, RejectsBadInput) {
  for (const double bandwidth : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
    EXPECT_THROW(validate(ThermalNoiseParams{.bandwidth_hz = bandwidth}), InputError);
  }
  EXPECT_THROW((void)thermal_current_sigma_ampere(kNoise, -1e-6, 300.0), InputError);
  EXPECT_THROW((void)thermal_current_sigma_ampere(kNoise, 1e-6, 0.0), InputError);
  const Eigen::MatrixXd g = Eigen::MatrixXd::Constant(2, 2, 1e-6);
  EXPECT_THROW((void)thermal_noise(kNoise, g, 0.0, 300.0, Random(1), 0, 0), InputError);
  EXPECT_THROW((void)thermal_noise(kNoise, g, 0.2, 600.0, Random(1), 0, 0), InputError);
}

TEST(ThermalNoise, IsOffByDefault) {
  const Eigen::MatrixXd g = Eigen::MatrixXd::Constant(2, 2, 1e-6);
  EXPECT_EQ(thermal_noise({}, g, 0.2, 300.0, Random(1), 0, 0), Eigen::MatrixXd::Zero(2, 2));
}

TEST(ThermalNoise, CurrentIsNyquists) {
  // sqrt(4 · 1.380649e-23 · 300 · 20e-6 · 5e6) = 1.2872 nA: "1.3 nA" of the write-verify model.
  EXPECT_NEAR(thermal_current_sigma_ampere(kNoise, 20e-6, 300.0), 1.2872e-9, 1e-13);
  EXPECT_EQ(thermal_current_sigma_ampere(kNoise, 0.0, 300.0), 0.0);
  // Powers of independent cells add, and grow with temperature.
  const double one = thermal_current_sigma_ampere(kNoise, 1e-6, 250.0);
  EXPECT_NEAR(thermal_current_sigma_ampere(kNoise, 16e-6, 250.0), 4.0 * one, 1e-21);
  EXPECT_NEAR(thermal_current_sigma_ampere(kNoise, 1e-6, 500.0), std::sqrt(2.0) * one, 1e-21);
}

TEST(ThermalNoise, IsGaussianWithTheSigmaOfEachCell) {
  const Eigen::MatrixXd g = Eigen::MatrixXd::NullaryExpr(
      64, 61, [](Eigen::Index r, Eigen::Index c) { return 0.5e-6 * static_cast<double>(1 + (r + c) % 70); });
  std::vector<double> z;
  for (std::uint32_t read = 0; read < 4; ++read) {
    const Eigen::MatrixXd noise = thermal_noise(kNoise, g, 0.2, 350.0, Random(kSeed), 3, read);
    for (Eigen::Index i = 0; i < g.size(); ++i) {
      const double sigma = thermal_current_sigma_ampere(kNoise, g.reshaped()[i], 350.0) / 0.2;
      z.push_back(noise.reshaped()[i] / sigma);
    }
  }
  EXPECT_LT(test::ks_ratio(z, test::normal_cdf), 1.0) << "seed " << kSeed;
}

TEST(ThermalNoise, ReadsArraysAndCellsAreIndependent) {
  const Eigen::MatrixXd g = Eigen::MatrixXd::Constant(64, 64, 20e-6);
  const Eigen::ArrayXd a = thermal_noise(kNoise, g, 0.2, 300.0, Random(kSeed), 3, 0).reshaped().array();
  const auto correlation = [&](const Eigen::ArrayXd& b) {
    return (a * b).mean() / std::sqrt(a.square().mean() * b.square().mean());
  };
  // 4096 pairs: 1/64.
  constexpr double kBound = 4.0 / 64.0;
  EXPECT_LT(
      std::abs(correlation(thermal_noise(kNoise, g, 0.2, 300.0, Random(kSeed), 3, 1).reshaped().array())),
      kBound);
  EXPECT_LT(
      std::abs(correlation(thermal_noise(kNoise, g, 0.2, 300.0, Random(kSeed), 4, 0).reshaped().array())),
      kBound);
  Eigen::ArrayXd shifted(a.size());
  shifted << a.tail(a.size() - 1), a.head(1);
  EXPECT_LT(std::abs(correlation(shifted)), kBound);
}

TEST(ThermalNoise, CellsDoNotDependOnTheSizeOfTheArray) {
  const Eigen::MatrixXd g = Eigen::MatrixXd::Constant(9, 11, 20e-6);
  const Eigen::MatrixXd whole = thermal_noise(kNoise, g, 0.2, 300.0, Random(kSeed), 3, 7);
  EXPECT_EQ(thermal_noise(kNoise, g.topLeftCorner(4, 6), 0.2, 300.0, Random(kSeed), 3, 7),
            whole.topLeftCorner(4, 6));
}

}  // namespace
}  // namespace mho::device
