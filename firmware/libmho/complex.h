// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A complex system as a real one of twice the size:
//     [Re A  −Im A] [Re x]   [Re b]
//     [Im A   Re A] [Im x] = [Im b]
// With the real parts first, BlockAMC's first division splits it between the parts, and its solution is the
// two-stage one: A1 = Re A, and the Schur complement is Re A + Im A·(Re A)⁻¹·Im A.
#pragma once

#include "firmware/libmho/memory.h"
#include "firmware/libmho/result.h"
#include "firmware/libmho/system.h"

#ifdef __cplusplus
extern "C" {
#endif

/// The real system of a complex one.
/// @param[out] real  2m × 2n; its arrays are taken from the arena
/// @param source     m × n; value and rhs are pairs of doubles, real part first
/// @returns MHO_OK; MHO_BAD_ARGUMENT: an index out of range; MHO_NO_MEMORY
mho_result_t mho_complex_embed(mho_sparse_system_t* real, const mho_sparse_system_t* source,
                               mho_arena_t* arena);

/// n pairs as n real parts and n imaginary ones.
void mho_complex_embed_rhs(uint64_t* real, const uint64_t* pairs, uint32_t n);

#ifdef __cplusplus
}
#endif
