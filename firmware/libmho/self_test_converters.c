// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Whether each channel of the converters follows its input. Coarse on purpose: errors that calibration trims
// away are no defects.
#include "firmware/hal/adc.h"
#include "firmware/hal/dac.h"
#include "firmware/libmho/calibrate.h"
#include "firmware/libmho/self_test.h"

enum {
  kReads = 4,
  kHalfScale = 1 << (MHO_ADC_REFERENCE_FRACTION_BITS - 1),  // of the reference
  kLeastBits = 4,
};

typedef struct {
  const mho_device_t* device;
  mho_self_test_t* report;
  mho_adc_t adc;
  int32_t adc_max;  // largest code
  uint32_t adc_full_scale_uv;
  bool is_bad[MHO_ADC_LANES][MHO_ADC_CHANNELS];  // ADC channels
} tester_t;

static int32_t distance(int32_t a, int32_t b) {
  return a < b ? b - a : a - b;
}

// Sums of codes over the reads of one lane.
static mho_result_t convert(const tester_t* t, uint32_t lane, uint32_t source, int32_t reference,
                            int32_t* sums) {
  const mho_adc_source_t from = {.is_mvm = false, .index = source};
  const mho_adc_reference_t shift = {.start = reference, .step = 0, .reads = kReads};
  mho_adc_status_t status;
  if (mho_adc_set_reference(&t->adc, shift) != MHO_HAL_OK ||
      mho_adc_set_source(&t->adc, lane, from) != MHO_HAL_OK ||
      mho_adc_convert_lanes(&t->adc, 1u << lane) != MHO_HAL_OK ||
      mho_adc_get_status(&t->adc, lane, &status) != MHO_HAL_OK || status.was_rejected ||
      mho_adc_read_sums(&t->adc, lane, sums, MHO_ADC_CHANNELS) != MHO_HAL_OK) {
    return MHO_NO_DEVICE;
  }
  return MHO_OK;
}

static void note_adc(tester_t* t, uint32_t lane, uint32_t channel) {
  if (t->is_bad[lane][channel]) return;
  t->is_bad[lane][channel] = true;
  if (t->report->bad_adc_channels++ != 0u) return;
  t->report->first_bad_adc_lane = lane;
  t->report->first_bad_adc_channel = channel;
}

// An eighth of the range is more than trims make up for.
static mho_result_t test_adc(tester_t* t, uint32_t lane, int32_t sign) {
  int32_t sums[MHO_ADC_CHANNELS];
  const mho_result_t result = convert(t, lane, MHO_ADC_SOURCE_GROUND, sign * kHalfScale, sums);
  if (result != MHO_OK) return result;
  const int32_t expected = sign * t->adc_max * kReads / 2;
  for (uint32_t c = 0; c < MHO_ADC_CHANNELS; ++c) {
    if (distance(sums[c], expected) > t->adc_max * kReads / 8 + kReads) note_adc(t, lane, c);
  }
  return MHO_OK;
}

static mho_result_t test_adcs(tester_t* t) {
  mho_result_t result = MHO_OK;
  for (uint32_t lane = 0; result == MHO_OK && lane < MHO_ADC_LANES; ++lane) {
    result = test_adc(t, lane, 1);
    if (result == MHO_OK) result = test_adc(t, lane, -1);
    t->report->tested_channels += MHO_ADC_CHANNELS;
  }
  return result;
}

// A lane whose channel works; MHO_ADC_LANES: there is none.
static uint32_t lane_for(const tester_t* t, uint32_t channel) {
  uint32_t lane = 0;
  while (lane < MHO_ADC_LANES && t->is_bad[lane][channel]) ++lane;
  return lane;
}

static void note_dac(tester_t* t, uint32_t bank, uint32_t channel) {
  if (t->report->bad_dac_channels++ != 0u) return;
  t->report->first_bad_dac_bank = bank;
  t->report->first_bad_dac_channel = channel;
}

// What lanes read of a bank whose channels all drive `code`.
static mho_result_t drive(const tester_t* t, const mho_dac_t* dac, uint32_t bank, int32_t code,
                          int32_t (*sums)[MHO_ADC_CHANNELS]) {
  int16_t codes[MHO_DAC_CHANNELS];
  for (uint32_t c = 0; c < MHO_DAC_CHANNELS; ++c) codes[c] = (int16_t)code;
  if (mho_dac_write_pattern(dac, 0, codes, MHO_DAC_CHANNELS) != MHO_HAL_OK) return MHO_NO_DEVICE;
  mho_result_t result = MHO_OK;
  for (uint32_t lane = 0; result == MHO_OK && lane < MHO_ADC_LANES; ++lane)
    result = convert(t, lane, MHO_ADC_SOURCE_DAC + bank, 0, sums[lane]);
  return result;
}

// Half of the range of DAC or ADC, whichever ends first, up and down.
static mho_result_t test_dac(tester_t* t, uint32_t bank) {
  const mho_device_config_t* const config = &t->device->config;
  const mho_dac_t dac = {config->dac_base + (uintptr_t)bank * config->dac_stride};
  int32_t up[MHO_ADC_LANES][MHO_ADC_CHANNELS], down[MHO_ADC_LANES][MHO_ADC_CHANNELS];
  uint32_t bits = 0, full_scale_uv = 0;
  if (mho_dac_check(&dac) != MHO_HAL_OK || mho_dac_get_bits(&dac, &bits) != MHO_HAL_OK || bits < 2u ||
      mho_dac_get_full_scale(&dac, &full_scale_uv) != MHO_HAL_OK || full_scale_uv == 0u ||
      mho_dac_set_one_bit(&dac, false) != MHO_HAL_OK) {
    return MHO_NO_DEVICE;
  }
  const int64_t dac_max = (1 << (bits - 1u)) - 1;
  const int64_t fits = dac_max * t->adc_full_scale_uv / full_scale_uv;
  const int64_t code = (fits < dac_max ? fits : dac_max) / 2;
  mho_result_t result = drive(t, &dac, bank, (int32_t)code, up);
  if (result == MHO_OK) result = drive(t, &dac, bank, (int32_t)-code, down);
  if (result != MHO_OK) return result;
  const int64_t expected = 2 * code * full_scale_uv * t->adc_max * kReads / (dac_max * t->adc_full_scale_uv);
  for (uint32_t c = 0; c < MHO_DAC_CHANNELS; ++c) {
    const uint32_t lane = lane_for(t, c);
    if (lane == MHO_ADC_LANES) continue;
    if (distance(up[lane][c] - down[lane][c], (int32_t)expected) > expected / 4 + 2 * kReads)
      note_dac(t, bank, c);
  }
  t->report->tested_channels += MHO_DAC_CHANNELS;
  return MHO_OK;
}

static mho_result_t run_steps(tester_t* t) {
  mho_result_t result = test_adcs(t);
  for (uint32_t bank = 0; result == MHO_OK && bank < t->device->capabilities.dac_banks; ++bank)
    result = test_dac(t, bank);
  const mho_adc_reference_t none = {.start = 0, .step = 0, .reads = 1};
  return mho_adc_set_reference(&t->adc, none) == MHO_HAL_OK ? result : MHO_NO_DEVICE;
}

mho_result_t mho_self_test_converters(const mho_device_t* device, mho_self_test_t* report) {
  tester_t t = {.device = device, .report = report, .adc = {device->config.adc_base}};
  uint32_t bits = 0, low_precision_bits = 0;
  if (!mho_can_calibrate(device) || mho_adc_check(&t.adc) != MHO_HAL_OK ||
      mho_adc_get_bits(&t.adc, &bits, &low_precision_bits) != MHO_HAL_OK ||
      mho_adc_get_full_scale(&t.adc, &t.adc_full_scale_uv) != MHO_HAL_OK || t.adc_full_scale_uv == 0u ||
      bits < kLeastBits || bits > 16u) {
    return MHO_NO_DEVICE;
  }
  t.adc_max = (int32_t)(1u << (bits - 1u)) - 1;
  return run_steps(&t);
}
