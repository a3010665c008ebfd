// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The linear system as the chip holds it: equilibrated by powers of two, which the answer undoes exactly, and
// rounded to integers.
//     Â_ij = s · A_ij · 2^(row_scale_i + column_scale_j) = a_ij · 2^a_exponent,   |a_ij| < 2^bits
//     b̂_i  = s · b_i · 2^row_scale_i                     = b_i  · 2^b_exponent,   |b_i| < 2^31
//     x_j  = x̂_j · 2^column_scale_j
// A matrix of more than MHO_UPPER_BITS bits has a lower part, and b with it:
//     a_ij + a_low_ij · 2^-low_bits,  |a_low_ij| < 2^low_bits      b_i + b_low_i · 2^-31,  |b_low_i| < 2^31
// with the signs of what they are parts of. Everything but the exact residual looks at the upper parts only.
// The stretch s in [1, 2) is common to A and b, so x does not see it: it is 1 for a matrix that the integers
// hold exactly and for one with a lower part, otherwise it makes the largest integer 2^bits − 1 and the
// rounding errors as small as they get. Powers of two leave rows and columns up to a factor of two away from
// balance, which a cell with 3 bits cannot afford. The low-precision arrays only have to approximate the
// inverse, so they are balanced further by factors in [1, 2) that the vector unit applies to what goes in and
// comes out:
//     Ã = diag(row_fine) · Â · diag(column_fine)
#pragma once

#include <stdint.h>

#include "firmware/libmho/memory.h"
#include "firmware/libmho/real.h"
#include "firmware/libmho/result.h"
#include "registers/dru.h"
#include "registers/job.h"

#ifdef __cplusplus
extern "C" {
#endif

/// A x = b as the host hands it over: compressed rows, IEEE doubles.
typedef struct {
  uint32_t rows, columns;
  const uint32_t* row_start;  // rows + 1
  const uint32_t* column;
  const uint64_t* value;  // bit patterns of doubles
  const uint64_t* rhs;    // rows bit patterns
} mho_sparse_system_t;

/// True if row starts ascend from 0 and every column is one of the matrix: nothing outside it is reached.
int mho_sparse_is_in_range(const mho_sparse_system_t* source);

/// Bits of a matrix that its upper part holds: whole digits of 1 to 4 bits.
enum { MHO_UPPER_BITS = MHO_JOB_MAX_NARROW_BITS };
/// Bits of the lower parts of b.
enum { MHO_LOW_WORD_BITS = 31 };

typedef struct {
  uint32_t n;
  uint32_t bits;          // of a
  uint32_t low_bits;      // of a_low; 0: there are no lower parts, and vectors have 32-bit words
  int32_t* row_scale;     // n
  int32_t* column_scale;  // n
  int32_t* row_fine;      // n, units of 2^-30, in [2^30, 2^31) unless least_squares.h has made them smaller
  int32_t* column_fine;   // n, likewise
  int32_t* a;             // n × n, rows
  int32_t* a_low;         // n × n behind a, or NULL
  int32_t a_exponent;
  int32_t balanced_exponent;  // MHO_BALANCED_EXPONENT or MHO_COARSE_EXPONENT; the former after loading
  int32_t* b;                 // n
  int32_t* b_low;             // n behind b, or NULL
  int32_t b_exponent;
  mho_real_t stretch;      // s
  uint32_t* row_order;     // n: the row of the source that each row holds
  uint32_t* column_order;  // n: the column of the source, and so the unknown, that each column holds
  // The unknowns [first_of_x, first_of_x + size_of_x) of the source are x, whose norm and error count; the
  // others are auxiliary (least_squares.h). After loading all of them are x.
  uint32_t first_of_x, size_of_x;
} mho_system_t;

/// True if the unknown in column j belongs to x.
static inline int mho_system_is_x(const mho_system_t* system, uint32_t j) {
  return system->column_order[j] - system->first_of_x < system->size_of_x;
}

/// Exponents of the balanced matrix Ã in its integer form. Entries are below 2, so five bits stay for growth;
/// thirteen where the elimination needs them, whose inverse knows no more than six bits anyway.
enum { MHO_BALANCED_EXPONENT = -25, MHO_COARSE_EXPONENT = -17 };

/// Balances rows and columns (simultaneous scaling by the square roots of their largest magnitudes, Ruiz
/// 2001, here on logarithms in fixed point), then rounds matrix and right-hand side to integers.
/// @param[out] system  filled; its arrays are taken from the arena
/// @param bits         of the matrix, both parts: 3 to 53
/// @returns MHO_OK; MHO_BAD_ARGUMENT: not square, an index out of range, an infinite or undefined value;
///          MHO_SINGULAR: a row or column without a nonzero entry; MHO_NO_MEMORY
mho_result_t mho_system_load(mho_system_t* system, const mho_sparse_system_t* source, uint32_t bits,
                             mho_arena_t* arena);

/// Another right-hand side for a system that is loaded: b and b_exponent.
/// @param rhs  n bit patterns of doubles
/// @returns MHO_OK; MHO_BAD_ARGUMENT: an infinite or undefined value
mho_result_t mho_system_load_rhs(mho_system_t* system, const uint64_t* rhs);

/// The words of b as the DRU takes them: 64-bit ones where there are lower parts.
void mho_system_store_rhs(const mho_system_t* system, mho_dru_vector_t* rhs);

/// Rows or columns i and j of n × n words exchange their places.
void mho_exchange_rows(int32_t* m, uint32_t n, uint32_t i, uint32_t j);
void mho_exchange_columns(int32_t* m, uint32_t n, uint32_t i, uint32_t j);

/// Equations i and j exchange their places: rows of a and b, their scales, and row_order. x stays what it is.
void mho_system_exchange_rows(mho_system_t* system, uint32_t i, uint32_t j);

/// Unknowns i and j exchange their places: columns of a, their scales, and column_order. b stays what it is.
void mho_system_exchange_columns(mho_system_t* system, uint32_t i, uint32_t j);

/// The balanced matrix Ã as integers times 2^balanced_exponent, n × n in rows.
/// @returns NULL when the arena is exhausted
int32_t* mho_system_balanced(const mho_system_t* system, mho_arena_t* arena);

/// The same into n × n words that are there.
void mho_system_balance(const mho_system_t* system, int32_t* balanced);

#ifdef __cplusplus
}
#endif
