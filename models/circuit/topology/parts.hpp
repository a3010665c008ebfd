// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the topologies have in common: rows of nodes, banks of inverters, matched loads.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/circuit/nodal/circuit_builder.hpp"
#include "models/circuit/topology/topology.hpp"

namespace mho::circuit {

using Nodes = std::vector<CircuitBuilder::Node>;

/// Throws InputError unless both arrays have one size, and are square if asked.
void require_sizes(const char* kind, const CrossbarArray& positive,
                   const std::optional<CrossbarArray>& negative, bool must_be_square);

/// `count` nodes named prefix0, prefix1, …
Nodes add_nodes(CircuitBuilder& builder, const char* prefix, Eigen::Index count, double capacitance_farad);
Nodes add_outputs(CircuitBuilder& builder, const char* prefix, Eigen::Index count);
Nodes add_sources(CircuitBuilder& builder, const char* prefix, Eigen::Index count);

/// Nodes at minus the voltages of `of`: one analogue inverter each, like `model` but without offset and
/// clamp.
Nodes add_inverters(CircuitBuilder& builder, const char* prefix, const Nodes& of, AmplifierModel model,
                    double inverter_siemens);

/// Pads the lighter of each two nodes to ground until both see the same conductance.
/// @param a_siemens, b_siemens  [nodes] what they see
void match_loads(CircuitBuilder& builder, const Nodes& a, const Eigen::VectorXd& a_siemens, const Nodes& b,
                 const Eigen::VectorXd& b_siemens);

}  // namespace mho::circuit
