// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The assignment of rows to columns with the least total cost (Hungarian method with potentials, O(n³)).
/// @param cost      n × n, row i column j at i·n + j, each in [0, 2^20]
/// @param n         1 to 64
/// @param[out] row_of_column  n entries: the row assigned to each column
void mho_assign(const int32_t* cost, uint32_t n, uint8_t* row_of_column);

#ifdef __cplusplus
}
#endif
