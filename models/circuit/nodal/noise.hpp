// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Noise of a circuit at rest, integrated over all frequencies: white voltage noise at the input of each
// amplifier and thermal noise of every conductance, through the linearised dynamics dz/dt = J z + noise. The
// covariance P of the state is the solution of the Lyapunov equation J P + P Jᵀ + Q = 0 (D).
// Not modelled: flicker noise, telegraph noise and other noise of the cells beyond 4kTG, noise of the
// sources, and the wide-band noise that nodes without capacitance would show for an instant: outputs are
// filtered by their amplifiers' poles.
#pragma once

#include <vector>

#include "models/circuit/nodal/amplifier_circuit.hpp"

namespace mho::circuit {

struct [[nodiscard]] NoiseCovariance {
  bool is_computed = false;  ///< false: not stable, there is no steady state
  Eigen::MatrixXd volt2;     ///< [nodes x nodes] of the chosen nodes
};

/// @param z, q                rest point
/// @param nodes               outputs of amplifiers (r_out = 0) or nodes with capacitance
/// @param temperature_kelvin  of the conductances, >= 0; 0: amplifier noise only
/// Cost: one complex Schur decomposition of the size of the state.
NoiseCovariance noise_at(const AmplifierCircuit& circuit, const Eigen::VectorXd& z, const Eigen::VectorXd& q,
                         const std::vector<Eigen::Index>& nodes, double temperature_kelvin);

/// The symmetric solution of J P + P Jᵀ + Q = 0 for symmetric Q [n x n]. `is_stable` is set to whether every
/// eigenvalue of J has a negative real part; if not, the result is empty.
Eigen::MatrixXd solve_lyapunov(const Eigen::MatrixXd& j, const Eigen::MatrixXd& q, bool& is_stable);

}  // namespace mho::circuit
