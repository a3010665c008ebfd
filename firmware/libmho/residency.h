// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which tile sits on which macros. A command list uses tiles in a fixed cyclic order, once around per
// iteration, so when macros are short the best victim is known: the tile whose next use lies farthest ahead
// (Belady 1966).
#pragma once

#include <stdint.h>

#include "firmware/libmho/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MHO_MAX_SLICES = 8 };

/// In the place of a tile: a macro that the share of the plan avoids.
#define MHO_AVOIDED 0xfffffffeu

/// Macros that a chip has.
typedef struct {
  uint32_t inv, mvm, ginv;
} mho_macro_counts_t;

/// One kind of macro.
typedef struct {
  uint32_t count;
  uint32_t* holder;        ///< tile on each macro, MHO_NONE: none, MHO_AVOIDED: none ever
  uint32_t* first_holder;  ///< the same when an iteration begins
} mho_macro_pool_t;

typedef struct {
  const mho_plan_t* plan;
  mho_macro_pool_t inv;
  mho_macro_pool_t mvm;
  mho_macro_pool_t ginv;
  uint16_t (*macros)[MHO_MAX_SLICES];  ///< where each resident tile sits
  uint8_t* is_resident;
  uint8_t* placed;     ///< slices put on their first macros, while seeking
  uint32_t* use;       ///< tiles in the order of their uses in one iteration
  uint32_t* next_use;  ///< position of the same tile's next use, counted on past the end of the iteration
  uint32_t* upcoming;  ///< per tile: position of its next use
  uint32_t uses;
  uint32_t position;
} mho_residency_t;

/// Takes memory for `uses` uses an iteration.
/// @returns MHO_OK; MHO_NO_MEMORY; MHO_BAD_ARGUMENT: a chip without INV or MVM macros, or with fewer than a
/// tile takes; MHO_TOO_FEW_MACROS: the same of those that plan->share does not avoid
mho_result_t mho_residency_init(mho_residency_t* r, const mho_plan_t* plan, mho_macro_counts_t macros,
                                uint32_t uses, mho_arena_t* arena);

/// Records the next use of the iteration; call it `uses` times, then mho_residency_start().
void mho_residency_record(mho_residency_t* r, uint32_t tile);

/// Fills the macros with the tiles used first, as far as they go: the state at the beginning of each
/// iteration.
void mho_residency_start(mho_residency_t* r);

/// The next use, in the recorded order. True if the tile had to be put on macros (r->macros) just now.
int mho_residency_use(mho_residency_t* r, uint32_t tile);

/// To the state after `state_use` uses of an iteration, with use number `next_use` as the next one.
void mho_residency_seek(mho_residency_t* r, uint32_t state_use, uint32_t next_use);

/// One step back to the state at the beginning of an iteration: the next tile to put on its first macros
/// again.
/// @returns the tile, or MHO_NONE when the state is restored
uint32_t mho_residency_restore(mho_residency_t* r);

#ifdef __cplusplus
}
#endif
