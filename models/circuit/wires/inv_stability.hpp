// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A proof that the closed loop is stable, for much less than its eigenvalues cost: if possible, neither array
// is reduced. Amplifiers with one pole, all with one f_T (ω = 2π f_T); summing nodes without capacitance.
// With T⁺, T⁻ and Y as in network.hpp and T = T⁺ − T⁻:
//
//     one array      do/dt = −ω Y⁻¹ T o − (ω/A0) o
//                    d(oᵀYo)/dt <= −2ω oᵀTo,  so the loop is stable if the symmetric part of T is positive
//     two arrays     inverters (equal conductances, same amplifiers) whose outputs are d off −o:
//                    do/dt = −ω Y⁻¹ (T o + T⁻ d) − …,   dd/dt = −ω d/2 − ω Y⁻¹ (T o + T⁻ d) − …
//                    oᵀYo + q dᵀYd decreases if
//                    oᵀTo + oᵀT⁻d + q dᵀTo + q dᵀT⁻d + (q/2) dᵀYd   is positive definite
//
// (D: Lyapunov; leaks and g_in only help.) The transfers are known from below and in their sums,
//     T± = T₁± + E±,   E± >= 0 entry by entry,   E± 1 and 1ᵀE± bounded by one sweep of the array
// because T₁ is the first term of a series of products of non-negative matrices (first_order_array.hpp). So
// |xᵀE y| <= ½ Σ_i (E 1)_i x_i² + ½ Σ_j (1ᵀE)_j y_j². And Y is at least diag(T⁺1 + T⁻1 + g_in), as its
// off-diagonal entries are <= 0. What is left is a Cholesky factorisation or two (one for each q tried). If
// that proves nothing, the arrays are reduced after all: the same with E = 0, and last the equations above
// themselves (decay_by_squaring.hpp), which still costs a part of eigenvalues.
#pragma once

#include "models/circuit/wires/inv_arrays.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

/// True: every mode of the loop decays, whatever A0 and f_T are. False: not proven; the loop may be stable or
/// not, and its eigenvalues tell (stability(), InvCircuit).
/// @param g_in_siemens  from each summing node to ground, >= 0
/// @throws InputError   a parameter out of range
/// Cost: up to ten sweeps of each array and one or two Cholesky factorisations of N (with G⁻: 2N) rows; if
/// these prove nothing, a reduction of each array, the factorisations again and up to 20 products of such
/// matrices.
bool is_surely_stable(const InvArrays& arrays, double g_in_siemens);

/// The same for arrays that nothing else is asked about. Throws as InvArrays, too.
bool is_surely_stable(const device::DifferentialPair& pair, const LineParams& lines, double g_in_siemens);

}  // namespace mho::circuit
