// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The response of any circuit, with saturation, slewing and clamps, to a ramp of its inputs. The steps adapt
// to a tolerance and end exactly where the ramp does; samples between steps come from the method's own
// interpolation.
//
// Two integrators, chosen by what they would cost. Amplifiers with one pole behind ideal nodes are not stiff:
// their time constants span the condition of the matrix, and Dormand–Prince 5(4) of Boost.Odeint, which needs
// no Jacobian, is the cheaper one. Small capacitances and far second poles make the circuit stiff: then a
// Rosenbrock method of order 4 (rosenbrock.hpp), whose number of steps does not depend on them. Measured
// against CVODE 6.4 (BDF, dense, the same Jacobian) at equal error, it takes half of the time from 96 states
// on, and needs no library that a distribution builds with MPI and PETSc.
#pragma once

#include <functional>

#include "models/circuit/nodal/waveform.hpp"

namespace mho::circuit {

enum class Integrator { kAutomatic, kExplicit, kRosenbrock };

struct IntegratorParams {
  Integrator method = Integrator::kAutomatic;
  /// Local error of a step: rms over the states of error/(tolerance·(0.1 volt + |state|)), 1e-12 … 1e-2.
  double tolerance = 1e-7;
  std::size_t max_steps = 1'000'000;  ///< > 0
};

/// The equations of motion dz/dt = f(z, q) of any circuit. Each function writes its result into the last
/// argument, which has any size before and is none of the others. A slope that is not finite says that there
/// is none: the step is repeated, shorter.
struct CircuitMotion {
  std::function<void(const Eigen::VectorXd& z, const Eigen::VectorXd& q, Eigen::VectorXd& slope)>
      slope;  ///< f
  std::function<void(const Eigen::VectorXd& z, const Eigen::VectorXd& q, Eigen::MatrixXd& jacobian)>
      jacobian;  ///< ∂f/∂z
  /// ∂f/∂q · dq
  std::function<void(const Eigen::VectorXd& z, const Eigen::VectorXd& q, const Eigen::VectorXd& dq,
                     Eigen::VectorXd& change)>
      slope_by_inputs;
};

/// The same for a circuit that is not an AmplifierCircuit.
/// @param stimulus  with a start
Waveform nonlinear_transient(const CircuitMotion& motion, const Stimulus& stimulus,
                             const Eigen::VectorXd& times_s, const IntegratorParams& params = {});

/// @param stimulus  inputs, ramp and start
/// @param times_s   ascending, >= 0
/// @throws InputError  a size differs, times not ascending, a parameter out of range
/// @returns status kSingular if no start was given and no rest point was found, kUnstable if a state left the
/// range of a double, kTooManySteps if the steps did not reach the last time
Waveform nonlinear_transient(const AmplifierCircuit& circuit, const Stimulus& stimulus,
                             const Eigen::VectorXd& times_s, const IntegratorParams& params = {});

}  // namespace mho::circuit
