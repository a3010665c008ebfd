// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Steps of Gaussian elimination on rows of 32-bit integers, for the search of an order.
#pragma once

#include <stdint.h>

/// `rows` × `columns` integers, row by row.
typedef struct {
  int32_t* first;
  uint32_t rows;
  uint32_t columns;
} mho_panel_t;

/// The row of the entry of column `j` that is largest in magnitude, of the rows from `k` on; the first of
/// several. `k` below the number of rows.
uint32_t mho_panel_largest_row(const mho_panel_t* p, uint32_t k, uint32_t j);

/// Eliminates column `k` from the rows behind row `k`, whose entry in it is the largest of theirs: factors,
/// of 30 fraction bits, are at most 1 in magnitude. Column `k` itself stays as it is. Entries that leave 32
/// bits are clamped.
void mho_panel_eliminate(const mho_panel_t* p, uint32_t k);
