// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The equations of motion of an AmplifierCircuit for an integrator, which evaluates them thousands of times:
// what states do not change is worked out once, inputs are multiplied only when they have changed, and
// evaluations allocate nothing but what their results lack in size.
#pragma once

#include <Eigen/Core>

#include <vector>

#include "models/circuit/nodal/amplifier_circuit.hpp"
#include "models/circuit/nodal/amplifier_slopes.hpp"

namespace mho::circuit {

class AmplifierMotion {
 public:
  /// @param circuit  must outlive this and not change
  explicit AmplifierMotion(const AmplifierCircuit& circuit);

  /// As the functions of AmplifierCircuit with these names. Results are given the size that they lack; none
  /// may be an argument. Not thread-safe.
  void slope(const Eigen::VectorXd& z, const Eigen::VectorXd& q, Eigen::VectorXd& dz);
  void slope_by_inputs(const Eigen::VectorXd& z, const Eigen::VectorXd& q, const Eigen::VectorXd& dq,
                       Eigen::VectorXd& result);
  void jacobian(const Eigen::VectorXd& z, const Eigen::VectorXd& q, Eigen::MatrixXd& j);

 private:
  const AmplifierModel& amplifier(Eigen::Index k) const {
    return circuit_.amplifiers[static_cast<std::size_t>(k)];
  }
  const AmplifierRates& rates(Eigen::Index k) const { return rates_[static_cast<std::size_t>(k)]; }
  Eigen::Index drive(Eigen::Index k) const { return drive_[static_cast<std::size_t>(k)]; }

  void take_inputs(const Eigen::VectorXd& q);
  void find_outputs(const Eigen::VectorXd& z);
  void sum_amplifier_inputs(const Eigen::VectorXd& z);

  const AmplifierCircuit& circuit_;
  std::vector<AmplifierRates> rates_;
  std::vector<Eigen::Index> drive_;         ///< the state that each amplifier's output follows
  bool outputs_follow_states_ = true;       ///< no output saturates or is clamped
  Eigen::VectorXd q_, u_of_q_, e_of_q_;     ///< the inputs that came last, A_q q and E_q q
  Eigen::VectorXd v_, dv_;                  ///< outputs and their derivatives
  Eigen::VectorXd e_, de_, e_of_u_, gain_;  ///< scratch [amplifiers]
};

}  // namespace mho::circuit
