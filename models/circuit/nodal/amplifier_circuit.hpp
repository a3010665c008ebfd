// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A linear network with amplifiers, after its nodes without capacitance have been eliminated:
//
//     du/dt = A_u u + A_v v + A_q q              u [volt]  voltages of the nodes with capacitance
//     e     = E_u u + E_v v + E_q q + V_os       e [volt]  inputs of the amplifiers
//     nodes = N_u u + N_v v + N_q q              every node of the builder, driven ones included
//     v, x, y                                    outputs and states of the amplifiers: amplifier.hpp
//     q                                          inputs: currents [ampere] or voltages [volt]
// and at rest (no capacitor current), with u eliminated too:
//     e     = L v + L_q q + V_os
//     nodes = R_v v + R_q q
// The state of the whole is z = [u; x; y], y only for amplifiers with a second pole.
// CircuitBuilder makes it; operating_point(), LinearTransient and the others work on it.
#pragma once

#include <Eigen/Core>

#include <vector>

#include "models/circuit/nodal/amplifier.hpp"

namespace mho::circuit {

struct AmplifierCircuit {
  Eigen::MatrixXd a_u, a_v, a_q;  ///< [nodes with C x nodes with C | amplifiers | inputs]
  Eigen::MatrixXd e_u, e_v, e_q;  ///< [amplifiers x …]
  Eigen::MatrixXd n_u, n_v, n_q;  ///< [nodes x …]
  Eigen::MatrixXd rest_e_v;       ///< L [amplifiers x amplifiers]
  Eigen::MatrixXd rest_e_q;       ///< L_q [amplifiers x inputs]
  Eigen::MatrixXd rest_n_v;       ///< R_v [nodes x amplifiers]
  Eigen::MatrixXd rest_n_q;       ///< R_q [nodes x inputs]
  /// Thermal noise of all conductances, as it enters: e sees 4kT·thermal_e [amplifiers x amplifiers, ohm],
  /// du/dt sees 4kT·thermal_u [nodes with C x nodes with C, siemens/farad²]; one-sided densities, the two
  /// independent.
  Eigen::MatrixXd thermal_e, thermal_u;
  /// Current out of each amplifier = load_siemens · nodes + load_input · q [amplifiers x nodes | inputs].
  Eigen::MatrixXd load_siemens;
  Eigen::MatrixXd load_input;
  Eigen::VectorXd offset_volt;       ///< V_os [amplifiers]
  Eigen::VectorXd capacitor_farad;   ///< of the nodes with C
  std::vector<Eigen::Index> u_node;  ///< which node each element of u is
  std::vector<AmplifierModel> amplifiers;
  std::vector<Eigen::Index> second_pole;  ///< amplifiers that have a y

  Eigen::Index n_nodes() const { return n_v.rows(); }
  Eigen::Index n_amplifiers() const { return static_cast<Eigen::Index>(amplifiers.size()); }
  Eigen::Index n_inputs() const { return rest_n_q.cols(); }
  Eigen::Index n_capacitors() const { return a_u.rows(); }
  Eigen::Index n_states() const {
    return n_capacitors() + n_amplifiers() + static_cast<Eigen::Index>(second_pole.size());
  }
  /// True if no amplifier saturates, slews or clamps: superposition holds.
  bool is_linear() const;

  /// x or y of each amplifier: what its output follows [amplifiers].
  Eigen::VectorXd drives(const Eigen::VectorXd& z) const;
  /// Outputs v of the amplifiers in state z [amplifiers, volt].
  Eigen::VectorXd outputs(const Eigen::VectorXd& z) const;
  /// Voltages of all nodes in state z under inputs q [nodes, volt].
  Eigen::VectorXd nodes(const Eigen::VectorXd& z, const Eigen::VectorXd& q) const;
  /// dz/dt [volt/s].
  Eigen::VectorXd slope(const Eigen::VectorXd& z, const Eigen::VectorXd& q) const;
  /// What a rate of change dq/dt of the inputs adds to d²z/dt² at once [volt/s²].
  Eigen::VectorXd slope_by_inputs(const Eigen::VectorXd& z, const Eigen::VectorXd& q,
                                  const Eigen::VectorXd& dq) const;
  /// ∂(dz/dt)/∂z at z [states x states, 1/s]; of a linear circuit it is the same everywhere.
  Eigen::MatrixXd jacobian(const Eigen::VectorXd& z, const Eigen::VectorXd& q) const;
  /// State at rest that belongs to amplifier states x and inputs q: u from the network, y = x.
  Eigen::VectorXd state_at_rest(const Eigen::VectorXd& x, const Eigen::VectorXd& q) const;
};

/// The same circuit for small signals around rest: nothing saturates, slews or clamps.
AmplifierCircuit small_signal(AmplifierCircuit circuit);

}  // namespace mho::circuit
