// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/solution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>

#include "models/base/error.hpp"
#include "models/circuit/nodal/linear_transient.hpp"
#include "models/circuit/nodal/noise.hpp"
#include "models/circuit/nodal/nonlinear_transient.hpp"
#include "models/circuit/nodal/operating_point.hpp"

namespace mho::platform {

using circuit::AmplifierCircuit;
using circuit::AmplifierModel;
using circuit::CrossbarArray;
using circuit::Stability;
using circuit::Stimulus;
using circuit::Topology;
using circuit::Waveform;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Topology build(const CircuitProblem& problem) {
  const CrossbarArray positive = circuit::make_array(problem.g_siemens, problem.lines);
  std::optional<CrossbarArray> negative;
  if (problem.g_neg_siemens) negative = circuit::make_array(*problem.g_neg_siemens, problem.lines);
  switch (problem.kind) {
    case CircuitKind::kMvm:
      return problem.has_amplifiers ? mvm_topology(positive, negative, problem.topology)
                                    : mvm_sense_topology(positive, negative, problem.topology);
    case CircuitKind::kInv:
      return inv_topology(positive, negative, problem.topology);
    case CircuitKind::kGinv:
    case CircuitKind::kNnls:
      return ginv_topology(positive, negative, problem.topology);
    case CircuitKind::kEgv:
      return egv_topology(positive, negative, problem.topology);
  }
  throw InternalError("circuit kind without a topology");
}

/// The same circuit for small signals around rest: nothing saturates, slews or clamps.
AmplifierCircuit small_signal(AmplifierCircuit circuit) {
  for (AmplifierModel& a : circuit.amplifiers) {
    a.v_sat_volt = AmplifierModel::kNone;
    a.slew_rate_volt_per_s = AmplifierModel::kNone;
    a.is_clamped = false;
  }
  return circuit;
}

/// Solves one problem; the members are what the steps hand to each other.
class Solver {
 public:
  explicit Solver(const CircuitProblem& problem)
      : problem_(problem), topology_(build(problem)), circuit_(topology_.circuit) {
    solution_.notes = problem.notes;
  }

  CircuitSolution run() {
    if (!judge_loop()) return solution_;
    if (!find_rest()) return solution_;
    if (problem_.analysis == CircuitAnalysis::kTransient) trace();
    return solution_;
  }

 private:
  bool fail(CircuitStatus status, std::string message) {
    solution_.status = status;
    solution_.message = std::move(message);
    return false;
  }

  /// Stability of the loop around rest. An EGV circuit has to be unstable there.
  bool judge_loop() {
    const AmplifierCircuit linear = small_signal(circuit_);
    const VectorXd none = VectorXd::Zero(linear.n_states());
    const VectorXd off = VectorXd::Zero(linear.n_inputs());
    loop_ = stability(linear, none, off);
    if (!loop_.is_computed)
      return fail(CircuitStatus::kNotConverged, "the eigenvalues of the loop could not be computed");
    solution_.is_stable = loop_.is_stable();
    solution_.has_eigenvalue = linear.n_states() > 0;
    solution_.eigenvalue_rad_per_s = loop_.critical;
    if (problem_.kind == CircuitKind::kEgv) {
      solution_.has_growth = true;
      solution_.growth_rad_per_s = loop_.critical.real();
      prepare_start(linear);
      if (solution_.is_stable)
        solution_.notes.push_back("g_lambda is not below the largest eigenvalue: the outputs decay");
      return true;
    }
    if (solution_.is_stable) return true;
    const bool is_singular = std::abs(loop_.critical) <= 1e-12 * loop_.rad_per_s.cwiseAbs().maxCoeff();
    if (is_singular) {
      return fail(CircuitStatus::kSingular,
                  "the loop is singular: an eigenvalue is 0 and the outputs are not determined");
    }
    return fail(
        CircuitStatus::kUnstable,
        fmt::format("the loop is unstable: eigenvalue {:.6g}{:+.6g}i rad/s has no negative real part; "
                    "another order or other signs of the rows may be stable",
                    loop_.critical.real(), loop_.critical.imag()));
  }

  /// EGV: a state along the growing mode, from which the continuation finds what the circuit grows into.
  void prepare_start(const AmplifierCircuit& linear) {
    const VectorXd mode = circuit::critical_mode(linear, loop_);
    VectorXd x = mode.segment(linear.n_capacitors(), linear.n_amplifiers());
    const double largest = x.cwiseAbs().maxCoeff();
    if (largest == 0.0) return;
    x *= 0.1 * circuit_.amplifiers.front().v_sat_volt / largest;
    const VectorXd outputs = x(topology_.main);
    const bool points_up =
        problem_.start_volt.size() > 0 ? outputs.dot(problem_.start_volt) >= 0.0 : outputs.sum() >= 0.0;
    continuation_start_ = points_up ? x : VectorXd(-x);
  }

  bool find_rest() {
    const circuit::RestPoint rest = rest_point(circuit_, problem_.input, continuation_start_);
    if (rest.status == circuit::RestStatus::kSingular)
      return fail(CircuitStatus::kSingular, "the loop is singular: the outputs are not determined");
    if (rest.status != circuit::RestStatus::kOk) {
      return fail(
          CircuitStatus::kNotConverged,
          fmt::format("no operating point was found: after {} steps an output still moves {:.3g} V a step",
                      rest.iterations, rest.largest_step));
    }
    if (problem_.kind == CircuitKind::kEgv) {
      const Stability at_rest = stability(circuit_, rest.state, problem_.input);
      solution_.is_stable = at_rest.is_stable();
      solution_.eigenvalue_rad_per_s = at_rest.critical;
      if (!solution_.is_stable)
        return fail(CircuitStatus::kUnstable, "the state that the outputs grow into is not stable");
    }
    for (std::size_t i = 0; i < kSettlingBands.size(); ++i)
      solution_.settle_modes_s[i] = loop_.is_stable() ? loop_.settling_time_s(kSettlingBands[i]) : kInfinity;
    solution_.status = CircuitStatus::kOk;
    solution_.answer = answer(rest.node_volt);
    solution_.summing = rest.node_volt(topology_.summing);
    count_saturated(rest);
    measure_noise(rest);
    return true;
  }

  VectorXd answer(const VectorXd& node_volt) const {
    return topology_.sense_siemens.size() > 0 ? VectorXd(topology_.sense_siemens * node_volt)
                                              : VectorXd(node_volt(topology_.outputs));
  }

  void count_saturated(const circuit::RestPoint& rest) {
    const VectorXd v = circuit_.outputs(rest.state);
    for (const Index k : topology_.main) {
      const double limit = circuit_.amplifiers[static_cast<std::size_t>(k)].v_sat_volt;
      if (limit != AmplifierModel::kNone && std::abs(v[k]) >= 0.99 * limit) ++solution_.n_saturated;
    }
    if (solution_.n_saturated == 0) return;
    solution_.status = CircuitStatus::kSaturated;
    solution_.message =
        fmt::format("{} of {} outputs are within 1 % of vsat", solution_.n_saturated, topology_.main.size());
  }

  void measure_noise(const circuit::RestPoint& rest) {
    const bool has_noise = problem_.temperature_kelvin > 0.0 ||
                           problem_.topology.amplifiers.front().noise_volt_per_sqrt_hz > 0.0;
    if (!has_noise || topology_.outputs.empty()) return;
    const circuit::NoiseCovariance noise =
        noise_at(circuit_, rest.state, problem_.input, topology_.outputs, problem_.temperature_kelvin);
    if (noise.is_computed) solution_.noise_volt = noise.volt2.diagonal().cwiseMax(0.0).cwiseSqrt();
  }

  /// Sub-steps of dt that resolve the modes still alive at the end: settling is found between them.
  Index substeps() const {
    if (loop_.rad_per_s.size() == 0 || !loop_.is_stable()) return 1;
    const double slowest = -loop_.critical.real();
    double fastest_alive = slowest;
    for (const auto& lambda : loop_.rad_per_s)
      if (-lambda.real() < 20.0 * slowest) fastest_alive = std::max(fastest_alive, std::abs(lambda));
    constexpr double kLargest = 64.0;
    const double room = 2e5 / static_cast<double>(problem_.n_samples());
    return static_cast<Index>(std::clamp(std::ceil(problem_.dt_s * fastest_alive / 0.3), 1.0,
                                         std::max(1.0, std::min(kLargest, room))));
  }

  void trace() {
    const Index n = problem_.n_samples(), sub = substeps();
    VectorXd fine((n - 1) * sub + 1);
    for (Index i = 0; i < fine.size(); ++i)
      fine[i] = static_cast<double>(i) * problem_.dt_s / static_cast<double>(sub);
    Stimulus stimulus{.q = problem_.input, .t_rise_s = problem_.t_rise_s, .start = {}};
    if (problem_.kind == CircuitKind::kEgv) stimulus.start = egv_start();
    const Waveform waveform = circuit_.is_linear() ? linear_transient(circuit_, stimulus, fine)
                                                   : nonlinear_transient(circuit_, stimulus, fine);
    solution_.n_steps = waveform.n_steps;
    if (waveform.status != circuit::WaveformStatus::kOk) {
      fail(CircuitStatus::kNotConverged, "the transient could not be computed to tstop");
      return;
    }
    MatrixXd values = values_of(stimulus, waveform, /*slopes=*/false);
    const MatrixXd slopes = values_of(stimulus, waveform, /*slopes=*/true);
    for (std::size_t i = 0; i < kSettlingBands.size(); ++i)
      solution_.settle_s[i] =
          circuit::settling_time_s(fine, values, slopes, solution_.answer, kSettlingBands[i]);
    solution_.times_s.resize(n);
    for (Index i = 0; i < n; ++i) solution_.times_s[i] = static_cast<double>(i) * problem_.dt_s;
    solution_.waveform = values(Eigen::seqN(0, n, sub), Eigen::all);
    note_resolution();
  }

  MatrixXd values_of(const Stimulus& stimulus, const Waveform& waveform, bool slopes) const {
    const auto of = [&](const std::vector<Index>& nodes) {
      return slopes ? node_slopes(circuit_, stimulus, waveform, nodes)
                    : node_waveform(circuit_, stimulus, waveform, nodes);
    };
    if (topology_.sense_siemens.size() == 0) return of(topology_.outputs);
    std::vector<Index> all(static_cast<std::size_t>(circuit_.n_nodes()));
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<Index>(i);
    return of(all) * topology_.sense_siemens.transpose();
  }

  /// All amplifiers at rest, the outputs at what the user gave.
  VectorXd egv_start() const {
    VectorXd x = VectorXd::Zero(circuit_.n_amplifiers());
    for (Index j = 0; j < problem_.start_volt.size(); ++j) {
      x[topology_.main[static_cast<std::size_t>(j)]] = problem_.start_volt[j];
      x[j] = -problem_.start_volt[j];
    }
    return circuit_.state_at_rest(x, VectorXd::Zero(circuit_.n_inputs()));
  }

  void note_resolution() {
    if (loop_.rad_per_s.size() == 0) return;
    const double fastest = loop_.rad_per_s.cwiseAbs().maxCoeff();
    if (problem_.dt_s * fastest <= 1.0) return;
    solution_.notes.push_back(
        fmt::format("dt = {:.3g} s does not resolve the fastest pole ({:.3g} Hz): samples are exact, what "
                    "happens between them does not show; 1/(2 pi f) is {:.3g} s",
                    problem_.dt_s, fastest / (2.0 * std::numbers::pi), 1.0 / fastest));
  }

  const CircuitProblem& problem_;
  Topology topology_;
  const AmplifierCircuit& circuit_;
  CircuitSolution solution_;
  Stability loop_;
  VectorXd continuation_start_;
};

}  // namespace

CircuitSolution solve(const CircuitProblem& problem) {
  const auto begin = std::chrono::steady_clock::now();
  CircuitSolution solution = Solver(problem).run();
  solution.solve_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return solution;
}

const char* name_of(CircuitStatus status) {
  switch (status) {
    case CircuitStatus::kNotComputed:
      return "not_computed";
    case CircuitStatus::kOk:
      return "ok";
    case CircuitStatus::kSaturated:
      return "saturated";
    case CircuitStatus::kUnstable:
      return "unstable";
    case CircuitStatus::kSingular:
      return "singular";
    case CircuitStatus::kNotConverged:
      return "not_converged";
  }
  return "not_computed";
}

}  // namespace mho::platform
