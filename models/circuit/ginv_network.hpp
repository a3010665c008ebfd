// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The closed loop of a generalised inverse as one INV loop (inv_circuit.hpp, inv_loop.hpp). Two arrays: the
// rows of A end in the summing nodes of m row amplifiers with outputs s, its columns are driven by n column
// amplifiers with outputs x; the rows of −Aᵀ end in the summing nodes of the column amplifiers and its
// columns are driven by the row amplifiers. Every amplifier may have a conductance from its output to its
// summing node. From Kirchhoff at the nodes, f and g the currents into them (D):
//
//     [g_f·I   A   ] [s]     [f]         x = −(AᵀA + g_λ g_f)⁻¹ (Aᵀ f + g_f g),   s = −(f + A x)/g_f
//     [ −Aᵀ   g_λ·I] [x] = − [g]
//
// That is the circuit of facts.md §3 (Aᵀ f after f alone) with one difference: A's copy is wired with its
// signs exchanged to inverting inputs, where facts.md has it at non-inverting ones. At rest both are the
// same; this one needs no padding to match the loads of two inputs, and every node takes an input current, so
// that both rows of the equation can be refined.
//
// The symmetric part of the matrix is diag(g_f, g_λ): with equal copies, A of full column rank and amplifiers
// of one pole it settles, whatever the order of the rows (Lyapunov).
#pragma once

#include <Eigen/Core>

#include "models/circuit/topology/topology.hpp"

namespace mho::circuit {

/// Conductance from the output of each amplifier to its own summing node [siemens, >= 0].
struct GinvFeedback {
  double row_siemens = 0.0;     ///< g_f
  double column_siemens = 0.0;  ///< g_λ

  bool operator==(const GinvFeedback&) const = default;
};

/// Both arrays as one whose ports are those of the loop: nodes and outputs of the row amplifiers, then those
/// of the column amplifiers. For the positive arrays with the feedback; the negative ones, which inverted
/// outputs drive, have none.
/// @param direct    [m x n] that of A
/// @param mirrored  [n x m] that of −Aᵀ
/// @throws InputError  sizes do not match, a conductance is negative or not finite
CrossbarArray ginv_array(const CrossbarArray& direct, const CrossbarArray& mirrored,
                         const GinvFeedback& feedback);

/// [m + n square] what changes of the transfers of both arrays, [m x n] and [n x m], change in that of the
/// loop.
Eigen::MatrixXd ginv_transfer(const Eigen::MatrixXd& direct, const Eigen::MatrixXd& mirrored);

}  // namespace mho::circuit
