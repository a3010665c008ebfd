// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/linear_inv.hpp"

#include <cmath>

#include "models/circuit/nodal/operating_point.hpp"
#include "models/circuit/wires/inv_arrays.hpp"
#include "models/circuit/wires/inv_operating_point.hpp"
#include "models/circuit/wires/inv_stability.hpp"

namespace mho::platform {
namespace {

using circuit::AmplifierModel;
using circuit::Stability;
using Eigen::Index;
using Eigen::VectorXd;

// Residual of the loop's currents; the outputs' error is larger by its condition.
constexpr double kTolerance = 1e-12;
// Of the limits: outputs come to rest when a round moves them by less than this share of the largest, or
// never.
constexpr double kRest = 1e-13;
constexpr int kMostRounds = 20;
// Outputs above this share of v_sat have to be followed from 0 V to tell whether they get there.
constexpr double kLinearShare = 0.9;

bool is_of_that_kind(const CircuitProblem& problem) {
  const circuit::TopologyParams& topology = problem.topology;
  const AmplifierModel& model = topology.amplifiers.front();
  const bool has_one_pole =
      model.second_pole_hz == AmplifierModel::kNone && model.output_ohm == 0.0 && topology.input_farad == 0.0;
  const bool asks_for_more =
      problem.temperature_kelvin > 0.0 || model.noise_volt_per_sqrt_hz > 0.0 || problem.supply_volt > 0.0;
  const bool has_inverters = topology.signs == circuit::Signs::kInverters;
  return problem.kind == CircuitKind::kInv && problem.analysis == CircuitAnalysis::kOperatingPoint &&
         problem.cell.is_ohmic() && !model.is_clamped && has_one_pole && !asks_for_more &&
         (!problem.g_neg_siemens || has_inverters);
}

VectorXd offsets(const CircuitProblem& problem) {
  const Index n = problem.g_siemens.rows();
  const auto models = circuit::amplifiers_for(problem.topology, n);
  VectorXd volt(n);
  for (Index i = 0; i < n; ++i) volt[i] = models[static_cast<std::size_t>(i)].offset_volt;
  return volt;
}

bool is_far_from_limits(const AmplifierModel& model, const VectorXd& outputs) {
  return outputs.size() == 0 || outputs.cwiseAbs().maxCoeff() <= kLinearShare * model.v_sat_volt;
}

/// By how much the input that holds each output is above that of a linear amplifier.
VectorXd excess_inputs(const AmplifierModel& model, const VectorXd& outputs) {
  return outputs.unaryExpr([&](double v) { return input_at_rest(model, v) - v / model.gain; });
}

/// Saturation and slew: at rest they only ask for a little more input, which is as good as an offset. Moves
/// the point to where it is the right one.
/// @returns  false if that does not converge, or leads near v_sat
bool correct_for_limits(const AmplifierModel& model, const circuit::InvPointSolver& solver,
                        double inverter_gain, circuit::InvPoint& point) {
  const Index n = point.output_volt.size();
  VectorXd excess = VectorXd::Zero(n), inverters_excess = excess;
  for (int round = 0; round < kMostRounds; ++round) {
    const VectorXd inverters = -inverter_gain * (point.output_volt + 2.0 * inverters_excess);
    if (!is_far_from_limits(model, point.output_volt) || !is_far_from_limits(model, inverters)) return false;
    const VectorXd next = excess_inputs(model, point.output_volt),
                   inverters_next = excess_inputs(model, inverters);
    // A slew limit below the leak holds no such output.
    if (!next.allFinite() || !inverters_next.allFinite()) return false;
    const circuit::InvPoint change =
        solver.solve({.input_ampere = {},
                      .offset_volt = excess - next,
                      .inverter_volt = -2.0 * inverter_gain * (inverters_next - inverters_excess)});
    if (change.was_reduced || !change.output_volt.allFinite()) return false;
    point.output_volt += change.output_volt;
    point.summing_volt += change.summing_volt;
    excess = next;
    inverters_excess = inverters_next;
    if (change.output_volt.cwiseAbs().maxCoeff() <= kRest * point.output_volt.cwiseAbs().maxCoeff())
      return true;
  }
  return false;
}

Stability eigenvalues(const CircuitProblem& problem) {
  std::optional<circuit::CrossbarArray> negative;
  if (problem.g_neg_siemens) negative = circuit::make_array(*problem.g_neg_siemens, problem.lines);
  const circuit::AmplifierCircuit loop = small_signal(
      inv_topology(circuit::make_array(problem.g_siemens, problem.lines), negative, problem.topology)
          .circuit);
  return stability(loop, VectorXd::Zero(loop.n_states()), VectorXd::Zero(loop.n_inputs()));
}

/// False if it was not shown.
bool is_shown_stable(const CircuitProblem& problem, const circuit::InvArrays& arrays,
                     CircuitSolution& solution) {
  const double g_in = problem.topology.feedback_siemens;
  if (!problem.wants_modes && is_surely_stable(arrays, g_in)) return true;
  const Stability verdict = eigenvalues(problem);
  if (!verdict.is_stable()) return false;
  solution.has_eigenvalue = true;
  solution.eigenvalue_rad_per_s = verdict.critical;
  for (std::size_t i = 0; i < kSettlingBands.size(); ++i)
    solution.settle_modes_s[i] = verdict.settling_time_s(kSettlingBands[i]);
  return true;
}

}  // namespace

std::optional<CircuitSolution> solve_linear_inv(const CircuitProblem& problem) {
  if (!is_of_that_kind(problem)) return std::nullopt;
  const AmplifierModel& model = problem.topology.amplifiers.front();
  // An inverter's input is (o + n)/2 and its output n = −A0 (o + n)/2.
  const circuit::InvPointParams params{.gain = model.gain,
                                       .g_in_siemens = problem.topology.feedback_siemens,
                                       .inverter_gain = 1.0 / (1.0 + 2.0 / model.gain),
                                       .tolerance = kTolerance};
  const circuit::InvArrays arrays(problem.g_siemens,
                                  problem.g_neg_siemens ? &*problem.g_neg_siemens : nullptr, problem.lines);
  const circuit::InvPointSolver solver(arrays, params);
  circuit::InvPoint point =
      solver.solve({.input_ampere = problem.input, .offset_volt = offsets(problem), .inverter_volt = {}});
  if (point.status != circuit::InvPointStatus::kOk || point.was_reduced) return std::nullopt;
  if (!(kTolerance / point.reciprocal_condition <= kShortWayError)) return std::nullopt;
  if (!model.is_linear() && !correct_for_limits(model, solver, params.inverter_gain, point))
    return std::nullopt;

  CircuitSolution solution;
  const auto begin = std::chrono::steady_clock::now();
  if (!is_shown_stable(problem, arrays, solution)) return std::nullopt;
  solution.stability_s = seconds_since(begin);
  solution.status = CircuitStatus::kOk;
  solution.is_stable = true;
  solution.answer = point.output_volt;
  solution.summing = point.summing_volt;
  solution.notes = problem.notes;
  return solution;
}

}  // namespace mho::platform
