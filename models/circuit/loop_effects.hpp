// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the one-pole circuits (inv_circuit, mvm_circuit) leave out of their amplifiers, and what the circuits
// that have it share.
#pragma once

#include <Eigen/Core>

#include <vector>

#include "models/circuit/nodal/amplifier.hpp"
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

/// True if an amplifier has more than one pole or an output resistance: MvmCircuit is insufficient.
bool has_amplifier_effects(const LoopEffects& effects);

/// True if any of them makes InvCircuit insufficient.
bool is_on(const LoopEffects& effects);

/// `count` amplifiers with these effects, their noise, and offsets if there are any.
std::vector<AmplifierModel> amplifiers_with(const LoopEffects& effects, const OpampParams& opamp,
                                            Eigen::Index count, const Eigen::VectorXd& offsets_volt);

/// One array that conducts as the difference of the two: what ideal inverters make of them.
CrossbarArray difference(const CrossbarArray& positive, const CrossbarArray& negative);

}  // namespace mho::circuit
