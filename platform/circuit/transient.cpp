// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "models/base/error.hpp"
#include "models/circuit/nodal/linear_transient.hpp"
#include "models/circuit/nodal/nonlinear_transient.hpp"
#include "platform/circuit/solver.hpp"

namespace mho::platform {

using circuit::AmplifierCircuit;
using circuit::Stimulus;
using circuit::Tangent;
using circuit::Waveform;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

/// Sub-steps of dt that resolve the modes still alive at the end: settling is found between them.
double Solver::substeps_wanted() const {
  if (loop_.rad_per_s.size() == 0) return 1.0;
  double fastest_alive = std::abs(loop_.critical.real());
  for (const auto& lambda : loop_.rad_per_s)
    if (-lambda.real() < 20.0 * fastest_alive) fastest_alive = std::max(fastest_alive, std::abs(lambda));
  return std::max(1.0, std::ceil(problem_.dt_s * fastest_alive / 0.3));
}

double Solver::substeps_affordable() const {
  constexpr double kLargest = 64.0, kMostPoints = 2e5;
  return std::max(1.0,
                  std::min(kLargest, std::floor(kMostPoints / static_cast<double>(problem_.n_samples()))));
}

/// Settling from the waveform, where its points tell.
void Solver::find_settling(const VectorXd& times_s, const Traces& traces) {
  const bool is_resolved = substeps_wanted() <= substeps_affordable();
  // Without states the outputs follow the inputs; in proportion, unless cells bend them.
  const bool is_proportional = topology_.circuit.n_states() == 0 && !nonohmic_;
  for (std::size_t i = 0; i < kSettlingBands.size(); ++i) {
    const double epsilon = kSettlingBands[i];
    if (is_proportional) {
      solution_.settle_s[i] = problem_.t_rise_s * (1.0 - epsilon);
    } else {
      solution_.settle_s[i] = is_resolved ? circuit::settling_time_s(times_s, traces.values, traces.slopes,
                                                                     solution_.answer, epsilon)
                                          : kInfinity;
    }
  }
  // Below any voltage that counts, far above what integration and rounding leave of an answer of 0.
  constexpr double kNothing_volt = 1e-9;
  const bool is_nothing =
      !topology_.outputs.empty() && solution_.answer.cwiseAbs().maxCoeff() < kNothing_volt;
  if (is_resolved && is_nothing && std::isinf(solution_.settle_s.back()))
    solution_.notes.push_back(
        "the outputs rest at 0: a band relative to them has no width, and settle_s that asks for it is null");
  if (!is_resolved)
    solution_.notes.push_back(
        "dt is too long to find settle_s, which is null; settle_modes_s follows from the poles");
}

void Solver::trace() {
  const Index n = problem_.n_samples(), n_states = topology_.circuit.n_states();
  const auto sub = static_cast<Index>(std::min(substeps_wanted(), substeps_affordable()));
  constexpr double kMostValues = 1e8;
  const double n_values = static_cast<double>(n * sub) * static_cast<double>(n_states + 1);
  require(n_values <= kMostValues,
          "the transient of {} states at {} samples does not fit the memory; choose a longer dt", n_states,
          n);
  VectorXd fine((n - 1) * sub + 1);
  for (Index i = 0; i < fine.size(); ++i)
    fine[i] = static_cast<double>(i) * problem_.dt_s / static_cast<double>(sub);
  Stimulus stimulus{.q = input_, .t_rise_s = problem_.t_rise_s, .start = {}};
  const Waveform waveform = integrated(stimulus, fine);
  solution_.n_steps = waveform.n_steps;
  const Traces traces =
      waveform.status == circuit::WaveformStatus::kOk ? traces_of(stimulus, waveform) : Traces{};
  if (traces.values.rows() == 0) {
    fail(CircuitStatus::kNotConverged, "the transient could not be computed to tstop");
    return;
  }
  find_settling(fine, traces);
  solution_.times_s.resize(n);
  for (Index i = 0; i < n; ++i) solution_.times_s[i] = static_cast<double>(i) * problem_.dt_s;
  solution_.waveform = traces.values(Eigen::seqN(0, n, sub), Eigen::all);
  note_resolution();
}

Waveform Solver::integrated(const Stimulus& stimulus, const VectorXd& times_s) {
  Stimulus from_start = stimulus;
  if (problem_.kind == CircuitKind::kEgv) {
    const std::optional<VectorXd> start = egv_start();
    if (!start) return {};
    from_start.start = *start;
  }
  const AmplifierCircuit& ohmic = topology_.circuit;
  if (!nonohmic_) {
    return ohmic.is_linear() ? linear_transient(ohmic, from_start, times_s)
                             : nonlinear_transient(ohmic, from_start, times_s);
  }
  if (problem_.kind != CircuitKind::kEgv) {
    const circuit::RestPoint idle = nonohmic_->rest(VectorXd::Zero(input_.size()));
    Waveform none;
    if (idle.status != circuit::RestStatus::kOk) return none;
    from_start.start = idle.state;
  }
  // A slope costs a solution of the arrays, so the method with the fewest of them.
  return nonlinear_transient(nonohmic_->motion(), from_start, times_s,
                             {.method = circuit::Integrator::kRosenbrock});
}

Solver::Traces Solver::traces_of(const Stimulus& stimulus, const Waveform& waveform) {
  if (!nonohmic_) return ohmic_traces(stimulus, waveform);
  const bool outputs_are_held = problem_.topology.amplifiers.front().output_ohm == 0.0;
  return topology_.grounds.empty() && outputs_are_held ? output_traces(waveform)
                                                       : nonohmic_traces(stimulus, waveform);
}

Solver::Traces Solver::ohmic_traces(const Stimulus& stimulus, const Waveform& waveform) const {
  const AmplifierCircuit& circuit = topology_.circuit;
  const auto of = [&](const std::vector<Index>& nodes) {
    return Traces{.values = node_waveform(circuit, stimulus, waveform, nodes),
                  .slopes = node_slopes(circuit, stimulus, waveform, nodes)};
  };
  if (topology_.grounds.empty()) return of(topology_.outputs);
  std::vector<Index> all(static_cast<std::size_t>(circuit.n_nodes()));
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Index>(i);
  const Traces nodes = of(all);
  return {.values = nodes.values * topology_.sense_siemens.transpose(),
          .slopes = nodes.slopes * topology_.sense_siemens.transpose()};
}

/// Amplifiers without output resistance hold the outputs: no network is needed.
Solver::Traces Solver::output_traces(const Waveform& waveform) const {
  const AmplifierCircuit& circuit = topology_.circuit;
  const auto m = static_cast<Index>(topology_.main.size());
  Traces traces{.values = MatrixXd(waveform.times_s.size(), m),
                .slopes = MatrixXd(waveform.times_s.size(), m)};
  for (Index i = 0; i < traces.values.rows(); ++i) {
    const VectorXd drive = circuit.drives(waveform.states.row(i).transpose());
    const VectorXd rate = circuit.drives(waveform.slopes.row(i).transpose());
    for (Index j = 0; j < m; ++j) {
      const Index k = topology_.main[static_cast<std::size_t>(j)];
      const circuit::Slope out = output_voltage(circuit.amplifiers[static_cast<std::size_t>(k)], drive[k]);
      traces.values(i, j) = out.value;
      traces.slopes(i, j) = out.derivative * rate[k];
    }
  }
  return traces;
}

/// The network of every sample. Empty if one was not found.
Solver::Traces Solver::nonohmic_traces(const Stimulus& stimulus, const Waveform& waveform) {
  const Index n = waveform.times_s.size(), m = solution_.answer.size();
  Traces traces{.values = MatrixXd(n, m), .slopes = MatrixXd(n, m)};
  for (Index i = 0; i < n; ++i) {
    const double t = waveform.times_s[i];
    const VectorXd z = waveform.states.row(i).transpose();
    const Tangent there = nonohmic_->tangent_in(z, inputs_at(stimulus, t));
    if (there.circuit == nullptr) return {};
    // The same waveform, of this sample and of the circuit near it.
    Waveform here;
    here.times_s = waveform.times_s.segment(i, 1);
    here.states = waveform.states.row(i);
    here.slopes = waveform.slopes.row(i);
    const VectorXd volt = there.circuit->nodes(z, there.q);
    traces.values.row(i) = answer(volt).transpose();
    std::vector<Index> nodes = topology_.outputs;
    if (!topology_.grounds.empty()) {
      nodes.resize(static_cast<std::size_t>(volt.size()));
      for (std::size_t k = 0; k < nodes.size(); ++k) nodes[k] = static_cast<Index>(k);
    }
    // Constant currents do not rise.
    Stimulus rising{.q = VectorXd::Zero(there.q.size()), .t_rise_s = stimulus.t_rise_s, .start = {}};
    rising.q.head(stimulus.q.size()) = stimulus.q;
    const MatrixXd slopes = node_slopes(*there.circuit, rising, here, nodes);
    traces.slopes.row(i) = topology_.grounds.empty()
                               ? MatrixXd(slopes)
                               : MatrixXd(slopes * nonohmic_->column_siemens().transpose());
  }
  return traces;
}

/// All amplifiers at rest, the outputs at what the user gave. Nothing if the cells have no voltages there.
std::optional<VectorXd> Solver::egv_start() {
  const AmplifierCircuit& circuit = topology_.circuit;
  const VectorXd off = VectorXd::Zero(circuit.n_inputs());
  VectorXd x = VectorXd::Zero(circuit.n_amplifiers());
  for (Index j = 0; j < problem_.start_volt.size(); ++j) {
    x[topology_.main[static_cast<std::size_t>(j)]] = problem_.start_volt[j];
    x[j] = -problem_.start_volt[j];
  }
  const VectorXd state = circuit.state_at_rest(x, off);
  if (!nonohmic_) return state;
  nonohmic_->reset();
  const Tangent there = nonohmic_->tangent_at_rest(circuit.outputs(state), off);
  if (there.circuit == nullptr) return {};
  return there.circuit->state_at_rest(x, there.q);
}

void Solver::note_resolution() {
  if (loop_.rad_per_s.size() == 0) return;
  const double fastest = loop_.rad_per_s.cwiseAbs().maxCoeff();
  if (problem_.dt_s * fastest <= 1.0) return;
  solution_.notes.push_back(
      fmt::format("dt = {:.3g} s does not resolve the fastest pole ({:.3g} Hz): what happens between samples "
                  "does not show; 1/(2 pi f) is {:.3g} s",
                  problem_.dt_s, fastest / (2.0 * std::numbers::pi), 1.0 / fastest));
}

}  // namespace mho::platform
