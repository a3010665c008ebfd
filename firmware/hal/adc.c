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

mho_hal_result_t mho_adc_convert(const mho_adc_t* adc, uint32_t lane, mho_adc_source_t source) {
  if (adc == NULL || lane >= MHO_ADC_LANES || source.index >= MHO_ADC_SOURCE_MVM) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(adc->base + MHO_ADC_LANE_SOURCE_AT(lane),
                   source.index + (source.is_mvm ? MHO_ADC_SOURCE_MVM : 0));
  mho_mmio_write32(adc->base + MHO_ADC_LANE_START_AT(lane), 1);
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

mho_hal_result_t mho_adc_get_conversions(const mho_adc_t* adc, uint32_t* conversions) {
  if (adc == NULL || conversions == NULL) return MHO_HAL_BAD_ARGUMENT;
  *conversions = read32(adc, MHO_ADC_CONVERSIONS_OFFSET);
  return MHO_HAL_OK;
}
