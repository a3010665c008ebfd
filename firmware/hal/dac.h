// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// DAC bank: a buffer of input patterns that an operating macro takes one after the other.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/result.h"
#include "registers/dac.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A DAC bank; `base` is the address of its first register.
typedef struct mho_dac {
  uintptr_t base;
} mho_dac_t;

/// What is added to offset and gain of one channel, ±MHO_DAC_TRIM_MAX each.
typedef struct mho_dac_trim {
  int32_t offset;  ///< [2^-7 codes]; code 0 and conversions to one bit have no offset
  int32_t gain;    ///< [2^-14]
} mho_dac_trim_t;

/// OK if the block is a DAC bank, otherwise WRONG_BLOCK.
MHO_MUST_CHECK mho_hal_result_t mho_dac_check(const mho_dac_t* dac);

/// Resolution b; codes are −(2^(b−1)−1) to 2^(b−1)−1. @param[out] bits  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dac_get_bits(const mho_dac_t* dac, uint32_t* bits);

/// Voltage of the largest code. @param[out] full_scale_uv  [µV], unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dac_get_full_scale(const mho_dac_t* dac, uint32_t* full_scale_uv);

/// Codes −1, 0, 1 drive minus the read voltage, ground and the read voltage; or full resolution again.
MHO_MUST_CHECK mho_hal_result_t mho_dac_set_one_bit(const mho_dac_t* dac, bool one_bit);

/// Codes are digits of an integer read, −(2^d−1) to 2^d−1 with d = CAP_INPUT_BITS of the DRU; or full
/// resolution again.
MHO_MUST_CHECK mho_hal_result_t mho_dac_set_digits(const mho_dac_t* dac, bool digits);

/// Writes the codes of channels 0 to channels − 1 of one pattern; other channels keep theirs. Codes outside
/// of the resolution are clipped and counted when they are converted. BAD_ARGUMENT: pattern ≥
/// MHO_DAC_MAX_PATTERNS, channels 0 or more than MHO_DAC_CHANNELS.
MHO_MUST_CHECK mho_hal_result_t mho_dac_write_pattern(const mho_dac_t* dac, uint32_t pattern,
                                                      const int16_t* codes, uint32_t channels);

/// The write waits for macros that take patterns. BAD_ARGUMENT: channel ≥ MHO_DAC_CHANNELS, or a trim beyond
/// ±MHO_DAC_TRIM_MAX.
MHO_MUST_CHECK mho_hal_result_t mho_dac_set_trim(const mho_dac_t* dac, uint32_t channel, mho_dac_trim_t trim);

/// BAD_ARGUMENT: channel. @param[out] trim  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dac_get_trim(const mho_dac_t* dac, uint32_t channel,
                                                 mho_dac_trim_t* trim);

/// Codes clipped and conversions made since reset, the latter modulo 2^32. @param[out]  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dac_get_counters(const mho_dac_t* dac, uint32_t* clips,
                                                     uint32_t* conversions);

#ifdef __cplusplus
}
#endif
