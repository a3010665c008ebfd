// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/amplifier_circuit.hpp"

#include <algorithm>
#include <numbers>

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
  const Index n_c = n_capacitors(), m = n_amplifiers();
  const auto u = z.head(n_c);
  const VectorXd v = outputs(z);
  VectorXd dz(n_states());
  dz.head(n_c).noalias() = a_u * u;
  dz.head(n_c).noalias() += a_v * v;
  dz.head(n_c).noalias() += a_q * q;
  VectorXd e = offset_volt;
  e.noalias() += e_u * u;
  e.noalias() += e_v * v;
  e.noalias() += e_q * q;
  for (Index k = 0; k < m; ++k) {
    const AmplifierModel& a = amplifiers[static_cast<std::size_t>(k)];
    dz[n_c + k] = state_slope(a, e[k], z[n_c + k]).value;
  }
  for (std::size_t i = 0; i < second_pole.size(); ++i) {
    const Index k = second_pole[i], at = n_c + m + static_cast<Index>(i);
    const double omega = 2.0 * std::numbers::pi * amplifiers[static_cast<std::size_t>(k)].second_pole_hz;
    dz[at] = omega * (z[n_c + k] - z[at]);
  }
  return dz;
}

VectorXd AmplifierCircuit::slope_by_inputs(const VectorXd& z, const VectorXd& q, const VectorXd& dq) const {
  const Index n_c = n_capacitors();
  VectorXd result = VectorXd::Zero(n_states());
  result.head(n_c) = a_q * dq;
  const VectorXd e = e_u * z.head(n_c) + e_v * outputs(z) + e_q * q + offset_volt;
  const VectorXd de = e_q * dq;
  for (Index k = 0; k < n_amplifiers(); ++k)
    result[n_c + k] = state_slope(amplifiers[static_cast<std::size_t>(k)], e[k], z[n_c + k]).by_input * de[k];
  return result;
}

MatrixXd AmplifierCircuit::jacobian(const VectorXd& z, const VectorXd& q) const {
  const Index n_c = n_capacitors(), m = n_amplifiers();
  const VectorXd w = drives(z);
  VectorXd v(m), dv(m);
  for (Index k = 0; k < m; ++k) {
    const Slope out = output_voltage(amplifiers[static_cast<std::size_t>(k)], w[k]);
    v[k] = out.value;
    dv[k] = out.derivative;
  }
  const VectorXd e = e_u * z.head(n_c) + e_v * v + e_q * q + offset_volt;
  VectorXd gain(m), by_state(m);
  for (Index k = 0; k < m; ++k) {
    const StateSlope slope = state_slope(amplifiers[static_cast<std::size_t>(k)], e[k], z[n_c + k]);
    gain[k] = slope.by_input;
    by_state[k] = slope.by_state;
  }

  // Where each output's derivative goes: the column of y if there is a second pole, of x if not.
  std::vector<Index> column(static_cast<std::size_t>(m));
  for (Index k = 0; k < m; ++k) column[static_cast<std::size_t>(k)] = n_c + k;
  for (std::size_t i = 0; i < second_pole.size(); ++i)
    column[static_cast<std::size_t>(second_pole[i])] = n_c + m + static_cast<Index>(i);

  MatrixXd j = MatrixXd::Zero(n_states(), n_states());
  j.topLeftCorner(n_c, n_c) = a_u;
  j.block(n_c, 0, m, n_c) = gain.asDiagonal() * e_u;
  for (Index k = 0; k < m; ++k) {
    const Index at = column[static_cast<std::size_t>(k)];
    j.col(at).head(n_c) = a_v.col(k) * dv[k];
    j.col(at).segment(n_c, m) += gain.cwiseProduct(e_v.col(k)) * dv[k];
  }
  for (Index k = 0; k < m; ++k) j(n_c + k, n_c + k) += by_state[k];
  for (std::size_t i = 0; i < second_pole.size(); ++i) {
    const Index k = second_pole[i], at = n_c + m + static_cast<Index>(i);
    const double omega = 2.0 * std::numbers::pi * amplifiers[static_cast<std::size_t>(k)].second_pole_hz;
    j(at, n_c + k) += omega;
    j(at, at) -= omega;
  }
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
