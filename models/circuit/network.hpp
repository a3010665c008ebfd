// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a circuit needs to know of its arrays: a linear network, reduced to its ports. Circuits work on these
// matrices and never on cells, so that a reduction of resistive lines fits in front of them.
//
// Notation:  transfer  G_eff, current into summing node i per volt at driver j, signs included
//            self      Y, current out of summing node i per volt at node k (all drivers at 0 V)
//            drive     conductance that driver j sees with the summing nodes at 0 V, for its load current
// With ideal lines Y = diag(S), S_i = Σ_j (G⁺ + G⁻)_ij + G_in.
//
// Modelled here: ideal lines. The negative array is driven with inverted voltages by ideal inverters.
// Not modelled: resistive lines, poles and offsets of the inverters.
#pragma once

#include <Eigen/Core>

#include "models/device/differential_pair.hpp"

namespace mho::circuit {

/// Closed loop (INV): amplifier j drives column j, row i ends in summing node i.
struct InvNetwork {
  Eigen::MatrixXd transfer_siemens;  ///< [N x N]
  Eigen::MatrixXd self_siemens;      ///< [N x N], regular
  Eigen::VectorXd drive_siemens;     ///< [N] per column
};

/// Open loop (MVM): row r is driven, column c ends in summing node c.
struct MvmNetwork {
  Eigen::MatrixXd transfer_siemens;  ///< [cols x rows]
  Eigen::VectorXd self_siemens;      ///< [cols], feedback not included
  Eigen::VectorXd drive_siemens;     ///< [rows]
};

/// INV network of a square pair with ideal lines and one input conductance per summing node.
/// Throws InputError if the pair is empty, not square, has a negative or non-finite entry, or g_in < 0.
InvNetwork inv_network(const device::DifferentialPair& pair, double g_in_siemens);

/// MVM network of a pair with ideal lines: rows are driven, columns are read.
/// Throws InputError if the pair is empty, of unequal sizes, or has a negative or non-finite entry.
MvmNetwork mvm_network(const device::DifferentialPair& pair);

}  // namespace mho::circuit
