// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The closed loop that solves G v = −I: N amplifiers, output j drives column j of the arrays, row i ends at
// the inverting input of amplifier i (facts.md §3; D, from Kirchhoff).
//
//     node i       Σ_j G_ij v_j − (Y s)_i + I_i = 0,   s = V_os − v/A0,   Y = diag(S) with ideal lines
//     at rest      (G + Y/A0) v = −(I − Y V_os)
//     in time      dv/dt = −2π f_T · [ Y⁻¹(G v + I) − V_os + v/A0 ]
//     stable       iff Re λ > 0 for every eigenvalue λ of M = Y⁻¹G
//     settling     t = ln(1/ε) / (2π f_T · min Re λ), plus slewing (settling_with_slew_s)
//
// The values are those at rest; what is left of the transient after the settling time is not added.
// If that exceeds V_sat, the point where the loop rests with saturating amplifiers is solved for
// (saturated_loop.hpp) and flagged.
// Not modelled: second poles, inverter dynamics.
#pragma once

#include <Eigen/Core>
#include <Eigen/LU>

#include "models/circuit/network.hpp"
#include "models/circuit/opamp.hpp"
#include "models/circuit/topology/topology.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

enum class InvStatus {
  kNotComputed,
  kOk,
  kSaturated,  ///< v would exceed V_sat: it is where saturated amplifiers rest, not the solution
  kUnstable,   ///< an eigenvalue with Re λ <= 0: the outputs run to the rails
  kSingular,   ///< the loop matrix is singular to working precision: the outputs run to the rails
};

struct [[nodiscard]] InvResult {
  InvStatus status = InvStatus::kNotComputed;
  /// [N, volt] outputs, |v| <= V_sat. At the rails (sign of −I) if kUnstable or kSingular.
  Eigen::VectorXd v;
  int n_saturated = 0;           ///< outputs at the limit: from kSaturatedShare of V_sat on
  double settling_time_s = 0.0;  ///< theory, from rest (v = 0); 0 if kUnstable or kSingular
  double slowest_tau_s = 0.0;    ///< time constant of the slowest mode; 0 if kUnstable or kSingular
  SupplyPower power;             ///< while the outputs stand at v
};

class InvCircuit {
 public:
  /// @param pair          [N x N] programmed conductances: row = summing node, column = output
  /// @param g_in_siemens  conductance from the input source to each summing node, >= 0
  /// @param offsets_volt  [N] input offsets of the amplifiers (draw_offsets()), or empty for none
  /// @throws InputError   sizes differ, a parameter out of range, a conductance negative or not finite
  /// Cost: one LU and one eigenvalue problem.
  InvCircuit(const device::DifferentialPair& pair, const OpampParams& opamp, double g_in_siemens,
             const Eigen::VectorXd& offsets_volt);
  /// The same from a reduced network, for lines that are not ideal.
  InvCircuit(const InvNetwork& network, const OpampParams& opamp, const Eigen::VectorXd& offsets_volt);

  Eigen::Index size() const { return network_.drive_siemens.size(); }
  bool is_singular() const { return is_singular_; }
  bool is_stable() const { return min_re_lambda_ > 0.0; }
  /// min Re λ(Y⁻¹G), dimensionless, −1 … 1: the stability margin; the speed is 2π f_T times it.
  double min_re_lambda() const { return min_re_lambda_; }
  /// Estimated reciprocal condition number of G + Y/A0 in the 1-norm.
  double reciprocal_condition() const { return reciprocal_condition_; }

  /// Linear settling time to ε of the slowest mode [second], without slewing. Infinite if not stable.
  double settling_time_s(double epsilon) const;

  /// Operating point for currents `input_ampere` [N, positive into the summing node]. ε in (0, 1) is used for
  /// the settling time only. Const and thread-safe. Throws InputError if the size differs.
  InvResult solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere, double epsilon = 0x1p-9) const;

  /// The same circuit for the engine of models/circuit/nodal: what a saturated one is solved with.
  Topology loop() const;

 private:
  /// Outputs with saturating amplifiers; clipped ones if these find no rest.
  Eigen::VectorXd saturated(const Eigen::VectorXd& v,
                            const Eigen::Ref<const Eigen::VectorXd>& input_ampere) const;
  SupplyPower power_at(const Eigen::VectorXd& v) const;

  OpampParams opamp_;
  Eigen::PartialPivLU<Eigen::MatrixXd> loop_;
  InvNetwork network_;
  Eigen::VectorXd offsets_volt_;
  Eigen::VectorXd offset_current_ampere_;  // Y·V_os
  double min_re_lambda_ = 0.0;
  double reciprocal_condition_ = 0.0;
  bool is_singular_ = false;
};

}  // namespace mho::circuit
