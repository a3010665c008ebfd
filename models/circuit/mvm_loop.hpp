// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The dynamics of the MVM circuit with what mvm_circuit.hpp leaves out of its amplifiers: second pole, input
// capacitance, output resistance. The values at rest are MvmCircuit's, which takes the output resistance;
// poles and capacitances do not move them.
//     stable       iff every eigenvalue of the dynamics has a negative real part
//     settling     ln(1/ε)/|Re λ| of the slowest mode, plus slewing (settling_with_slew_s)
// Rows of the negative array are driven by ideal inverters.
#pragma once

#include <Eigen/Core>

#include "models/circuit/loop_effects.hpp"

namespace mho::circuit {

class MvmLoop {
 public:
  /// @param positive, negative  [rows x cols] the two arrays with their lines
  /// @param g_feedback_siemens  of the transimpedance amplifiers, > 0
  /// @throws InputError         sizes differ, a parameter out of range
  /// Cost: one eigenvalue problem of the size of the state (1 to 3 times the columns).
  MvmLoop(const CrossbarArray& positive, const CrossbarArray& negative, const OpampParams& opamp,
          const LoopEffects& effects, double g_feedback_siemens);
  /// The same for any arrays: drivers hold the rows, so only what the summing nodes see counts.
  /// @param self_siemens  [cols x cols] without the feedback
  MvmLoop(const Eigen::MatrixXd& self_siemens, const OpampParams& opamp, const LoopEffects& effects,
          double g_feedback_siemens);

  bool is_stable() const { return slowest_rad_per_s_ < 0.0; }
  /// Time constant of the slowest mode [second]. Needs is_stable().
  double slowest_tau_s() const { return -1.0 / slowest_rad_per_s_; }
  /// Until the slowest mode is within ε of a step from rest to `step_volt` [second]. Needs is_stable().
  double settling_time_s(double epsilon, double step_volt = 0.0) const;
  /// As inv_noise_factor(): [cols x cols, volt], empty if there is no noise or no steady state.
  const Eigen::MatrixXd& noise_factor() const { return noise_factor_; }

 private:
  MvmLoop(const CrossbarArray& array, const OpampParams& opamp, const LoopEffects& effects,
          double g_feedback_siemens);

  OpampParams opamp_;
  double slowest_rad_per_s_ = 0.0;
  Eigen::MatrixXd noise_factor_;
};

}  // namespace mho::circuit
