// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/adc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.hpp"
#include "tests/models/circuit/nodal_oracle.hpp"

namespace mho::circuit {
namespace {

AdcParams ideal() {
  AdcParams params;
  params.offset_sigma_lsb = params.gain_sigma = params.noise_sigma_lsb = 0.0;
  return params;
}

TEST(Adc, RejectsParametersOutOfRange) {
  const Random random(1);
  AdcParams params;
  params.bits = 16;
  EXPECT_THROW(Adc(params, 1, random, 0), InputError);
  params.bits = 1;
  EXPECT_THROW(Adc(params, 1, random, 0), InputError);
  params = {};
  params.noise_sigma_lsb = 0.6;
  EXPECT_THROW(Adc(params, 1, random, 0), InputError);
  params = {};
  params.v_full_scale_volt = std::numeric_limits<double>::infinity();
  EXPECT_THROW(Adc(params, 1, random, 0), InputError);
  const Adc adc({}, 2, random, 0);
  EXPECT_THROW((void)adc.convert(Eigen::MatrixXd::Zero(3, 1), 0.5, 0), InputError);
  EXPECT_THROW((void)adc.convert(Eigen::MatrixXd::Zero(2, 1), 0.0, 0), InputError);
}

TEST(Adc, EmptyBatchHasNoCodes) {
  const Adc adc({}, 2, Random(1), 0);
  const auto result = adc.convert(Eigen::MatrixXd(2, 0), 0.5, 0);
  EXPECT_EQ(result.codes.cols(), 0);
  EXPECT_EQ(result.min_code, 0);
  EXPECT_EQ(result.max_code, 0);
}

TEST(Adc, IdealCodesRoundToNearestAndClip) {
  const Adc adc(ideal(), 1, Random(1), 0);
  const double step = adc.step_volt();
  Eigen::MatrixXd v(1, 9);
  v << 0.0, 0.49, 0.51, -0.49, -0.51, 126.6, 127.4, 127.6, -1000.0;
  const auto result = adc.convert(v * step, 0.5, 0);
  CodeMatrix expected(1, 9);
  expected << 0, 0, 1, 0, -1, 127, 127, 127, -127;
  EXPECT_EQ(result.codes, expected);
  EXPECT_EQ(result.n_clipped, 2U);
  EXPECT_EQ(result.min_code, -127);
  EXPECT_EQ(result.max_code, 127);
}

TEST(Adc, NotANumberClips) {
  const Adc adc({}, 1, Random(1), 0);
  const auto result = adc.convert(Eigen::MatrixXd::Constant(1, 1, std::nan("")), 0.5, 0);
  EXPECT_EQ(result.n_clipped, 1U);
  EXPECT_EQ(result.codes(0, 0), 127);
}

TEST(Adc, FullScaleMovesTheStep) {
  const Adc adc(ideal(), 1, Random(1), 0);
  for (const double full_scale : {0.5, 0.25, 0.125}) {
    EXPECT_EQ(adc.convert(Eigen::MatrixXd::Constant(1, 1, 0.1), full_scale, 0).codes(0, 0),
              std::lround(0.1 / full_scale * 127));
  }
}

TEST(Adc, LeavingOutDrawsChangesNothing) {
  // Noise large and small; here every conversion gets its draw.
  for (const double sigma : {0.005, 0.02, 0.08, 0.3}) {
    AdcParams params = ideal();
    params.noise_sigma_lsb = sigma;
    const Random random(17);
    const Adc adc(params, 16, random, 5);
    const std::uint64_t first = (1ULL << 32) - 20;  // crosses the 32-bit counter
    const Eigen::MatrixXd v = test::random_matrix(16, 400, 3, 0.52);
    const auto result = adc.convert(v, 0.5, first);
    std::uint64_t clipped = 0;
    for (int c = 0; c < 16; ++c) {
      for (int read = 0; read < 400; ++read) {
        const std::uint64_t conversion = first + static_cast<std::uint64_t>(read);
        const double draw =
            random.normal(RandomPurpose::kAdcNoise,
                          {5, static_cast<std::uint16_t>(c), static_cast<std::uint16_t>(conversion >> 32)},
                          static_cast<std::uint32_t>(conversion));
        const double x = v(c, read) / adc.step_volt() + sigma * std::clamp(draw, -6.0, 6.0);
        const double code = std::nearbyint(x);
        clipped += std::abs(code) > 127 ? 1 : 0;
        ASSERT_EQ(result.codes(c, read), std::clamp(code, -127.0, 127.0)) << "σ " << sigma;
      }
    }
    EXPECT_EQ(result.n_clipped, clipped);
  }
}

TEST(Adc, BatchesMayBeSplitAndUnitsDiffer) {
  AdcParams params;
  params.noise_sigma_lsb = 0.3;
  const Adc adc(params, 8, Random(4), 9);
  const Eigen::MatrixXd v = test::random_matrix(8, 21, 6, 0.4);
  const auto whole = adc.convert(v, 0.5, 77).codes;
  CodeMatrix parts(8, 21);
  parts.rightCols(16) = adc.convert(v.rightCols(16), 0.5, 82).codes;
  parts.leftCols(5) = adc.convert(v.leftCols(5), 0.5, 77).codes;
  EXPECT_EQ(parts, whole);
  EXPECT_NE(adc.convert(v, 0.5, 78).codes, whole);
  EXPECT_NE(Adc(params, 8, Random(4), 10).convert(v, 0.5, 77).codes, whole);
}

TEST(Adc, ErrorsHaveTheirSigmas) {
  AdcParams params;
  params.bits = 15;  // fine steps resolve the errors
  params.offset_sigma_lsb = 30.0;
  params.gain_sigma = 0.01;
  params.noise_sigma_lsb = 0.5;
  constexpr int kChannels = 2000;
  const Adc adc(params, kChannels, Random(8), 0);
  const double half = 0.25;
  const auto up =
      adc.convert(Eigen::MatrixXd::Constant(kChannels, 1, half), 0.5, 0).codes.cast<double>().array().eval();
  const auto down =
      adc.convert(Eigen::MatrixXd::Constant(kChannels, 1, -half), 0.5, 1).codes.cast<double>().array().eval();
  const auto rms = [](const Eigen::ArrayXd& x) { return std::sqrt(x.square().mean()); };
  EXPECT_NEAR(rms((up + down) / 2.0), 30.0, 2.0);
  EXPECT_NEAR(rms((up - down) / (2.0 * half / adc.step_volt()) - 1.0), 0.01, 0.001);

  params.offset_sigma_lsb = params.gain_sigma = 0.0;
  const Adc noisy(params, 1, Random(8), 0);
  const auto codes =
      noisy.convert(Eigen::MatrixXd::Zero(1, 20000), 0.5, 0).codes.cast<double>().reshaped().array().eval();
  // Rounding to integers adds a variance of 1/12.
  EXPECT_NEAR(rms(codes), std::sqrt(0.25 + 1.0 / 12.0), 0.02);
}

}  // namespace
}  // namespace mho::circuit
