// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/solver.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "models/base/error.hpp"
#include "models/circuit/nodal/noise.hpp"
#include "models/circuit/saturated_loop.hpp"
#include "platform/circuit/linear_inv.hpp"

namespace mho::platform {

using circuit::AmplifierCircuit;
using circuit::AmplifierModel;
using circuit::CrossbarArray;
using circuit::NonohmicArray;
using circuit::RestStatus;
using circuit::Stability;
using circuit::Tangent;
using circuit::Topology;
using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

Topology build(const CircuitProblem& problem, const CrossbarArray& positive,
               const std::optional<CrossbarArray>& negative, const circuit::TopologyParams& params) {
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

}  // namespace

Solver::Solver(const CircuitProblem& problem)
    : problem_(problem), positive_(circuit::make_array(problem.g_siemens, problem.lines)) {
  if (problem.g_neg_siemens) negative_ = circuit::make_array(*problem.g_neg_siemens, problem.lines);
  topology_ = build(problem, positive_, negative_, problem.topology);
  input_ = VectorXd::Zero(topology_.circuit.n_inputs());
  input_.head(problem.input.size()) = problem.input;
  solution_.notes = problem.notes;
}

CircuitSolution Solver::run() {
  if (!problem_.cell.is_ohmic()) {
    std::vector<circuit::ArrayBundle> arrays;
    for (const circuit::Placement& place : topology_.placements)
      arrays.emplace_back(NonohmicArray(place.is_negative ? *problem_.g_neg_siemens : problem_.g_siemens,
                                        problem_.lines, problem_.cell));
    const auto with_arrays = [this](const std::vector<MatrixXd>& linearized_siemens) {
      circuit::TopologyParams params = problem_.topology;
      params.linearized_siemens = linearized_siemens;
      return build(problem_, positive_, negative_, params);
    };
    nonohmic_.emplace(with_arrays, topology_.placements, std::move(arrays));
  }
  // Cells that are not ohmic decide on the loop with their slopes: those at rest, but those at 0 V where the
  // question is whether outputs grow from there, or where there is no rest.
  const bool judges_at_rest = nonohmic_ && problem_.kind != CircuitKind::kEgv;
  if (judges_at_rest) {
    find_rest();
    if (rest_.status != RestStatus::kOk) nonohmic_->reset();
  }
  if (!judge_loop()) return solution_;
  if (!judges_at_rest) find_rest();
  if (report_rest() && problem_.analysis == CircuitAnalysis::kTransient) trace();
  return solution_;
}

bool Solver::fail(CircuitStatus status, std::string message) {
  solution_.status = status;
  solution_.message = std::move(message);
  return false;
}

Tangent Solver::at_present() const {
  return nonohmic_ ? nonohmic_->tangent(input_) : Tangent{.circuit = &topology_.circuit, .q = input_};
}

circuit::Stability Solver::judged(const circuit::AmplifierCircuit& circuit, const Eigen::VectorXd& z,
                                  const Eigen::VectorXd& q) {
  const auto begin = std::chrono::steady_clock::now();
  circuit::Stability verdict = stability(circuit, z, q);
  solution_.stability_s += seconds_since(begin);
  return verdict;
}

/// Stability of the loop around rest. An EGV circuit has to be unstable there.
bool Solver::judge_loop() {
  const AmplifierCircuit linear = small_signal(*at_present().circuit);
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
void Solver::prepare_start(const AmplifierCircuit& linear) {
  const VectorXd mode = circuit::critical_mode(linear, loop_);
  VectorXd x = mode.segment(linear.n_capacitors(), linear.n_amplifiers());
  const double largest = x.cwiseAbs().maxCoeff();
  if (largest == 0.0) return;
  x *= 0.1 * topology_.circuit.amplifiers.front().v_sat_volt / largest;
  const VectorXd outputs = x(topology_.main);
  const bool points_up =
      problem_.start_volt.size() > 0 ? outputs.dot(problem_.start_volt) >= 0.0 : outputs.sum() >= 0.0;
  continuation_start_ = points_up ? x : VectorXd(-x);
}

void Solver::find_rest() {
  rest_ = nonohmic_ ? nonohmic_->rest(input_, continuation_start_)
                    : rest_point(topology_.circuit, input_, continuation_start_);
}

bool Solver::report_rest() {
  if (rest_.status == RestStatus::kSingular)
    return fail(CircuitStatus::kSingular, "the loop is singular: the outputs are not determined");
  if (rest_.status != RestStatus::kOk && nonohmic_) {
    return fail(
        CircuitStatus::kNotConverged,
        "no operating point of the cells and the circuit around them was found; do the inputs ask for "
        "more current than the cells can carry?");
  }
  if (rest_.status != RestStatus::kOk) {
    return fail(
        CircuitStatus::kNotConverged,
        fmt::format("no operating point was found: after {} steps an output still moves {:.3g} V a step{}",
                    rest_.iterations, rest_.largest_step,
                    problem_.topology.amplifiers.front().slew_rate_volt_per_s != AmplifierModel::kNone
                        ? "; does the slew limit let the outputs reach the answer (gain*slew/(2 pi gbw))?"
                        : ""));
  }
  const Tangent there = at_present();
  if (problem_.kind == CircuitKind::kEgv) {
    const Stability at_rest = judged(*there.circuit, rest_.state, there.q);
    solution_.is_stable = at_rest.is_stable();
    solution_.eigenvalue_rad_per_s = at_rest.critical;
    if (!solution_.is_stable)
      return fail(CircuitStatus::kUnstable, "the state that the outputs grow into is not stable");
  }
  for (std::size_t i = 0; i < kSettlingBands.size(); ++i)
    solution_.settle_modes_s[i] = loop_.is_stable() ? loop_.settling_time_s(kSettlingBands[i]) : kInfinity;
  solution_.status = CircuitStatus::kOk;
  solution_.answer = answer(rest_.node_volt);
  solution_.summing = rest_.node_volt(topology_.summing);
  count_saturated();
  measure_noise();
  const AmplifierCircuit& circuit = *there.circuit;
  const VectorXd load = circuit.load_siemens * rest_.node_volt + circuit.load_input * there.q;
  solution_.bias_watt =
      problem_.supply_volt * problem_.quiescent_ampere * static_cast<double>(circuit.n_amplifiers());
  solution_.load_watt = problem_.supply_volt * load.cwiseAbs().sum();
  return true;
}

/// Outputs, or currents into ideal virtual grounds.
VectorXd Solver::answer(const VectorXd& node_volt) const {
  if (topology_.grounds.empty()) return node_volt(topology_.outputs);
  return nonohmic_ ? nonohmic_->column_ampere() : VectorXd(topology_.sense_siemens * node_volt);
}

void Solver::count_saturated() {
  const AmplifierCircuit& circuit = topology_.circuit;
  const VectorXd v = circuit.outputs(rest_.state);
  const VectorXd x = rest_.state.segment(circuit.n_capacitors(), circuit.n_amplifiers());
  int n_at_rail = 0, n_starved = 0;
  double stage_volt = kInfinity;
  for (Index k = 0; k < circuit.n_amplifiers(); ++k) {
    const AmplifierModel& a = circuit.amplifiers[static_cast<std::size_t>(k)];
    const bool is_at_rail =
        a.v_sat_volt != AmplifierModel::kNone && std::abs(v[k]) >= circuit::kSaturatedShare * a.v_sat_volt;
    n_at_rail += is_at_rail ? 1 : 0;
    if (is_at_rail && std::ranges::find(topology_.main, k) != topology_.main.end()) ++solution_.n_saturated;
    if (a.slew_rate_volt_per_s == AmplifierModel::kNone || a.gain == AmplifierModel::kNone) continue;
    const double most_volt = a.slew_rate_volt_per_s / leak_rad_per_s(a);
    if (std::abs(x[k]) < circuit::kSaturatedShare * most_volt) continue;
    ++n_starved;
    stage_volt = std::min(stage_volt, most_volt);
  }
  if (n_starved > 0) {
    solution_.status = CircuitStatus::kSaturated;
    solution_.message = fmt::format(
        "the input stages of {} of {} amplifiers are at their limit: with this slew their outputs cannot "
        "exceed "
        "gain*slew/(2 pi gbw) = {:.4g} V",
        n_starved, circuit.n_amplifiers(), stage_volt);
    return;
  }
  // The outputs of an EGV circuit grow until one is at its limit: that is how it works.
  if (n_at_rail == 0 || problem_.kind == CircuitKind::kEgv) return;
  solution_.status = CircuitStatus::kSaturated;
  solution_.message = solution_.n_saturated > 0
                          ? fmt::format("{} of {} outputs are within 1 % of vsat", solution_.n_saturated,
                                        topology_.main.size())
                          : fmt::format("{} amplifiers before the outputs are within 1 % of vsat", n_at_rail);
}

void Solver::measure_noise() {
  const bool has_noise =
      problem_.temperature_kelvin > 0.0 || problem_.topology.amplifiers.front().noise_volt_per_sqrt_hz > 0.0;
  if (!has_noise || topology_.outputs.empty()) return;
  const Tangent there = at_present();
  const circuit::NoiseCovariance noise =
      noise_at(*there.circuit, rest_.state, there.q, topology_.outputs, problem_.temperature_kelvin);
  if (noise.is_computed) solution_.noise_volt = noise.volt2.diagonal().cwiseMax(0.0).cwiseSqrt();
}

}  // namespace mho::platform
