// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <stdint.h>

#include "firmware/libmho/memory.h"
#include "firmware/libmho/result.h"

#ifdef __cplusplus
extern "C" {
#endif

/// What it costs to assign a row to a column, compressed rows; what is not stored cannot be assigned.
typedef struct {
  uint32_t n;                 ///< rows and columns, 1 or more
  const uint32_t* row_start;  ///< n + 1
  const uint32_t* column;
  const int32_t* cost;  ///< 0 or more; n times the largest at most 2^30
} mho_costs_t;

/// The assignment of rows to columns with the least total cost (Hungarian method with potentials: one
/// shortest path for each row, n paths of at most n² steps and as many as there are entries).
/// @param[out] row_of_column  n entries: the row assigned to each column
/// @returns MHO_OK; MHO_SINGULAR: no assignment takes all rows; MHO_NO_MEMORY
mho_result_t mho_assign(const mho_costs_t* costs, uint32_t* row_of_column, mho_arena_t scratch);

#ifdef __cplusplus
}
#endif
