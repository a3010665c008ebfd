// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// ADC bank: lanes that convert the held outputs of a macro, all reads of its last operation.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/result.h"
#include "registers/adc.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An ADC bank; `base` is the address of its first register.
typedef struct mho_adc {
  uintptr_t base;
} mho_adc_t;

/// Which macro a lane converts.
typedef struct mho_adc_source {
  bool is_mvm;     ///< false: INV
  uint32_t index;  ///< of the macro among its kind, below MHO_ADC_SOURCE_MVM
} mho_adc_source_t;

/// Outcome of a lane's last start.
typedef struct mho_adc_status {
  bool was_rejected;  ///< no such macro, or it holds no outputs
  bool has_clipped;   ///< at least one conversion clipped
  uint32_t reads;     ///< converted
  uint32_t channels;  ///< converted
  uint32_t clips;     ///< clipped conversions
  uint32_t peak;      ///< largest magnitude among the codes
} mho_adc_status_t;

/// OK if the block is an ADC bank, otherwise WRONG_BLOCK.
MHO_MUST_CHECK mho_hal_result_t mho_adc_check(const mho_adc_t* adc);

/// Resolutions b; codes are −(2^(b−1)−1) to 2^(b−1)−1.
/// @param[out] bits  of outputs of a one-bit drive; unchanged unless OK
/// @param[out] low_precision_bits  of outputs of a multi-bit drive, at most `bits`; unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_adc_get_bits(const mho_adc_t* adc, uint32_t* bits,
                                                 uint32_t* low_precision_bits);

/// Converts all reads of the source's last operation; the access takes as long as the conversions, after a
/// source that still operates has finished. BAD_ARGUMENT: lane ≥ MHO_ADC_LANES, or the index.
MHO_MUST_CHECK mho_hal_result_t mho_adc_convert(const mho_adc_t* adc, uint32_t lane, mho_adc_source_t source);

/// BAD_ARGUMENT: lane. @param[out] status  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_adc_get_status(const mho_adc_t* adc, uint32_t lane,
                                                   mho_adc_status_t* status);

/// Codes of channels 0 to channels − 1 of one read. BAD_ARGUMENT: lane, read ≥ MHO_ADC_MAX_READS, channels 0
/// or more than MHO_ADC_CHANNELS. @param[out] codes  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_adc_read_codes(const mho_adc_t* adc, uint32_t lane, uint32_t read,
                                                   int16_t* codes, uint32_t channels);

/// Conversions since reset, modulo 2^32. @param[out] conversions  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_adc_get_conversions(const mho_adc_t* adc, uint32_t* conversions);

#ifdef __cplusplus
}
#endif
