// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The digital check before a job is called converged: wrong reads of the arrays would make the measured
// residual lie, so it is computed once more in integers, n² multiply-adds on the CPU.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "firmware/libmho/memory.h"
#include "firmware/libmho/real.h"
#include "firmware/libmho/system.h"
#include "registers/dru.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  bool agrees;       ///< the measured residual is, word for word, the exact one rounded to 31 bits
  mho_real_t norm2;  ///< squared norm of the exact residual in the user's scaling, Σ (r_i · 2^-row_scale_i)²
  uint64_t multiply_adds;
} mho_verification_t;

/// Compares b̂ − Â·x with what the DRU measured.
/// @param settled, x, measured  vectors as the DRU stores them, n words after the header, 64-bit ones
///        of the first two if the system has lower parts. The solution is the
///        sum of the first two; measured is (b̂ − Â·settled, rounded to 31 bits) − Â·x. Settled with length 0:
///        there is only x.
/// @returns MHO_OK; MHO_OVERFLOW if the exponents of b and A·x are too far apart for 96 bits, or
///          192 where there are lower parts; MHO_NO_MEMORY
mho_result_t mho_verify(mho_verification_t* out, const mho_system_t* system, const mho_dru_vector_t* settled,
                        const mho_dru_vector_t* x, const mho_dru_vector_t* measured, mho_arena_t scratch);

/// Whether the words of x are fine enough for a relative error of 2^-t in the user's scaling: one exponent
/// serves all of them, so where columns differ much in scale the rounding of x alone can exceed it, and
/// corrections that round to nothing would look like convergence. Rounding errors count as uniform and
/// independent: ‖2^(x_exponent + column_scale)‖² / 12 ≤ 2^(-2t - 2)·‖x‖².
/// @param x        the part of the solution with the finest words
/// @param rhs      NULL, or what that part was sought from, rounded to 31 bits: its unit makes x uncertain by
///                 2^MHO_RESIDUAL_GUARD units of A's largest entries, a margin for its condition (our
///                 assumption)
/// @param x_norm2  ‖x‖² of the whole solution in the user's scaling
bool mho_is_x_resolved(const mho_system_t* system, const mho_dru_vector_t* x, const mho_dru_vector_t* rhs,
                       mho_real_t x_norm2, uint32_t tolerance_bits);

enum { MHO_RESIDUAL_GUARD = 8 };

/// Columns further apart in scale than this power of two are not called resolved by a second part: a
/// correction has few bits, so that it says nothing of unknowns so much smaller (wrong answers were seen from
/// 2^55 on; the limit is our assumption).
enum { MHO_RESOLVED_RANGE = 24 };

#ifdef __cplusplus
}
#endif
