// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Array macro, INV or MVM: target levels, programming, analogue operations. Inputs come from the DAC bank
// (firmware/hal/dac.h), outputs go to the ADC bank (firmware/hal/adc.h).
//
// Order of use: check, info, write_levels, start_program; then patterns into the DAC bank, start_operate, and
// conversion by the ADC bank. With hold_bus a start returns when the operation has finished; without it the
// CPU goes on and mho_macro_get_status() tells.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/result.h"
#include "registers/array_macro.h"

#ifdef __cplusplus
extern "C" {
#endif

/// An array macro; `base` is the address of its first register.
typedef struct mho_macro {
  uintptr_t base;
} mho_macro_t;

/// What the macro is.
typedef struct mho_macro_info {
  bool is_mvm;    ///< false: INV or GINV
  uint32_t size;  ///< rows and columns of each array
} mho_macro_info_t;

/// Target levels of the cells: element (r, c) is levels[r * stride + c], −(levels − 1) to levels − 1, with
/// two pairs of arrays in use to levels² − 1.
typedef struct mho_macro_levels {
  const int8_t* levels;
  uint32_t rows;     ///< driven lines, 1 to size
  uint32_t columns;  ///< output lines, 1 to size
  uint32_t stride;   ///< elements from one row to the next, at least columns
  uint32_t size;     ///< of the macro, from mho_macro_get_info()
} mho_macro_levels_t;

/// One analogue operation.
typedef struct mho_macro_operation {
  uint32_t rows;         ///< driven lines in use, 1 to the size of the macro
  uint32_t columns;      ///< output lines in use; INV: equal to rows
  uint32_t reads;        ///< patterns of the DAC bank, 1 to MHO_ARRAY_MACRO_MAX_READS
  uint32_t input_range;  ///< drive divided by 2^input_range, 0 to MHO_ARRAY_MACRO_INPUT_RANGE_MAX
  int32_t output_gain;   ///< outputs times 2^output_gain, OUTPUT_GAIN_MIN to OUTPUT_GAIN_MAX
  bool hold_bus;         ///< return only when it has finished
} mho_macro_operation_t;

/// A measurement of the amplifiers alone: arrays disconnected, inputs at 0 V.
typedef struct mho_macro_zero {
  uint32_t columns;      ///< outputs in use, 1 to the size of the macro
  uint32_t reads;        ///< times that they are held, 1 to MHO_ARRAY_MACRO_MAX_READS
  uint32_t output_gain;  ///< offsets times 2^output_gain, 0 to MHO_ARRAY_MACRO_OUTPUT_GAIN_MAX
  bool hold_bus;         ///< return only when it has finished
} mho_macro_zero_t;

/// Outcome of the last operation.
typedef struct mho_macro_status {
  bool is_busy;
  bool is_programmed;
  bool is_unstable;       ///< INV: the loop does not settle
  bool is_saturated;      ///< an op-amp left its linear range
  bool is_drive_limited;  ///< a line got less than its code asks for
  bool has_failed_cells;  ///< cells missed their target
  bool was_rejected;      ///< the last start was not carried out
} mho_macro_status_t;

/// What the last operation and all programming took.
typedef struct mho_macro_figures {
  uint32_t settling_ps;      ///< of one read of the last operation
  uint32_t program_ns;       ///< duration of the last programming
  uint32_t pulses;           ///< write pulses since reset
  uint32_t writes_per_cell;  ///< programming operations since reset
} mho_macro_figures_t;

/// OK if the block is an array macro, otherwise WRONG_BLOCK.
MHO_MUST_CHECK mho_hal_result_t mho_macro_check(const mho_macro_t* macro);

/// @param[out] info  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_macro_get_info(const mho_macro_t* macro, mho_macro_info_t* info);

/// Writes target levels; cells outside of rows × columns keep theirs. Takes effect with the next programming.
MHO_MUST_CHECK mho_hal_result_t mho_macro_write_levels(const mho_macro_t* macro, mho_macro_levels_t levels);

/// INV: pairs of arrays that the next programming writes and that are used from then on, 1 or 2; 0: all.
/// Levels of one pair go to levels − 1; one that the macro does not have makes the programming end with
/// was_rejected. BAD_ARGUMENT: more than 2.
MHO_MUST_CHECK mho_hal_result_t mho_macro_set_slices(const mho_macro_t* macro, uint32_t slices);

/// Starts programming all cells to their target levels. BUSY: an operation is under way.
MHO_MUST_CHECK mho_hal_result_t mho_macro_start_program(const mho_macro_t* macro, bool hold_bus);

/// Starts an operation. BUSY: one is under way. BAD_ARGUMENT: a number out of range; `rows` and `columns` are
/// checked against MHO_ARRAY_MACRO_MAX_SIZE only, a smaller macro answers with was_rejected.
MHO_MUST_CHECK mho_hal_result_t mho_macro_start_operate(const mho_macro_t* macro,
                                                        mho_macro_operation_t operation);

/// Starts a measurement of the offsets; needs no matrix and leaves one that is there. BUSY: an operation is
/// under way. BAD_ARGUMENT: a number out of range; a smaller macro answers with was_rejected.
MHO_MUST_CHECK mho_hal_result_t mho_macro_start_zero(const mho_macro_t* macro, mho_macro_zero_t zero);

/// What is added to the input offset of one amplifier from the next operation on, in steps of
/// MHO_ARRAY_MACRO_OFFSET_TRIM_STEP µV. BAD_ARGUMENT: amplifier ≥ MHO_ARRAY_MACRO_MAX_SIZE, or trim beyond
/// ±MHO_ARRAY_MACRO_OFFSET_TRIM_MAX.
MHO_MUST_CHECK mho_hal_result_t mho_macro_set_offset_trim(const mho_macro_t* macro, uint32_t amplifier,
                                                          int32_t trim);

/// BAD_ARGUMENT: amplifier. @param[out] trim  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_macro_get_offset_trim(const mho_macro_t* macro, uint32_t amplifier,
                                                          int32_t* trim);

/// @param[out] status  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_macro_get_status(const mho_macro_t* macro, mho_macro_status_t* status);

/// @param[out] figures  unchanged unless OK
MHO_MUST_CHECK mho_hal_result_t mho_macro_get_figures(const mho_macro_t* macro, mho_macro_figures_t* figures);

#ifdef __cplusplus
}
#endif
