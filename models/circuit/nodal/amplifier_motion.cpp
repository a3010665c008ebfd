// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/amplifier_motion.hpp"

#include <algorithm>
#include <numbers>

#include "models/circuit/nodal/matrix_vector.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

double second_pole_rad_per_s(const AmplifierModel& amplifier) {
  return 2.0 * std::numbers::pi * amplifier.second_pole_hz;
}

}  // namespace

AmplifierMotion::AmplifierMotion(const AmplifierCircuit& circuit)
    : circuit_(circuit), outputs_follow_states_(std::ranges::all_of(circuit.amplifiers, follows_its_state)) {
  const Index n_c = circuit.n_capacitors(), m = circuit.n_amplifiers();
  for (const AmplifierModel& a : circuit.amplifiers) rates_.push_back(rates_of(a));
  for (Index k = 0; k < m; ++k) drive_.push_back(n_c + k);
  for (std::size_t i = 0; i < circuit.second_pole.size(); ++i)
    drive_[static_cast<std::size_t>(circuit.second_pole[i])] = n_c + m + static_cast<Index>(i);
  for (VectorXd* scratch : {&v_, &dv_, &e_, &de_, &e_of_u_, &gain_}) scratch->resize(m);
}

void AmplifierMotion::take_inputs(const VectorXd& q) {
  if (q_.size() == q.size() && e_of_q_.size() > 0 && q_ == q) return;
  q_ = q;
  u_of_q_.setZero(circuit_.n_capacitors());
  add_product(circuit_.a_q, q.data(), u_of_q_.data());
  e_of_q_.setZero(circuit_.n_amplifiers());
  add_product(circuit_.e_q, q.data(), e_of_q_.data());
}

void AmplifierMotion::find_outputs(const VectorXd& z) {
  for (Index k = 0; k < v_.size(); ++k) v_[k] = z[drive(k)];
  if (outputs_follow_states_) return;
  for (Index k = 0; k < v_.size(); ++k) v_[k] = output_of(amplifier(k), v_[k]).value;
}

void AmplifierMotion::slope(const VectorXd& z, const VectorXd& q, VectorXd& dz) {
  const Index n_c = circuit_.n_capacitors(), m = circuit_.n_amplifiers();
  take_inputs(q);
  find_outputs(z);
  dz.resize(circuit_.n_states());
  if (n_c > 0) {
    dz.head(n_c).setZero();
    add_product(circuit_.a_u, z.data(), dz.data());
    add_product(circuit_.a_v, v_.data(), dz.data());
    dz.head(n_c) += u_of_q_;
  }
  e_ = circuit_.offset_volt;
  if (n_c > 0) add_product(circuit_.e_u, z.data(), e_.data());
  add_product(circuit_.e_v, v_.data(), e_.data());
  e_ += e_of_q_;
  for (Index k = 0; k < m; ++k) dz[n_c + k] = state_slope(amplifier(k), rates(k), e_[k], z[n_c + k]).value;
  for (std::size_t i = 0; i < circuit_.second_pole.size(); ++i) {
    const Index k = circuit_.second_pole[i], at = n_c + m + static_cast<Index>(i);
    dz[at] = second_pole_rad_per_s(amplifier(k)) * (z[n_c + k] - z[at]);
  }
}

/// Inputs e of the amplifiers whose outputs are v_, for derivatives. A slope has the same sum in another
/// order: the last bits of waveforms depend on either.
void AmplifierMotion::sum_amplifier_inputs(const VectorXd& z) {
  e_.setZero();
  add_product(circuit_.e_v, v_.data(), e_.data());
  if (circuit_.n_capacitors() > 0) {
    e_of_u_.setZero();
    add_product(circuit_.e_u, z.data(), e_of_u_.data());
    e_ = e_of_u_ + e_;
  }
  e_ = (e_ + e_of_q_) + circuit_.offset_volt;
}

void AmplifierMotion::slope_by_inputs(const VectorXd& z, const VectorXd& q, const VectorXd& dq,
                                      VectorXd& result) {
  const Index n_c = circuit_.n_capacitors();
  result.setZero(circuit_.n_states());
  if ((dq.array() == 0.0).all()) return;
  take_inputs(q);
  find_outputs(z);
  sum_amplifier_inputs(z);
  if (n_c > 0) add_product(circuit_.a_q, dq.data(), result.data());
  de_.setZero();
  add_product(circuit_.e_q, dq.data(), de_.data());
  for (Index k = 0; k < v_.size(); ++k)
    result[n_c + k] = state_slope(amplifier(k), rates(k), e_[k], z[n_c + k]).by_input * de_[k];
}

void AmplifierMotion::jacobian(const VectorXd& z, const VectorXd& q, MatrixXd& j) {
  const Index n_c = circuit_.n_capacitors(), m = circuit_.n_amplifiers();
  take_inputs(q);
  for (Index k = 0; k < m; ++k) {
    const Slope out = output_of(amplifier(k), z[drive(k)]);
    v_[k] = out.value;
    dv_[k] = out.derivative;
  }
  sum_amplifier_inputs(z);
  j.setZero(circuit_.n_states(), circuit_.n_states());
  VectorXd& by_state = de_;
  for (Index k = 0; k < m; ++k) {
    const StateSlope slope = state_slope(amplifier(k), rates(k), e_[k], z[n_c + k]);
    gain_[k] = slope.by_input;
    by_state[k] = slope.by_state;
  }
  if (n_c > 0) {
    j.topLeftCorner(n_c, n_c) = circuit_.a_u;
    j.block(n_c, 0, m, n_c) = gain_.asDiagonal() * circuit_.e_u;
  }
  // Each output's derivative goes into the column of y if there is a second pole, of x if not.
  for (Index k = 0; k < m; ++k) {
    auto column = j.col(drive(k));
    if (n_c > 0) column.head(n_c) = circuit_.a_v.col(k) * dv_[k];
    column.segment(n_c, m) += gain_.cwiseProduct(circuit_.e_v.col(k)) * dv_[k];
  }
  for (Index k = 0; k < m; ++k) j(n_c + k, n_c + k) += by_state[k];
  for (std::size_t i = 0; i < circuit_.second_pole.size(); ++i) {
    const Index k = circuit_.second_pole[i], at = n_c + m + static_cast<Index>(i);
    const double omega = second_pole_rad_per_s(amplifier(k));
    j(at, n_c + k) += omega;
    j(at, at) -= omega;
  }
}

}  // namespace mho::circuit
