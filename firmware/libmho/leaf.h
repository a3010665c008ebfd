// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A leaf of the block recursion: a square block small enough for one INV macro. Its rows may stand in any
// order and with either sign on the circuit, since the inputs can be permuted and turned digitally; most
// orders oscillate, so one that settles has to be found.
#pragma once

#include <stdint.h>

#include "firmware/libmho/memory.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/stability.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  uint32_t start;  ///< first row of the block in the system
  uint32_t size;
  uint32_t tile;   ///< its tile in the plan
  int8_t* levels;  ///< size × size, matrix rows in order: block ≈ their values · max_magnitude / top_level
  uint8_t* order;  ///< size entries: bits 6:0 the matrix row on circuit row i, bit 7: with the sign turned
  uint32_t max_magnitude;
  uint32_t top_level;  ///< what max_magnitude is worth
  int32_t margin;      ///< smallest Re λ(D·G₀) of the chosen order, units of 2^-16
  int is_reordered;    ///< the order is not the identity
  uint32_t condition;  ///< κ₁ of the quantised block, rounded; UINT32_MAX: singular or larger
  int32_t* inverse;    ///< size × size: inverse of the unquantised block, units of 2^inverse_exponent
  int32_t inverse_exponent;
  int32_t panel_exponent;  ///< of W = block⁻¹ · (the block's rows right of it), kept in those rows' place
} mho_leaf_t;

/// What the search for a stable order goes by.
typedef struct {
  uint32_t top_level;  ///< highest level of a leaf, 1 to 127: of a cell, or of the slices together
  int32_t margin;      ///< an order with at least this margin is taken at once, units of 2^-16
  mho_conductances_t conductances;
  int32_t least_margin;  ///< an order with less is not called stable, likewise; at least 2^-8 counts
} mho_leaf_options_t;

/// Rounds a block to cell levels: those whose value is nearest to top_level · element / max|element|, ties
/// away from zero.
/// @param block    first element of the block in a matrix with `stride` elements a row
/// @returns        MHO_SINGULAR if the block is all zero
mho_result_t mho_leaf_quantise(mho_leaf_t* leaf, const int32_t* block, uint32_t stride, uint32_t top_level,
                               mho_level_values_t values);

/// Chooses row order and row signs: the assignment of large entries to the diagonal, then a local search over
/// exchanges and turns while the margin is short of options->margin.
/// @returns MHO_OK, or MHO_UNSTABLE if no order with the least margin was found, leaf->margin says how far;
/// MHO_NO_MEMORY
mho_result_t mho_leaf_order(mho_leaf_t* leaf, const mho_leaf_options_t* options, mho_arena_t scratch);

/// With cells in parallel on the diagonal of the circuit (options->conductances.diagonal_cells): rounds the
/// block anew, as finely as it fits the cells in the order that the leaf has,
///     values = block / max(max |off-diagonal| / top, max |diagonal| / ((1 + diagonal_cells) · top)),
/// and keeps that if it is finer and the circuit settles with the least margin. An even grid only.
/// @param block  as mho_leaf_quantise() had it
/// @returns MHO_OK, whether anything has changed or not; MHO_NO_MEMORY
mho_result_t mho_leaf_use_diagonal(mho_leaf_t* leaf, const int32_t* block, uint32_t stride,
                                   const mho_leaf_options_t* options, mho_arena_t scratch);

#ifdef __cplusplus
}
#endif
