// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/mvm_loop.hpp"

#include <optional>

#include "models/base/error.hpp"
#include "models/circuit/amplifier_noise.hpp"
#include "models/circuit/nodal/noise.hpp"
#include "models/circuit/nodal/operating_point.hpp"

namespace mho::circuit {
namespace {

/// An array with one row, from which nothing comes.
CrossbarArray grounded(const Eigen::MatrixXd& self_siemens) {
  const Eigen::Index cols = self_siemens.cols();
  return {.ports = {.transfer_siemens = Eigen::MatrixXd::Zero(1, cols),
                    .row_self_siemens = Eigen::MatrixXd::Zero(1, 1),
                    .column_self_siemens = self_siemens},
          .row_sums_siemens = Eigen::VectorXd::Zero(1),
          .column_sums_siemens = self_siemens.diagonal()};
}

}  // namespace

MvmLoop::MvmLoop(const CrossbarArray& positive, const CrossbarArray& negative, const OpampParams& opamp,
                 const LoopEffects& effects, double g_feedback_siemens)
    : MvmLoop(difference(positive, negative), opamp, effects, g_feedback_siemens) {}

MvmLoop::MvmLoop(const Eigen::MatrixXd& self_siemens, const OpampParams& opamp, const LoopEffects& effects,
                 double g_feedback_siemens)
    : MvmLoop(grounded(self_siemens), opamp, effects, g_feedback_siemens) {}

MvmLoop::MvmLoop(const CrossbarArray& array, const OpampParams& opamp, const LoopEffects& effects,
                 double g_feedback_siemens)
    : opamp_(opamp) {
  validate(opamp);
  validate(effects);
  TopologyParams params;
  params.amplifiers = amplifiers_with(effects, opamp, array.ports.transfer_siemens.cols(), {});
  params.input_farad = effects.input_farad;
  params.feedback_siemens = g_feedback_siemens;
  const Topology topology = mvm_topology(array, std::nullopt, params);
  const Eigen::VectorXd no_input = Eigen::VectorXd::Zero(topology.circuit.n_inputs());
  const RestPoint idle = rest_point(topology.circuit, no_input);
  if (idle.status != RestStatus::kOk) return;
  const Stability verdict = stability(topology.circuit, idle.state, no_input);
  // Not computed: nothing is known of the stability, so none is claimed.
  if (!verdict.is_computed || !verdict.is_stable()) return;
  slowest_rad_per_s_ = verdict.critical.real();
  if (opamp.noise_volt_per_sqrt_hz == 0.0) return;
  const auto noise = noise_at(topology.circuit, idle.state, no_input, topology.outputs, 0.0);
  if (noise.is_computed) noise_factor_ = covariance_factor(noise.volt2);
}

double MvmLoop::settling_time_s(double epsilon, double step_volt) const {
  require(is_stable(), "MVM loop: it does not settle");
  return settling_with_slew_s(opamp_, slowest_tau_s(), step_volt, epsilon);
}

}  // namespace mho::circuit
