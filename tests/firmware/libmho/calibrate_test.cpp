// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/calibrate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tests/firmware/libmho/fake_converters.hpp"

namespace mho::test {
namespace {

// What the resolution of a trim leaves, half a step, plus what a measurement is off: half a code over the
// reads of a ramp, and 0.8 % of a code because a ramp covers a code up to that.
constexpr double kOffsetLeft = 0.5 / 128 + 0.5 / 128 + 0.004;
// The same at two points 1.5 full scales (190 codes) apart.
constexpr double kGainLeft = 0.5 / 16384 + 2 * 0.008 / 190;
// Half a step of 5 µV, and the measurement at 32 reads and a gain of 32: half a code over the reads plus 0.8
// %.
constexpr double kOffsetLeftVolt = 2.5e-6 + (0.5 / 32 + 0.004) * 0.5 / 127 / 32;

class Calibrate : public testing::Test {
 protected:
  Calibrate() {
    device_.capabilities.inv_count = 2;
    device_.capabilities.inv_size = 8;
    device_.capabilities.mvm_count = 12;
    device_.capabilities.mvm_size = 64;
  }

  mho_result_t run() { return mho_calibrate(&device_, &options_, &report_); }

  void disturb_converters(double offset, double gain) {
    std::mt19937_64 draw(7);
    std::uniform_real_distribution<double> error(-1.0, 1.0);
    for (Line& line : fake_.adc) line = {offset * error(draw), gain * error(draw)};
    for (Line& line : fake_.dac) line = {offset * error(draw), gain * error(draw)};
  }
  void add_macros(std::uintptr_t base, unsigned count, unsigned size, double offset_volt) {
    std::mt19937_64 draw(8);
    std::uniform_real_distribution<double> error(-offset_volt, offset_volt);
    for (unsigned i = 0; i < count; ++i) {
      auto& offsets = fake_.offset_volt[base + i * registers::array_macro::kBlockSize];
      offsets.resize(size);
      for (double& offset : offsets) offset = error(draw);
    }
  }
  Line worst_adc() const {
    Line worst;
    for (unsigned i = 0; i < fake_.adc.size(); ++i) {
      worst.offset = std::max(worst.offset, std::abs(fake_.adc_left(i).offset));
      worst.gain = std::max(worst.gain, std::abs(fake_.adc_left(i).gain));
    }
    return worst;
  }
  Line worst_dac() const {
    Line worst;
    for (unsigned c = 0; c < fake_.dac.size(); ++c) {
      worst.offset = std::max(worst.offset, std::abs(fake_.dac_left(c).offset));
      worst.gain = std::max(worst.gain, std::abs(fake_.dac_left(c).gain));
    }
    return worst;
  }

  FakeConverters fake_;
  mho_device_t device_ = FakeConverters::device();
  mho_calibration_options_t options_{
      .inv_macros = 0, .mvm_macros = 0, .ginv_macros = 0, .repeats = 1, .job_id = 4, .skipped = nullptr};
  mho_calibration_t report_{};
};

TEST_F(Calibrate, IsRefusedBesideContexts) {
  options_ = {
      .inv_macros = 0, .mvm_macros = 0, .ginv_macros = 0, .repeats = 1, .job_id = 0, .skipped = nullptr};
  device_.open_contexts = 1;
  EXPECT_EQ(run(), MHO_BAD_ARGUMENT);
  device_.open_contexts = 0;
  device_.config.is_context = true;
  EXPECT_EQ(run(), MHO_BAD_ARGUMENT);
}

TEST_F(Calibrate, OfMoreMacrosThanAreNotSkippedIsRefused) {
  mho_macro_set_t skipped{};
  ASSERT_EQ(mho_macro_set_add(&skipped, MHO_MACRO_MVM, 3, 2), MHO_OK);
  options_ = {
      .inv_macros = 0, .mvm_macros = 11, .ginv_macros = 0, .repeats = 1, .job_id = 0, .skipped = &skipped};
  EXPECT_EQ(run(), MHO_BAD_ARGUMENT);
}

TEST_F(Calibrate, LeavesSkippedMacrosAlone) {
  add_macros(FakeConverters::kMvmBase, 12, 64, 1e-3);
  mho_macro_set_t skipped{};
  ASSERT_EQ(mho_macro_set_add(&skipped, MHO_MACRO_MVM, 3, 2), MHO_OK);
  options_ = {
      .inv_macros = 0, .mvm_macros = 10, .ginv_macros = 0, .repeats = 1, .job_id = 0, .skipped = &skipped};
  ASSERT_EQ(run(), MHO_OK);
  for (std::uint32_t macro = 0; macro < 12; ++macro) {
    const mho_macro_t handle{FakeConverters::kMvmBase + macro * registers::array_macro::kBlockSize};
    std::int32_t trim = 0;
    bool is_trimmed = false;
    for (std::uint32_t j = 0; j < 64; ++j) {
      ASSERT_EQ(mho_macro_get_offset_trim(&handle, j, &trim), MHO_HAL_OK);
      is_trimmed |= trim != 0;
    }
    EXPECT_EQ(is_trimmed, macro != 3 && macro != 4) << macro;
  }
}

TEST_F(Calibrate, OptionsOutOfRangeTouchNothing) {
  options_.inv_macros = 3;
  EXPECT_EQ(run(), MHO_BAD_ARGUMENT);
  options_ = {
      .inv_macros = 0, .mvm_macros = 13, .ginv_macros = 0, .repeats = 1, .job_id = 0, .skipped = nullptr};
  EXPECT_EQ(run(), MHO_BAD_ARGUMENT);
  options_ = {
      .inv_macros = 0, .mvm_macros = 0, .ginv_macros = 0, .repeats = 0, .job_id = 0, .skipped = nullptr};
  EXPECT_EQ(run(), MHO_BAD_ARGUMENT);
  options_.repeats = MHO_CALIBRATION_REPEATS_MAX + 1;
  EXPECT_EQ(run(), MHO_BAD_ARGUMENT);
  EXPECT_EQ(fake_.writes, 0u);
  EXPECT_EQ(report_.channels, 0u);
}

TEST_F(Calibrate, BlocksThatAreNotThereTouchNothing) {
  device_.config.mvm_base = 0;
  EXPECT_EQ(run(), MHO_NO_DEVICE);
  device_.config.mvm_base = FakeConverters::kMvmBase;
  device_.config.adc_base = FakeConverters::kDacBase;
  EXPECT_EQ(run(), MHO_NO_DEVICE);
  device_.config.adc_base = FakeConverters::kAdcBase;
  fake_.adc_bits = 3;
  EXPECT_EQ(run(), MHO_NO_DEVICE);
  EXPECT_EQ(fake_.writes, 0u);
}

TEST_F(Calibrate, PerfectConvertersKeepTheirTrimsNearZero) {
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_LE(worst_adc().offset, kOffsetLeft);
  EXPECT_LE(worst_adc().gain, kGainLeft);
  EXPECT_EQ(report_.channels, 8u * 64 + 64);
  EXPECT_EQ(report_.limited, 0u);
  EXPECT_GT(report_.time_ns, 0u);
}

TEST_F(Calibrate, OffsetsAndGainsOfConvertersGo) {
  disturb_converters(4.0, 0.08);
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_LE(worst_adc().offset, kOffsetLeft);
  EXPECT_LE(worst_adc().gain, kGainLeft);
  // A step of the DAC is 0.4 of the ADC's; its full scale is 51 codes, ± two measurements, and the ADC is off
  // too.
  EXPECT_LE(worst_dac().offset, 0.5 / 128 + 2 * kOffsetLeft / 0.4);
  EXPECT_LE(worst_dac().gain, 0.5 / 16384 + 2 * kOffsetLeft / 50.8 + kGainLeft);
  EXPECT_EQ(report_.limited, 0u);
}

TEST_F(Calibrate, TheReportSaysWhatIsLeft) {
  disturb_converters(4.0, 0.08);
  ASSERT_EQ(run(), MHO_OK);
  // The measurement of a residual is off by as much as the one before the trim.
  EXPECT_NEAR(report_.adc_offset_residual * 0x1p-12, worst_adc().offset, kOffsetLeft);
  EXPECT_NEAR(report_.adc_gain_residual * 0x1p-20, worst_adc().gain, kGainLeft);
  EXPECT_LE(report_.dac_gain_residual * 0x1p-20, 2e-3);
}

TEST_F(Calibrate, RepeatsBeatNoise) {
  fake_.adc_noise = 0.5;
  disturb_converters(1.0, 0.02);
  options_.repeats = 16;
  ASSERT_EQ(run(), MHO_OK);
  // Five standard deviations of the mean of 128 · 16 conversions.
  const double noise = 5 * 0.58 / std::sqrt(128.0 * 16.0);
  EXPECT_LE(worst_adc().offset, kOffsetLeft + noise);
  options_.repeats = 1;
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_GT(worst_adc().offset, kOffsetLeft + noise);
}

TEST_F(Calibrate, AWrongReferenceMovesAllGainsAndNoProduct) {
  fake_.reference_error = 0.01;
  disturb_converters(1.0, 0.02);
  ASSERT_EQ(run(), MHO_OK);
  for (unsigned c = 0; c < 64; ++c) {
    const double adc = 1 + fake_.adc_left(c).gain, dac = 1 + fake_.dac_left(c).gain;
    EXPECT_NEAR(adc, 1 / 1.01, kGainLeft);
    EXPECT_NEAR(adc * dac, 1.0, 1e-3) << c;
  }
}

TEST_F(Calibrate, OffsetsOfAmplifiersGo) {
  add_macros(FakeConverters::kInvBase, 2, 8, 8e-3);
  add_macros(FakeConverters::kMvmBase, 12, 64, 8e-3);
  options_.inv_macros = 2;
  options_.mvm_macros = 11;
  ASSERT_EQ(run(), MHO_OK);
  for (const auto& [macro, offsets] : fake_.offset_volt) {
    const bool is_asked_for = macro != FakeConverters::kMvmBase + 11 * registers::array_macro::kBlockSize;
    for (unsigned j = 0; j < offsets.size(); ++j) {
      const double left = fake_.offset_left_volt(macro, j);
      if (is_asked_for) {
        EXPECT_LE(std::abs(left), kOffsetLeftVolt);
      } else {
        EXPECT_EQ(left, offsets[j]);
      }
    }
  }
  EXPECT_LE(report_.opamp_offset_residual_nv * 1e-9, 2 * kOffsetLeftVolt);
  EXPECT_EQ(report_.channels, 8u * 64 + 64 + 2 * 8 + 11 * 64);
}

TEST_F(Calibrate, TrimsEndAtTheirRangeAndAreCounted) {
  fake_.adc[5] = {20.0, 0};
  fake_.dac[6] = {0, 0.2};
  add_macros(FakeConverters::kInvBase, 1, 8, 0);
  fake_.offset_volt[FakeConverters::kInvBase][3] = -0.012;
  options_.inv_macros = 1;
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(report_.limited, 3u);
  EXPECT_NEAR(report_.adc_offset_residual * 0x1p-12, 20.0 - 2047.0 / 128, kOffsetLeft);
}

TEST_F(Calibrate, ASecondCalibrationStartsFromTheFirst) {
  disturb_converters(4.0, 0.08);
  ASSERT_EQ(run(), MHO_OK);
  for (Line& line : fake_.adc) line.offset += 1.0;  // drift
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_LE(worst_adc().offset, kOffsetLeft);
}

TEST_F(Calibrate, LeavesTheReferenceOffAndChargesNobodyAfterwards) {
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_EQ(fake_.reference(), 0u);
  EXPECT_EQ(fake_.charged_jobs, (std::vector<std::uint32_t>{4, 0}));
  // Also when a step fails.
  add_macros(FakeConverters::kInvBase, 1, 8, 0);
  fake_.has_macros = false;
  options_.inv_macros = 1;
  EXPECT_EQ(run(), MHO_NO_DEVICE);
  EXPECT_EQ(fake_.reference(), 0u);
  EXPECT_EQ(fake_.cpu_job, 0u);
}

TEST_F(Calibrate, WorksAtOtherResolutions) {
  for (const unsigned bits : {4U, 6U, 10U, 12U, 15U}) {
    SCOPED_TRACE(bits);
    fake_.adc_bits = bits;
    // Beyond the resolution of the reference, 2^-15 of full scale, nothing can be found.
    const double unit = std::max(1.0, std::ldexp(1.0, static_cast<int>(bits) - 9));
    disturb_converters(2.0, 0.02);
    ASSERT_EQ(run(), MHO_OK);
    EXPECT_LE(worst_adc().offset, unit * kOffsetLeft * 4);
  }
}

TEST_F(Calibrate, ADacBeyondTheAdcIsMeasuredWhereItFits) {
  fake_.dac_full_scale_volt = 2.0;
  for (Line& line : fake_.dac) line.gain = 0.03;
  ASSERT_EQ(run(), MHO_OK);
  EXPECT_LE(worst_dac().gain, 1e-3);
}

TEST_F(Calibrate, TheReportReachesTheResultBlock) {
  const mho_calibration_t report{.channels = 1,
                                 .limited = 2,
                                 .conversions = 3,
                                 .time_ns = std::uint64_t{1} << 40,
                                 .energy_pj = 5,
                                 .adc_offset_residual = 6,
                                 .adc_gain_residual = 7,
                                 .dac_offset_residual = 8,
                                 .dac_gain_residual = 9,
                                 .opamp_offset_residual_nv = 10};
  mho_job_result_t result{};
  mho_calibration_report(&report, &result);
  EXPECT_EQ(result.calibrated_channels, 1u);
  EXPECT_EQ(result.calibration_limited, 2u);
  EXPECT_EQ(result.calibration_conversions, 3u);
  EXPECT_EQ(result.calibration_time_ns, 0xffffffffu);
  EXPECT_EQ(result.calibration_energy_pj, 5u);
  EXPECT_EQ(result.adc_offset_residual, 6u);
  EXPECT_EQ(result.adc_gain_residual, 7u);
  EXPECT_EQ(result.dac_offset_residual, 8u);
  EXPECT_EQ(result.dac_gain_residual, 9u);
  EXPECT_EQ(result.opamp_offset_residual, 10u);
}

}  // namespace
}  // namespace mho::test
