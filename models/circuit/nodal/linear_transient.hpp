// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The exact response of a linear circuit to a ramp of its inputs:
//
//     q(t) = q·min(t/t_rise, 1),   z(t) = z₀ + w(t),   dw/dt = A w + B q(t),   w(0) = start − z₀
//
// z₀ being the rest point at q = 0, so that offsets need no input of their own. Each stretch of time is one
// matrix exponential of the augmented matrix (state, ramp, slope), which is exact for any A, diagonalisable
// or not; equal stretches share it. Samples carry no discretisation error, whatever their distance.
#pragma once

#include <Eigen/Core>

#include "models/circuit/nodal/waveform.hpp"

namespace mho::circuit {

/// Node voltages of a linear circuit at `times_s`.
/// @param circuit   linear
/// @param stimulus  inputs, ramp and start
/// @param times_s   ascending, >= 0
/// @throws InputError   a size differs, times not ascending, the circuit not linear
/// @returns status kUnstable, without samples, if the voltages leave the range of a double, kSingular if the
/// circuit has no rest point
Waveform linear_transient(const AmplifierCircuit& circuit, const Stimulus& stimulus,
                          const Eigen::VectorXd& times_s);

}  // namespace mho::circuit
