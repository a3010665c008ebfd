// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/calibrate.h"

#include <string.h>

#include "firmware/libmho/calibrator.h"

enum {
  kLeastBits = 4,  // ramps of one code at ±3/4 stay within the reference's range
};

bool mho_can_calibrate(const mho_device_t* device) {
  const mho_device_config_t* const config = &device->config;
  return config->adc_base != 0u && config->dac_base != 0u && config->inv_base != 0u &&
         config->mvm_base != 0u && (config->dac_stride != 0u || device->capabilities.dac_banks <= 1u) &&
         (config->ginv_base != 0u || device->capabilities.ginv_count == 0u);
}

static mho_result_t find_blocks(mho_calibrator_t* cal) {
  const mho_device_config_t* const config = &cal->device->config;
  if (!mho_can_calibrate(cal->device)) return MHO_NO_DEVICE;
  cal->adc = (mho_adc_t){config->adc_base};
  uint32_t bits = 0, low_precision_bits = 0;
  if (mho_adc_check(&cal->adc) != MHO_HAL_OK ||
      mho_adc_get_bits(&cal->adc, &bits, &low_precision_bits) != MHO_HAL_OK ||
      mho_adc_get_full_scale(&cal->adc, &cal->adc_full_scale_uv) != MHO_HAL_OK ||
      cal->adc_full_scale_uv == 0u || bits < kLeastBits || bits > 16u) {
    return MHO_NO_DEVICE;
  }
  cal->adc_max = (1u << (bits - 1u)) - 1u;
  for (uint32_t bank = 0; bank < cal->device->capabilities.dac_banks; ++bank) {
    const mho_dac_t dac = mho_dac_of_bank(cal, bank);
    if (mho_dac_check(&dac) != MHO_HAL_OK) return MHO_NO_DEVICE;
  }
  return MHO_OK;
}

static mho_result_t run_steps(mho_calibrator_t* cal, const mho_calibration_options_t* options) {
  const mho_dru_capabilities_t* const c = &cal->device->capabilities;
  mho_result_t result = mho_calibrate_adc(cal);
  if (result == MHO_OK) result = mho_calibrate_dacs(cal);
  const mho_device_config_t* const config = &cal->device->config;
  const mho_calibrated_kind_t inv = {config->inv_base, {false, 0u}, c->inv_size, MHO_MACRO_INV};
  const mho_calibrated_kind_t mvm = {config->mvm_base, {true, 0u}, c->mvm_size, MHO_MACRO_MVM};
  const mho_calibrated_kind_t ginv = {
      config->ginv_base, {false, MHO_ADC_SOURCE_GINV}, 2u * c->ginv_size, MHO_MACRO_GINV};
  if (result == MHO_OK) result = mho_calibrate_macros(cal, inv, options->inv_macros);
  if (result == MHO_OK) result = mho_calibrate_macros(cal, mvm, options->mvm_macros);
  if (result == MHO_OK) result = mho_calibrate_macros(cal, ginv, options->ginv_macros);
  const mho_adc_reference_t none = {.start = 0, .step = 0, .reads = 1};
  const mho_result_t restored = mho_calibrator_result(mho_adc_set_reference(&cal->adc, none));
  return result == MHO_OK ? restored : result;
}

mho_result_t mho_calibrate(const mho_device_t* device, const mho_calibration_options_t* options,
                           mho_calibration_t* report) {
  memset(report, 0, sizeof *report);
  const mho_dru_capabilities_t* const c = &device->capabilities;
  const mho_share_t share = {.avoided = options->skipped};
  if (device->config.is_context || device->open_contexts != 0u ||
      options->inv_macros > mho_share_macros(&share, MHO_MACRO_INV, c->inv_count) ||
      options->mvm_macros > mho_share_macros(&share, MHO_MACRO_MVM, c->mvm_count) ||
      options->ginv_macros > mho_share_macros(&share, MHO_MACRO_GINV, c->ginv_count) ||
      options->repeats == 0u || options->repeats > MHO_CALIBRATION_REPEATS_MAX) {
    return MHO_BAD_ARGUMENT;
  }
  mho_calibrator_t cal = {
      .device = device, .repeats = options->repeats, .skipped = options->skipped, .report = report};
  mho_result_t result = find_blocks(&cal);
  if (result != MHO_OK) return result;
  const uint64_t start_ns = mho_time_ns(device), start_pj = mho_energy_pj(device);
  result = mho_calibrator_result(mho_telemetry_set_cpu_job(&device->telemetry, options->job_id));
  if (result == MHO_OK) result = run_steps(&cal, options);
  const mho_result_t uncharged = mho_calibrator_result(mho_telemetry_set_cpu_job(&device->telemetry, 0));
  report->time_ns = mho_time_ns(device) - start_ns;
  report->energy_pj = mho_energy_pj(device) - start_pj;
  return result == MHO_OK ? uncharged : result;
}

void mho_calibration_report(const mho_calibration_t* report, mho_job_result_t* result) {
  result->calibrated_channels = report->channels;
  result->calibration_limited = report->limited;
  result->calibration_conversions = report->conversions;
  result->calibration_time_ns = report->time_ns > UINT32_MAX ? UINT32_MAX : (uint32_t)report->time_ns;
  result->calibration_energy_pj = report->energy_pj;
  result->adc_offset_residual = report->adc_offset_residual;
  result->adc_gain_residual = report->adc_gain_residual;
  result->dac_offset_residual = report->dac_offset_residual;
  result->dac_gain_residual = report->dac_gain_residual;
  result->opamp_offset_residual = report->opamp_offset_residual_nv;
}
