// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The exact residual of a system in two parts, for the verification.
#pragma once

#include "firmware/libmho/memory.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/system.h"
#include "registers/dru.h"

#ifdef __cplusplus
extern "C" {
#endif

/// Multiply-adds of 32-bit words that an entry of the matrix takes: two parts of it by two of x.
enum { MHO_LONG_PRODUCTS = 4 };

/// r = minuend − Â·x, exact up to the rounding to 31 bits at the end, as the DRU normalises.
/// @param r                n 32-bit words after the header, written
/// @param minuend          n words, magnitudes below 2^62
/// @param x                n 64-bit words after the header, magnitudes below 2^62
/// @param system           with lower parts
/// @returns MHO_OK; MHO_OVERFLOW if the exponents of minuend and Â·x are too far apart for 192 bits;
///          MHO_NO_MEMORY
mho_result_t mho_long_residual(mho_dru_vector_t* r, const mho_system_t* system, const int64_t* minuend,
                               int32_t minuend_exponent, const mho_dru_vector_t* x, mho_arena_t scratch);

#ifdef __cplusplus
}
#endif
