// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One GINV macro as the low-precision inverse of the square system that stands for a rectangular one
// (least_squares.h). T is A where it is tall and Aᵀ where it is wide. The macro solves
//     K·x' + F·s' = f,   Kᵀ·s' − D·x' = g'
// for levels K = round(T_ij · w_j), feedback F and damping D, and with D = 0 that is the square system but
// for factors of its rows and columns, which the vector unit applies where it otherwise applies row_fine and
// column_fine:
//     x_j = w_j · x'_j,   s = σ · s',   g' = w_j · g / σ,   σ = F/α
// So α and F need not agree, and each column of T takes all levels: with w_j the levels' top over the largest
// entry of column j the columns are as long in levels as they get, and so is the least singular value beside
// the rounding, which is half a level whatever w (D).
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/libmho/memory.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A vector of factors, word_i · 2^exponent.
typedef struct {
  int32_t* word;
  int32_t exponent;
} mho_factor_vector_t;

/// What a GINV macro is given, in the order in which rows and columns of the system stand now.
typedef struct {
  uint32_t rows, columns;   ///< of T
  int8_t* levels;           ///< K, rows × columns
  uint8_t* order;           ///< rows + columns: where the elements of f, then of g stand in a residual
  uint8_t feedback;         ///< F, 1 to 255
  mho_factor_vector_t in;   ///< what a residual is multiplied by before
  mho_factor_vector_t out;  ///< and what is found after: x, then s
} mho_ginv_levels_t;

/// @param rows, columns  of A, not equal
/// @param size           rows and columns that a macro holds
bool mho_ginv_holds(uint32_t rows, uint32_t columns, uint32_t size);

/// Feedback of the row amplifiers for levels up to `top`: a quarter of it, as α is of A's largest entry (our
/// assumption, see mho_augment()).
static inline uint8_t mho_ginv_feedback(uint32_t top) {
  return (uint8_t)((top + 2u) / 4u);
}

/// @param[out] out   its arrays are taken from the arena
/// @param square     what mho_augment() made of a matrix of rows × columns, loaded
/// @param top        largest level, 1 to 127
/// @returns MHO_OK; MHO_OVERFLOW: factors lie further apart than 2^20, so that words of 31 bits would leave
///          few of the smallest, or columns have been exchanged; MHO_SINGULAR: a column of T without entries;
///          MHO_NO_MEMORY
mho_result_t mho_ginv_levels(mho_ginv_levels_t* out, const mho_system_t* square, uint32_t rows,
                             uint32_t columns, uint32_t top, mho_arena_t* arena);

#ifdef __cplusplus
}
#endif
