// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Input offsets of the amplifiers of macros, measured with their arrays disconnected.
#include "firmware/hal/macro.h"
#include "firmware/libmho/calibrator.h"

enum {
  kZeroReads = 32,  // of a ramp over an amplifier, whose offset is amplified
  kNanovoltPerMicrovolt = 1000,
};

// Macros that are measured together, one per lane.
typedef struct {
  mho_calibrated_kind_t kind;
  uint32_t count;
  uint32_t macro[MHO_ADC_LANES];
  uint32_t size;
  uint32_t gain;  // output gain
} group_t;

static mho_macro_t macro_of(const group_t* group, uint32_t i) {
  return (mho_macro_t){group->kind.base + (uintptr_t)group->macro[i] * MHO_ARRAY_MACRO_BLOCK_SIZE};
}

// The largest gain at which the offsets that can be trimmed stay within 3/4 of the ADC's range.
static uint32_t zero_gain(const mho_calibrator_t* cal) {
  const uint64_t reach_uv = (uint64_t)MHO_ARRAY_MACRO_OFFSET_TRIM_MAX * MHO_ARRAY_MACRO_OFFSET_TRIM_STEP;
  uint32_t gain = 0;
  while (gain < MHO_ARRAY_MACRO_OUTPUT_GAIN_MAX &&
         (reach_uv << (gain + 1u)) * 4u <= (uint64_t)cal->adc_full_scale_uv * 3u) {
    ++gain;
  }
  return gain;
}

static mho_result_t measure_group(mho_calibrator_t* cal, const group_t* group, mho_measurement_t* out) {
  const mho_macro_zero_t zero = {.columns = group->size, .reads = kZeroReads, .output_gain = group->gain};
  for (uint32_t i = 0; i < group->count; ++i) {
    const mho_macro_t macro = macro_of(group, i);
    const mho_adc_source_t source = {group->kind.source.is_mvm, group->kind.source.index + group->macro[i]};
    if (mho_macro_start_zero(&macro, zero) != MHO_HAL_OK ||
        mho_adc_set_source(&cal->adc, i, source) != MHO_HAL_OK) {
      return MHO_NO_DEVICE;
    }
  }
  return mho_measure_ramp(cal, group->count, 0, kZeroReads, out);
}

static mho_result_t trim_group(mho_calibrator_t* cal, const group_t* group, const mho_measurement_t* m,
                               bool is_last) {
  const int64_t codes = (int64_t)cal->adc_max << (MHO_LEVEL_BITS + group->gain);
  const int64_t step_nv = (int64_t)MHO_ARRAY_MACRO_OFFSET_TRIM_STEP * kNanovoltPerMicrovolt;
  for (uint32_t i = 0; i < group->count; ++i) {
    const mho_macro_t macro = macro_of(group, i);
    for (uint32_t j = 0; j < group->size; ++j) {
      const int64_t offset_nv =
          mho_rounded(mho_level(cal, m, i, j) * cal->adc_full_scale_uv * kNanovoltPerMicrovolt, codes);
      if (is_last) {
        mho_keep_largest(&cal->report->opamp_offset_residual_nv, offset_nv);
        continue;
      }
      int32_t trim = 0;
      if (mho_macro_get_offset_trim(&macro, j, &trim) != MHO_HAL_OK) return MHO_NO_DEVICE;
      trim = mho_limited_trim(cal, trim - mho_rounded(offset_nv, step_nv),
                              (int32_t)MHO_ARRAY_MACRO_OFFSET_TRIM_MAX);
      if (mho_macro_set_offset_trim(&macro, j, trim) != MHO_HAL_OK) return MHO_NO_DEVICE;
    }
  }
  return MHO_OK;
}

static mho_result_t calibrate_group(mho_calibrator_t* cal, const group_t* group) {
  mho_measurement_t m;
  mho_result_t result = measure_group(cal, group, &m);
  if (result == MHO_OK) result = trim_group(cal, group, &m, false);
  if (result == MHO_OK) result = measure_group(cal, group, &m);
  if (result == MHO_OK) result = trim_group(cal, group, &m, true);
  cal->report->channels += group->count * group->size;
  return result;
}

mho_result_t mho_calibrate_macros(mho_calibrator_t* cal, mho_calibrated_kind_t kind, uint32_t count) {
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
