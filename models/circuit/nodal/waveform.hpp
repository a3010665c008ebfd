// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What drives a transient and what comes out of it.
#pragma once

#include <Eigen/Core>

#include <span>
#include <vector>

#include "models/circuit/nodal/amplifier_circuit.hpp"

namespace mho::circuit {

struct Stimulus {
  Eigen::VectorXd q;      ///< [inputs] final values: ampere or volt
  double t_rise_s = 0.0;  ///< all inputs rise from 0 in proportion; 0: a step at t = 0
  Eigen::VectorXd start;  ///< state z at t = 0; empty: at rest with all inputs 0
};

enum class WaveformStatus {
  kNotComputed,
  kOk,
  kSingular,      ///< there is no rest point to start from
  kUnstable,      ///< the state left the range of a double
  kTooManySteps,  ///< the integrator gave up; the samples up to there are kept
};

struct [[nodiscard]] Waveform {
  WaveformStatus status = WaveformStatus::kNotComputed;
  Eigen::VectorXd times_s;  ///< of the samples
  Eigen::MatrixXd states;   ///< [times x states] z
  Eigen::MatrixXd slopes;   ///< [times x states] dz/dt, just after the sample's time
  std::size_t n_steps = 0;  ///< matrix products or integrator steps
};

/// Inputs at time t.
Eigen::VectorXd inputs_at(const Stimulus& stimulus, double time_s);

/// Voltages of the chosen nodes at all samples [times x nodes].
Eigen::MatrixXd node_waveform(const AmplifierCircuit& circuit, const Stimulus& stimulus,
                              const Waveform& waveform, const std::vector<Eigen::Index>& nodes);

/// Time of the last exit from the band |value − final| <= ε·max|final| (largest over the columns), between
/// samples by cubic interpolation [second]. 0 if the samples never leave it, infinity if the last sample is
/// outside.
/// @param values  [times x nodes], slopes its time derivative, final [nodes]
double settling_time_s(const Eigen::VectorXd& times_s, const Eigen::MatrixXd& values,
                       const Eigen::MatrixXd& slopes, const Eigen::VectorXd& final_values, double epsilon);

/// Time derivatives of the chosen nodes at all samples [times x nodes].
Eigen::MatrixXd node_slopes(const AmplifierCircuit& circuit, const Stimulus& stimulus,
                            const Waveform& waveform, const std::vector<Eigen::Index>& nodes);

}  // namespace mho::circuit
