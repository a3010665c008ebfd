// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/converter_calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "models/base/error.hpp"
#include "tests/models/circuit/nodal_oracle.hpp"

namespace mho::circuit {
namespace {

constexpr int kChannels = 32;

/// A converter as it comes from the fab.
template <typename Params>
Params uncalibrated() {
  Params params;
  params.offset_sigma_lsb = 3.0;
  params.gain_sigma = 0.02;
  return params;
}

TEST(ConverterCalibration, RejectsBadInput) {
  const Adc adc({}, 2, Random(1), 0);
  const Dac dac({}, 2, Random(1), 0);
  EXPECT_THROW((void)calibrate(adc, 1, 0.5, 0), InputError);
  EXPECT_THROW((void)calibrate(adc, 1U << 21, 0.5, 0), InputError);
  EXPECT_THROW((void)calibrate(adc, 10, 0.0, 0), InputError);
  EXPECT_THROW((void)calibrate(dac, 1, 0, 0), InputError);
  EXPECT_THROW((void)calibrate(dac, 10, 16, 0), InputError);
  const auto calibration = calibrate(dac, 100, 0, 0);
  EXPECT_THROW((void)calibration.corrected(CodeMatrix::Zero(3, 1)), InputError);
  EXPECT_THROW((void)calibration.code_for(2, 1.0, 127), InputError);
  EXPECT_THROW((void)calibration.code_for(0, std::numeric_limits<double>::infinity(), 127), InputError);
}

TEST(ConverterCalibration, IdealConverterNeedsNoCorrection) {
  AdcParams params;
  params.offset_sigma_lsb = params.gain_sigma = params.noise_sigma_lsb = 0.0;
  const auto calibration = calibrate(Adc(params, 1, Random(1), 0), 4096, 0.5, 0);
  EXPECT_NEAR(calibration.gain[0], 1.0, 1e-4);
  EXPECT_NEAR(calibration.offset_lsb[0], 0.0, 0.01);
  EXPECT_NEAR(calibration.residual_lsb[0], 0.5, 0.01);  // rounding
  EXPECT_EQ(calibration.conversions, 4096U);
}

TEST(ConverterCalibration, FindsOffsetAndGainOfEachAdc) {
  const auto params = uncalibrated<AdcParams>();
  const Random random(5);
  const Adc adc(params, kChannels, random, 7);
  const auto calibration = calibrate(adc, 4096, 0.5, 0);
  for (int c = 0; c < kChannels; ++c) {
    const RandomCoordinates at{7, static_cast<std::uint16_t>(c), 0};
    const double gain = 1.0 + 0.02 * random.normal(RandomPurpose::kAdcGain, at, 0);
    const double offset = 3.0 * random.normal(RandomPurpose::kAdcOffset, at, 0);
    // Five times the errors that the header states.
    EXPECT_NEAR(calibration.offset_lsb[c], offset, 5 * 0.29 / 64.0);
    EXPECT_NEAR(calibration.gain[c], gain, 5 * 0.55 / (64.0 * 127.0));
  }
}

TEST(ConverterCalibration, CorrectedReadsAreThoseOfAnIdealAdc) {
  const Adc adc(uncalibrated<AdcParams>(), kChannels, Random(5), 7);
  const auto calibration = calibrate(adc, 4096, 0.5, 0);
  const Eigen::MatrixXd v = test::random_matrix(kChannels, 300, 2, 0.4);
  const CodeMatrix codes = adc.convert(v, 0.5, 10000).codes;
  const Eigen::MatrixXd ideal = v / adc.step_volt();
  const double before = (codes.cast<double>() - ideal).cwiseAbs().maxCoeff();
  const double after = (calibration.corrected(codes) - ideal).cwiseAbs().maxCoeff();
  EXPECT_GT(before, 5.0);
  EXPECT_LT(after, 0.75);  // half a step of rounding, six sigma of noise, the error of the calibration
}

// Both kinds of trim: what a calibration finds is taken away, in the place of an earlier trim.
template <typename Converter, typename Measure>
void expect_trimmed_away(Converter converter, const Measure& measure, double offset_error,
                         double gain_error) {
  const auto found = measure(converter);
  for (int c = 0; c < kChannels; ++c) {
    converter.trim(c, 3.0, 0.1);
    converter.trim(c, -found.offset_lsb[c], 1.0 - found.gain[c]);
  }
  const auto left = measure(converter);
  EXPECT_GT(found.offset_lsb.cwiseAbs().maxCoeff(), 20 * offset_error);
  EXPECT_LT(left.offset_lsb.cwiseAbs().maxCoeff(), offset_error);
  EXPECT_LT((left.gain.array() - 1.0).abs().maxCoeff(), gain_error);
}

TEST(ConverterCalibration, TrimmedConvertersHaveNeitherOffsetNorGainError) {
  // Two measurements of five times the errors that the header states.
  expect_trimmed_away(
      Adc(uncalibrated<AdcParams>(), kChannels, Random(5), 7),
      [](const Adc& adc) { return calibrate(adc, 4096, 0.5, 0); }, 10 * 0.29 / 64.0,
      10 * 0.55 / (64.0 * 127.0));
  auto params = uncalibrated<DacParams>();
  params.noise_sigma_lsb = 0.0;
  expect_trimmed_away(
      Dac(params, kChannels, Random(5), 7), [](const Dac& dac) { return calibrate(dac, 254, 0, 0); }, 1e-9,
      1e-9);
}

TEST(ConverterCalibration, TrimsOfNoChannelOrNoNumberAreRefused) {
  Adc adc(AdcParams{}, 2, Random(5), 7);
  EXPECT_THROW(adc.trim(2, 0, 0), InputError);
  EXPECT_THROW(adc.trim(-1, 0, 0), InputError);
  EXPECT_THROW(adc.trim(0, std::nan(""), 0), InputError);
  Dac dac(DacParams{}, 2, Random(5), 7);
  EXPECT_THROW(dac.trim(2, 0, 0), InputError);
  EXPECT_THROW(dac.trim(0, 0, std::nan("")), InputError);
}

TEST(ConverterCalibration, ResidualShowsTheBow) {
  AdcParams params;
  params.inl_bow_lsb = 4.0;
  const auto calibration = calibrate(Adc(params, 1, Random(5), 7), 4096, 0.5, 0);
  // Least squares halves the bow roughly: 2/3 of 0.81 · 4 at one end of the range, and rounding.
  EXPECT_GT(calibration.residual_lsb[0], 2.0);
  EXPECT_LT(calibration.residual_lsb[0], 3.0);
}

TEST(ConverterCalibration, CalibratedDacsHitWhatIsWanted) {
  auto params = uncalibrated<DacParams>();
  params.noise_sigma_lsb = 0.0;
  const Dac dac(params, kChannels, Random(5), 7);
  const auto calibration = calibrate(dac, 254, 1, 0);
  EXPECT_LT(calibration.residual_lsb.maxCoeff(), 1e-9);
  for (int c = 0; c < kChannels; ++c) {
    for (const double wanted : {-100.0, -33.0, 20.0, 100.0}) {
      const int code = calibration.code_for(c, wanted, dac.max_code());
      EXPECT_LT(std::abs(dac.volts(c, code, 1, 0) / dac.step_volt(1) - wanted), 0.55) << wanted;
    }
  }
  EXPECT_EQ(calibration.code_for(0, 1e9, dac.max_code()), dac.max_code());
}

}  // namespace
}  // namespace mho::circuit
