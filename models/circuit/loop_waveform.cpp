// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/loop_waveform.hpp"

#include <numbers>

#include "models/base/error.hpp"
#include "models/circuit/nodal/linear_transient.hpp"
#include "models/circuit/nodal/nonlinear_transient.hpp"
#include "models/circuit/nodal/operating_point.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// tanh(u)/u − 1 at this u is 3e-7, below what anything here resolves.
constexpr double kFarFromSlewing = 1e-3;

// Of a waveform, which nobody wants to wait for: a loop of 64 outputs that hovers about its rails takes some
// seconds for them (our assumption).
constexpr std::size_t kMostSteps = 20'000;

AmplifierCircuit limited(const AmplifierCircuit& linear, const OpampParams& opamp, LoopEnd end) {
  AmplifierCircuit circuit = linear;
  for (AmplifierModel& amplifier : circuit.amplifiers) {
    if (end == LoopEnd::kBeyondRails) amplifier.v_sat_volt = opamp.v_sat_volt;
    amplifier.slew_rate_volt_per_s = opamp.slew_rate_volt_per_s;
    amplifier.winds_up = false;
  }
  return circuit;
}

/// All inputs of the circuit: those of the loop, then the constant ones.
VectorXd inputs(const AmplifierCircuit& circuit, const VectorXd& ampere, const VectorXd& constant) {
  VectorXd q = VectorXd::Zero(circuit.n_inputs());
  q.head(ampere.size()) = ampere;
  q.tail(constant.size()) = constant;
  return q;
}

/// The state of outputs at rest under inputs q that were at `volt` instead: what an output resistance takes
/// from amplifiers is that of the rest.
VectorXd start_state(const Topology& loop, const VectorXd& q, const VectorXd& volt) {
  const AmplifierCircuit& linear = loop.circuit;
  const auto state_of = [&](const VectorXd& outputs_volt, const VectorXd& inputs) {
    return linear.state_at_rest(amplifier_outputs(linear.n_amplifiers(), loop.main, outputs_volt), inputs);
  };
  const RestPoint rest = rest_point(linear, q);
  if (rest.status != RestStatus::kOk) return state_of(volt, q);
  return rest.state + state_of(volt - rest.node_volt(loop.outputs), 0.0 * q);
}

/// Does no amplifier of the linear circuit come near the slew limit at the start, where it is fastest?
bool is_far_from_slewing(const AmplifierCircuit& linear, const Stimulus& step, const OpampParams& opamp) {
  const VectorXd slope =
      linear.slope(step.start, step.q).segment(linear.n_capacitors(), linear.n_amplifiers());
  return slope.cwiseAbs().maxCoeff() <= kFarFromSlewing * opamp.slew_rate_volt_per_s;
}

IntegratorParams integrator(const OpampParams& opamp, LoopEnd end, const VectorXd& times_s) {
  // The leak of a saturated amplifier is stiff. A waveform ends within 1e-6 of full scale of the rest point;
  // the integrator's error is to be far below.
  if (end == LoopEnd::kBeyondRails)
    return {.method = Integrator::kRosenbrock, .tolerance = 1e-9, .max_steps = kMostSteps};
  // An explicit method has to take a step in every few of the shortest time constants, however long a slow
  // slope makes the whole; the other one costs as much as some two hundred of these.
  constexpr double kManyTimeConstants = 600.0;
  const double duration_s = times_s.size() == 0 ? 0.0 : times_s[times_s.size() - 1];
  const bool is_long = 2.0 * std::numbers::pi * opamp.gbw_hz * duration_s > kManyTimeConstants;
  return {.method = is_long ? Integrator::kRosenbrock : Integrator::kAutomatic, .max_steps = kMostSteps};
}

}  // namespace

MatrixXd loop_waveform(const Topology& loop, const OpampParams& opamp, const LoopStep& step,
                       const VectorXd& times_s, LoopEnd end, const VectorXd& constant) {
  const AmplifierCircuit& linear = loop.circuit;
  const auto n = static_cast<Index>(loop.outputs.size());
  require(step.before_ampere.size() == n && step.start_volt.size() == n && step.after_ampere.size() == n,
          "INV waveform: {} and {} inputs and {} start voltages for {} outputs", step.before_ampere.size(),
          step.after_ampere.size(), step.start_volt.size(), n);
  const Stimulus stimulus{
      .q = inputs(linear, step.after_ampere, constant),
      .t_rise_s = 0.0,
      .start = start_state(loop, inputs(linear, step.before_ampere, constant), step.start_volt)};
  // Second poles and capacitances leave no fastest moment to judge by.
  const bool is_linear = end == LoopEnd::kWithinRails && is_far_from_slewing(linear, stimulus, opamp) &&
                         linear.n_states() == linear.n_amplifiers();
  const AmplifierCircuit circuit = is_linear ? linear : limited(linear, opamp, end);
  const Waveform waveform =
      is_linear ? linear_transient(circuit, stimulus, times_s)
                : nonlinear_transient(circuit, stimulus, times_s, integrator(opamp, end, times_s));
  if (waveform.status != WaveformStatus::kOk) return {};
  return node_waveform(circuit, stimulus, waveform, loop.outputs)
      .transpose()
      .cwiseMax(-opamp.v_sat_volt)
      .cwiseMin(opamp.v_sat_volt);
}

VectorXd amplifier_outputs(Index amplifiers, const std::vector<Index>& main, const VectorXd& volt) {
  VectorXd all(amplifiers);
  // Inverters come first, in the order of the outputs that they invert.
  const Index inverters = amplifiers - volt.size();
  all.head(inverters) = -volt.head(inverters);
  all(main) = volt;
  return all;
}

}  // namespace mho::circuit
