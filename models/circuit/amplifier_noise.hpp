// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the white input noise of the amplifiers leaves on the outputs of a macro at rest, over all
// frequencies. One-pole amplifiers, e one-sided density at each input, f_T their gain-bandwidth product:
//
//     INV   dv/dt = −ω_T (M v − n),  M = Y⁻¹G + 1/A0:    M P + P Mᵀ = ω_T e²/2
//     MVM   M = (Y + G_f)⁻¹G_f + 1/A0, symmetric:        P = (π/2) f_T e² M⁻¹
//           with ideal lines and A0 → ∞ the textbook (π/2) f_T a e², a = 1 + S/G_f
//
// (D, as nodal/noise.hpp, which serves loops with more poles.) Samples of different reads are independent:
// reads lie many time constants apart. Not modelled: flicker noise, noise of ideal inverters.
#pragma once

#include <Eigen/Core>

#include "models/circuit/network.hpp"
#include "models/circuit/opamp.hpp"

namespace mho::circuit {

/// L with L·Lᵀ = P [volt²]: outputs are disturbed by L·ξ, ξ standard normal. Empty if the opamp has no noise
/// or the loop is not stable: then there is no steady state.
Eigen::MatrixXd inv_noise_factor(const InvNetwork& network, const OpampParams& opamp);
/// @param g_feedback_siemens  > 0
Eigen::MatrixXd mvm_noise_factor(const MvmNetwork& network, const OpampParams& opamp,
                                 double g_feedback_siemens);

/// L of a covariance, which may be singular.
Eigen::MatrixXd covariance_factor(const Eigen::MatrixXd& covariance);

}  // namespace mho::circuit
