// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/dac.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/device/distribution.hpp"

namespace mho::circuit {
namespace {

DacParams ideal() {
  DacParams params;
  params.offset_sigma_lsb = params.gain_sigma = params.noise_sigma_lsb = 0.0;
  return params;
}

TEST(Dac, RejectsParametersOutOfRange) {
  const Random random(1);
  DacParams params;
  params.bits = 16;
  EXPECT_THROW(Dac(params, 1, random, 0), InputError);
  params.bits = 1;
  EXPECT_THROW(Dac(params, 1, random, 0), InputError);
  params = {};
  params.v_full_scale_volt = 0.0;
  EXPECT_THROW(Dac(params, 1, random, 0), InputError);
  params = {};
  params.noise_sigma_lsb = -1.0;
  EXPECT_THROW(Dac(params, 1, random, 0), InputError);
  params = {};
  params.conversion_time_s = 0.0;
  EXPECT_THROW(Dac(params, 1, random, 0), InputError);
}

TEST(Dac, RejectsBadCodesAndChannels) {
  const Dac dac({}, 2, Random(1), 0);
  EXPECT_THROW((void)dac.volts(0, -128, 0, 0), InputError);
  EXPECT_THROW((void)dac.volts(0, 2, 0, 0, DacMode::kOneBit), InputError);
  EXPECT_THROW((void)dac.volts(2, 1, 0, 0), InputError);
  EXPECT_THROW((void)dac.volts(0, 1, 16, 0), InputError);
  EXPECT_THROW((void)dac.convert(CodeMatrix::Zero(3, 1), 0, 0), InputError);
}

TEST(Dac, IdealCodesAreEvenAndSymmetric) {
  const Dac dac(ideal(), 1, Random(1), 0);
  EXPECT_EQ(dac.max_code(), 127);
  for (int code = -127; code <= 127; ++code) {
    EXPECT_NEAR(dac.volts(0, code, 0, 0), 0.2 * code / 127.0, 1e-16);
  }
}

TEST(Dac, AttenuationHalvesPerStep) {
  const Dac dac({}, 1, Random(1), 0);
  for (unsigned k = 0; k < 8; ++k) {
    EXPECT_DOUBLE_EQ(dac.volts(0, 77, k, 5), std::ldexp(dac.volts(0, 77, 0, 5), -static_cast<int>(k)));
    EXPECT_DOUBLE_EQ(dac.volts(0, -1, k, 5, DacMode::kOneBit),
                     std::ldexp(dac.volts(0, -1, 0, 5, DacMode::kOneBit), -static_cast<int>(k)));
  }
}

TEST(Dac, DigitsAreEvenStepsThatTheConverterReaches) {
  const DacParams params = ideal();
  const Dac dac(params, 1, Random(1), 0);
  EXPECT_EQ(digit_step_codes(params, 1), 1);
  EXPECT_DOUBLE_EQ(digit_volt(params, 1), 0.2);
  for (const auto& [bits, codes] : {std::pair{2U, 42}, {3U, 18}, {4U, 8}}) {
    EXPECT_EQ(digit_step_codes(params, bits), codes);
    const int largest = (1 << bits) - 1;
    EXPECT_NEAR(dac.volts(0, largest * codes, 0, 0), largest * digit_volt(params, bits), 1e-15);
    EXPECT_GT(largest * codes + largest, dac.max_code()) << "no larger steps fit";
  }
  EXPECT_THROW((void)digit_step_codes(params, 0), InputError);
  DacParams coarse = params;
  coarse.bits = 3;
  EXPECT_EQ(digit_step_codes(coarse, 2), 1);
  EXPECT_THROW((void)digit_step_codes(coarse, 3), InputError);
}

TEST(Dac, OneBitModeDrivesPlusAndMinusFullScale) {
  const Dac dac(ideal(), 3, Random(1), 0);
  CodeMatrix codes(3, 1);
  codes << 1, 0, -1;
  const Eigen::MatrixXd v = dac.convert(codes, 0, 0, DacMode::kOneBit);
  EXPECT_EQ(v(0, 0), 0.2);
  EXPECT_EQ(v(1, 0), 0.0);
  EXPECT_EQ(v(2, 0), -0.2);
}

TEST(Dac, CodeZeroIsExactlyGroundWhateverTheErrors) {
  DacParams params;
  params.offset_sigma_lsb = params.noise_sigma_lsb = 10.0;
  const Dac dac(params, 64, Random(2), 0);
  EXPECT_EQ(dac.convert(CodeMatrix::Zero(64, 10), 0, 0), Eigen::MatrixXd::Zero(64, 10));
}

TEST(Dac, ErrorsHaveTheirSigmas) {
  DacParams params;
  params.gain_sigma = 0.01;
  params.offset_sigma_lsb = 0.3;
  params.noise_sigma_lsb = 0.05;
  constexpr int kChannels = 2000;
  const Dac dac(params, kChannels, Random(3), 0);
  const double step = dac.step_volt();
  Eigen::ArrayXd gain(kChannels), offset(kChannels), noise(kChannels);
  for (int c = 0; c < kChannels; ++c) {
    const double up = dac.volts(c, 100, 0, 0) / step, down = dac.volts(c, -100, 0, 1) / step;
    gain[c] = (up - down) / 200.0 - 1.0;
    offset[c] = (up + down) / 2.0;
    noise[c] = (dac.volts(c, 100, 0, 2) - dac.volts(c, 100, 0, 3)) / step / std::sqrt(2.0);
  }
  const auto rms = [](const Eigen::ArrayXd& x) { return std::sqrt(x.square().mean()); };
  EXPECT_NEAR(rms(gain), 0.01, 0.001);
  EXPECT_NEAR(rms(offset), 0.3, 0.03);
  EXPECT_NEAR(rms(noise), 0.05, 0.005);
}

TEST(Dac, BatchesMayBeSplit) {
  const Dac dac({}, 4, Random(4), 9);
  CodeMatrix codes = CodeMatrix::Constant(4, 10, 33);
  const Eigen::MatrixXd whole = dac.convert(codes, 1, 1000);
  Eigen::MatrixXd parts(4, 10);
  parts.rightCols(7) = dac.convert(codes.rightCols(7), 1, 1003);
  parts.leftCols(3) = dac.convert(codes.leftCols(3), 1, 1000);
  EXPECT_EQ(parts, whole);
  EXPECT_NE(whole.col(0), whole.col(1));
  EXPECT_NE(Dac({}, 4, Random(4), 10).convert(codes, 1, 1000), whole);
}

TEST(Dac, EnergyCountsConversionsOfTheMode) {
  const Dac dac({}, 1, Random(1), 0);
  EXPECT_DOUBLE_EQ(dac.energy_J(10, DacMode::kMultiBit), 2.91e-12);
  EXPECT_DOUBLE_EQ(dac.energy_J(10, DacMode::kOneBit), 39e-15);
}

TEST(Dac, RejectsNonLinearityOutOfRange) {
  const std::vector<std::function<void(DacParams&)>> mistakes{
      [](auto& d) { d.inl_bow_lsb = -40.0; },
      [](auto& d) { d.dnl_sigma_lsb = 1.5; },
      [](auto& d) { d.inl_profile_lsb.assign(254, 0.0); },
      [](auto& d) { d.inl_profile_lsb.assign(255, 128.0); },
      [](auto& d) { d.v_clip_volt = -0.1; },
      [](auto& d) { d.v_clip_volt = std::nan(""); },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    DacParams wrong;
    mistakes[i](wrong);
    EXPECT_THROW(validate(wrong), InputError) << "mistake " << i;
  }
  EXPECT_THROW((void)Dac({}, 1, Random(1), 0).inl_lsb(0, 128), InputError);
}

TEST(Dac, OutputsDeviateByTheInlOfTheirCode) {
  DacParams params = ideal();
  params.inl_bow_lsb = 0.8;
  params.dnl_sigma_lsb = 0.05;
  params.inl_profile_lsb.assign(255, 0.25);
  const Dac dac(params, 2, Random(3), 6);
  for (int code = -127; code <= 127; ++code) {
    const double expected = code == 0 ? 0.0 : dac.step_volt(2) * (code + dac.inl_lsb(1, code));
    EXPECT_NEAR(dac.volts(1, code, 2, 0), expected, 1e-16);
  }
  // Bow and widths vanish at the ends; the profile does not.
  EXPECT_NEAR(dac.inl_lsb(1, 127), 0.25, 1e-12);
  EXPECT_NEAR(dac.inl_lsb(1, -127), 0.25, 1e-12);
  EXPECT_EQ(dac.volts(1, 1, 0, 0, DacMode::kOneBit), 0.2);
}

TEST(Dac, CodeStepsAreGaussianAndOfEachChannel) {
  constexpr int kChannels = 40;
  DacParams params = ideal();
  params.dnl_sigma_lsb = 0.05;
  const Dac dac(params, kChannels, Random(3), 6);
  std::vector<double> z;
  for (int c = 0; c < kChannels; ++c) {
    for (int code = -126; code <= 127; ++code) {
      z.push_back((dac.inl_lsb(c, code) - dac.inl_lsb(c, code - 1)) / (0.05 * std::sqrt(253.0 / 254.0)));
    }
  }
  EXPECT_LT(device::test::ks_ratio(z, device::test::normal_cdf), 1.0);
  EXPECT_NE(dac.inl_lsb(0, 17), dac.inl_lsb(1, 17));
  EXPECT_EQ(Dac(params, 2, Random(3), 6).inl_lsb(1, 17), dac.inl_lsb(1, 17));
  EXPECT_NE(Dac(params, 2, Random(3), 7).inl_lsb(1, 17), dac.inl_lsb(1, 17));
}

TEST(Dac, OutputsAreClipped) {
  DacParams params = ideal();
  params.v_clip_volt = 0.15;
  const Dac dac(params, 1, Random(1), 0);
  EXPECT_EQ(dac.volts(0, 127, 0, 0), 0.15);
  EXPECT_EQ(dac.volts(0, -127, 0, 0), -0.15);
  EXPECT_EQ(dac.volts(0, -1, 0, 0, DacMode::kOneBit), -0.15);
  EXPECT_EQ(dac.volts(0, 127, 1, 0), 0.1);
}

TEST(Dac, TellsOutputsAtItsLimit) {
  DacParams params = ideal();
  const CodeMatrix codes{{127, -127, 3}};
  const Dac unlimited(params, 1, Random(1), 0);
  EXPECT_FALSE(unlimited.is_at_limit(unlimited.convert(codes, 0, 0)));
  params.v_clip_volt = 0.15;
  const Dac dac(params, 1, Random(1), 0);
  EXPECT_TRUE(dac.is_at_limit(dac.convert(codes, 0, 0)));
  EXPECT_TRUE(dac.is_at_limit(dac.convert(codes.col(1), 0, 0)));
  EXPECT_FALSE(dac.is_at_limit(dac.convert(codes.col(2), 0, 0)));
  EXPECT_FALSE(dac.is_at_limit(dac.convert(codes, 1, 0)));
}

}  // namespace
}  // namespace mho::circuit
