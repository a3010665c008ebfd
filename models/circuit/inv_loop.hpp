// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The INV circuit with what inv_circuit.hpp leaves out of its amplifiers: second pole, input capacitance,
// output resistance, and how the signs are made. A linear circuit of topology.hpp; what it adds is that
// everything that does not depend on the input is worked out once:
//     at rest      v = v₀ + K·I
//     stable       iff every eigenvalue of the loop's dynamics has a negative real part
//     settling     ln(1/ε)/|Re λ| of the slowest mode, plus slewing (settling_with_slew_s)
// If outputs would exceed the rails, the point where saturating amplifiers rest is solved for and reported
// (saturated_loop.hpp).
// On the way: loop_waveform.hpp.
#pragma once

#include <Eigen/Core>

#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/loop_effects.hpp"
#include "models/circuit/loop_waveform.hpp"
#include "models/circuit/opamp.hpp"
#include "models/circuit/topology/topology.hpp"

namespace mho::circuit {

class InvLoop {
 public:
  /// @param positive, negative  [N x N] the two arrays with their lines
  /// @param g_in_siemens        from the input source to each summing node, >= 0
  /// @param offsets_volt        [N] input offsets of the amplifiers, or empty for none
  /// @throws InputError         sizes differ, a parameter out of range
  /// Cost: one eigenvalue problem of the size of the state (2 to 4 N).
  InvLoop(const CrossbarArray& positive, const CrossbarArray& negative, const OpampParams& opamp,
          const LoopEffects& effects, double g_in_siemens, const Eigen::VectorXd& offsets_volt);

  Eigen::Index size() const { return gain_ohm_.rows(); }
  bool is_singular() const { return is_singular_; }
  bool is_stable() const { return !is_singular_ && slowest_rad_per_s_ < 0.0; }

  /// As inv_noise_factor(): [N x N, volt], empty if there is no noise or no steady state.
  const Eigen::MatrixXd& noise_factor() const { return noise_factor_; }

  /// As InvCircuit::solve().
  InvResult solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere, double epsilon = 0x1p-9) const;

  /// loop_waveform() to the rest that solve() gives, or of a loop without any. Needs !is_singular().
  Eigen::MatrixXd settle(const LoopStep& step, const Eigen::Ref<const Eigen::VectorXd>& times_s) const;

 private:
  OpampParams opamp_;
  Topology topology_;
  Eigen::VectorXd drive_siemens_;  ///< what each amplifier sees of both arrays
  Eigen::MatrixXd gain_ohm_;       ///< K
  Eigen::VectorXd rest_volt_;      ///< v₀
  Eigen::MatrixXd noise_factor_;
  double amplifiers_ = 0.0;  ///< that draw a bias, inverters included
  double slowest_rad_per_s_ = 0.0;
  bool is_singular_ = false;
};

}  // namespace mho::circuit
