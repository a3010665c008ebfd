// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/saturated_loop.hpp"

#include <algorithm>

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

int count_saturated(const Eigen::VectorXd& output_volt, double v_sat_volt) {
  const auto is_at_limit = output_volt.array().abs() >= kSaturatedShare * v_sat_volt;
  return std::max(1, static_cast<int>(is_at_limit.count()));
}

}  // namespace mho::circuit
