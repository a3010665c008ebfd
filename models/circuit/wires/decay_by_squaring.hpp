// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Whether all modes of  Y dx/dt = −T x  decay, without eigenvalues. The Cayley transform
//     B = (γY + T)⁻¹ (γY − T),   γ > 0
// maps an eigenvalue μ of Y⁻¹T to (γ − μ)/(γ + μ), which is inside the unit circle if Re μ > 0 and only then.
// So they decay if a power of B has a norm below 1, and the powers 2, 4, 8, … cost one product each. What
// rounding may have done to a power is bounded along with it. (D: Cayley; γ changes the number of squarings,
// not the answer.)
#pragma once

#include <Eigen/Core>

namespace mho::circuit {

/// True: every mode decays. False: not shown within some squarings; it may be so or not.
/// @param t, y  [N x N] of the same unit, finite
/// Cost: one LU factorisation with N right-hand sides, and 2N³ operations a squaring: 3 to 10 in typical
/// loops, together an eighth of eigenvalues.
bool all_modes_decay(const Eigen::MatrixXd& t, const Eigen::MatrixXd& y);

}  // namespace mho::circuit
