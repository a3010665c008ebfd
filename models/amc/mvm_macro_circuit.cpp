// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/mvm_macro_circuit.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/circuit/amplifier_noise.hpp"
#include "models/circuit/interrupted_reads.hpp"

namespace mho::amc {
namespace {

/// From 0 V to the first read, or from one read to the next.
double largest_step_volt(const Eigen::MatrixXd& volts) {
  double largest = volts.size() == 0 ? 0.0 : volts.col(0).cwiseAbs().maxCoeff();
  for (Eigen::Index read = 1; read < volts.cols(); ++read)
    largest = std::max(largest, (volts.col(read) - volts.col(read - 1)).cwiseAbs().maxCoeff());
  return largest;
}

}  // namespace

circuit::MvmNetwork MvmMacroCircuit::network() const {
  const auto r = static_cast<Eigen::Index>(lines_.rows), c = static_cast<Eigen::Index>(lines_.columns);
  const circuit::MvmNetwork& whole = array_.mvm_network();
  return {.transfer_siemens = whole.transfer_siemens.topLeftCorner(c, r),
          .self_siemens = whole.self_siemens.topLeftCorner(c, c),
          .drive_siemens = whole.drive_siemens.head(r)};
}

void MvmMacroCircuit::build(const MacroLines& lines, const Eigen::VectorXd& offset_volt, double time_s) {
  lines_ = lines;
  offset_volt_ = offset_volt;
  if (is_nonlinear()) build_nonlinear(time_s);
  circuit_.emplace(network(), params_.opamp, offset_volt_, params_.loop.output_ohm);
  feedback_.reset();
  loops_.clear();
  noise_factors_.clear();
}

void MvmMacroCircuit::build_nonlinear(double time_s) {
  nonlinear_.emplace(params_.cell_model, bare_slices(params_, array_, time_s).front().bare, params_.lines,
                     params_.opamp, offset_volt_, params_.loop.output_ohm);
}

double MvmMacroCircuit::g_feedback_siemens(int output_gain) const {
  return std::ldexp(params_.g_feedback_siemens, -output_gain);
}

const circuit::MvmLoop& MvmMacroCircuit::loop_of(int output_gain) {
  const auto r = static_cast<Eigen::Index>(lines_.rows), c = static_cast<Eigen::Index>(lines_.columns);
  const auto found = loops_.find(output_gain);
  if (found != loops_.end()) return found->second;
  if (is_nonlinear()) {
    return loops_
        .emplace(output_gain, circuit::MvmLoop(nonlinear_->self_siemens(), params_.opamp, params_.loop,
                                               g_feedback_siemens(output_gain)))
        .first->second;
  }
  circuit::MvmLoop loop(corner(array_.positive_array(), r, c), corner(array_.negative_array(), r, c),
                        params_.opamp, params_.loop, g_feedback_siemens(output_gain));
  return loops_.emplace(output_gain, std::move(loop)).first->second;
}

const circuit::MvmCircuit::Feedback& MvmMacroCircuit::feedback_of(int output_gain) {
  if (!feedback_ || feedback_->output_gain != output_gain) {
    feedback_ = {.output_gain = output_gain, .feedback = circuit_->feedback(g_feedback_siemens(output_gain))};
  }
  return feedback_->feedback;
}

Eigen::MatrixXd MvmMacroCircuit::noise_factor(int output_gain) {
  if (params_.opamp.noise_volt_per_sqrt_hz == 0.0) return {};
  if (circuit::has_amplifier_effects(params_.loop)) return loop_of(output_gain).noise_factor();
  const auto found = noise_factors_.find(output_gain);
  if (found != noise_factors_.end()) return found->second;
  return noise_factors_
      .emplace(output_gain,
               circuit::mvm_noise_factor(network(), params_.opamp, g_feedback_siemens(output_gain)))
      .first->second;
}

circuit::MvmResult MvmMacroCircuit::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                             const OperateSettings& settings, OperateOutcome& outcome) {
  const auto driven = v_lines.topRows(static_cast<Eigen::Index>(settings.rows));
  if (is_nonlinear()) return evaluate_nonlinear(driven, settings, outcome);
  const circuit::MvmCircuit::Feedback& feedback = feedback_of(settings.output_gain);
  if (!array_.has_read_noise()) return circuit_->evaluate(driven, feedback);
  Eigen::MatrixXd noise_ampere(circuit_->cols(), driven.cols());
  for (Eigen::Index read = 0; read < driven.cols(); ++read) {
    const Eigen::MatrixXd change = array_.transfer_noise(settings.time_s);
    noise_ampere.col(read) = change.topLeftCorner(circuit_->cols(), circuit_->rows()) * driven.col(read);
  }
  return circuit_->evaluate(driven, feedback, noise_ampere);
}

circuit::MvmResult MvmMacroCircuit::evaluate_nonlinear(const Eigen::Ref<const Eigen::MatrixXd>& v_driven,
                                                       const OperateSettings& settings,
                                                       OperateOutcome& outcome) {
  circuit::MvmResult all;
  all.v_out.resize(circuit_->cols(), v_driven.cols());
  for (Eigen::Index read = 0; read < v_driven.cols(); ++read) {
    if (array_.has_read_noise()) build_nonlinear(settings.time_s);
    bool has_converged = false;
    const auto one =
        nonlinear_->evaluate(v_driven.col(read), g_feedback_siemens(settings.output_gain), has_converged);
    outcome.is_unstable |= !has_converged;
    all.v_out.col(read) = one.v_out;
    all.n_saturated += one.n_saturated;
    all.power_sum.bias_watt += one.power_sum.bias_watt;
    all.power_sum.load_watt += one.power_sum.load_watt;
    all.power_sum.cells_watt += one.power_sum.cells_watt;
  }
  return all;
}

double MvmMacroCircuit::settling_s(const OperateSettings& settings, double step_volt,
                                   OperateOutcome& outcome) {
  const double epsilon =
      settings.is_integer_read ? params_.timing.settle_epsilon_read : params_.timing.settle_epsilon;
  if (!circuit::has_amplifier_effects(params_.loop)) {
    return circuit::mvm_duration_s(
        params_.timing,
        circuit_->settling_time_s(epsilon, g_feedback_siemens(settings.output_gain), step_volt));
  }
  const circuit::MvmLoop& loop = loop_of(settings.output_gain);
  if (loop.is_stable()) {
    return circuit::mvm_duration_s(params_.timing, loop.settling_time_s(epsilon, step_volt));
  }
  outcome.is_unstable = true;
  return params_.timing.measured_mvm_s;  // given up, as an INV loop is
}

/// [columns in use]
Eigen::VectorXd MvmMacroCircuit::time_constants_s(int output_gain) {
  if (!circuit::has_amplifier_effects(params_.loop))
    return circuit_->time_constants_s(g_feedback_siemens(output_gain));
  return Eigen::VectorXd::Constant(circuit_->cols(), loop_of(output_gain).slowest_tau_s());
}

OperateOutcome MvmMacroCircuit::operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                        const OperateSettings& settings) {
  OperateOutcome outcome;
  auto result = evaluate(v_lines, settings, outcome);
  outcome.is_saturated = result.n_saturated > 0;
  outcome.volts = std::move(result.v_out);
  outcome.settling_s = settling_s(settings, largest_step_volt(outcome.volts), outcome);
  if (!outcome.is_unstable) {
    circuit::interrupt_reads(params_.opamp, time_constants_s(settings.output_gain), outcome.settling_s,
                             outcome.volts);
  }
  if (outcome.is_unstable) {
    outcome.volts = params_.opamp.v_sat_volt * outcome.volts.array().sign();
  } else if (params_.opamp.noise_volt_per_sqrt_hz > 0.0) {
    const Eigen::MatrixXd factor = noise_factor(settings.output_gain);
    for (Eigen::Index read = 0; read < outcome.volts.cols(); ++read)
      outcome.is_saturated |= draws_.disturb(outcome.volts.col(read), factor);
  }
  outcome.power_sum_watt =
      result.power_sum.bias_watt + result.power_sum.load_watt + result.power_sum.cells_watt;
  return outcome;
}

}  // namespace mho::amc
