// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/nonlinear_inv_loop.hpp"

#include <cmath>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/amplifier_noise.hpp"
#include "models/circuit/nodal/linear_transient.hpp"
#include "models/circuit/nodal/noise.hpp"
#include "models/circuit/saturated_loop.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

/// What inv_topology() asks of an array whose linearisation it is given: its size, and the sums that loads
/// are matched with.
CrossbarArray sums_of(const std::vector<InvSlice>& slices, bool is_negative, Index n) {
  CrossbarArray array{.ports = {.transfer_siemens = MatrixXd::Zero(n, n),
                                .row_self_siemens = MatrixXd::Zero(n, n),
                                .column_self_siemens = MatrixXd::Zero(n, n)},
                      .row_sums_siemens = VectorXd::Zero(n),
                      .column_sums_siemens = VectorXd::Zero(n)};
  for (const InvSlice& slice : slices) {
    const MatrixXd& cells = is_negative ? slice.bare.negative : slice.bare.positive;
    array.row_sums_siemens += cells.rowwise().sum().head(n);
    array.column_sums_siemens += cells.colwise().sum().transpose().head(n);
  }
  return array;
}

AmplifierCircuit with_linear_amplifiers(AmplifierCircuit circuit) {
  for (AmplifierModel& amplifier : circuit.amplifiers) amplifier.v_sat_volt = AmplifierModel::kNone;
  return circuit;
}

}  // namespace

/// What the circuits are made of, shared with what makes them anew around each linearisation.
struct NonlinearInvLoop::Parts {
  CellModel cell;
  std::vector<InvSlice> slices;
  LineParams lines;
  OpampParams opamp;
  LoopEffects effects;
  double g_in_siemens;
  VectorXd offsets_volt;

  Index size() const { return offsets_volt.size(); }
  bool has_ideal_inverters() const { return effects.signs == InvSigns::kIdealInverters; }
  std::vector<ArrayBundle> bundles() const;
  Topology topology(const std::vector<MatrixXd>& linearized_siemens, Limits limits) const;
  /// With arrays that conduct something: of its wiring only.
  Topology wiring() const;

 private:
  ArrayBundle bundle(bool takes_positive, bool takes_negative, double negative_sign) const;
};

ArrayBundle NonlinearInvLoop::Parts::bundle(bool takes_positive, bool takes_negative,
                                            double negative_sign) const {
  std::vector<ArrayBundle::Part> parts;
  for (const InvSlice& slice : slices) {
    if (takes_positive)
      parts.push_back({.array = NonohmicArray(slice.bare.positive, lines, cell), .drive = slice.weight});
    if (takes_negative)
      parts.push_back(
          {.array = NonohmicArray(slice.bare.negative, lines, cell), .drive = negative_sign * slice.weight});
  }
  return {std::move(parts), size(), size()};
}

std::vector<ArrayBundle> NonlinearInvLoop::Parts::bundles() const {
  std::vector<ArrayBundle> all;
  if (has_ideal_inverters()) {
    all.push_back(bundle(true, true, -1.0));
  } else {
    all.push_back(bundle(true, false, 1.0));
    all.push_back(bundle(false, true, 1.0));
  }
  return all;
}

Topology NonlinearInvLoop::Parts::topology(const std::vector<MatrixXd>& linearized_siemens,
                                           Limits limits) const {
  TopologyParams params;
  params.amplifiers = amplifiers_with(effects, opamp, size(), offsets_volt);
  for (AmplifierModel& amplifier : params.amplifiers) {
    if (limits == Limits::kRails) amplifier.v_sat_volt = opamp.v_sat_volt;
    if (limits != Limits::kSlew) continue;
    amplifier.slew_rate_volt_per_s = opamp.slew_rate_volt_per_s;
    amplifier.winds_up = false;
  }
  params.input_farad = effects.input_farad;
  if (effects.signs == InvSigns::kCompensation) params.signs = Signs::kCompensation;
  params.inverter_siemens = effects.inverter_siemens;
  params.feedback_siemens = g_in_siemens;
  params.linearized_siemens = linearized_siemens;
  const CrossbarArray positive = sums_of(slices, false, size());
  if (has_ideal_inverters()) return inv_topology(positive, std::nullopt, params);
  return inv_topology(positive, sums_of(slices, true, size()), params);
}

Topology NonlinearInvLoop::Parts::wiring() const {
  const MatrixXd any = MatrixXd::Identity(2 * size(), 2 * size());
  return topology(std::vector<MatrixXd>(has_ideal_inverters() ? 1 : 2, any), Limits::kNone);
}

/// The parts, if they fit together.
std::shared_ptr<const NonlinearInvLoop::Parts> NonlinearInvLoop::checked(Parts parts) {
  validate(parts.opamp);
  validate(parts.effects);
  const auto& slices = parts.slices;
  require(!slices.empty(), "non-linear INV loop: no slice; it needs one pair of arrays or more");
  require(slices.size() == 1 || parts.effects.output_ohm == 0.0,
          "non-linear INV loop: {} slices and an output resistance of {} ohm; attenuating drivers have none",
          slices.size(), parts.effects.output_ohm);
  const Index n = slices.front().bare.rows();
  for (const auto& [bare, weight] : slices) {
    require(n > 0 && bare.rows() == n && bare.cols() == n && bare.negative.rows() == n &&
                bare.negative.cols() == n,
            "non-linear INV loop: arrays of {}x{} and {}x{}; all must be square and of one size", bare.rows(),
            bare.cols(), bare.negative.rows(), bare.negative.cols());
    require(weight >= 0.0 && weight <= 1.0, "non-linear INV loop: a slice has weight {}; choose 0 ... 1",
            weight);
  }
  require(parts.size() >= 1 && parts.size() <= n, "non-linear INV loop: {} amplifiers for {} rows",
          parts.size(), n);
  require(parts.g_in_siemens >= 0.0,
          "non-linear INV loop: input conductance is {} S; it must not be negative", parts.g_in_siemens);
  return std::make_shared<const Parts>(std::move(parts));
}

NonohmicCircuit NonlinearInvLoop::circuit_of(const std::shared_ptr<const Parts>& parts, Limits limits) {
  const auto with_arrays = [parts, limits](const std::vector<MatrixXd>& linearized_siemens) {
    return parts->topology(linearized_siemens, limits);
  };
  return {with_arrays, parts->wiring().placements, parts->bundles()};
}

NonlinearInvLoop::NonlinearInvLoop(const CellModel& cell, const std::vector<InvSlice>& slices,
                                   const LineParams& lines, const OpampParams& opamp,
                                   const LoopEffects& effects, double g_in_siemens,
                                   const VectorXd& offsets_volt)
    : parts_(checked({.cell = cell,
                      .slices = slices,
                      .lines = lines,
                      .opamp = opamp,
                      .effects = effects,
                      .g_in_siemens = g_in_siemens,
                      .offsets_volt = offsets_volt})),
      opamp_(opamp),
      size_(offsets_volt.size()),
      amplifiers_(static_cast<double>(effects.signs == InvSigns::kCompensation ? size_ : 2 * size_)),
      wiring_(parts_->wiring()),
      linear_(circuit_of(parts_, Limits::kNone)) {}

NonlinearLoopResult NonlinearInvLoop::solve(const Eigen::Ref<const VectorXd>& input_ampere, double epsilon) {
  require(input_ampere.size() == size(), "non-linear INV loop: {} input currents for {} nodes",
          input_ampere.size(), size());
  const double rail = opamp_.v_sat_volt;
  const VectorXd q = input_ampere;
  NonlinearLoopResult result;
  InvResult& inv = result.inv;
  const RestPoint rest = linear_.rest(q);
  if (rest.status == RestStatus::kOk) {
    const Tangent there = linear_.tangent(q);
    result.tangent = *there.circuit;
    result.tangent_input = there.q;
    inv.v = rest.node_volt(wiring_.outputs);
    inv.status = inv.v.cwiseAbs().maxCoeff() <= rail ? InvStatus::kOk : InvStatus::kSaturated;
    add_power(result.tangent, rest.node_volt, there.q, inv);
  } else {
    inv.status = InvStatus::kSaturated;
  }
  if (inv.status == InvStatus::kSaturated) saturate(q, result);
  const AmplifierCircuit& tangent = result.tangent;
  Stability verdict;
  if (tangent.n_states() > 0)
    verdict = stability(tangent, VectorXd::Zero(tangent.n_states()), VectorXd::Zero(tangent.n_inputs()));
  if (verdict.is_stable()) {
    inv.slowest_tau_s = -1.0 / verdict.critical.real();
    inv.settling_time_s =
        settling_with_slew_s(opamp_, inv.slowest_tau_s, inv.v.cwiseAbs().maxCoeff(), epsilon);
  } else {
    inv.status = tangent.n_states() > 0 ? InvStatus::kUnstable : InvStatus::kSingular;
    inv.v = -rail * input_ampere.array().sign().matrix();
  }
  if (inv.status != InvStatus::kOk) inv.n_saturated = count_saturated(inv.v, rail);
  return result;
}

/// Where the amplifiers rest beyond their rails, or the linear ones' outputs clipped. The result has no
/// tangent if there is neither.
void NonlinearInvLoop::saturate(const VectorXd& input_ampere, NonlinearLoopResult& result) {
  const double rail = opamp_.v_sat_volt;
  InvResult& inv = result.inv;
  RestPoint rest;
  if (std::isfinite(opamp_.gain)) {
    if (!saturating_) saturating_.emplace(circuit_of(parts_, Limits::kRails));
    rest = saturating_->rest(input_ampere);
  }
  if (rest.status != RestStatus::kOk) {
    inv.v = inv.v.cwiseMax(-rail).cwiseMin(rail);
    return;
  }
  const Tangent there = saturating_->tangent(input_ampere);
  result.tangent = with_linear_amplifiers(*there.circuit);
  result.tangent_input = there.q;
  inv.v = rest.node_volt(wiring_.outputs);
  add_power(result.tangent, rest.node_volt, there.q, inv);
}

void NonlinearInvLoop::add_power(const AmplifierCircuit& circuit, const VectorXd& node_volt,
                                 const VectorXd& q, InvResult& inv) const {
  const VectorXd load_ampere = circuit.load_siemens * node_volt + circuit.load_input * q;
  const VectorXd output_volt = node_volt(wiring_.outputs);
  inv.power = {.bias_watt = amplifiers_ * bias_power_watt(opamp_),
               .load_watt = opamp_.supply_volt * load_ampere.cwiseAbs().sum(),
               .cells_watt = output_volt.cwiseAbs().dot(load_ampere(wiring_.main).cwiseAbs())};
}

MatrixXd NonlinearInvLoop::noise_factor(const NonlinearLoopResult& result) const {
  const AmplifierCircuit& tangent = result.tangent;
  if (opamp_.noise_volt_per_sqrt_hz == 0.0 || result.inv.status == InvStatus::kUnstable ||
      tangent.n_states() == 0)
    return {};
  const NoiseCovariance noise = noise_at(tangent, VectorXd::Zero(tangent.n_states()),
                                         VectorXd::Zero(tangent.n_inputs()), wiring_.outputs, 0.0);
  return noise.is_computed ? covariance_factor(noise.volt2) : MatrixXd();
}

MatrixXd NonlinearInvLoop::settle(const NonlinearLoopResult& result, const LoopStep& step,
                                  const Eigen::Ref<const VectorXd>& times_s) {
  require(step.before_ampere.size() == size() && step.start_volt.size() == size() &&
              step.after_ampere.size() == size(),
          "non-linear INV loop: {} and {} inputs and {} start voltages for {} amplifiers",
          step.before_ampere.size(), step.after_ampere.size(), step.start_volt.size(), size());
  const double rail = opamp_.v_sat_volt;
  const bool is_within = result.inv.status == InvStatus::kOk;
  if (is_within) {
    const MatrixXd volt = followed(step, times_s);
    if (volt.size() > 0) return volt.cwiseMax(-rail).cwiseMin(rail);
  }
  if (result.tangent.n_states() == 0) return result.inv.v.replicate(1, times_s.size());
  Topology near_end = wiring_;
  near_end.circuit = result.tangent;
  const MatrixXd volt = loop_waveform(near_end, opamp_, step, times_s,
                                      is_within ? LoopEnd::kWithinRails : LoopEnd::kBeyondRails,
                                      result.tangent_input.tail(result.tangent.n_inputs() - size()));
  return volt.size() > 0 ? volt : MatrixXd(result.inv.v.replicate(1, times_s.size()));
}

/// [n x samples, volt]; empty if a state had no voltages, or the steps became too many.
MatrixXd NonlinearInvLoop::followed(const LoopStep& step, const VectorXd& times_s) {
  if (!moving_) moving_.emplace(circuit_of(parts_, Limits::kSlew));
  moving_->reset();
  const VectorXd outputs = amplifier_outputs(moving_->n_amplifiers(), wiring_.main, step.start_volt);
  const Tangent before = moving_->tangent_at_rest(outputs, step.before_ampere);
  if (before.circuit == nullptr) return {};
  const Stimulus stimulus{
      .q = step.after_ampere, .t_rise_s = 0.0, .start = before.circuit->state_at_rest(outputs, before.q)};
  // A slope costs a solution of the arrays, so the method with the fewest of them.
  const Waveform waveform =
      nonlinear_transient(moving_->motion(), stimulus, times_s, {.method = Integrator::kRosenbrock});
  if (waveform.status != WaveformStatus::kOk) return {};
  MatrixXd volt(size(), times_s.size());
  for (Index i = 0; i < times_s.size(); ++i) {
    const VectorXd state = waveform.states.row(i).transpose();
    const Tangent there = moving_->tangent_in(state, step.after_ampere);
    if (there.circuit == nullptr) return {};
    volt.col(i) = there.circuit->nodes(state, there.q)(wiring_.outputs);
  }
  return volt;
}

}  // namespace mho::circuit
