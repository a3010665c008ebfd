// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/adc.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/circuit/nodal_oracle.hpp"
#include "tests/models/device/distribution.hpp"

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

TEST(Adc, RejectsNonLinearityAndNoiseOutOfRange) {
  const std::vector<std::function<void(AdcParams&)>> mistakes{
      [](auto& a) { a.inl_bow_lsb = 40.0; },
      [](auto& a) { a.inl_bow_lsb = std::nan(""); },
      [](auto& a) { a.dnl_sigma_lsb = -0.1; },
      [](auto& a) { a.dnl_sigma_lsb = 1.1; },
      [](auto& a) {
        a.inl_profile_lsb = {0.0, 0.0};
      },
      [](auto& a) { a.inl_profile_lsb.assign(254, 1000.0); },
      [](auto& a) { a.inl_profile_lsb.assign(254, std::nan("")); },
      [](auto& a) { a.sampling_capacitance_F = -1e-15; },
      [](auto& a) { a.kelvin = 0.0; },
      [](auto& a) { a.aperture_jitter_s = -1.0; },
      [](auto& a) { a.input_frequency_hz = std::numeric_limits<double>::infinity(); },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    AdcParams wrong;
    mistakes[i](wrong);
    EXPECT_THROW(validate(wrong), InputError) << "mistake " << i;
  }
  AdcParams many;
  many.bits = 15;
  many.dnl_sigma_lsb = 0.1;
  EXPECT_THROW(Adc(many, 65536, Random(1), 0), InputError);
}

TEST(Adc, FullModelAgreesWithTheShortOne) {
  // A jitter of 1e-40 s moves nothing, but takes the path of all effects.
  for (const double sigma : {0.0, 0.02, 0.3}) {
    AdcParams params;
    params.noise_sigma_lsb = sigma;
    const Adc brief(params, 16, Random(17), 5);
    params.aperture_jitter_s = 1e-40;
    params.input_frequency_hz = 1.0;
    const Adc full(params, 16, Random(17), 5);
    Eigen::MatrixXd v = test::random_matrix(16, 500, 3, 0.52);
    v(3, 4) = std::nan("");
    v(4, 4) = -std::numeric_limits<double>::infinity();
    const auto a = brief.convert(v, 0.5, 99), b = full.convert(v, 0.5, 99);
    EXPECT_EQ(a.codes, b.codes);
    EXPECT_EQ(a.n_clipped, b.n_clipped);
    EXPECT_EQ(a.min_code, b.min_code);
    EXPECT_EQ(a.max_code, b.max_code);
  }
}

/// Places [LSB] at which a fine ramp changes the code of channel 0.
std::vector<double> transitions(const Adc& adc, double fine_lsb) {
  const auto steps = static_cast<Eigen::Index>((2.0 * adc.max_code() + 2.0) / fine_lsb);
  const Eigen::RowVectorXd ramp =
      Eigen::RowVectorXd::LinSpaced(steps, -adc.max_code() - 1.0, adc.max_code() + 1.0);
  const Eigen::MatrixXd v = Eigen::VectorXd::Ones(adc.channels()) * ramp * adc.step_volt();
  const CodeMatrix codes = adc.convert(v, adc.params().v_full_scale_volt, 0).codes;
  std::vector<double> places;
  for (Eigen::Index i = 1; i < steps; ++i) {
    for (int k = codes(0, i - 1); k < codes(0, i); ++k) places.push_back(ramp[i]);
  }
  return places;
}

TEST(Adc, ThresholdsOfARampLieWhereTheInlSays) {
  constexpr double kFine = 1e-3;
  AdcParams params = ideal();
  params.bits = 6;
  params.inl_bow_lsb = 1.5;
  params.dnl_sigma_lsb = 0.1;
  const Adc adc(params, 2, Random(4), 3);
  const auto places = transitions(adc, kFine);
  ASSERT_EQ(places.size(), 62U);
  const Eigen::VectorXd inl = adc.inl_lsb(0);
  for (std::size_t k = 0; k < places.size(); ++k) {
    const double ideal_place = static_cast<double>(k) - 30.5;
    EXPECT_NEAR(places[k] - ideal_place, inl[static_cast<Eigen::Index>(k)], 1.5 * kFine) << k;
  }
}

TEST(Adc, BowIsAParabolaThroughTheEnds) {
  AdcParams params = ideal();
  params.inl_bow_lsb = -2.0;
  const Eigen::VectorXd inl = Adc(params, 1, Random(1), 0).inl_lsb(0);
  ASSERT_EQ(inl.size(), 254);
  EXPECT_NEAR(inl[0], 0.0, 1e-12);
  EXPECT_NEAR(inl[253], 0.0, 1e-12);
  EXPECT_NEAR(inl.minCoeff(), -2.0, 1e-4);
  // A quarter of the way: 1 − (1/2)² = 3/4 of it.
  EXPECT_NEAR(inl[63], -1.5, 0.02);
}

TEST(Adc, CodeWidthsAreGaussianAndEndPointsHold) {
  constexpr int kChannels = 40;
  AdcParams params = ideal();
  params.dnl_sigma_lsb = 0.05;
  const Adc adc(params, kChannels, Random(6), 3);
  std::vector<double> z;
  for (int c = 0; c < kChannels; ++c) {
    const Eigen::VectorXd inl = adc.inl_lsb(c);
    EXPECT_NEAR(inl[0], 0.0, 1e-12);
    EXPECT_NEAR(inl[253], 0.0, 1e-12);
    // The line through the ends takes one of 253 degrees of freedom.
    for (int k = 1; k < 254; ++k) z.push_back((inl[k] - inl[k - 1]) / (0.05 * std::sqrt(252.0 / 253.0)));
  }
  EXPECT_LT(device::test::ks_ratio(z, device::test::normal_cdf), 1.0);
}

TEST(Adc, CodeDensityOfARandomInputIsThatOfTheWidths) {
  AdcParams params = ideal();
  params.bits = 5;
  params.dnl_sigma_lsb = 0.3;
  const Adc adc(params, 1, Random(6), 3);
  const double span = 14.5 * adc.step_volt();  // to the outermost thresholds
  const auto codes = adc.convert(test::random_matrix(1, 40000, 8, span), 0.5, 0).codes;
  const Eigen::VectorXd inl = adc.inl_lsb(0);
  std::vector<double> counts(29, 0.0), expected(29, 0.0);
  for (const std::int16_t code : codes.reshaped()) {
    ASSERT_LE(std::abs(code), 14);
    counts[static_cast<std::size_t>(code + 14)] += 1.0;
  }
  for (std::size_t k = 0; k < 29; ++k) {
    const auto i = static_cast<Eigen::Index>(k);
    expected[k] = 40000.0 * (1.0 + inl[i + 1] - inl[i]) / 29.0;
  }
  EXPECT_LT(device::test::chi2_ratio(counts, expected), 1.0);
}

TEST(Adc, ListedProfileMovesThresholdsAndMayLoseACode) {
  AdcParams params = ideal();
  params.bits = 4;
  params.inl_profile_lsb.assign(14, 0.0);
  params.inl_profile_lsb[8] = 1.25;  // between codes 1 and 2, beyond the one between 2 and 3
  const Adc adc(params, 3, Random(1), 0);
  Eigen::MatrixXd v(3, 3);
  v.rowwise() = Eigen::RowVector3d(1.6, 2.4, 2.8) * adc.step_volt();
  const auto codes = adc.convert(v, 0.5, 0).codes;
  for (int channel = 0; channel < 3; ++channel) {
    EXPECT_EQ(codes(channel, 0), 1);
    EXPECT_EQ(codes(channel, 1), 1);
    EXPECT_EQ(codes(channel, 2), 3);  // 2.5 … 2.75 is all that is left of code 2
  }
}

TEST(Adc, CodesAreMonotonicWhateverTheWidths) {
  AdcParams params = ideal();
  params.bits = 6;
  params.dnl_sigma_lsb = 1.0;
  for (std::uint32_t unit = 0; unit < 20; ++unit) {
    const Adc adc(params, 1, Random(5), unit);
    const Eigen::RowVectorXd ramp = Eigen::RowVectorXd::LinSpaced(2000, -0.6, 0.6);
    const auto codes = adc.convert(ramp, 0.5, 0).codes;
    EXPECT_EQ(codes(0, 0), -31);
    EXPECT_EQ(codes(0, 1999), 31);
    for (Eigen::Index i = 1; i < 2000; ++i) ASSERT_GE(codes(0, i), codes(0, i - 1));
  }
}

TEST(Adc, SamplingNoiseIsBoltzmanns) {
  AdcParams params = ideal();
  params.bits = 15;
  params.sampling_capacitance_F = 1e-15;
  const Adc adc(params, 1, Random(9), 0);
  // sqrt(1.380649e-23 · 300 / 1e-15) = 2.0352 mV.
  const double sigma = 2.0352e-3 / adc.step_volt();
  std::vector<double> z;
  const CodeMatrix codes = adc.convert(Eigen::MatrixXd::Constant(1, 5000, 0.1), 0.5, 0).codes;
  for (const std::int16_t code : codes.reshaped()) z.push_back((code - 0.1 / adc.step_volt()) / sigma);
  EXPECT_LT(device::test::ks_ratio(z, device::test::normal_cdf), 1.0);
}

TEST(Adc, ApertureNoiseGrowsWithTheSignal) {
  AdcParams params = ideal();
  params.bits = 15;
  params.aperture_jitter_s = 100e-12;
  params.input_frequency_hz = 10e6;
  const Adc adc(params, 1, Random(9), 0);
  for (const double volt : {-0.2, 0.1, 0.4}) {
    // 2π · 10 MHz · 100 ps · |v|
    const double sigma = 6.283185e-3 * std::abs(volt) / adc.step_volt();
    std::vector<double> z;
    const CodeMatrix codes = adc.convert(Eigen::MatrixXd::Constant(1, 5000, volt), 0.5, 0).codes;
    for (const std::int16_t code : codes.reshaped()) z.push_back((code - volt / adc.step_volt()) / sigma);
    EXPECT_LT(device::test::ks_ratio(z, device::test::normal_cdf), 1.0) << volt;
  }
  EXPECT_TRUE(adc.convert(Eigen::MatrixXd::Zero(1, 100), 0.5, 0).codes.isZero());
}

TEST(Adc, FullModelDoesNotDependOnBatchesOrOtherChannels) {
  AdcParams params;
  params.noise_sigma_lsb = 0.3;
  params.dnl_sigma_lsb = 0.2;
  params.inl_bow_lsb = 1.0;
  params.sampling_capacitance_F = 50e-15;
  const Adc adc(params, 8, Random(4), 9);
  const Eigen::MatrixXd v = test::random_matrix(8, 21, 6, 0.4);
  const auto whole = adc.convert(v, 0.5, 77).codes;
  CodeMatrix parts(8, 21);
  parts.rightCols(16) = adc.convert(v.rightCols(16), 0.5, 82).codes;
  parts.leftCols(5) = adc.convert(v.leftCols(5), 0.5, 77).codes;
  EXPECT_EQ(parts, whole);
  EXPECT_EQ(Adc(params, 3, Random(4), 9).convert(v.topRows(3), 0.5, 77).codes, whole.topRows(3));
  EXPECT_NE(Adc(params, 8, Random(4), 10).convert(v, 0.5, 77).codes, whole);
}

}  // namespace
}  // namespace mho::circuit
