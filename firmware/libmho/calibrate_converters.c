// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Offset and gain of the ADC's channels by its own reference, then those of the DACs by the ADC.
#include "firmware/libmho/calibrator.h"

enum {
  kAdcPasses = 2,        // the first may clip
  kGainPoint = 3 << 13,  // of the ADC's gain [reference codes]: 3/4 of full scale
};

// --- ADC channels ---

typedef struct {
  mho_measurement_t zero, high, low;
} adc_measurements_t;

static mho_result_t trim_adc(mho_calibrator_t* cal, const adc_measurements_t* m, bool is_last, uint32_t lane,
                             uint32_t channel) {
  const int64_t offset = mho_level(cal, &m->zero, lane, channel);
  const int64_t gain =
      mho_rounded((mho_excess(cal, &m->high, lane, channel) - mho_excess(cal, &m->low, lane, channel)) *
                      (1 << MHO_GAIN_BITS),
                  (int64_t)cal->adc_max * (m->high.reference_sum - m->low.reference_sum));
  if (is_last) {
    mho_keep_largest(&cal->report->adc_offset_residual, offset);
    mho_keep_largest(&cal->report->adc_gain_residual, gain);
    return MHO_OK;
  }
  mho_adc_trim_t trim;
  if (mho_adc_get_trim(&cal->adc, lane, channel, &trim) != MHO_HAL_OK) return MHO_NO_DEVICE;
  const int32_t limit = (int32_t)MHO_ADC_TRIM_MAX;
  trim.offset = mho_limited_trim(
      cal, trim.offset - mho_rounded(offset, 1 << (MHO_LEVEL_BITS - MHO_ADC_OFFSET_TRIM_FRACTION_BITS)),
      limit);
  trim.gain = mho_limited_trim(
      cal, trim.gain - mho_rounded(gain, 1 << (MHO_GAIN_BITS - MHO_ADC_GAIN_TRIM_FRACTION_BITS)), limit);
  return mho_calibrator_result(mho_adc_set_trim(&cal->adc, lane, channel, trim));
}

static mho_result_t adc_pass(mho_calibrator_t* cal, bool is_last) {
  adc_measurements_t m;
  cal->report->limited = 0;  // the last pass that trims decides
  mho_result_t result = mho_measure_ramp(cal, MHO_ADC_LANES, 0, MHO_RAMP_READS, &m.zero);
  if (result == MHO_OK) result = mho_measure_ramp(cal, MHO_ADC_LANES, kGainPoint, MHO_RAMP_READS, &m.high);
  if (result == MHO_OK) result = mho_measure_ramp(cal, MHO_ADC_LANES, -kGainPoint, MHO_RAMP_READS, &m.low);
  for (uint32_t i = 0; result == MHO_OK && i < MHO_ADC_LANES * MHO_ADC_CHANNELS; ++i) {
    result = trim_adc(cal, &m, is_last, i / MHO_ADC_CHANNELS, i % MHO_ADC_CHANNELS);
  }
  return result;
}

mho_result_t mho_calibrate_adc(mho_calibrator_t* cal) {
  const mho_adc_source_t ground = {.is_mvm = false, .index = MHO_ADC_SOURCE_GROUND};
  for (uint32_t lane = 0; lane < MHO_ADC_LANES; ++lane) {
    if (mho_adc_set_source(&cal->adc, lane, ground) != MHO_HAL_OK) return MHO_NO_DEVICE;
  }
  mho_result_t result = MHO_OK;
  for (uint32_t pass = 0; result == MHO_OK && pass < kAdcPasses; ++pass) result = adc_pass(cal, false);
  const uint32_t at_limit = cal->report->limited;
  if (result == MHO_OK) result = adc_pass(cal, true);
  cal->report->limited = at_limit;
  cal->report->channels += MHO_ADC_LANES * MHO_ADC_CHANNELS;
  return result;
}

// --- DAC channels ---

// The code at which DACs are measured, and what an ADC should read there.
typedef struct {
  int32_t code;
  int64_t expected;  // [2^-12 ADC codes]
} dac_point_t;

// The largest code within 3/4 of the ADC's range; 0: not even one.
static dac_point_t dac_point(const mho_calibrator_t* cal, uint32_t dac_max, uint32_t dac_full_scale_uv) {
  const int64_t fits = (int64_t)dac_max * cal->adc_full_scale_uv * 3 / ((int64_t)dac_full_scale_uv * 4);
  const int64_t code = fits < dac_max ? fits : dac_max;
  const int64_t ratio = mho_rounded((int64_t)dac_full_scale_uv << 24, cal->adc_full_scale_uv);
  const int64_t share = mho_rounded(code * ratio, dac_max);  // of the ADC's full scale, 2^-24
  return (dac_point_t){(int32_t)code, mho_rounded(share * cal->adc_max, 1 << (24 - MHO_LEVEL_BITS))};
}

static mho_result_t measure_dac(mho_calibrator_t* cal, int32_t code, mho_measurement_t* out) {
  int16_t codes[MHO_DAC_CHANNELS];
  for (uint32_t c = 0; c < MHO_DAC_CHANNELS; ++c) codes[c] = (int16_t)code;
  if (mho_dac_write_pattern(&cal->dac, 0, codes, MHO_DAC_CHANNELS) != MHO_HAL_OK) return MHO_NO_DEVICE;
  return mho_measure_ramp(cal, 1, 0, MHO_RAMP_READS, out);
}

static mho_result_t trim_dac(mho_calibrator_t* cal, dac_point_t point, const mho_measurement_t* high,
                             const mho_measurement_t* low, bool is_last, uint32_t channel) {
  const int64_t up = mho_level(cal, high, 0, channel), down = mho_level(cal, low, 0, channel);
  const int64_t span = 2 * point.expected;
  const int64_t gain = mho_rounded((up - down - span) * (1 << MHO_GAIN_BITS), span);
  const int64_t offset = mho_rounded((up + down) * point.code * (1 << MHO_LEVEL_BITS), span);
  if (is_last) {
    mho_keep_largest(&cal->report->dac_offset_residual, offset);
    mho_keep_largest(&cal->report->dac_gain_residual, gain);
    return MHO_OK;
  }
  mho_dac_trim_t trim;
  if (mho_dac_get_trim(&cal->dac, channel, &trim) != MHO_HAL_OK) return MHO_NO_DEVICE;
  const int32_t limit = (int32_t)MHO_DAC_TRIM_MAX;
  trim.offset = mho_limited_trim(
      cal, trim.offset - mho_rounded(offset, 1 << (MHO_LEVEL_BITS - MHO_DAC_OFFSET_TRIM_FRACTION_BITS)),
      limit);
  trim.gain = mho_limited_trim(
      cal, trim.gain - mho_rounded(gain, 1 << (MHO_GAIN_BITS - MHO_DAC_GAIN_TRIM_FRACTION_BITS)), limit);
  return mho_calibrator_result(mho_dac_set_trim(&cal->dac, channel, trim));
}

static mho_result_t dac_pass(mho_calibrator_t* cal, dac_point_t point, bool is_last) {
  mho_measurement_t high, low;
  mho_result_t result = measure_dac(cal, point.code, &high);
  if (result == MHO_OK) result = measure_dac(cal, -point.code, &low);
  for (uint32_t c = 0; result == MHO_OK && c < MHO_DAC_CHANNELS; ++c) {
    result = trim_dac(cal, point, &high, &low, is_last, c);
  }
  return result;
}

mho_dac_t mho_dac_of_bank(const mho_calibrator_t* cal, uint32_t bank) {
  const mho_device_config_t* const config = &cal->device->config;
  return (mho_dac_t){config->dac_base + (uintptr_t)bank * config->dac_stride};
}

static mho_result_t calibrate_dac(mho_calibrator_t* cal, uint32_t bank) {
  const mho_adc_source_t loop_back = {.is_mvm = false, .index = MHO_ADC_SOURCE_DAC + bank};
  cal->dac = mho_dac_of_bank(cal, bank);
  uint32_t bits = 0, full_scale_uv = 0;
  if (mho_dac_get_bits(&cal->dac, &bits) != MHO_HAL_OK || bits < 2u || bits > 16u ||
      mho_dac_get_full_scale(&cal->dac, &full_scale_uv) != MHO_HAL_OK || full_scale_uv == 0u ||
      mho_dac_set_one_bit(&cal->dac, false) != MHO_HAL_OK ||
      mho_adc_set_source(&cal->adc, 0, loop_back) != MHO_HAL_OK) {
    return MHO_NO_DEVICE;
  }
  const dac_point_t point = dac_point(cal, (1u << (bits - 1u)) - 1u, full_scale_uv);
  if (point.code == 0 || point.expected == 0) return MHO_NO_DEVICE;
  mho_result_t result = dac_pass(cal, point, false);
  if (result == MHO_OK) result = dac_pass(cal, point, true);
  cal->report->channels += MHO_DAC_CHANNELS;
  return result;
}

mho_result_t mho_calibrate_dacs(mho_calibrator_t* cal) {
  mho_result_t result = MHO_OK;
  for (uint32_t bank = 0; result == MHO_OK && bank < cal->device->capabilities.dac_banks; ++bank) {
    result = calibrate_dac(cal, bank);
  }
  return result;
}
