// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/adc.h"

#include <stddef.h>

#include "firmware/hal/mmio.h"

#define CODE_BYTES 2u

static uint32_t read32(const mho_adc_t* adc, uint32_t offset) {
  return mho_mmio_read32(adc->base + offset);
}

mho_hal_result_t mho_adc_check(const mho_adc_t* adc) {
  if (adc == NULL) return MHO_HAL_BAD_ARGUMENT;
  return read32(adc, MHO_ADC_ID_OFFSET) == MHO_ADC_ID_VALUE ? MHO_HAL_OK : MHO_HAL_WRONG_BLOCK;
}

mho_hal_result_t mho_adc_get_bits(const mho_adc_t* adc, uint32_t* bits, uint32_t* low_precision_bits) {
  if (adc == NULL || bits == NULL || low_precision_bits == NULL) return MHO_HAL_BAD_ARGUMENT;
  *bits = read32(adc, MHO_ADC_BITS_OFFSET);
  *low_precision_bits = read32(adc, MHO_ADC_LOW_PRECISION_BITS_OFFSET);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_adc_set_source(const mho_adc_t* adc, uint32_t lane, mho_adc_source_t source) {
  const bool is_ginv = !source.is_mvm && source.index - MHO_ADC_SOURCE_GINV < MHO_ADC_SOURCE_GROUND;
  if (adc == NULL || lane >= MHO_ADC_LANES || (source.index >= MHO_ADC_SOURCE_MVM && !is_ginv))
    return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(adc->base + MHO_ADC_LANE_SOURCE_AT(lane),
                   source.index + (source.is_mvm ? MHO_ADC_SOURCE_MVM : 0));
  return MHO_HAL_OK;
}

mho_hal_result_t mho_adc_convert(const mho_adc_t* adc, uint32_t lane, mho_adc_source_t source) {
  const mho_hal_result_t result = mho_adc_set_source(adc, lane, source);
  if (result == MHO_HAL_OK) mho_mmio_write32(adc->base + MHO_ADC_LANE_START_AT(lane), 1);
  return result;
}

mho_hal_result_t mho_adc_convert_lanes(const mho_adc_t* adc, uint32_t lanes) {
  if (adc == NULL || lanes == 0 || lanes >= 1u << MHO_ADC_LANES) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(adc->base + MHO_ADC_START_OFFSET, lanes);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_adc_get_status(const mho_adc_t* adc, uint32_t lane, mho_adc_status_t* status) {
  if (adc == NULL || status == NULL || lane >= MHO_ADC_LANES) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t value = read32(adc, MHO_ADC_LANE_STATUS_AT(lane));
  status->was_rejected = (value & MHO_ADC_LANE_STATUS_REJECTED_MASK) != 0;
  status->has_clipped = (value & MHO_ADC_LANE_STATUS_CLIPPED_MASK) != 0;
  status->reads = MHO_FIELD_GET(value, MHO_ADC_LANE_STATUS_READS);
  status->channels = MHO_FIELD_GET(value, MHO_ADC_LANE_STATUS_CHANNELS);
  status->clips = read32(adc, MHO_ADC_LANE_CLIPS_AT(lane));
  status->peak = read32(adc, MHO_ADC_LANE_PEAK_AT(lane));
  return MHO_HAL_OK;
}

mho_hal_result_t mho_adc_read_codes(const mho_adc_t* adc, uint32_t lane, uint32_t read, int16_t* codes,
                                    uint32_t channels) {
  if (adc == NULL || codes == NULL || lane >= MHO_ADC_LANES || read >= MHO_ADC_MAX_READS || channels == 0 ||
      channels > MHO_ADC_CHANNELS) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  const uint32_t first = (lane * MHO_ADC_MAX_READS + read) * MHO_ADC_CHANNELS;
  const uintptr_t start = adc->base + MHO_ADC_CODES_OFFSET + first * CODE_BYTES;
  uint32_t c = 0;
  for (; c + 1 < channels; c += 2) {
    const uint32_t pair = mho_mmio_read32(start + c * CODE_BYTES);
    codes[c] = (int16_t)(pair & 0xffffu);
    codes[c + 1] = (int16_t)(pair >> 16);
  }
  if (c < channels) codes[c] = (int16_t)mho_mmio_read16(start + c * CODE_BYTES);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_adc_get_full_scale(const mho_adc_t* adc, uint32_t* full_scale_uv) {
  if (adc == NULL || full_scale_uv == NULL) return MHO_HAL_BAD_ARGUMENT;
  *full_scale_uv = read32(adc, MHO_ADC_FULL_SCALE_UV_OFFSET);
  return MHO_HAL_OK;
}

static bool is_reference(int64_t code) {
  const int64_t limit = (1 << MHO_ADC_REFERENCE_FRACTION_BITS) - 1;
  return code >= -limit && code <= limit;
}

mho_hal_result_t mho_adc_set_reference(const mho_adc_t* adc, mho_adc_reference_t reference) {
  if (adc == NULL || reference.reads == 0 || reference.reads > MHO_ADC_MAX_READS) return MHO_HAL_BAD_ARGUMENT;
  const int64_t last = reference.start + (int64_t)reference.step * (reference.reads - 1);
  if (!is_reference(reference.start) || !is_reference(last)) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(adc->base + MHO_ADC_REFERENCE_START_OFFSET, (uint32_t)reference.start);
  mho_mmio_write32(adc->base + MHO_ADC_REFERENCE_STEP_OFFSET, (uint32_t)reference.step);
  mho_mmio_write32(adc->base + MHO_ADC_REFERENCE_READS_OFFSET, reference.reads);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_adc_read_sums(const mho_adc_t* adc, uint32_t lane, int32_t* sums, uint32_t channels) {
  if (adc == NULL || sums == NULL || lane >= MHO_ADC_LANES || channels == 0 || channels > MHO_ADC_CHANNELS) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  for (uint32_t c = 0; c < channels; ++c) {
    sums[c] = (int32_t)read32(adc, MHO_ADC_SUM_AT(lane * MHO_ADC_CHANNELS + c));
  }
  return MHO_HAL_OK;
}

static bool is_trim(int32_t trim) {
  return trim >= -(int32_t)MHO_ADC_TRIM_MAX && trim <= (int32_t)MHO_ADC_TRIM_MAX;
}

mho_hal_result_t mho_adc_set_trim(const mho_adc_t* adc, uint32_t lane, uint32_t channel,
                                  mho_adc_trim_t trim) {
  if (adc == NULL || lane >= MHO_ADC_LANES || channel >= MHO_ADC_CHANNELS || !is_trim(trim.offset) ||
      !is_trim(trim.gain)) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  mho_mmio_write32(
      adc->base + MHO_ADC_TRIM_AT(lane * MHO_ADC_CHANNELS + channel),
      MHO_FIELD_PUT(MHO_ADC_TRIM_ZERO, trim.offset) | MHO_FIELD_PUT(MHO_ADC_TRIM_GAIN, trim.gain));
  return MHO_HAL_OK;
}

mho_hal_result_t mho_adc_get_trim(const mho_adc_t* adc, uint32_t lane, uint32_t channel,
                                  mho_adc_trim_t* trim) {
  if (adc == NULL || trim == NULL || lane >= MHO_ADC_LANES || channel >= MHO_ADC_CHANNELS) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  const uint32_t value = read32(adc, MHO_ADC_TRIM_AT(lane * MHO_ADC_CHANNELS + channel));
  trim->offset = MHO_FIELD_GET_SIGNED_12(value, MHO_ADC_TRIM_ZERO);
  trim->gain = MHO_FIELD_GET_SIGNED_12(value, MHO_ADC_TRIM_GAIN);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_adc_get_conversions(const mho_adc_t* adc, uint32_t* conversions) {
  if (adc == NULL || conversions == NULL) return MHO_HAL_BAD_ARGUMENT;
  *conversions = read32(adc, MHO_ADC_CONVERSIONS_OFFSET);
  return MHO_HAL_OK;
}
