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

/// What a lane converts: a macro or, with is_mvm false, one of the sources for calibration.
typedef struct mho_adc_source {
  bool is_mvm;     ///< false: another kind
  uint32_t index;  ///< of the macro among its kind, GINV: MHO_ADC_SOURCE_GINV more; MHO_ADC_SOURCE_GROUND;
                   ///< MHO_ADC_SOURCE_DAC
} mho_adc_source_t;

/// The voltage added to every input: start + read · step, in units of full scale · 2^-15.
typedef struct mho_adc_reference {
  int32_t start;
  int32_t step;
  uint32_t reads;  ///< of the sources for calibration, 1 to MHO_ADC_MAX_READS
} mho_adc_reference_t;

/// What is added to offset and gain of one converter before rounding, ±MHO_ADC_TRIM_MAX each.
typedef struct mho_adc_trim {
  int32_t offset;  ///< [2^-7 codes at full resolution]
  int32_t gain;    ///< [2^-14]
} mho_adc_trim_t;

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

/// Voltage of the largest code. @param[out] full_scale_uv  [µV], unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_adc_get_full_scale(const mho_adc_t* adc, uint32_t* full_scale_uv);

/// Sets the reference of all lanes; {0, 0, 1} is none. BAD_ARGUMENT: reads, or the reference leaves ±32767
/// within them.
MHO_MUST_CHECK mho_hal_result_t mho_adc_set_reference(const mho_adc_t* adc, mho_adc_reference_t reference);

/// Names what a lane converts without starting it. BAD_ARGUMENT: lane, or the index.
MHO_MUST_CHECK mho_hal_result_t mho_adc_set_source(const mho_adc_t* adc, uint32_t lane,
                                                   mho_adc_source_t source);

/// Starts the lanes whose bits are set, at the same time; the access takes as long as the slowest.
/// BAD_ARGUMENT: no lane, or one that does not exist.
MHO_MUST_CHECK mho_hal_result_t mho_adc_convert_lanes(const mho_adc_t* adc, uint32_t lanes);

/// Sums of the codes of channels 0 to channels − 1 over the reads of a lane's last start. BAD_ARGUMENT: lane,
/// channels 0 or more than MHO_ADC_CHANNELS. @param[out] sums  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_adc_read_sums(const mho_adc_t* adc, uint32_t lane, int32_t* sums,
                                                  uint32_t channels);

/// BAD_ARGUMENT: lane, channel, or a trim beyond ±MHO_ADC_TRIM_MAX.
MHO_MUST_CHECK mho_hal_result_t mho_adc_set_trim(const mho_adc_t* adc, uint32_t lane, uint32_t channel,
                                                 mho_adc_trim_t trim);

/// BAD_ARGUMENT: lane or channel. @param[out] trim  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_adc_get_trim(const mho_adc_t* adc, uint32_t lane, uint32_t channel,
                                                 mho_adc_trim_t* trim);

/// Conversions since reset, modulo 2^32. @param[out] conversions  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_adc_get_conversions(const mho_adc_t* adc, uint32_t* conversions);

#ifdef __cplusplus
}
#endif
