// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What of a chip a device handle may use. Macros that are broken are left out, and handles whose shares do
// not overlap run jobs beside each other.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/hal/macro.h"
#include "firmware/libmho/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Most macros of each kind that a chip has.
enum { MHO_MOST_INV = 2048, MHO_MOST_MVM = 8192, MHO_MOST_GINV = 256 };

/// A set of macros, a bit for each. All zero: the empty set.
typedef struct {
  uint32_t inv[MHO_MOST_INV / 32];
  uint32_t mvm[MHO_MOST_MVM / 32];
  uint32_t ginv[MHO_MOST_GINV / 32];
} mho_macro_set_t;

/// Adds macros first to first + count − 1 of a kind.
/// @returns MHO_BAD_ARGUMENT: no chip has so many; the set is as before
MHO_NODISCARD mho_result_t mho_macro_set_add(mho_macro_set_t* set, mho_macro_kind_t kind, uint32_t first,
                                             uint32_t count);
/// Adds all members of another set.
void mho_macro_set_unite(mho_macro_set_t* set, const mho_macro_set_t* other);
/// Whether a macro is in the set; false for one that no chip has.
bool mho_macro_set_has(const mho_macro_set_t* set, mho_macro_kind_t kind, uint32_t index);

/// A share of the chip. All zero: the whole chip.
typedef struct {
  /// Macros on which nothing is placed: broken ones (the health map), or those of other shares. Read whenever
  /// a job is planned; may be changed between two jobs. NULL: none.
  const mho_macro_set_t* avoided;
  uint32_t first_tile;  ///< numbers of tiles, of which the DRU has MHO_DRU_TILES for all contexts
  uint32_t tiles;       ///< so many from first_tile on; 0: all
  /// Added to the ids under which a job's command lists are charged, see mho_job_list_t. Shares that are told
  /// apart by their energy have ids MHO_JOB_LISTS apart.
  uint32_t first_list_id;
} mho_share_t;

/// Macros 0 to count − 1 of a kind that are not avoided.
uint32_t mho_share_macros(const mho_share_t* share, mho_macro_kind_t kind, uint32_t count);
/// Numbers of tiles that the share has.
uint32_t mho_share_tiles(const mho_share_t* share);
/// Whether nothing may be placed on a macro.
bool mho_share_avoids(const mho_share_t* share, mho_macro_kind_t kind, uint32_t index);

#ifdef __cplusplus
}
#endif
