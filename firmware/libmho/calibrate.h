// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Calibration: finds offset and gain of every ADC and DAC channel and the offset of every amplifier by
// measuring them, and writes the trims that cancel them. What it relies on:
// - ground, which is exact, and the reference of the ADC bank, whose relative error becomes that of all
// gains.
//   A read multiplies with the gain of a DAC and with that of an ADC, and DACs are measured by the ADCs: the
//   two errors cancel, and a read is as right as with a perfect reference.
// - the reference's small steps. Codes are whole, and averaging equal readings would teach nothing below one
//   code. Each measurement is therefore a ramp over a whole number of codes, whose mean is exact up to half a
//   code over the reads; it also averages the noise.
//
// In order, each step with what the former ones have put right:
//   1. ADC channels   ground -> offset; ±3/4 of full scale -> gain. Twice, because the first time may clip.
//   2. DAC channels   of each bank, ± one code, read back by lane 0 -> offset and gain
//   3. amplifiers     ZERO of each macro -> input offset
// and after each step once more, for the residuals.
//
// Not found: non-linearity, and what changes after the calibration.
#pragma once

#include <stdint.h>

#include "firmware/libmho/device.h"
#include "firmware/libmho/result.h"
#include "registers/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Ramps per measurement that suffice at a noise of 0.02 codes.
#define MHO_CALIBRATION_REPEATS 2u
/// Most ramps per measurement: sums stay within 32 bits.
#define MHO_CALIBRATION_REPEATS_MAX 256u

typedef struct {
  uint32_t inv_macros;   ///< amplifiers of the first so many INV macros not skipped, 0 to what there are
  uint32_t mvm_macros;   ///< likewise MVM macros
  uint32_t ginv_macros;  ///< likewise GINV macros
  uint32_t repeats;  ///< ramps per measurement, 1 to MHO_CALIBRATION_REPEATS_MAX; noise falls with its root
  uint32_t job_id;   ///< charged with the CPU's transactions, 0: none
  const mho_macro_set_t* skipped;  ///< macros that are not calibrated; NULL: none
} mho_calibration_options_t;

/// What was done. Residuals are the largest magnitudes over the channels, as measured after trimming.
typedef struct {
  uint32_t channels;                  ///< ADC and DAC channels and amplifiers calibrated
  uint32_t limited;                   ///< trims at the end of their range: these channels are still off
  uint32_t conversions;               ///< ADC conversions
  uint64_t time_ns;                   ///< from begin to end
  uint64_t energy_pj;                 ///< of the whole chip meanwhile
  uint32_t adc_offset_residual;       ///< [2^-12 codes]
  uint32_t adc_gain_residual;         ///< [2^-20], relative to the reference
  uint32_t dac_offset_residual;       ///< [2^-12 codes of the DAC]
  uint32_t dac_gain_residual;         ///< [2^-20], relative to the ADC
  uint32_t opamp_offset_residual_nv;  ///< [nV]
} mho_calibration_t;

/// Does the device's configuration say where all blocks are that the chip has?
bool mho_can_calibrate(const mho_device_t* device);

/// Calibrates. The macros must be idle; what their arrays hold is left alone. Trims found earlier are the
/// start. DAC pattern 0, the DAC's mode and the outputs that the macros hold are lost.
/// @param[out] report  filled in any case, as far as it went
/// @returns MHO_BAD_ARGUMENT: options out of range, the handle is of a context behind the first, or one
///          is open: nothing was written; MHO_NO_DEVICE: a block is not where
///          the device's configuration says, refuses, or converts with less than four bits
MHO_NODISCARD mho_result_t mho_calibrate(const mho_device_t* device, const mho_calibration_options_t* options,
                                         mho_calibration_t* report);

/// Copies the report into its fields of a result block.
void mho_calibration_report(const mho_calibration_t* report, mho_job_result_t* result);

#ifdef __cplusplus
}
#endif
