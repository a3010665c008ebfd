// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/inv_loop.hpp"

#include <cmath>
#include <optional>
#include <vector>

#include "models/base/error.hpp"
#include "models/circuit/amplifier_noise.hpp"
#include "models/circuit/nodal/noise.hpp"
#include "models/circuit/nodal/operating_point.hpp"
#include "models/circuit/saturated_loop.hpp"

namespace mho::circuit {
namespace {

Eigen::VectorXd at_nodes(const Eigen::VectorXd& node_volt, const std::vector<Eigen::Index>& nodes) {
  return node_volt(nodes);
}

}  // namespace

InvLoop::InvLoop(const CrossbarArray& positive, const CrossbarArray& negative, const OpampParams& opamp,
                 const LoopEffects& effects, double g_in_siemens, const Eigen::VectorXd& offsets_volt)
    : opamp_(opamp) {
  validate(opamp);
  validate(effects);
  const Eigen::Index n = positive.ports.transfer_siemens.rows();
  require(offsets_volt.size() == 0 || offsets_volt.size() == n, "INV loop: {} offsets for {} amplifiers",
          offsets_volt.size(), n);
  TopologyParams params;
  params.amplifiers = amplifiers_with(effects, opamp, n, offsets_volt);
  params.input_farad = effects.input_farad;
  if (effects.signs == InvSigns::kCompensation) params.signs = Signs::kCompensation;
  params.inverter_siemens = effects.inverter_siemens;
  params.feedback_siemens = g_in_siemens;
  topology_ = effects.signs == InvSigns::kIdealInverters
                  ? inv_topology(difference(positive, negative), std::nullopt, params)
                  : inv_topology(positive, negative, params);
  // Ideal inverters have no dynamics, but they are there.
  const bool has_inverters = effects.signs != InvSigns::kCompensation;
  amplifiers_ = static_cast<double>(has_inverters ? 2 * n : n);
  drive_siemens_ =
      positive.ports.column_self_siemens.diagonal() + negative.ports.column_self_siemens.diagonal();

  const Eigen::Index inputs = topology_.circuit.n_inputs();
  const RestPoint idle = rest_point(topology_.circuit, Eigen::VectorXd::Zero(inputs));
  is_singular_ = idle.status != RestStatus::kOk;
  gain_ohm_ = Eigen::MatrixXd::Zero(n, n);
  rest_volt_ = Eigen::VectorXd::Zero(n);
  if (is_singular_) return;
  rest_volt_ = at_nodes(idle.node_volt, topology_.outputs);
  for (Eigen::Index i = 0; i < n; ++i) {
    const RestPoint unit = rest_point(topology_.circuit, Eigen::VectorXd::Unit(inputs, i));
    gain_ohm_.col(i) = at_nodes(unit.node_volt, topology_.outputs) - rest_volt_;
  }
  const Stability verdict = stability(topology_.circuit, idle.state, Eigen::VectorXd::Zero(inputs));
  // Not computed: nothing is known of the stability, so none is claimed.
  slowest_rad_per_s_ = verdict.is_computed && verdict.is_stable() ? verdict.critical.real() : 0.0;
  if (opamp.noise_volt_per_sqrt_hz == 0.0 || !is_stable()) return;
  const auto noise =
      noise_at(topology_.circuit, idle.state, Eigen::VectorXd::Zero(inputs), topology_.outputs, 0.0);
  if (noise.is_computed) noise_factor_ = covariance_factor(noise.volt2);
}

InvResult InvLoop::solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere, double epsilon) const {
  require(input_ampere.size() == size(), "INV loop: {} input currents for {} nodes", input_ampere.size(),
          size());
  InvResult result;
  const double rail = opamp_.v_sat_volt;
  if (!is_stable()) {
    result.status = is_singular_ ? InvStatus::kSingular : InvStatus::kUnstable;
    result.v = -rail * input_ampere.array().sign().matrix();
  } else {
    result.v = rest_volt_ + gain_ohm_ * input_ampere;
    const bool saturates = !(result.v.cwiseAbs().maxCoeff() <= rail);
    result.status = saturates ? InvStatus::kSaturated : InvStatus::kOk;
    if (saturates) result.v = saturated_or_clipped(topology_, rail, result.v, input_ampere);
    result.slowest_tau_s = -1.0 / slowest_rad_per_s_;
    result.settling_time_s =
        settling_with_slew_s(opamp_, result.slowest_tau_s, result.v.cwiseAbs().maxCoeff(), epsilon);
  }
  if (result.status != InvStatus::kOk) result.n_saturated = count_saturated(result.v, rail);
  result.power = {.bias_watt = amplifiers_ * bias_power_watt(opamp_),
                  .load_watt = opamp_.supply_volt * drive_siemens_.dot(result.v.cwiseAbs()),
                  .cells_watt = drive_siemens_.dot(result.v.cwiseAbs2())};
  return result;
}

Eigen::MatrixXd InvLoop::settle(const LoopStep& step,
                                const Eigen::Ref<const Eigen::VectorXd>& times_s) const {
  require(!is_singular_, "INV loop: it is singular");
  require(step.after_ampere.size() == size(), "INV loop: {} input currents for {} nodes",
          step.after_ampere.size(), size());
  const Eigen::VectorXd rest = rest_volt_ + gain_ohm_ * step.after_ampere;
  const bool is_within = is_stable() && rest.cwiseAbs().maxCoeff() <= opamp_.v_sat_volt;
  const LoopEnd end = is_within ? LoopEnd::kWithinRails : LoopEnd::kBeyondRails;
  Eigen::MatrixXd volt = loop_waveform(topology_, opamp_, step, times_s, end);
  return volt.size() > 0 ? volt : solve(step.after_ampere).v.replicate(1, times_s.size());
}

}  // namespace mho::circuit
