// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A circuit whose arrays are not ohmic. Its network has to be solved for its voltages in every state: the
// arrays are linearised, the circuit built around them gives the voltages of their ports, the arrays follow
// (nonohmic_array.hpp), until nothing moves. What that ends with, an AmplifierCircuit with the currents of
// the cells and, after a linearisation, their slopes, is what rest points, eigenvalues, noise and integrators
// are computed from. Cells have no capacitance, so states and their order are those of the ohmic circuit.
#pragma once

#include <functional>
#include <vector>

#include "models/circuit/access/array_bundle.hpp"
#include "models/circuit/nodal/nonlinear_transient.hpp"
#include "models/circuit/nodal/operating_point.hpp"
#include "models/circuit/topology/topology.hpp"

namespace mho::circuit {

class NonohmicCircuit {
 public:
  /// The circuit with its arrays as TopologyParams::linearized_siemens.
  using Build = std::function<Topology(const std::vector<Eigen::MatrixXd>& linearized_siemens)>;

  /// At 0 V everywhere.
  /// @param placements, arrays  in the order of Topology::placements
  /// @throws InputError         a node that nothing determines
  NonohmicCircuit(Build build, std::vector<Placement> placements, std::vector<ArrayBundle> arrays);

  Eigen::Index n_amplifiers() const { return circuit_.n_amplifiers(); }
  /// The circuit as it was linearised last, with the currents found last under inputs q.
  Tangent tangent(const Eigen::VectorXd& q) const { return {.circuit = &circuit_, .q = inputs(q)}; }
  /// Back to 0 V everywhere: the small-signal circuit of the cells at 0 V.
  void reset();

  /// Newton's method from 0 V if the amplifiers are linear, else, or if that fails, continuation from `start`
  /// (rest_point()). Ends linearised there. Independent of what was computed before.
  /// @param q      [inputs of the ohmic circuit] ampere or volt
  /// @param start  [amplifiers] or empty: 0
  RestPoint rest(const Eigen::VectorXd& q, const Eigen::VectorXd& start = {});

  /// The circuit in state z under inputs q; null if its voltages were not found.
  Tangent tangent_in(const Eigen::VectorXd& z, const Eigen::VectorXd& q);
  /// The circuit at rest with the amplifiers' outputs at v [amplifiers, volt]; null if not found.
  Tangent tangent_at_rest(const Eigen::VectorXd& v, const Eigen::VectorXd& q);
  /// What an integrator asks for; refers to this object.
  CircuitMotion motion();

  /// Sum of the currents out of the columns of all arrays, as found last [columns].
  Eigen::VectorXd column_ampere() const;
  /// Its derivative [columns x nodes], as linearised last.
  Eigen::MatrixXd column_siemens() const;

 private:
  using NodeVolt = std::function<Eigen::VectorXd(const Tangent&)>;
  Eigen::VectorXd inputs(const Eigen::VectorXd& q) const;
  void linearize();
  bool try_linearize();
  Tangent linearized_if(bool is_found, const Eigen::VectorXd& q);
  bool find(const Eigen::VectorXd& q, const NodeVolt& node_volt, bool newton);
  bool find_anyhow(const Eigen::VectorXd& q, const NodeVolt& node_volt);
  RestPoint newton_rest(const Eigen::VectorXd& q);

  Build build_;
  std::vector<std::vector<Eigen::Index>> ports_;  // nodes of each array: rows, then columns
  std::vector<ArrayBundle> arrays_;
  AmplifierCircuit circuit_;
  bool is_tangent_ = false;  // linearised where the arrays are
};

}  // namespace mho::circuit
