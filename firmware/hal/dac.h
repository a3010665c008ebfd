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

/// OK if the block is a DAC bank, otherwise WRONG_BLOCK.
MHO_MUST_CHECK mho_hal_result_t mho_dac_check(const mho_dac_t* dac);

/// Resolution b; codes are −(2^(b−1)−1) to 2^(b−1)−1. @param[out] bits  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dac_get_bits(const mho_dac_t* dac, uint32_t* bits);

/// Codes −1, 0, 1 drive minus the read voltage, ground and the read voltage; or full resolution again.
MHO_MUST_CHECK mho_hal_result_t mho_dac_set_one_bit(const mho_dac_t* dac, bool one_bit);

/// Writes the codes of channels 0 to channels − 1 of one pattern; other channels keep theirs. Codes outside
/// of the resolution are clipped and counted when they are converted. BAD_ARGUMENT: pattern ≥
/// MHO_DAC_MAX_PATTERNS, channels 0 or more than MHO_DAC_CHANNELS.
MHO_MUST_CHECK mho_hal_result_t mho_dac_write_pattern(const mho_dac_t* dac, uint32_t pattern,
                                                      const int16_t* codes, uint32_t channels);

/// Codes clipped and conversions made since reset, the latter modulo 2^32. @param[out]  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_dac_get_counters(const mho_dac_t* dac, uint32_t* clips,
                                                     uint32_t* conversions);

#ifdef __cplusplus
}
#endif
