// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where a circuit rests under constant inputs, and whether it stays there.
//
//     linear      (diag(1/A0) − L) v = L_q q + V_os
//     otherwise   the same equations with saturation, slew and clamp, by pseudo-transient continuation: steps
//                 of the amplifier dynamics (implicit Euler; of the slew limit only what it asks for at
//                 rest) that grow until they are Newton steps. Growing from the start state means that an
//                 equilibrium which the amplifiers would run away from is not normally found.
//     stable      iff every eigenvalue of the Jacobian of the full dynamics there has a negative real part
#pragma once

#include <complex>
#include <functional>
#include <vector>

#include "models/circuit/nodal/amplifier_circuit.hpp"

namespace mho::circuit {

enum class RestStatus {
  kNotComputed,
  kOk,
  kSingular,      ///< linear, and the loop matrix is singular to working precision: no values
  kNotConverged,  ///< not linear, and no equilibrium was found: no values
};

struct [[nodiscard]] RestPoint {
  RestStatus status = RestStatus::kNotComputed;
  Eigen::VectorXd state;      ///< z
  Eigen::VectorXd node_volt;  ///< all nodes of the builder
  int iterations = 0;         ///< of the continuation; 0 if linear
  double largest_step = 0.0;  ///< max |Δv| of the last step [volt]; 0 if linear
};

/// @param q      [inputs] ampere or volt
/// @param start  [amplifiers] x from which the continuation of a non-linear circuit begins; empty: 0
/// @throws InputError  a size differs or an entry is not finite
RestPoint rest_point(const AmplifierCircuit& circuit, const Eigen::VectorXd& q,
                     const Eigen::VectorXd& start = {});

/// A circuit whose network is not linear, near one point: currents and slopes are right there.
struct Tangent {
  const AmplifierCircuit* circuit = nullptr;  ///< null: the network has no voltages there, or none were found
  Eigen::VectorXd q;                          ///< [inputs] of that circuit
};
/// The network at rest, with the amplifiers' outputs at v. What it returns is used until the next call.
using TangentAtRest = std::function<Tangent(const Eigen::VectorXd& v)>;

/// The same for a circuit whose network is not linear, by continuation.
RestPoint rest_point(const TangentAtRest& tangent, const std::vector<AmplifierModel>& amplifiers,
                     const Eigen::VectorXd& start = {});

struct [[nodiscard]] Stability {
  bool is_computed = false;           ///< false: the eigenvalue iteration failed, nothing is known
  Eigen::VectorXcd rad_per_s;         ///< eigenvalues of the Jacobian [1/s]
  std::complex<double> critical = 0;  ///< the one with the largest real part

  /// Every mode decays. A real part that is positive only by rounding does not count as decaying.
  bool is_stable() const;
  /// Linear settling to ε of the slowest mode, ln(1/ε)/|Re λ| [second]; infinite if not stable.
  double settling_time_s(double epsilon) const;
};

/// Eigenvalues of the Jacobian in state z under inputs q.
/// Cost: one eigenvalue problem of the size of the state.
Stability stability(const AmplifierCircuit& circuit, const Eigen::VectorXd& z, const Eigen::VectorXd& q);

/// Real part of an eigenvector of the critical eigenvalue of a linear circuit, largest entry ±1 [states].
Eigen::VectorXd critical_mode(const AmplifierCircuit& circuit, const Stability& stability);

}  // namespace mho::circuit
