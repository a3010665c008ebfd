// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <array>

#include "firmware/hal/adc.h"
#include "firmware/hal/dac.h"
#include "tests/firmware/hal/mock_mmio.hpp"

namespace mho::test {
namespace {

class DacTest : public MockMmio {
 protected:
  mho_dac_t dac{kBase};
};

TEST_F(DacTest, BadArgumentsTouchNothing) {
  const std::array<std::int16_t, 65> codes{};
  std::uint32_t value = 0;
  EXPECT_EQ(mho_dac_check(nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_get_bits(&dac, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_set_one_bit(nullptr, true), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_set_digits(nullptr, true), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_write_pattern(&dac, 0, nullptr, 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_write_pattern(&dac, 128, codes.data(), 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_write_pattern(&dac, 0, codes.data(), 0), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_write_pattern(&dac, 0, codes.data(), 65), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_get_counters(&dac, &value, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_get_counters(&dac, nullptr, &value), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(DacTest, Registers) {
  std::uint32_t bits = 0, clips = 0, conversions = 0;
  expect_read(0, 0x4d484443);
  EXPECT_EQ(mho_dac_check(&dac), MHO_HAL_OK);
  expect_read(0, 0x4d484143);
  EXPECT_EQ(mho_dac_check(&dac), MHO_HAL_WRONG_BLOCK);
  expect_read(4, 8);
  EXPECT_EQ(mho_dac_get_bits(&dac, &bits), MHO_HAL_OK);
  EXPECT_EQ(bits, 8u);
  expect_write(8, 1);
  EXPECT_EQ(mho_dac_set_one_bit(&dac, true), MHO_HAL_OK);
  expect_write(8, 0);
  EXPECT_EQ(mho_dac_set_one_bit(&dac, false), MHO_HAL_OK);
  expect_write(8, 2);
  EXPECT_EQ(mho_dac_set_digits(&dac, true), MHO_HAL_OK);
  expect_write(8, 0);
  EXPECT_EQ(mho_dac_set_digits(&dac, false), MHO_HAL_OK);
  expect_read(0x0c, 3);
  expect_read(0x10, 4);
  EXPECT_EQ(mho_dac_get_counters(&dac, &clips, &conversions), MHO_HAL_OK);
  EXPECT_EQ(clips, 3u);
  EXPECT_EQ(conversions, 4u);
}

TEST_F(DacTest, PatternGoesInPairs) {
  const std::array<std::int16_t, 3> codes{-1, 127, -127};
  expect_write(0x2000 + 3 * 128, 0x007fffff);
  expect_write(0x2000 + 3 * 128 + 4, 0xff81, 2);
  EXPECT_EQ(mho_dac_write_pattern(&dac, 3, codes.data(), 3), MHO_HAL_OK);
}

TEST_F(DacTest, LastPatternStaysInTheWindow) {
  std::array<std::int16_t, 64> codes{};
  codes[63] = -2;
  for (std::uint32_t pair = 0; pair < 32; ++pair) {
    expect_write(0x2000 + 127 * 128 + 4 * pair, pair == 31 ? 0xfffe0000 : 0);
  }
  EXPECT_EQ(mho_dac_write_pattern(&dac, 127, codes.data(), 64), MHO_HAL_OK);
}

TEST_F(DacTest, TrimsAreSignedFieldsOfOneWord) {
  mho_dac_trim_t trim{9, 9};
  expect_write(0x100 + 4 * 63, 0x0801'07ff);
  EXPECT_EQ(mho_dac_set_trim(&dac, 63, {2047, -2047}), MHO_HAL_OK);
  expect_read(0x104, 0x0fff'0801);
  EXPECT_EQ(mho_dac_get_trim(&dac, 1, &trim), MHO_HAL_OK);
  EXPECT_EQ(trim.offset, -2047);
  EXPECT_EQ(trim.gain, -1);
}

TEST_F(DacTest, TrimsOutOfRangeTouchNothing) {
  mho_dac_trim_t trim{};
  EXPECT_EQ(mho_dac_set_trim(nullptr, 0, {}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_set_trim(&dac, 64, {}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_set_trim(&dac, 0, {2048, 0}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_set_trim(&dac, 0, {0, -2048}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_get_trim(&dac, 64, &trim), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_dac_get_trim(&dac, 0, nullptr), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(DacTest, FullScale) {
  std::uint32_t full_scale_uv = 0;
  EXPECT_EQ(mho_dac_get_full_scale(&dac, nullptr), MHO_HAL_BAD_ARGUMENT);
  expect_read(0x14, 200000);
  EXPECT_EQ(mho_dac_get_full_scale(&dac, &full_scale_uv), MHO_HAL_OK);
  EXPECT_EQ(full_scale_uv, 200000u);
}

class AdcTest : public MockMmio {
 protected:
  mho_adc_t adc{kBase};
};

TEST_F(AdcTest, BadArgumentsTouchNothing) {
  std::array<std::int16_t, 65> codes{};
  mho_adc_status_t status{};
  EXPECT_EQ(mho_adc_check(nullptr), MHO_HAL_BAD_ARGUMENT);
  std::uint32_t bits = 0;
  EXPECT_EQ(mho_adc_get_bits(&adc, nullptr, &bits), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_get_bits(&adc, &bits, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_convert(nullptr, 0, {}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_convert(&adc, 8, {}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_convert(&adc, 0, {.is_mvm = false, .index = 0x10000}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_get_status(&adc, 8, &status), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_get_status(&adc, 0, nullptr), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_read_codes(&adc, 0, 0, nullptr, 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_read_codes(&adc, 8, 0, codes.data(), 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_read_codes(&adc, 0, 128, codes.data(), 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_read_codes(&adc, 0, 0, codes.data(), 0), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_read_codes(&adc, 0, 0, codes.data(), 65), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_get_conversions(&adc, nullptr), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(AdcTest, Registers) {
  std::uint32_t bits = 0, low_precision_bits = 0, conversions = 0;
  expect_read(0, 0x4d484143);
  EXPECT_EQ(mho_adc_check(&adc), MHO_HAL_OK);
  expect_read(0, 0);
  EXPECT_EQ(mho_adc_check(&adc), MHO_HAL_WRONG_BLOCK);
  expect_read(4, 10);
  expect_read(0x0c, 8);
  EXPECT_EQ(mho_adc_get_bits(&adc, &bits, &low_precision_bits), MHO_HAL_OK);
  EXPECT_EQ(bits, 10u);
  EXPECT_EQ(low_precision_bits, 8u);
  expect_read(8, 55);
  EXPECT_EQ(mho_adc_get_conversions(&adc, &conversions), MHO_HAL_OK);
  EXPECT_EQ(conversions, 55u);
}

TEST_F(AdcTest, ConvertNamesTheSourceFirst) {
  expect_write(0x40 + 4 * 7, 0x10000 + 703);
  expect_write(0x60 + 4 * 7, 1);
  EXPECT_EQ(mho_adc_convert(&adc, 7, {.is_mvm = true, .index = 703}), MHO_HAL_OK);
  expect_write(0x40, 63);
  expect_write(0x60, 1);
  EXPECT_EQ(mho_adc_convert(&adc, 0, {.is_mvm = false, .index = 63}), MHO_HAL_OK);
}

TEST_F(AdcTest, SourcesForCalibrationAreNamedWithoutAStart) {
  expect_write(0x40, 0x8000);
  EXPECT_EQ(mho_adc_set_source(&adc, 0, {.is_mvm = false, .index = MHO_ADC_SOURCE_GROUND}), MHO_HAL_OK);
  expect_write(0x44, 0x8001);
  EXPECT_EQ(mho_adc_set_source(&adc, 1, {.is_mvm = false, .index = MHO_ADC_SOURCE_DAC}), MHO_HAL_OK);
  EXPECT_EQ(mho_adc_set_source(&adc, 8, {}), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(AdcTest, LanesStartTogether) {
  expect_write(0x14, 0xff);
  EXPECT_EQ(mho_adc_convert_lanes(&adc, 0xff), MHO_HAL_OK);
  EXPECT_EQ(mho_adc_convert_lanes(&adc, 0), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_convert_lanes(&adc, 0x100), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_convert_lanes(nullptr, 1), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(AdcTest, ReferenceStaysWithinItsRange) {
  expect_write(0x18, 0xffff8001);
  expect_write(0x1c, 516);
  expect_write(0x20, 128);
  EXPECT_EQ(mho_adc_set_reference(&adc, {.start = -32767, .step = 516, .reads = 128}), MHO_HAL_OK);
  EXPECT_EQ(mho_adc_set_reference(&adc, {.start = -32768, .step = 0, .reads = 1}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_set_reference(&adc, {.start = -32767, .step = 517, .reads = 128}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_set_reference(&adc, {.start = 0, .step = INT32_MAX, .reads = 128}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_set_reference(&adc, {.start = 0, .step = 0, .reads = 0}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_set_reference(&adc, {.start = 0, .step = 0, .reads = 129}), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(AdcTest, SumsAreSigned) {
  std::array<std::int32_t, 3> sums{7, 7, 7};
  expect_read(0x2000 + 4 * 64, 0xfffffffe);
  expect_read(0x2000 + 4 * 65, 2000000);
  EXPECT_EQ(mho_adc_read_sums(&adc, 1, sums.data(), 2), MHO_HAL_OK);
  EXPECT_EQ(sums, (std::array<std::int32_t, 3>{-2, 2000000, 7}));
  EXPECT_EQ(mho_adc_read_sums(&adc, 8, sums.data(), 1), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_read_sums(&adc, 0, sums.data(), 0), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_read_sums(&adc, 0, sums.data(), 65), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_read_sums(&adc, 0, nullptr, 1), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(AdcTest, TrimsAreSignedFieldsOfOneWord) {
  mho_adc_trim_t trim{9, 9};
  expect_write(0x1000 + 4 * (7 * 64 + 63), 0x07ff'0ffe);
  EXPECT_EQ(mho_adc_set_trim(&adc, 7, 63, {-2, 2047}), MHO_HAL_OK);
  expect_read(0x1000 + 4 * 64, 0x0801'0003);
  EXPECT_EQ(mho_adc_get_trim(&adc, 1, 0, &trim), MHO_HAL_OK);
  EXPECT_EQ(trim.offset, 3);
  EXPECT_EQ(trim.gain, -2047);
}

TEST_F(AdcTest, TrimsOutOfRangeTouchNothing) {
  mho_adc_trim_t trim{};
  EXPECT_EQ(mho_adc_set_trim(nullptr, 0, 0, {}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_set_trim(&adc, 8, 0, {}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_set_trim(&adc, 0, 64, {}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_set_trim(&adc, 0, 0, {-2048, 0}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_set_trim(&adc, 0, 0, {0, 2048}), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_get_trim(&adc, 8, 0, &trim), MHO_HAL_BAD_ARGUMENT);
  EXPECT_EQ(mho_adc_get_trim(&adc, 0, 0, nullptr), MHO_HAL_BAD_ARGUMENT);
}

TEST_F(AdcTest, FullScale) {
  std::uint32_t full_scale_uv = 0;
  EXPECT_EQ(mho_adc_get_full_scale(&adc, nullptr), MHO_HAL_BAD_ARGUMENT);
  expect_read(0x10, 500000);
  EXPECT_EQ(mho_adc_get_full_scale(&adc, &full_scale_uv), MHO_HAL_OK);
  EXPECT_EQ(full_scale_uv, 500000u);
}

TEST_F(AdcTest, Status) {
  mho_adc_status_t status{};
  expect_read(0x84, 0x00400803);
  expect_read(0xa4, 5);
  expect_read(0xc4, 127);
  EXPECT_EQ(mho_adc_get_status(&adc, 1, &status), MHO_HAL_OK);
  EXPECT_TRUE(status.was_rejected);
  EXPECT_TRUE(status.has_clipped);
  EXPECT_EQ(status.reads, 8u);
  EXPECT_EQ(status.channels, 64u);
  EXPECT_EQ(status.clips, 5u);
  EXPECT_EQ(status.peak, 127u);
}

TEST_F(AdcTest, CodesAreSigned) {
  std::array<std::int16_t, 4> codes{9, 9, 9, 9};
  const std::uint32_t start = 0x20000 + ((2 * 128 + 5) * 64) * 2;
  expect_read(start, 0xff81007f);
  expect_read(start + 4, 0xffff, 2);
  EXPECT_EQ(mho_adc_read_codes(&adc, 2, 5, codes.data(), 3), MHO_HAL_OK);
  EXPECT_EQ(codes, (std::array<std::int16_t, 4>{127, -127, -1, 9}));
}

}  // namespace
}  // namespace mho::test
