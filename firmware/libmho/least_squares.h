// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Systems of m rows and n columns, m ≠ n, as square ones of m + n rows (Björck 1967), with one number α > 0:
//     m > n, the x with the least ‖b − A·x‖₂        m < n, the least ‖x‖₂ with A·x = b
//     [A  α·I] [x]   [b]                            [Aᵀ α·I] [y]   [0]
//     [0  Aᵀ ] [s] = [0],  s = (b − A·x)/α          [0  A  ] [x] = [b],  x = −Aᵀ·y/α
// Both parts of the unknowns are refined with exact residuals, so x comes out as exact as that of a square
// system, whatever the residual that remains. α scales s or y and is not seen in x. The unknowns that meet A
// or Aᵀ come first: eliminated first, with rows chosen by their pivots, they leave a bounded rest, where
// α·I eliminated first would leave AᵀA/α, with the square of A's condition and sums over all m rows.
#pragma once

#include "firmware/libmho/memory.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Where x and b are in the square system.
typedef struct {
  uint32_t size;          ///< its rows: m + n
  uint32_t first_of_x;    ///< x is unknown first_of_x and the n − 1 behind it
  uint32_t first_of_rhs;  ///< b is in row first_of_rhs and the m − 1 below it; the others are 0
} mho_augmented_t;

/// @param rows, columns  m and n, different
mho_augmented_t mho_augmented(uint32_t rows, uint32_t columns);

/// The square system of a rectangular one. α is the power of two from a quarter to a half of A's largest
/// entry, which the scaling of the square system takes with it (our assumption: the condition number is least
/// with α near the smallest singular value of A with columns of length 1, which is not known; of 1 to 1/16
/// this took the fewest iterations over random matrices with condition numbers of 1 to 200).
/// @param[out] square  its arrays are taken from the arena
/// @param source       rows ≠ columns
/// @returns MHO_OK; MHO_BAD_ARGUMENT: an index out of range; MHO_NO_MEMORY
mho_result_t mho_augment(mho_sparse_system_t* square, const mho_sparse_system_t* source, mho_arena_t* arena);

/// Room in the integers of the elimination for what is left behind it: sums over all rows of a tall A
/// (columns of a wide one), which may become as many times as large as its entries. Â and the meaning of x
/// stay; only the balanced matrix has A and Aᵀ smaller beside α·I, by the power of two from 1/64 to 1/32 of
/// their number, and by none up to 64 (our assumption: entries of the balanced matrix may grow 32 times).
/// @param square         what mho_augment() made of rows × columns, loaded
void mho_augmented_make_room(mho_system_t* square, uint32_t rows, uint32_t columns);

#ifdef __cplusplus
}
#endif
