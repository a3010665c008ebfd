// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How the outputs of an INV circuit move while it settles: the loop equation of inv_circuit.hpp with the
// slope and the outputs limited,
//     dv/dt = limit(−2π f_T · [ Y⁻¹(G v + I) − V_os + v/A0 ], ±SR),    |v| <= V_sat
// For looking at: results and settling times come from InvCircuit.
// Not modelled: second poles, inverter dynamics, the ramp of the input.
#pragma once

#include <Eigen/Core>

#include "models/circuit/network.hpp"
#include "models/circuit/opamp.hpp"

namespace mho::circuit {

class InvWaveform {
 public:
  /// @param offsets_volt  [N] input offsets of the amplifiers, or empty for none
  /// @throws InputError   sizes differ, a parameter out of range
  InvWaveform(const InvNetwork& network, const OpampParams& opamp, const Eigen::VectorXd& offsets_volt);

  /// Outputs at `times_s` after the input has stepped.
  /// @param v_start_volt  [N] outputs before the step, |v| <= V_sat
  /// @param input_ampere  [N] positive into the summing nodes
  /// @param times_s       [samples, second] ascending, above 0
  /// @returns [N x samples, volt]. An unstable loop ends at the rails.
  /// Runge–Kutta of order four with steps of at most 0.1/(2π f_T): the loop has no faster pole, because no
  /// eigenvalue of Y⁻¹G exceeds 1 in magnitude. Cost: N² per step; 20 ns at 500 MHz are about 630 steps.
  /// Thread-safe.
  /// @throws InputError   sizes differ, times that do not ascend
  Eigen::MatrixXd settle(const Eigen::Ref<const Eigen::VectorXd>& v_start_volt,
                         const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                         const Eigen::Ref<const Eigen::VectorXd>& times_s) const;

 private:
  OpampParams opamp_;
  Eigen::MatrixXd feedback_;    ///< Y⁻¹G + 1/A0
  Eigen::MatrixXd input_gain_;  ///< Y⁻¹ [ohm]
  Eigen::VectorXd offsets_volt_;
};

}  // namespace mho::circuit
