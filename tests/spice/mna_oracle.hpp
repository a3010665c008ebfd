// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Modified nodal analysis of a linear netlist: at rest, an oracle for sizes that ngspice takes minutes for;
// and in time, without an error of steps.
#pragma once

#include <Eigen/Core>

#include <map>
#include <string>
#include <vector>

namespace mho::spice {

/// Node voltages, by name. Understands R, V, I, E and G with numbers; C is an open circuit.
/// @throws std::runtime_error  another element, or a singular circuit
std::map<std::string, double> rest_voltages(const std::string& netlist);

/// Voltages of `nodes` [times x nodes] by the matrix exponential of what the capacitors see, from rest at
/// t = 0. Sources are numbers or one common ramp, PWL(0 0 rise value).
/// @throws std::runtime_error  as above, or if the capacitors' voltages are not independent
Eigen::MatrixXd exact_transient(const std::string& netlist, const std::vector<std::string>& nodes,
                                const Eigen::VectorXd& times_s);

}  // namespace mho::spice
