// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The checksum of an elimination step that hardware has done: with signs v_j = ±1 for the columns,
//     Σ_j v_j (before_ij − after_ij) = Σ_k a_ik Σ_j v_j w_kj · 2^-shift
// holds for every row i of after = before − a·w·2^-shift. One wrong entry cannot cancel; several in one row
// do for at most half of all signs (Freivalds 1977). Costs a row of w less than the step itself: rows ·
// (columns + depth) + depth · columns operations in place of rows · columns · depth.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Words of a matrix: element (i, j) is first[i · row_step + j · column_step].
typedef struct {
  const int32_t* first;
  uint32_t row_step, column_step;
} mho_words_t;

typedef struct {
  mho_words_t before, after;  ///< rows × columns; after.first NULL: zeros
  mho_words_t a;              ///< rows × depth
  mho_words_t w;              ///< depth × columns; magnitudes below 2^30 / depth
  uint32_t rows, columns;     ///< columns up to 4096
  uint32_t depth;             ///< 1 to MHO_LEAF_MAX
  uint32_t shift;             ///< 0 to 62
  uint64_t slack;  ///< what the two sides may differ by in a row, units of `before`; roundings here included
} mho_step_t;

/// True if the checksums of all rows agree.
/// @param sums  scratch, depth elements
int mho_step_agrees(const mho_step_t* step, int64_t* sums);

#ifdef __cplusplus
}
#endif
