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
/// @param x, measured  vectors as the DRU stores them, n words after the header
/// @returns MHO_OK; MHO_OVERFLOW if the exponents of b and A·x are too far apart for 96 bits; MHO_NO_MEMORY
mho_result_t mho_verify(mho_verification_t* out, const mho_system_t* system, const mho_dru_vector_t* x,
                        const mho_dru_vector_t* measured, mho_arena_t scratch);

#ifdef __cplusplus
}
#endif
