// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/inv_macro_circuit.hpp"

#include <algorithm>
#include <cmath>

#include "models/circuit/amplifier_noise.hpp"

namespace mho::amc {
namespace {

// What is then left of the slowest mode of an operation is below what a converter, a viewer, or a test at
// 1e-6 of full scale, can see.
constexpr double kQuiet = 1e-7;

}  // namespace

/// Amplifiers in the loop of an INV or GINV macro.
Eigen::Index InvMacroCircuit::order() const {
  return static_cast<Eigen::Index>(mirrored_ != nullptr ? lines_.rows + lines_.columns : lines_.rows);
}

circuit::CrossbarArray InvMacroCircuit::loop_array(bool is_positive) const {
  const auto r = static_cast<Eigen::Index>(lines_.rows), c = static_cast<Eigen::Index>(lines_.columns);
  const auto array_of = [is_positive](const MacroArray& pair) -> const circuit::CrossbarArray& {
    return is_positive ? pair.positive_array() : pair.negative_array();
  };
  const circuit::CrossbarArray direct = corner(array_of(array_), r, c);
  if (mirrored_ == nullptr) return direct;
  return circuit::ginv_array(direct, corner(array_of(*mirrored_), c, r),
                             is_positive ? lines_.feedback : circuit::GinvFeedback{});
}

circuit::InvNetwork InvMacroCircuit::network() const {
  if (mirrored_ != nullptr) {
    return circuit::inv_network(loop_array(true).ports, loop_array(false).ports, params_.g_in_siemens);
  }
  const Eigen::Index n = order();
  const circuit::InvNetwork& whole = array_.inv_network();
  return {.transfer_siemens = whole.transfer_siemens.topLeftCorner(n, n),
          .self_siemens = whole.self_siemens.topLeftCorner(n, n),
          .drive_siemens = whole.drive_siemens.head(n)};
}

circuit::InvLoop InvMacroCircuit::loop(const Eigen::MatrixXd& noise_siemens) const {
  circuit::CrossbarArray positive = loop_array(true);
  if (noise_siemens.size() > 0) positive.ports.transfer_siemens += noise_siemens;
  return {positive, loop_array(false), params_.opamp, params_.loop, params_.g_in_siemens, offset_volt_};
}

/// What the noise of one read adds to the transfer matrix of the loop.
Eigen::MatrixXd InvMacroCircuit::read_noise(double time_s) {
  const auto r = static_cast<Eigen::Index>(lines_.rows), c = static_cast<Eigen::Index>(lines_.columns);
  const Eigen::MatrixXd direct = array_.transfer_noise(time_s).topLeftCorner(r, c);
  if (mirrored_ == nullptr) return direct;
  return circuit::ginv_transfer(direct, mirrored_->transfer_noise(time_s).topLeftCorner(c, r));
}

void InvMacroCircuit::build(const MacroLines& lines, const Eigen::VectorXd& offset_volt, double time_s) {
  lines_ = lines;
  offset_volt_ = offset_volt;
  if (is_nonlinear()) build_nonlinear(time_s);
  topology_.reset();
  noise_factor_.reset();
  if (!has_loop()) {
    circuit_.emplace(network(), params_.opamp, offset_volt_);
  } else if (!is_nonlinear()) {
    loop_.emplace(loop({}));
  }
}

void InvMacroCircuit::build_nonlinear(double time_s) {
  nonlinear_ =
      std::make_shared<NonlinearInvMacro>(params_, bare_slices(params_, array_, time_s), offset_volt_);
}

Eigen::MatrixXd InvMacroCircuit::noise_factor(Eigen::Index read) {
  if (params_.opamp.noise_volt_per_sqrt_hz == 0.0) return {};
  if (is_nonlinear()) {
    const NonlinearOperation& done = nonlinear_reads_[static_cast<std::size_t>(read)];
    return done.macro->noise_factor(done.read);
  }
  if (has_loop()) return loop_->noise_factor();
  if (!noise_factor_) noise_factor_ = circuit::inv_noise_factor(network(), params_.opamp);
  return *noise_factor_;
}

circuit::InvResult InvMacroCircuit::solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                                          const OperateSettings& settings) {
  const double epsilon = params_.timing.settle_epsilon;
  if (is_nonlinear()) {
    if (array_.has_read_noise()) build_nonlinear(settings.time_s);
    nonlinear_reads_.push_back({.macro = nonlinear_, .read = nonlinear_->solve(input_ampere)});
    return nonlinear_reads_.back().read.inv;
  }
  const bool is_noisy = array_.has_read_noise();
  const Eigen::MatrixXd noise = is_noisy ? read_noise(settings.time_s) : Eigen::MatrixXd();
  if (has_loop()) {
    return is_noisy ? loop(noise).solve(input_ampere, epsilon) : loop_->solve(input_ampere, epsilon);
  }
  if (!is_noisy) return circuit_->solve(input_ampere, epsilon);
  circuit::InvNetwork noisy = network();
  noisy.transfer_siemens += noise;
  return circuit::InvCircuit(noisy, params_.opamp, offset_volt_).solve(input_ampere, epsilon);
}

OperateOutcome InvMacroCircuit::operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                        const OperateSettings& settings) {
  using circuit::InvStatus;
  OperateOutcome outcome;
  const Eigen::Index n = order();
  const Eigen::MatrixXd input_ampere = v_lines.topRows(n) * params_.g_in_siemens;
  outcome.volts.resize(n, v_lines.cols());
  nonlinear_reads_.clear();
  saturated_reads_.clear();
  double moving_s = 0, slowest_tau_s = 0;
  for (Eigen::Index read = 0; read < v_lines.cols(); ++read) {
    const auto result = solve(input_ampere.col(read), settings);
    outcome.is_unstable |= result.status == InvStatus::kUnstable || result.status == InvStatus::kSingular;
    outcome.is_saturated |= result.status == InvStatus::kSaturated;
    saturated_reads_.push_back(result.status == InvStatus::kSaturated);
    moving_s = std::max(moving_s, result.settling_time_s);
    slowest_tau_s = std::max(slowest_tau_s, result.slowest_tau_s);
    // The amplifiers supply what the cells take: cells_watt is a part of load_watt.
    outcome.power_sum_watt += result.power.bias_watt + result.power.load_watt + attenuators_watt();
    outcome.volts.col(read) = result.v;
  }
  // A loop that does not settle is given up after the response time of the published hardware (our
  // assumption).
  outcome.settling_s = outcome.is_unstable ? std::max(moving_s, params_.timing.measured_inv_s)
                                           : circuit::inv_duration_s(params_.timing, moving_s);
  const double quiet_s = moving_s + slowest_tau_s * std::log(params_.timing.settle_epsilon / kQuiet);
  const bool rests_within = !outcome.is_unstable && !outcome.is_saturated;
  if (rests_within && quiet_s > outcome.settling_s) interrupt(input_ampere, outcome);
  if (settings.waveform_samples > 0) {
    const double shown_s = rests_within ? std::min(quiet_s, outcome.settling_s) : outcome.settling_s;
    trace(input_ampere, shown_s, settings.waveform_samples, outcome);
  }
  for (Eigen::Index read = 0; read < v_lines.cols() && !outcome.is_unstable; ++read)
    outcome.is_saturated |= draws_.disturb(outcome.volts.col(read), noise_factor(read));
  const double gain = std::ldexp(1.0, settings.output_gain);
  outcome.volts *= gain;
  outcome.waveform *= gain;
  return outcome;
}

/// Outputs when the operation ends, in the place of those at rest.
void InvMacroCircuit::interrupt(const Eigen::MatrixXd& input_ampere, OperateOutcome& outcome) {
  const Eigen::VectorXd end_s = Eigen::VectorXd::Constant(1, outcome.settling_s);
  const Eigen::MatrixXd rest_volt = outcome.volts;
  for (Eigen::Index read = 0; read < rest_volt.cols(); ++read) {
    const Eigen::VectorXd end_volt = transient(input_ampere, read, outcome.volts, end_s);
    outcome.volts.col(read) = end_volt + noise_of_rest(input_ampere.col(read), rest_volt.col(read));
  }
}

/// What noise of the cells has added to outputs at rest: waveforms are those of the cells without it, but for
/// cells that are not ohmic, which each read has of its own.
Eigen::VectorXd InvMacroCircuit::noise_of_rest(const Eigen::VectorXd& input_ampere,
                                               const Eigen::VectorXd& rest_volt) const {
  if (is_nonlinear() || !array_.has_read_noise()) return Eigen::VectorXd::Zero(rest_volt.size());
  const double epsilon = params_.timing.settle_epsilon;
  return rest_volt -
         (has_loop() ? loop_->solve(input_ampere, epsilon) : circuit_->solve(input_ampere, epsilon)).v;
}

double InvMacroCircuit::attenuators_watt() const {
  // A lower slice has two drivers a column, one for each array, which draw what an amplifier does.
  const auto columns = static_cast<double>(order());
  return 2.0 * (array_.slices_in_use() - 1) * columns * circuit::bias_power_watt(params_.opamp);
}

void InvMacroCircuit::trace(const Eigen::MatrixXd& input_ampere, double duration_s, int samples,
                            OperateOutcome& outcome) {
  const Eigen::Index n = input_ampere.rows(), reads = input_ampere.cols();
  // Most happens at the beginning: samples lie closer there.
  outcome.waveform_times_s =
      duration_s * Eigen::ArrayXd::LinSpaced(samples, 1.0 / samples, 1.0).square().matrix();
  outcome.waveform.resize(n, reads * samples);
  for (Eigen::Index read = 0; read < reads; ++read) {
    outcome.waveform.middleCols(read * samples, samples) =
        transient(input_ampere, read, outcome.volts, outcome.waveform_times_s);
  }
}

Eigen::MatrixXd InvMacroCircuit::transient(const Eigen::MatrixXd& input_ampere, Eigen::Index read,
                                           const Eigen::MatrixXd& volts, const Eigen::VectorXd& times_s) {
  const Eigen::Index n = input_ampere.rows();
  // The amplifiers are off between operations; from one read to the next they stay where they are.
  circuit::LoopStep step{.before_ampere = Eigen::VectorXd::Zero(n),
                         .start_volt = Eigen::VectorXd::Zero(n),
                         .after_ampere = input_ampere.col(read)};
  if (read > 0) {
    step.before_ampere = input_ampere.col(read - 1);
    step.start_volt = volts.col(read - 1);
  }
  if (is_nonlinear()) {
    const NonlinearOperation& done = nonlinear_reads_[static_cast<std::size_t>(read)];
    return done.macro->settle(done.read, step, times_s);
  }
  const Eigen::MatrixXd unmoving = volts.col(read).replicate(1, times_s.size());
  if (has_loop()) return loop_->is_singular() ? unmoving : loop_->settle(step, times_s);
  if (!topology_) topology_ = circuit_->loop();
  const bool rests_within = circuit_->is_stable() && !saturated_reads_[static_cast<std::size_t>(read)];
  const auto end = rests_within ? circuit::LoopEnd::kWithinRails : circuit::LoopEnd::kBeyondRails;
  const Eigen::MatrixXd moving = circuit::loop_waveform(*topology_, params_.opamp, step, times_s, end);
  return moving.size() > 0 ? moving : unmoving;
}

}  // namespace mho::amc
