// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the self-test tries on a macro: cells at both ends of their range, then a known matrix with a known
// operand, and whether the answer is right. Internal to self_test*.c.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/libmho/device.h"
#include "firmware/libmho/memory.h"
#include "firmware/libmho/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// One kind of macro and what is tried on it.
typedef struct {
  const mho_device_t* device;
  mho_macro_kind_t kind;
  uint32_t size;          ///< rows and columns of the matrices
  uint32_t vector;        ///< elements of operand and result
  const int8_t* ends[2];  ///< every cell at one end of its range, and at the other
  const int8_t* levels;   ///< the known matrix
  const int32_t* words;   ///< the same for a high-precision tile
  const uint8_t* order;
  mho_dru_vector_t *operand, *minuend, *result;
} mho_trial_t;

/// Commands that a list for one macro takes, and tiles that it describes.
enum { MHO_TRIAL_COMMANDS = 16 };

/// @returns MHO_OK, MHO_NO_MEMORY
MHO_NODISCARD mho_result_t mho_trial_make(mho_trial_t* trial, const mho_device_t* device,
                                          mho_macro_kind_t kind, mho_arena_t* arena);

/// The list for one macro; its result has no elements until the list has run.
/// @param list, tiles  room for MHO_TRIAL_COMMANDS, in the device's memory
/// @param is_whole     false: only cells are tried
/// @returns commands
uint32_t mho_trial_write(const mho_trial_t* trial, mho_dru_command_t* list, mho_dru_tile_t* tiles,
                         uint32_t macro, bool is_whole);

/// Whether the result of a whole trial is what good cells give: a product exactly, a solution to a quarter of
/// its right-hand side.
bool mho_trial_is_right(const mho_trial_t* trial);

#ifdef __cplusplus
}
#endif
