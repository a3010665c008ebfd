// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The INV circuit with what inv_circuit.hpp leaves out of its amplifiers: second pole, input capacitance,
// output resistance, and how the signs are made. A linear circuit of topology.hpp; what it adds is that
// everything that does not depend on the input is worked out once:
//     at rest      v = v₀ + K·I
//     stable       iff every eigenvalue of the loop's dynamics has a negative real part
//     settling     ln(1/ε)/|Re λ| of the slowest mode, plus slewing (settling_with_slew_s)
// Outputs beyond the rails are clipped and reported, as InvCircuit does.
// Not modelled: noise of the amplifiers, how a saturated amplifier disturbs the others (`mho circuit` does
// both).
#pragma once

#include <Eigen/Core>

#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/opamp.hpp"
#include "models/circuit/topology/topology.hpp"

namespace mho::circuit {

/// How the negative array of an INV macro gets its sign.
enum class InvSigns {
  kIdealInverters,  ///< driven with −v by inverters that have no dynamics: InvCircuit's own assumption
  kInverters,       ///< driven by inverters of the same amplifiers
  kCompensation,    ///< driven with v, rows in the non-inverting inputs, loads matched (facts.md §3, D)
};

/// No figure was published for the amplifiers of the chip: all are our assumptions (A), off by default.
struct LoopEffects {
  double second_pole_hz = 0.0;  ///< > 0; 0: none
  double input_farad = 0.0;     ///< at each input that is not grounded, >= 0
  double output_ohm = 0.0;      ///< >= 0
  InvSigns signs = InvSigns::kIdealInverters;
  double inverter_siemens = 100e-6;  ///< input and feedback conductance of an inverter, > 0
};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const LoopEffects& effects);

/// True if any of them makes InvCircuit insufficient.
bool is_on(const LoopEffects& effects);

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

  /// As InvCircuit::solve().
  InvResult solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere, double epsilon = 0x1p-9) const;

  /// Outputs at `times_s` after the input has stepped from `before_ampere`, at rest, to `input_ampere` [N x
  /// samples, volt], within the rails; without slew limit. Needs is_stable().
  Eigen::MatrixXd settle(const Eigen::Ref<const Eigen::VectorXd>& before_ampere,
                         const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                         const Eigen::Ref<const Eigen::VectorXd>& times_s) const;

 private:
  OpampParams opamp_;
  Topology topology_;
  Eigen::VectorXd drive_siemens_;  ///< what each amplifier sees of both arrays
  Eigen::MatrixXd gain_ohm_;       ///< K
  Eigen::VectorXd rest_volt_;      ///< v₀
  double amplifiers_ = 0.0;        ///< that draw a bias, inverters included
  double slowest_rad_per_s_ = 0.0;
  bool is_singular_ = false;
};

}  // namespace mho::circuit
