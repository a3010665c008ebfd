// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/calibrate.h"

#include <string.h>

#include "firmware/hal/adc.h"
#include "firmware/hal/dac.h"
#include "firmware/hal/macro.h"

enum {
  kUnitBits = 12,        // measured values are in 2^-12 codes
  kGainBits = 20,        // measured gains in 2^-20
  kAdcPasses = 2,        // the first may clip
  kReads = 128,          // of a ramp
  kZeroReads = 32,       // of a ramp over an amplifier, whose offset is amplified
  kGainPoint = 3 << 13,  // of the ADC's gain [reference codes]: 3/4 of full scale
  kLeastBits = 4,        // ramps of one code at ±3/4 stay within the reference's range
  kNanovoltPerMicrovolt = 1000,
};

typedef struct {
  const mho_device_t* device;
  mho_adc_t adc;
  mho_dac_t dac;
  uint32_t adc_max;  // largest code
  uint32_t adc_full_scale_uv;
  uint32_t repeats;
  const mho_macro_set_t* skipped;
  mho_calibration_t* report;
} calibrator_t;

// One ramp, or several alike: reads, and the sum over all of them of the reference [2^-15 full scale].
typedef struct {
  uint32_t reads;
  int64_t reference_sum;
  int32_t sums[MHO_ADC_LANES][MHO_ADC_CHANNELS];  // of the codes
} measurement_t;

// Hardware that the checks at the beginning have found refuses nothing that is in range.
static mho_result_t result_of(mho_hal_result_t result) {
  return result == MHO_HAL_OK ? MHO_OK : MHO_NO_DEVICE;
}

static int64_t divide(int64_t a, int64_t b) {
  const int64_t half = b / 2;
  return (a < 0 ? a - half : a + half) / b;
}

static uint32_t magnitude(int64_t value) {
  const int64_t positive = value < 0 ? -value : value;
  return positive > UINT32_MAX ? UINT32_MAX : (uint32_t)positive;
}

static void keep_largest(uint32_t* largest, int64_t value) {
  if (magnitude(value) > *largest) *largest = magnitude(value);
}

// A trim within ±limit; counts those that would lie beyond.
static int32_t limited(calibrator_t* cal, int64_t trim, int32_t limit) {
  if (trim >= -limit && trim <= limit) return (int32_t)trim;
  ++cal->report->limited;
  return trim < 0 ? -limit : limit;
}

// --- measurements ---

// A ramp of `reads` steps around a reference code over a whole number of ADC codes, at least one.
static mho_adc_reference_t ramp_around(const calibrator_t* cal, int32_t centre, uint32_t reads) {
  const int32_t range = 1 << MHO_ADC_REFERENCE_FRACTION_BITS;
  const int32_t step = (int32_t)divide(range, (int64_t)cal->adc_max * reads);
  const int32_t at_least_one = step < 1 ? 1 : step;
  return (mho_adc_reference_t){
      .start = centre - at_least_one * (int32_t)(reads - 1u) / 2, .step = at_least_one, .reads = reads};
}

static mho_result_t add_sums(calibrator_t* cal, uint32_t lane, measurement_t* out) {
  mho_adc_status_t status;
  if (mho_adc_get_status(&cal->adc, lane, &status) != MHO_HAL_OK || status.was_rejected) return MHO_NO_DEVICE;
  int32_t sums[MHO_ADC_CHANNELS];
  if (mho_adc_read_sums(&cal->adc, lane, sums, status.channels) != MHO_HAL_OK) return MHO_NO_DEVICE;
  for (uint32_t c = 0; c < status.channels; ++c) out->sums[lane][c] += sums[c];
  cal->report->conversions += status.reads * status.channels;
  return MHO_OK;
}

// Converts the sources of the lanes below `lanes`, with a ramp around `centre` added.
static mho_result_t measure(calibrator_t* cal, uint32_t lanes, int32_t centre, uint32_t reads,
                            measurement_t* out) {
  const mho_adc_reference_t ramp = ramp_around(cal, centre, reads);
  const int64_t ramp_sum = (int64_t)reads * ramp.start + (int64_t)ramp.step * reads * (reads - 1u) / 2;
  memset(out->sums, 0, sizeof out->sums);
  out->reads = reads * cal->repeats;
  out->reference_sum = ramp_sum * cal->repeats;
  if (mho_adc_set_reference(&cal->adc, ramp) != MHO_HAL_OK) return MHO_NO_DEVICE;
  for (uint32_t r = 0; r < cal->repeats; ++r) {
    if (mho_adc_convert_lanes(&cal->adc, (1u << lanes) - 1u) != MHO_HAL_OK) return MHO_NO_DEVICE;
    for (uint32_t lane = 0; lane < lanes; ++lane) {
      const mho_result_t result = add_sums(cal, lane, out);
      if (result != MHO_OK) return result;
    }
  }
  return MHO_OK;
}

// Sum of what was read beyond the reference [2^-15 codes].
static int64_t excess(const calibrator_t* cal, const measurement_t* m, uint32_t lane, uint32_t channel) {
  return (int64_t)m->sums[lane][channel] * (1 << MHO_ADC_REFERENCE_FRACTION_BITS) -
         (int64_t)cal->adc_max * m->reference_sum;
}

// Its mean [2^-12 codes].
static int64_t level(const calibrator_t* cal, const measurement_t* m, uint32_t lane, uint32_t channel) {
  return divide(excess(cal, m, lane, channel),
                (int64_t)m->reads << (MHO_ADC_REFERENCE_FRACTION_BITS - kUnitBits));
}

// --- ADC channels ---

typedef struct {
  measurement_t zero, high, low;
} adc_measurements_t;

static mho_result_t trim_adc(calibrator_t* cal, const adc_measurements_t* m, bool is_last, uint32_t lane,
                             uint32_t channel) {
  const int64_t offset = level(cal, &m->zero, lane, channel);
  const int64_t gain =
      divide((excess(cal, &m->high, lane, channel) - excess(cal, &m->low, lane, channel)) * (1 << kGainBits),
             (int64_t)cal->adc_max * (m->high.reference_sum - m->low.reference_sum));
  if (is_last) {
    keep_largest(&cal->report->adc_offset_residual, offset);
    keep_largest(&cal->report->adc_gain_residual, gain);
    return MHO_OK;
  }
  mho_adc_trim_t trim;
  if (mho_adc_get_trim(&cal->adc, lane, channel, &trim) != MHO_HAL_OK) return MHO_NO_DEVICE;
  const int32_t limit = (int32_t)MHO_ADC_TRIM_MAX;
  trim.offset =
      limited(cal, trim.offset - divide(offset, 1 << (kUnitBits - MHO_ADC_OFFSET_TRIM_FRACTION_BITS)), limit);
  trim.gain =
      limited(cal, trim.gain - divide(gain, 1 << (kGainBits - MHO_ADC_GAIN_TRIM_FRACTION_BITS)), limit);
  return result_of(mho_adc_set_trim(&cal->adc, lane, channel, trim));
}

static mho_result_t adc_pass(calibrator_t* cal, bool is_last) {
  adc_measurements_t m;
  cal->report->limited = 0;  // the last pass that trims decides
  mho_result_t result = measure(cal, MHO_ADC_LANES, 0, kReads, &m.zero);
  if (result == MHO_OK) result = measure(cal, MHO_ADC_LANES, kGainPoint, kReads, &m.high);
  if (result == MHO_OK) result = measure(cal, MHO_ADC_LANES, -kGainPoint, kReads, &m.low);
  for (uint32_t i = 0; result == MHO_OK && i < MHO_ADC_LANES * MHO_ADC_CHANNELS; ++i) {
    result = trim_adc(cal, &m, is_last, i / MHO_ADC_CHANNELS, i % MHO_ADC_CHANNELS);
  }
  return result;
}

static mho_result_t calibrate_adc(calibrator_t* cal) {
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
static dac_point_t dac_point(const calibrator_t* cal, uint32_t dac_max, uint32_t dac_full_scale_uv) {
  const int64_t fits = (int64_t)dac_max * cal->adc_full_scale_uv * 3 / ((int64_t)dac_full_scale_uv * 4);
  const int64_t code = fits < dac_max ? fits : dac_max;
  const int64_t ratio = divide((int64_t)dac_full_scale_uv << 24, cal->adc_full_scale_uv);
  const int64_t share = divide(code * ratio, dac_max);  // of the ADC's full scale, 2^-24
  return (dac_point_t){(int32_t)code, divide(share * cal->adc_max, 1 << (24 - kUnitBits))};
}

static mho_result_t measure_dac(calibrator_t* cal, int32_t code, measurement_t* out) {
  int16_t codes[MHO_DAC_CHANNELS];
  for (uint32_t c = 0; c < MHO_DAC_CHANNELS; ++c) codes[c] = (int16_t)code;
  if (mho_dac_write_pattern(&cal->dac, 0, codes, MHO_DAC_CHANNELS) != MHO_HAL_OK) return MHO_NO_DEVICE;
  return measure(cal, 1, 0, kReads, out);
}

static mho_result_t trim_dac(calibrator_t* cal, dac_point_t point, const measurement_t* high,
                             const measurement_t* low, bool is_last, uint32_t channel) {
  const int64_t up = level(cal, high, 0, channel), down = level(cal, low, 0, channel);
  const int64_t span = 2 * point.expected;
  const int64_t gain = divide((up - down - span) * (1 << kGainBits), span);
  const int64_t offset = divide((up + down) * point.code * (1 << kUnitBits), span);
  if (is_last) {
    keep_largest(&cal->report->dac_offset_residual, offset);
    keep_largest(&cal->report->dac_gain_residual, gain);
    return MHO_OK;
  }
  mho_dac_trim_t trim;
  if (mho_dac_get_trim(&cal->dac, channel, &trim) != MHO_HAL_OK) return MHO_NO_DEVICE;
  const int32_t limit = (int32_t)MHO_DAC_TRIM_MAX;
  trim.offset =
      limited(cal, trim.offset - divide(offset, 1 << (kUnitBits - MHO_DAC_OFFSET_TRIM_FRACTION_BITS)), limit);
  trim.gain =
      limited(cal, trim.gain - divide(gain, 1 << (kGainBits - MHO_DAC_GAIN_TRIM_FRACTION_BITS)), limit);
  return result_of(mho_dac_set_trim(&cal->dac, channel, trim));
}

static mho_result_t dac_pass(calibrator_t* cal, dac_point_t point, bool is_last) {
  measurement_t high, low;
  mho_result_t result = measure_dac(cal, point.code, &high);
  if (result == MHO_OK) result = measure_dac(cal, -point.code, &low);
  for (uint32_t c = 0; result == MHO_OK && c < MHO_DAC_CHANNELS; ++c) {
    result = trim_dac(cal, point, &high, &low, is_last, c);
  }
  return result;
}

static mho_dac_t dac_bank(const calibrator_t* cal, uint32_t bank) {
  const mho_device_config_t* const config = &cal->device->config;
  return (mho_dac_t){config->dac_base + (uintptr_t)bank * config->dac_stride};
}

static mho_result_t calibrate_dac(calibrator_t* cal, uint32_t bank) {
  const mho_adc_source_t loop_back = {.is_mvm = false, .index = MHO_ADC_SOURCE_DAC + bank};
  cal->dac = dac_bank(cal, bank);
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

static mho_result_t calibrate_dacs(calibrator_t* cal) {
  mho_result_t result = MHO_OK;
  for (uint32_t bank = 0; result == MHO_OK && bank < cal->device->capabilities.dac_banks; ++bank) {
    result = calibrate_dac(cal, bank);
  }
  return result;
}

// --- amplifiers ---

// A kind of macro: where they are on the bus and for the lanes, and their amplifiers.
typedef struct {
  uintptr_t base;
  mho_adc_source_t source;  // of the first
  uint32_t size;
  mho_macro_kind_t name;
} kind_t;

// Macros that are measured together, one per lane.
typedef struct {
  kind_t kind;
  uint32_t count;
  uint32_t macro[MHO_ADC_LANES];
  uint32_t size;
  uint32_t gain;  // output gain
} group_t;

static mho_macro_t macro_of(const group_t* group, uint32_t i) {
  return (mho_macro_t){group->kind.base + (uintptr_t)group->macro[i] * MHO_ARRAY_MACRO_BLOCK_SIZE};
}

// The largest gain at which the offsets that can be trimmed stay within 3/4 of the ADC's range.
static uint32_t zero_gain(const calibrator_t* cal) {
  const uint64_t reach_uv = (uint64_t)MHO_ARRAY_MACRO_OFFSET_TRIM_MAX * MHO_ARRAY_MACRO_OFFSET_TRIM_STEP;
  uint32_t gain = 0;
  while (gain < MHO_ARRAY_MACRO_OUTPUT_GAIN_MAX &&
         (reach_uv << (gain + 1u)) * 4u <= (uint64_t)cal->adc_full_scale_uv * 3u) {
    ++gain;
  }
  return gain;
}

static mho_result_t measure_group(calibrator_t* cal, const group_t* group, measurement_t* out) {
  const mho_macro_zero_t zero = {.columns = group->size, .reads = kZeroReads, .output_gain = group->gain};
  for (uint32_t i = 0; i < group->count; ++i) {
    const mho_macro_t macro = macro_of(group, i);
    const mho_adc_source_t source = {group->kind.source.is_mvm, group->kind.source.index + group->macro[i]};
    if (mho_macro_start_zero(&macro, zero) != MHO_HAL_OK ||
        mho_adc_set_source(&cal->adc, i, source) != MHO_HAL_OK) {
      return MHO_NO_DEVICE;
    }
  }
  return measure(cal, group->count, 0, kZeroReads, out);
}

static mho_result_t trim_group(calibrator_t* cal, const group_t* group, const measurement_t* m,
                               bool is_last) {
  const int64_t codes = (int64_t)cal->adc_max << (kUnitBits + group->gain);
  const int64_t step_nv = (int64_t)MHO_ARRAY_MACRO_OFFSET_TRIM_STEP * kNanovoltPerMicrovolt;
  for (uint32_t i = 0; i < group->count; ++i) {
    const mho_macro_t macro = macro_of(group, i);
    for (uint32_t j = 0; j < group->size; ++j) {
      const int64_t offset_nv =
          divide(level(cal, m, i, j) * cal->adc_full_scale_uv * kNanovoltPerMicrovolt, codes);
      if (is_last) {
        keep_largest(&cal->report->opamp_offset_residual_nv, offset_nv);
        continue;
      }
      int32_t trim = 0;
      if (mho_macro_get_offset_trim(&macro, j, &trim) != MHO_HAL_OK) return MHO_NO_DEVICE;
      trim = limited(cal, trim - divide(offset_nv, step_nv), (int32_t)MHO_ARRAY_MACRO_OFFSET_TRIM_MAX);
      if (mho_macro_set_offset_trim(&macro, j, trim) != MHO_HAL_OK) return MHO_NO_DEVICE;
    }
  }
  return MHO_OK;
}

static mho_result_t calibrate_group(calibrator_t* cal, const group_t* group) {
  measurement_t m;
  mho_result_t result = measure_group(cal, group, &m);
  if (result == MHO_OK) result = trim_group(cal, group, &m, false);
  if (result == MHO_OK) result = measure_group(cal, group, &m);
  if (result == MHO_OK) result = trim_group(cal, group, &m, true);
  cal->report->channels += group->count * group->size;
  return result;
}

static mho_result_t calibrate_macros(calibrator_t* cal, kind_t kind, uint32_t count) {
  const mho_share_t share = {.avoided = cal->skipped};
  group_t group = {.kind = kind, .size = kind.size, .gain = zero_gain(cal)};
  mho_result_t result = count != 0u && kind.base == 0u ? MHO_NO_DEVICE : MHO_OK;
  uint32_t macro = 0;
  for (uint32_t left = count; result == MHO_OK && left > 0u; left -= group.count) {
    const uint32_t lanes = left < MHO_ADC_LANES ? left : MHO_ADC_LANES;
    for (group.count = 0; group.count < lanes; ++macro) {
      if (!mho_share_avoids(&share, kind.name, macro)) group.macro[group.count++] = macro;
    }
    result = calibrate_group(cal, &group);
  }
  return result;
}

// --- all of it ---

bool mho_can_calibrate(const mho_device_t* device) {
  const mho_device_config_t* const config = &device->config;
  return config->adc_base != 0u && config->dac_base != 0u && config->inv_base != 0u &&
         config->mvm_base != 0u && (config->dac_stride != 0u || device->capabilities.dac_banks <= 1u) &&
         (config->ginv_base != 0u || device->capabilities.ginv_count == 0u);
}

static mho_result_t find_blocks(calibrator_t* cal) {
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
    const mho_dac_t dac = dac_bank(cal, bank);
    if (mho_dac_check(&dac) != MHO_HAL_OK) return MHO_NO_DEVICE;
  }
  return MHO_OK;
}

static mho_result_t run_steps(calibrator_t* cal, const mho_calibration_options_t* options) {
  const mho_dru_capabilities_t* const c = &cal->device->capabilities;
  mho_result_t result = calibrate_adc(cal);
  if (result == MHO_OK) result = calibrate_dacs(cal);
  const mho_device_config_t* const config = &cal->device->config;
  const kind_t inv = {config->inv_base, {false, 0u}, c->inv_size, MHO_MACRO_INV};
  const kind_t mvm = {config->mvm_base, {true, 0u}, c->mvm_size, MHO_MACRO_MVM};
  const kind_t ginv = {config->ginv_base, {false, MHO_ADC_SOURCE_GINV}, 2u * c->ginv_size, MHO_MACRO_GINV};
  if (result == MHO_OK) result = calibrate_macros(cal, inv, options->inv_macros);
  if (result == MHO_OK) result = calibrate_macros(cal, mvm, options->mvm_macros);
  if (result == MHO_OK) result = calibrate_macros(cal, ginv, options->ginv_macros);
  const mho_adc_reference_t none = {.start = 0, .step = 0, .reads = 1};
  const mho_result_t restored = result_of(mho_adc_set_reference(&cal->adc, none));
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
  calibrator_t cal = {
      .device = device, .repeats = options->repeats, .skipped = options->skipped, .report = report};
  mho_result_t result = find_blocks(&cal);
  if (result != MHO_OK) return result;
  const uint64_t start_ns = mho_time_ns(device), start_pj = mho_energy_pj(device);
  result = result_of(mho_telemetry_set_cpu_job(&device->telemetry, options->job_id));
  if (result == MHO_OK) result = run_steps(&cal, options);
  const mho_result_t uncharged = result_of(mho_telemetry_set_cpu_job(&device->telemetry, 0));
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
