// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which macros a command list failed on. The DRU says at which command it ended; the macros are those of the
// tile that the command writes or uses, and their own status registers tell which of them, if the device was
// told where they are. Without a self-test: macros are suspected, not tested.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/libmho/device.h"
#include "firmware/libmho/share.h"
#include "registers/dru.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Macros of one kind. All zero: nobody is suspected.
typedef struct {
  mho_macro_kind_t kind;
  uint32_t count;                      ///< 0: unknown; 1: it is index[0]; more: at least one of these
  uint16_t index[MHO_DRU_MAX_SLICES];  ///< among their kind, ascending
} mho_suspects_t;

/// Commands one behind the other.
typedef struct {
  const mho_dru_command_t* commands;
  uint32_t count;  ///< 0: there are none
} mho_commands_t;

/// Whom the failure of a list points at. Reads status registers of macros that its command uses, so before
/// anything else is started on them.
///
/// - PROGRAM_FAILED: macros of the tile that was written; of these those with failed cells
/// - WATCHDOG: macros of the command's tile that are still busy; nobody if none is, or the device was not
///   told where they are
/// - UNSTABLE, SATURATED: macros of the command's tile; of these those whose status says so
/// - WRONG_READ: macros of the command's tile, all of them: a checksum is that of all its digits
/// - BUS_ERROR: the macro whose registers did not answer, if the device was told where these are
/// - anything else: nobody
///
/// A tile that takes turns on its macros may have been on any that lists put it on; nobody is suspected where
/// these are more than MHO_DRU_MAX_SLICES.
/// @param completion  of the list, as mho_poll() gave it
/// @param failed      the list
/// @param placing     what else has put its tiles on macros
mho_suspects_t mho_find_suspects(const mho_device_t* device, const mho_completion_t* completion,
                                 mho_commands_t failed, mho_commands_t placing);

/// Adds all suspects to a set, such as the health map.
/// @returns true: at least one of them was not in it, so that the next job runs on other macros;
///          false: the set is as before
bool mho_macro_set_add_suspects(mho_macro_set_t* set, const mho_suspects_t* suspects);

#ifdef __cplusplus
}
#endif
