// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Oracle: every node of an array in one nodal matrix, eliminated by a dense solver in extended precision or
// by a sparse one. Shares nothing with the wire models but the description of the lines.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/line_params.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {

/// Dense, long double: for up to some hundred nodes.
ArrayPorts dense_nodal_ports(const Eigen::MatrixXd& g_siemens, const LineParams& lines);
/// Eigen::SimplicialLDLT, double.
ArrayPorts sparse_nodal_ports(const Eigen::MatrixXd& g_siemens, const LineParams& lines);

}  // namespace mho::circuit
