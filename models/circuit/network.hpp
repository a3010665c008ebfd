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
// Each array of the pair has lines of its own (wires/line_params.hpp); both end in the same summing nodes.
// The negative array is driven with inverted voltages by ideal inverters, so
//     transfer = T⁺ − T⁻,   self = Y⁺ + Y⁻ on the sensed side,   drive = diagonal of the same on the driven
//     side
// Not modelled: poles and offsets of the inverters.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/line_params.hpp"
#include "models/circuit/wires/port_reduction.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

/// Closed loop (INV): amplifier j drives column j, row i ends in summing node i.
struct InvNetwork {
  Eigen::MatrixXd transfer_siemens;  ///< [N x N]
  Eigen::MatrixXd self_siemens;      ///< [N x N], regular
  /// [N] what driver j sees of both arrays while the other drivers are at 0 V. With resistive lines the
  /// drivers also see a little of each other, which the power figures leave out.
  Eigen::VectorXd drive_siemens;
};

/// Open loop (MVM): row r is driven, column c ends in summing node c.
struct MvmNetwork {
  Eigen::MatrixXd transfer_siemens;  ///< [cols x rows]
  Eigen::MatrixXd self_siemens;      ///< [cols x cols], feedback not included
  Eigen::VectorXd drive_siemens;     ///< [rows], as for InvNetwork
};

/// INV network of a square pair with one input conductance per summing node.
/// Throws InputError if the pair is empty, not square, has a negative or non-finite entry, g_in < 0, or a
/// line resistance is out of range.
InvNetwork inv_network(const device::DifferentialPair& pair, double g_in_siemens);
InvNetwork inv_network(const device::DifferentialPair& pair, const LineParams& lines, double g_in_siemens);

/// MVM network of a pair: rows are driven, columns are read.
/// Throws InputError if the pair is empty, of unequal sizes, has a negative or non-finite entry, or a line
/// resistance is out of range.
MvmNetwork mvm_network(const device::DifferentialPair& pair);
MvmNetwork mvm_network(const device::DifferentialPair& pair, const LineParams& lines);

/// The same from arrays that are reduced already, so that a circuit can be rebuilt without reducing again.
/// Throws InputError if the sizes of the two differ (INV: or are not square).
InvNetwork inv_network(const ArrayPorts& positive, const ArrayPorts& negative, double g_in_siemens);
MvmNetwork mvm_network(const ArrayPorts& positive, const ArrayPorts& negative);

}  // namespace mho::circuit
