// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One array with resistive lines, as its ports see it: an exact linear network of rows + cols ports
// (line_params.hpp says what is connected to what). Reduced once per programming; every later operation on
// ohmic cells is dense algebra on the three matrices.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/line_params.hpp"

namespace mho::circuit {

/// Port currents are linear in port voltages; with u at the row ports and v at the column ports [volt]
///     current into the array at the row ports       row_self · u − transfer · v
///     current into the array at the column ports    column_self · v − transferᵀ · u
/// Reciprocal (the selfs are symmetric, one transfer serves both directions) and passive. Off-diagonal
/// entries of the selfs are <= 0, entries of the transfer are >= 0, and each row of [row_self, −transfer] and
/// of [column_self, −transferᵀ] sums to 0: there is no ground inside.
struct ArrayPorts {
  Eigen::MatrixXd transfer_siemens;     ///< [rows x cols]
  Eigen::MatrixXd row_self_siemens;     ///< [rows x rows]
  Eigen::MatrixXd column_self_siemens;  ///< [cols x cols]
};

/// Reduces an array to its ports.
/// @param g_siemens  [rows x cols] cells, finite, >= 0; 0 = open
/// With ideal lines: transfer = G, selfs = diagonals of row and column sums, exactly.
/// @throws InputError  no cell, a conductance negative or not finite, a resistance out of range
ArrayPorts reduce_ports(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines);

}  // namespace mho::circuit
