// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/amplifier_circuit.hpp"

#include <algorithm>

#include "models/circuit/nodal/amplifier_motion.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

bool AmplifierCircuit::is_linear() const {
  return std::ranges::all_of(amplifiers, [](const AmplifierModel& a) { return a.is_linear(); });
}

VectorXd AmplifierCircuit::drives(const VectorXd& z) const {
  VectorXd w = z.segment(n_capacitors(), n_amplifiers());
  for (std::size_t i = 0; i < second_pole.size(); ++i)
    w[second_pole[i]] = z[n_capacitors() + n_amplifiers() + static_cast<Index>(i)];
  return w;
}

VectorXd AmplifierCircuit::outputs(const VectorXd& z) const {
  VectorXd v = drives(z);
  for (Index k = 0; k < n_amplifiers(); ++k)
    v[k] = output_voltage(amplifiers[static_cast<std::size_t>(k)], v[k]).value;
  return v;
}

VectorXd AmplifierCircuit::nodes(const VectorXd& z, const VectorXd& q) const {
  VectorXd all = n_v * outputs(z);
  all.noalias() += n_q * q;
  all.noalias() += n_u * z.head(n_capacitors());
  return all;
}

VectorXd AmplifierCircuit::slope(const VectorXd& z, const VectorXd& q) const {
  VectorXd dz;
  AmplifierMotion(*this).slope(z, q, dz);
  return dz;
}

VectorXd AmplifierCircuit::slope_by_inputs(const VectorXd& z, const VectorXd& q, const VectorXd& dq) const {
  VectorXd result;
  AmplifierMotion(*this).slope_by_inputs(z, q, dq, result);
  return result;
}

MatrixXd AmplifierCircuit::jacobian(const VectorXd& z, const VectorXd& q) const {
  MatrixXd j;
  AmplifierMotion(*this).jacobian(z, q, j);
  return j;
}

VectorXd AmplifierCircuit::state_at_rest(const VectorXd& x, const VectorXd& q) const {
  const Index n_c = n_capacitors(), m = n_amplifiers();
  VectorXd z(n_states());
  z.segment(n_c, m) = x;
  for (std::size_t i = 0; i < second_pole.size(); ++i) z[n_c + m + static_cast<Index>(i)] = x[second_pole[i]];
  const VectorXd all = rest_n_v * outputs(z) + rest_n_q * q;
  for (Index i = 0; i < n_c; ++i) z[i] = all[u_node[static_cast<std::size_t>(i)]];
  return z;
}

AmplifierCircuit small_signal(AmplifierCircuit circuit) {
  for (AmplifierModel& a : circuit.amplifiers) {
    a.v_sat_volt = AmplifierModel::kNone;
    a.slew_rate_volt_per_s = AmplifierModel::kNone;
    a.is_clamped = false;
  }
  return circuit;
}

}  // namespace mho::circuit
