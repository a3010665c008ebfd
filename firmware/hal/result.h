// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What all drivers of blocks have in common.
//
// One library per block, in the style of a device interface function: a handle holds the base address and
// nothing else, functions check everything before they touch the hardware, nothing waits, nothing is
// allocated, and no block's library calls another's. Long operations are start, then ask for the status.
#pragma once

/// How a call ended. Each code says what happened to the hardware.
typedef enum mho_hal_result {
  MHO_HAL_OK = 0,        ///< done
  MHO_HAL_BAD_ARGUMENT,  ///< a null pointer or a value out of range; nothing was read or written
  MHO_HAL_WRONG_BLOCK,   ///< the ID register does not name this block; nothing was written
  MHO_HAL_BUSY,          ///< the block cannot take it now; nothing was written, call again later
  MHO_HAL_EMPTY,         ///< there is nothing to take; nothing was changed
} mho_hal_result_t;

/// The compiler warns when the result is ignored.
#define MHO_MUST_CHECK __attribute__((warn_unused_result))
