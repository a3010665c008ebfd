// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The INV circuit with cells that are not conductances (nonlinear_inv.hpp) and amplifiers with more than a
// pole (inv_loop.hpp) at once: second pole, input capacitance, output resistance, analogue inverters or
// conductance compensation. A NonohmicCircuit of inv_topology(); all slices of an array are one ArrayBundle,
// and with ideal inverters both arrays are.
//     at rest      Newton's method for circuit and arrays together; within the rails with linear amplifiers,
//                  beyond them with saturating ones
//     stable       iff every eigenvalue of the circuit with the slopes that the cells have there decays
//     settling     ln(1/ε)/|Re λ| of the slowest of these modes, plus slewing (settling_with_slew_s)
//     on the way   circuit and arrays solved together in every state that the integrator asks for
//                  (nonlinear_transient.hpp), with the slew limit; to a point beyond the rails, those of the
//                  circuit linearised there, with limits (loop_waveform())
#pragma once

#include <Eigen/Core>

#include <memory>
#include <optional>
#include <vector>

#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/loop_effects.hpp"
#include "models/circuit/loop_waveform.hpp"
#include "models/circuit/nonlinear/nonlinear_inv.hpp"
#include "models/circuit/topology/nonohmic_circuit.hpp"

namespace mho::circuit {

struct [[nodiscard]] NonlinearLoopResult {
  InvResult inv;
  /// The circuit with linear amplifiers and the arrays near their voltages at `inv.v`, and its inputs, the
  /// constant currents of the cells among them. Without states if kSingular.
  AmplifierCircuit tangent;
  Eigen::VectorXd tangent_input;
};

class NonlinearInvLoop {
 public:
  /// @param slices        as NonlinearInv; one only if outputs have a resistance, since attenuating drivers
  ///                      have none
  /// @param offsets_volt  [n] of the n <= N amplifiers in use; other lines are held at 0 V
  /// @throws InputError   a size or parameter out of range
  NonlinearInvLoop(const CellModel& cell, const std::vector<InvSlice>& slices, const LineParams& lines,
                   const OpampParams& opamp, const LoopEffects& effects, double g_in_siemens,
                   const Eigen::VectorXd& offsets_volt);

  Eigen::Index size() const { return size_; }

  /// As InvLoop::solve(). kSingular also if no operating point is found. Independent of earlier calls.
  /// Cost: some five linearisations of all arrays and an eigenvalue problem of the size of the state.
  NonlinearLoopResult solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere, double epsilon);

  /// As InvLoop::noise_factor(), around the operating point of a result.
  Eigen::MatrixXd noise_factor(const NonlinearLoopResult& result) const;

  /// Outputs at `times_s` after the inputs have stepped to those of the result.
  /// @param times_s  ascending, >= 0
  /// @returns [n x samples, volt]; where the motion could not be followed to the last sample, and where the
  ///          result is not one within the rails, that of the circuit linearised at its end
  /// Cost: some hundred solutions of circuit and arrays.
  Eigen::MatrixXd settle(const NonlinearLoopResult& result, const LoopStep& step,
                         const Eigen::Ref<const Eigen::VectorXd>& times_s);

 private:
  struct Parts;
  enum class Limits { kNone, kRails, kSlew };
  static std::shared_ptr<const Parts> checked(Parts parts);
  static NonohmicCircuit circuit_of(const std::shared_ptr<const Parts>& parts, Limits limits);
  void add_power(const AmplifierCircuit& circuit, const Eigen::VectorXd& node_volt, const Eigen::VectorXd& q,
                 InvResult& inv) const;
  void saturate(const Eigen::VectorXd& input_ampere, NonlinearLoopResult& result);
  Eigen::MatrixXd followed(const LoopStep& step, const Eigen::VectorXd& times_s);

  std::shared_ptr<const Parts> parts_;
  OpampParams opamp_;
  Eigen::Index size_;
  double amplifiers_;  ///< that draw a bias, inverters included
  Topology wiring_;    ///< where outputs and amplifiers are
  NonohmicCircuit linear_;
  // Made when first needed.
  std::optional<NonohmicCircuit> saturating_;
  std::optional<NonohmicCircuit> moving_;
};

}  // namespace mho::circuit
