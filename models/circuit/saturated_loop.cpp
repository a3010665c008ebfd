// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/saturated_loop.hpp"

#include <algorithm>

#include "models/circuit/nodal/nonlinear_transient.hpp"
#include "models/circuit/nodal/operating_point.hpp"

namespace mho::circuit {

std::optional<Eigen::VectorXd> saturated_outputs(const Topology& loop, double v_sat_volt,
                                                 const Eigen::Ref<const Eigen::VectorXd>& input_ampere) {
  AmplifierCircuit circuit = loop.circuit;
  for (AmplifierModel& amplifier : circuit.amplifiers) {
    if (amplifier.gain == AmplifierModel::kNone) return std::nullopt;
    amplifier.v_sat_volt = v_sat_volt;
  }
  Eigen::VectorXd q = Eigen::VectorXd::Zero(circuit.n_inputs());
  q.head(input_ampere.size()) = input_ampere;
  const RestPoint rest = rest_point(circuit, q);
  if (rest.status != RestStatus::kOk) return std::nullopt;
  return Eigen::VectorXd(rest.node_volt(loop.outputs));
}

Eigen::VectorXd saturated_or_clipped(const Topology& loop, double v_sat_volt,
                                     const Eigen::VectorXd& linear_volt,
                                     const Eigen::Ref<const Eigen::VectorXd>& input_ampere) {
  return saturated_outputs(loop, v_sat_volt, input_ampere)
      .value_or(linear_volt.cwiseMax(-v_sat_volt).cwiseMin(v_sat_volt));
}

Eigen::MatrixXd saturated_waveform(const AmplifierCircuit& linear, const std::vector<Eigen::Index>& outputs,
                                   const OpampParams& opamp, const Eigen::VectorXd& start,
                                   const Eigen::VectorXd& q, const Eigen::VectorXd& times_s) {
  // A waveform ends within 1e-6 of full scale of the rest point; the integrator's error is to be far below.
  constexpr double kTolerance = 1e-9;
  AmplifierCircuit circuit = linear;
  for (AmplifierModel& amplifier : circuit.amplifiers) {
    amplifier.v_sat_volt = opamp.v_sat_volt;
    amplifier.slew_rate_volt_per_s = opamp.slew_rate_volt_per_s;
    amplifier.winds_up = false;
  }
  const Stimulus step{.q = q, .t_rise_s = 0.0, .start = start};
  // The leak of a saturated amplifier is stiff.
  const Waveform waveform = nonlinear_transient(circuit, step, times_s,
                                                {.method = Integrator::kRosenbrock, .tolerance = kTolerance});
  if (waveform.status != WaveformStatus::kOk) return {};
  return node_waveform(circuit, step, waveform, outputs)
      .transpose()
      .cwiseMax(-opamp.v_sat_volt)
      .cwiseMin(opamp.v_sat_volt);
}

Eigen::VectorXd amplifier_outputs(Eigen::Index amplifiers, const std::vector<Eigen::Index>& main,
                                  const Eigen::VectorXd& volt) {
  Eigen::VectorXd all(amplifiers);
  // Inverters come first, in the order of the outputs that they invert.
  const Eigen::Index inverters = amplifiers - volt.size();
  all.head(inverters) = -volt.head(inverters);
  all(main) = volt;
  return all;
}

Eigen::VectorXd state_with_outputs(const AmplifierCircuit& circuit, const std::vector<Eigen::Index>& main,
                                   const Eigen::VectorXd& volt, const Eigen::VectorXd& q) {
  return circuit.state_at_rest(amplifier_outputs(circuit.n_amplifiers(), main, volt), q);
}

int count_saturated(const Eigen::VectorXd& output_volt, double v_sat_volt) {
  const auto is_at_limit = output_volt.array().abs() >= kSaturatedShare * v_sat_volt;
  return std::max(1, static_cast<int>(is_at_limit.count()));
}

}  // namespace mho::circuit
