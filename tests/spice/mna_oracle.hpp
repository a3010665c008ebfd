// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Modified nodal analysis of a linear netlist at rest: an oracle for sizes that ngspice takes minutes for.
#pragma once

#include <map>
#include <string>

namespace mho::spice {

/// Node voltages, by name. Understands R, V, I, E and G with numbers; C is an open circuit.
/// @throws std::runtime_error  another element, or a singular circuit
std::map<std::string, double> rest_voltages(const std::string& netlist);

}  // namespace mho::spice
