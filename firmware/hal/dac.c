// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/hal/dac.h"

#include <stddef.h>

#include "firmware/hal/mmio.h"

#define CODE_BYTES 2u

mho_hal_result_t mho_dac_check(const mho_dac_t* dac) {
  if (dac == NULL) return MHO_HAL_BAD_ARGUMENT;
  return mho_mmio_read32(dac->base + MHO_DAC_ID_OFFSET) == MHO_DAC_ID_VALUE ? MHO_HAL_OK
                                                                            : MHO_HAL_WRONG_BLOCK;
}

mho_hal_result_t mho_dac_get_bits(const mho_dac_t* dac, uint32_t* bits) {
  if (dac == NULL || bits == NULL) return MHO_HAL_BAD_ARGUMENT;
  *bits = mho_mmio_read32(dac->base + MHO_DAC_BITS_OFFSET);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dac_get_full_scale(const mho_dac_t* dac, uint32_t* full_scale_uv) {
  if (dac == NULL || full_scale_uv == NULL) return MHO_HAL_BAD_ARGUMENT;
  *full_scale_uv = mho_mmio_read32(dac->base + MHO_DAC_FULL_SCALE_UV_OFFSET);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dac_set_one_bit(const mho_dac_t* dac, bool one_bit) {
  if (dac == NULL) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(dac->base + MHO_DAC_MODE_OFFSET, one_bit ? MHO_DAC_MODE_ONE_BIT_MASK : 0);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dac_set_digits(const mho_dac_t* dac, bool digits) {
  if (dac == NULL) return MHO_HAL_BAD_ARGUMENT;
  mho_mmio_write32(dac->base + MHO_DAC_MODE_OFFSET, digits ? MHO_DAC_MODE_DIGITS_MASK : 0);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dac_write_pattern(const mho_dac_t* dac, uint32_t pattern, const int16_t* codes,
                                       uint32_t channels) {
  if (dac == NULL || codes == NULL || pattern >= MHO_DAC_MAX_PATTERNS || channels == 0 ||
      channels > MHO_DAC_CHANNELS) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  const uintptr_t start = dac->base + MHO_DAC_PATTERNS_OFFSET + pattern * MHO_DAC_CHANNELS * CODE_BYTES;
  uint32_t c = 0;
  for (; c + 1 < channels; c += 2) {
    const uint32_t pair = (uint32_t)(uint16_t)codes[c] | (uint32_t)(uint16_t)codes[c + 1] << 16;
    mho_mmio_write32(start + c * CODE_BYTES, pair);
  }
  if (c < channels) mho_mmio_write16(start + c * CODE_BYTES, (uint16_t)codes[c]);
  return MHO_HAL_OK;
}

static bool is_trim(int32_t trim) {
  return trim >= -(int32_t)MHO_DAC_TRIM_MAX && trim <= (int32_t)MHO_DAC_TRIM_MAX;
}

mho_hal_result_t mho_dac_set_trim(const mho_dac_t* dac, uint32_t channel, mho_dac_trim_t trim) {
  if (dac == NULL || channel >= MHO_DAC_CHANNELS || !is_trim(trim.offset) || !is_trim(trim.gain)) {
    return MHO_HAL_BAD_ARGUMENT;
  }
  mho_mmio_write32(dac->base + MHO_DAC_TRIM_AT(channel), MHO_FIELD_PUT(MHO_DAC_TRIM_ZERO, trim.offset) |
                                                             MHO_FIELD_PUT(MHO_DAC_TRIM_GAIN, trim.gain));
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dac_get_trim(const mho_dac_t* dac, uint32_t channel, mho_dac_trim_t* trim) {
  if (dac == NULL || trim == NULL || channel >= MHO_DAC_CHANNELS) return MHO_HAL_BAD_ARGUMENT;
  const uint32_t value = mho_mmio_read32(dac->base + MHO_DAC_TRIM_AT(channel));
  trim->offset = MHO_FIELD_GET_SIGNED_12(value, MHO_DAC_TRIM_ZERO);
  trim->gain = MHO_FIELD_GET_SIGNED_12(value, MHO_DAC_TRIM_GAIN);
  return MHO_HAL_OK;
}

mho_hal_result_t mho_dac_get_counters(const mho_dac_t* dac, uint32_t* clips, uint32_t* conversions) {
  if (dac == NULL || clips == NULL || conversions == NULL) return MHO_HAL_BAD_ARGUMENT;
  *clips = mho_mmio_read32(dac->base + MHO_DAC_CLIPS_OFFSET);
  *conversions = mho_mmio_read32(dac->base + MHO_DAC_CONVERSIONS_OFFSET);
  return MHO_HAL_OK;
}
