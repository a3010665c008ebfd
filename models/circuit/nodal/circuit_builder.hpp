// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Puts a circuit together from arrays (as their ports see them), conductances, sources and amplifiers, and
// reduces it to the matrices of AmplifierCircuit. Every circuit kind is a few calls to this class, so that
// there is one place where Kirchhoff's laws are written down.
//
//     CircuitBuilder builder;
//     const auto s = builder.add_node(c_in), o = builder.add_output();
//     builder.add_conductance(s, o, g);
//     builder.add_current(s);                                  // input 0, positive into the node
//     builder.add_amplifier({.plus = CircuitBuilder::kGround, .minus = s, .output = o}, model);
//     const AmplifierCircuit circuit = builder.build();
#pragma once

#include <Eigen/Core>

#include <optional>
#include <string>
#include <vector>

#include "models/circuit/nodal/amplifier_circuit.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {

class CircuitBuilder {
 public:
  /// A node: an index into AmplifierCircuit::nodes().
  using Node = Eigen::Index;
  static constexpr Node kGround = -1;

  struct Terminals {
    Node plus = kGround;
    Node minus = kGround;
    Node output = kGround;
  };

  /// A node whose voltage follows from the currents. `name` is for messages.
  /// @param capacitance_farad  to ground, >= 0
  Node add_node(std::string name, double capacitance_farad = 0.0);
  /// A node that one amplifier's output will drive.
  Node add_output(std::string name);
  /// A node held at an input voltage; the input is numbered in the order of the calls.
  Node add_source(std::string name);
  /// An input current into `node` [ampere]; numbered in the same order.
  void add_current(Node node);

  /// @param siemens  >= 0; 0 adds nothing
  void add_conductance(Node a, Node b, double siemens);
  /// @param row_nodes, column_nodes  what the ports of the array are connected to
  void add_array(const std::vector<Node>& row_nodes, const std::vector<Node>& column_nodes,
                 const ArrayPorts& ports);
  /// An array near some voltages: currents into it = port_siemens · port voltages + constants. Minus the
  /// constants are inputs, one for each port (rows, then columns), numbered after all other inputs in the
  /// order of the calls.
  void add_array(const std::vector<Node>& row_nodes, const std::vector<Node>& column_nodes,
                 const Eigen::MatrixXd& port_siemens);
  void add_amplifier(const Terminals& terminals, const AmplifierModel& amplifier);

  /// @throws InputError  a node without capacitance whose voltage nothing determines, or an output that is
  ///                     not driven exactly once
  AmplifierCircuit build() const;

 private:
  enum class Kind { kFree, kOutput, kSource };
  struct NodeInfo {
    std::string name;
    Kind kind = Kind::kFree;
    double capacitance_farad = 0.0;
    std::optional<Eigen::Index> input;      // kSource
    std::optional<Eigen::Index> amplifier;  // kOutput
  };
  struct Stamp {
    Node row, column;
    double siemens;
  };
  struct Block {
    std::vector<Node> rows, columns;
    Eigen::MatrixXd siemens;
  };
  struct CurrentInput {
    Node node;
    Eigen::Index input;
  };
  struct PlacedAmplifier {
    Terminals terminals;
    AmplifierModel model;
  };
  struct Equations;

  Node add(NodeInfo node);
  Eigen::Index n_columns() const { return n_inputs_ + static_cast<Eigen::Index>(ports_.size()); }
  void check(Node node, bool ground_allowed) const;
  Equations number_nodes() const;
  void stamp(Equations& eq, Node at, Node from, double siemens) const;
  void stamp_network(Equations& eq) const;
  void stamp_inputs(Equations& eq) const;
  void stamp_amplifiers(Equations& eq) const;
  void reduce(const Equations& eq, AmplifierCircuit& circuit) const;
  void reduce_at_rest(const Equations& eq, AmplifierCircuit& circuit) const;
  void add_block(const std::vector<Node>& rows, const std::vector<Node>& columns,
                 const Eigen::MatrixXd& siemens);

  std::vector<NodeInfo> nodes_;
  std::vector<Stamp> stamps_;
  std::vector<Block> blocks_;
  std::vector<CurrentInput> currents_;
  std::vector<Node> ports_;  // of arrays near some voltages
  std::vector<PlacedAmplifier> amplifiers_;
  Eigen::Index n_inputs_ = 0;
};

}  // namespace mho::circuit
