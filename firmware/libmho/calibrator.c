// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/calibrator.h"

#include <string.h>

int64_t mho_rounded(int64_t a, int64_t b) {
  const int64_t half = b / 2;
  return (a < 0 ? a - half : a + half) / b;
}

static uint32_t magnitude(int64_t value) {
  const int64_t positive = value < 0 ? -value : value;
  return positive > UINT32_MAX ? UINT32_MAX : (uint32_t)positive;
}

void mho_keep_largest(uint32_t* largest, int64_t value) {
  if (magnitude(value) > *largest) *largest = magnitude(value);
}

int32_t mho_limited_trim(mho_calibrator_t* cal, int64_t trim, int32_t limit) {
  if (trim >= -limit && trim <= limit) return (int32_t)trim;
  ++cal->report->limited;
  return trim < 0 ? -limit : limit;
}

// A ramp of `reads` steps around a reference code over a whole number of ADC codes, at least one.
static mho_adc_reference_t ramp_around(const mho_calibrator_t* cal, int32_t centre, uint32_t reads) {
  const int32_t range = 1 << MHO_ADC_REFERENCE_FRACTION_BITS;
  const int32_t step = (int32_t)mho_rounded(range, (int64_t)cal->adc_max * reads);
  const int32_t at_least_one = step < 1 ? 1 : step;
  return (mho_adc_reference_t){
      .start = centre - at_least_one * (int32_t)(reads - 1u) / 2, .step = at_least_one, .reads = reads};
}

static mho_result_t add_sums(mho_calibrator_t* cal, uint32_t lane, mho_measurement_t* out) {
  mho_adc_status_t status;
  if (mho_adc_get_status(&cal->adc, lane, &status) != MHO_HAL_OK || status.was_rejected) return MHO_NO_DEVICE;
  int32_t sums[MHO_ADC_CHANNELS];
  if (mho_adc_read_sums(&cal->adc, lane, sums, status.channels) != MHO_HAL_OK) return MHO_NO_DEVICE;
  for (uint32_t c = 0; c < status.channels; ++c) out->sums[lane][c] += sums[c];
  cal->report->conversions += status.reads * status.channels;
  return MHO_OK;
}

mho_result_t mho_measure_ramp(mho_calibrator_t* cal, uint32_t lanes, int32_t centre, uint32_t reads,
                              mho_measurement_t* out) {
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

int64_t mho_excess(const mho_calibrator_t* cal, const mho_measurement_t* m, uint32_t lane, uint32_t channel) {
  return (int64_t)m->sums[lane][channel] * (1 << MHO_ADC_REFERENCE_FRACTION_BITS) -
         (int64_t)cal->adc_max * m->reference_sum;
}

int64_t mho_level(const mho_calibrator_t* cal, const mho_measurement_t* m, uint32_t lane, uint32_t channel) {
  return mho_rounded(mho_excess(cal, m, lane, channel),
                     (int64_t)m->reads << (MHO_ADC_REFERENCE_FRACTION_BITS - MHO_LEVEL_BITS));
}
