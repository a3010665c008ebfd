// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/solution.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/nodal/linear_transient.hpp"
#include "models/circuit/nodal/noise.hpp"
#include "models/circuit/nodal/nonlinear_transient.hpp"
#include "models/circuit/nodal/operating_point.hpp"
#include "platform/circuit/linear_inv.hpp"

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

Topology build(const CircuitProblem& problem, const circuit::TopologyParams& params) {
  const CrossbarArray positive = circuit::make_array(problem.g_siemens, problem.lines);
  std::optional<CrossbarArray> negative;
  if (problem.g_neg_siemens) negative = circuit::make_array(*problem.g_neg_siemens, problem.lines);
  switch (problem.kind) {
    case CircuitKind::kMvm:
      return problem.has_amplifiers ? mvm_topology(positive, negative, params)
                                    : mvm_sense_topology(positive, negative, params);
    case CircuitKind::kInv:
      return inv_topology(positive, negative, params);
    case CircuitKind::kGinv:
    case CircuitKind::kNnls:
      return ginv_topology(positive, negative, params);
    case CircuitKind::kEgv:
      return egv_topology(positive, negative, params);
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
      : problem_(problem),
        topology_(build(problem, problem.topology)),
        circuit_(topology_.circuit),
        input_(problem.input) {
    solution_.notes = problem.notes;
  }

  CircuitSolution run() {
    if (problem_.access && !linearize_arrays()) return solution_;
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

  /// Cells with transistors: arrays are linearised at their ports, the circuit around them is solved, and
  /// both are repeated until the voltages stand. The circuit is left as it is there.
  bool linearize_arrays() {
    constexpr int kMaxRounds = 60;
    circuit::TopologyParams params = problem_.topology;
    if (topology_.sense_siemens.size() > 0) return true;  // ports are held: answer() does it all
    VectorXd volt = VectorXd::Zero(circuit_.n_nodes()), x;
    double last_change = kInfinity;
    for (int round = 0; round < kMaxRounds; ++round) {
      params.linearized.clear();
      for (const circuit::Placement& place : topology_.placements)
        params.linearized.push_back(linearized(place, volt));
      topology_ = build(problem_, params);
      input_.resize(circuit_.n_inputs());
      input_ << problem_.input, 1.0;
      const circuit::RestPoint rest = rest_point(circuit_, input_, x);
      if (rest.status != circuit::RestStatus::kOk) break;
      x = rest.state.segment(circuit_.n_capacitors(), circuit_.n_amplifiers());
      const double change = (rest.node_volt - volt).cwiseAbs().maxCoeff();
      volt = rest.node_volt;
      // Quadratic until rounding: then steps no longer shrink.
      if (change == 0.0 || (change < 1e-10 && change >= 0.25 * last_change)) return true;
      last_change = change;
    }
    return fail(CircuitStatus::kNotConverged,
                "no operating point of the cells with their transistors was found");
  }

  circuit::ArrayLinearization linearized(const circuit::Placement& place, const VectorXd& volt) const {
    const MatrixXd& g = place.is_negative ? *problem_.g_neg_siemens : problem_.g_siemens;
    const VectorXd at_columns =
        place.columns.empty() ? VectorXd(VectorXd::Zero(g.cols())) : VectorXd(volt(place.columns));
    return linearize_array(g, problem_.lines, *problem_.access, volt(place.rows), at_columns);
  }

  /// Currents into ideal virtual grounds.
  VectorXd sensed(const VectorXd& node_volt) const {
    if (!problem_.access) return topology_.sense_siemens * node_volt;
    VectorXd current = VectorXd::Zero(problem_.g_siemens.cols());
    for (const circuit::Placement& place : topology_.placements) {
      const VectorXd ground = VectorXd::Zero(current.size());
      current -= linearized(place, node_volt).column_current(node_volt(place.rows), ground);
    }
    return current;
  }

  Stability judged(const AmplifierCircuit& circuit, const VectorXd& z, const VectorXd& q) {
    const auto begin = std::chrono::steady_clock::now();
    Stability verdict = stability(circuit, z, q);
    solution_.stability_s += seconds_since(begin);
    return verdict;
  }

  /// Stability of the loop around rest. An EGV circuit has to be unstable there.
  bool judge_loop() {
    const AmplifierCircuit linear = small_signal(circuit_);
    const VectorXd none = VectorXd::Zero(linear.n_states());
    const VectorXd off = VectorXd::Zero(linear.n_inputs());
    loop_ = judged(linear, none, off);
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
                    "another order or other signs of the rows, or amplifiers with less delay, may be stable",
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
    const circuit::RestPoint rest = rest_point(circuit_, input_, continuation_start_);
    if (rest.status == circuit::RestStatus::kSingular)
      return fail(CircuitStatus::kSingular, "the loop is singular: the outputs are not determined");
    if (rest.status != circuit::RestStatus::kOk) {
      return fail(
          CircuitStatus::kNotConverged,
          fmt::format("no operating point was found: after {} steps an output still moves {:.3g} V a step",
                      rest.iterations, rest.largest_step));
    }
    if (problem_.kind == CircuitKind::kEgv) {
      const Stability at_rest = judged(circuit_, rest.state, input_);
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
    const VectorXd load = circuit_.load_siemens * rest.node_volt + circuit_.load_ampere;
    solution_.bias_watt =
        problem_.supply_volt * problem_.quiescent_ampere * static_cast<double>(circuit_.n_amplifiers());
    solution_.load_watt = problem_.supply_volt * load.cwiseAbs().sum();
    return true;
  }

  VectorXd answer(const VectorXd& node_volt) const {
    return topology_.sense_siemens.size() > 0 ? sensed(node_volt) : VectorXd(node_volt(topology_.outputs));
  }

  void count_saturated(const circuit::RestPoint& rest) {
    const VectorXd v = circuit_.outputs(rest.state);
    for (const Index k : topology_.main) {
      const double limit = circuit_.amplifiers[static_cast<std::size_t>(k)].v_sat_volt;
      if (limit != AmplifierModel::kNone && std::abs(v[k]) >= 0.99 * limit) ++solution_.n_saturated;
    }
    // The outputs of an EGV circuit grow until one is at its limit: that is how it works.
    if (solution_.n_saturated == 0 || problem_.kind == CircuitKind::kEgv) return;
    solution_.status = CircuitStatus::kSaturated;
    solution_.message =
        fmt::format("{} of {} outputs are within 1 % of vsat", solution_.n_saturated, topology_.main.size());
  }

  void measure_noise(const circuit::RestPoint& rest) {
    const bool has_noise = problem_.temperature_kelvin > 0.0 ||
                           problem_.topology.amplifiers.front().noise_volt_per_sqrt_hz > 0.0;
    if (!has_noise || topology_.outputs.empty()) return;
    const circuit::NoiseCovariance noise =
        noise_at(circuit_, rest.state, input_, topology_.outputs, problem_.temperature_kelvin);
    if (noise.is_computed) solution_.noise_volt = noise.volt2.diagonal().cwiseMax(0.0).cwiseSqrt();
  }

  /// Sub-steps of dt that resolve the modes still alive at the end: settling is found between them.
  double substeps_wanted() const {
    if (loop_.rad_per_s.size() == 0) return 1.0;
    double fastest_alive = std::abs(loop_.critical.real());
    for (const auto& lambda : loop_.rad_per_s)
      if (-lambda.real() < 20.0 * fastest_alive) fastest_alive = std::max(fastest_alive, std::abs(lambda));
    return std::max(1.0, std::ceil(problem_.dt_s * fastest_alive / 0.3));
  }

  double substeps_affordable() const {
    constexpr double kLargest = 64.0, kMostPoints = 2e5;
    return std::max(1.0,
                    std::min(kLargest, std::floor(kMostPoints / static_cast<double>(problem_.n_samples()))));
  }

  /// Settling from the waveform, where its points tell.
  void find_settling(const VectorXd& times_s, const MatrixXd& values, const MatrixXd& slopes) {
    const bool is_resolved = substeps_wanted() <= substeps_affordable();
    for (std::size_t i = 0; i < kSettlingBands.size(); ++i) {
      const double epsilon = kSettlingBands[i];
      if (circuit_.n_states() == 0) {
        solution_.settle_s[i] = problem_.t_rise_s * (1.0 - epsilon);  // it follows its inputs
      } else {
        solution_.settle_s[i] =
            is_resolved ? circuit::settling_time_s(times_s, values, slopes, solution_.answer, epsilon)
                        : kInfinity;
      }
    }
    if (!is_resolved)
      solution_.notes.push_back(
          "dt is too long to find settle_s, which is null; settle_modes_s follows from the poles");
  }

  void trace() {
    const Index n = problem_.n_samples();
    const auto sub = static_cast<Index>(std::min(substeps_wanted(), substeps_affordable()));
    constexpr double kMostValues = 1e8;
    const double n_values = static_cast<double>(n * sub) * static_cast<double>(circuit_.n_states() + 1);
    require(n_values <= kMostValues,
            "the transient of {} states at {} samples does not fit the memory; choose a longer dt",
            circuit_.n_states(), n);
    VectorXd fine((n - 1) * sub + 1);
    for (Index i = 0; i < fine.size(); ++i)
      fine[i] = static_cast<double>(i) * problem_.dt_s / static_cast<double>(sub);
    Stimulus stimulus{.q = input_, .t_rise_s = problem_.t_rise_s, .start = {}};
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
    find_settling(fine, values, slopes);
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
    solution_.notes.push_back(fmt::format(
        "dt = {:.3g} s does not resolve the fastest pole ({:.3g} Hz): what happens between samples "
        "does not show; 1/(2 pi f) is {:.3g} s",
        problem_.dt_s, fastest / (2.0 * std::numbers::pi), 1.0 / fastest));
  }

  const CircuitProblem& problem_;
  Topology topology_;
  const AmplifierCircuit& circuit_;
  VectorXd input_;  // of the circuit
  CircuitSolution solution_;
  Stability loop_;
  VectorXd continuation_start_;
};

}  // namespace

CircuitSolution solve(const CircuitProblem& problem) {
  const auto begin = std::chrono::steady_clock::now();
  std::optional<CircuitSolution> quick = solve_linear_inv(problem);
  CircuitSolution solution = quick ? std::move(*quick) : Solver(problem).run();
  solution.solve_s = seconds_since(begin);
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
