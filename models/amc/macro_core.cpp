// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_core.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/circuit/amplifier_noise.hpp"
#include "models/circuit/interrupted_reads.hpp"

namespace mho::amc {
namespace {

// What is then left of the slowest mode of an INV operation is below what a converter, a viewer, or a test at
// 1e-6 of full scale, can see.
constexpr double kQuiet = 1e-7;

/// The rows and columns in use; the lines of the others are at 0 V.
circuit::CrossbarArray corner(const circuit::CrossbarArray& array, Eigen::Index rows, Eigen::Index columns) {
  return {.ports = {.transfer_siemens = array.ports.transfer_siemens.topLeftCorner(rows, columns),
                    .row_self_siemens = array.ports.row_self_siemens.topLeftCorner(rows, rows),
                    .column_self_siemens = array.ports.column_self_siemens.topLeftCorner(columns, columns)},
          .row_sums_siemens = array.row_sums_siemens.head(rows),
          .column_sums_siemens = array.column_sums_siemens.head(columns)};
}

/// From 0 V to the first read, or from one read to the next.
double largest_step_volt(const Eigen::MatrixXd& volts) {
  double largest = volts.size() == 0 ? 0.0 : volts.col(0).cwiseAbs().maxCoeff();
  for (Eigen::Index read = 1; read < volts.cols(); ++read)
    largest = std::max(largest, (volts.col(read) - volts.col(read - 1)).cwiseAbs().maxCoeff());
  return largest;
}

/// Of −Aᵀ.
std::vector<std::int8_t> mirrored_levels(std::span<const std::int8_t> levels, std::size_t size) {
  std::vector<std::int8_t> mirrored(size * size);
  for (std::size_t r = 0; r < size; ++r) {
    for (std::size_t c = 0; c < size; ++c)
      mirrored[c * size + r] = static_cast<std::int8_t>(-levels[r * size + c]);
  }
  return mirrored;
}

}  // namespace

ProgramOutcome MacroCore::program(std::span<const std::int8_t> levels, double time_s, unsigned slices) {
  ProgramOutcome outcome = array_.program(levels, time_s, slices);
  if (!mirrored_ || outcome.is_rejected) return outcome;
  return in_parallel(outcome, mirrored_->program(mirrored_levels(levels, params_.size), time_s, slices));
}

/// Of the amplifiers in use.
Eigen::VectorXd MacroCore::offsets() const {
  Eigen::VectorXd all =
      circuit::draw_offsets(params_.opamp, static_cast<Eigen::Index>(params_.amplifiers()), random_, number_);
  if (trim_volt_.size() > 0) all += trim_volt_;
  const auto rows = static_cast<Eigen::Index>(rows_), columns = static_cast<Eigen::Index>(columns_);
  if (!mirrored_) return all.head(columns);
  Eigen::VectorXd used(rows + columns);
  used << all.head(rows), all.segment(static_cast<Eigen::Index>(params_.size), columns);
  return used;
}

void MacroCore::trim_offsets(const Eigen::VectorXd& trim_volt) {
  trim_volt_ = trim_volt;
  rows_ = columns_ = 0;  // the circuits are built anew
}

/// Amplifiers in the loop of an INV or GINV macro.
Eigen::Index MacroCore::order() const {
  return static_cast<Eigen::Index>(mirrored_ ? rows_ + columns_ : rows_);
}

circuit::CrossbarArray MacroCore::loop_array(bool is_positive) const {
  const auto r = static_cast<Eigen::Index>(rows_), c = static_cast<Eigen::Index>(columns_);
  const auto array_of = [is_positive](const MacroArray& pair) -> const circuit::CrossbarArray& {
    return is_positive ? pair.positive_array() : pair.negative_array();
  };
  const circuit::CrossbarArray direct = corner(array_of(array_), r, c);
  if (!mirrored_) return direct;
  return circuit::ginv_array(direct, corner(array_of(*mirrored_), c, r),
                             is_positive ? feedback_ : circuit::GinvFeedback{});
}

circuit::InvNetwork MacroCore::inv_network() const {
  if (mirrored_) {
    return circuit::inv_network(loop_array(true).ports, loop_array(false).ports, params_.g_in_siemens);
  }
  const Eigen::Index n = order();
  const circuit::InvNetwork& whole = array_.inv_network();
  return {.transfer_siemens = whole.transfer_siemens.topLeftCorner(n, n),
          .self_siemens = whole.self_siemens.topLeftCorner(n, n),
          .drive_siemens = whole.drive_siemens.head(n)};
}

circuit::InvLoop MacroCore::inv_loop(const Eigen::MatrixXd& noise_siemens) const {
  circuit::CrossbarArray positive = loop_array(true);
  if (noise_siemens.size() > 0) positive.ports.transfer_siemens += noise_siemens;
  return {positive, loop_array(false), params_.opamp, params_.loop, params_.g_in_siemens, offsets()};
}

/// What the noise of one read adds to the transfer matrix of the loop.
Eigen::MatrixXd MacroCore::loop_noise(double time_s) {
  const auto r = static_cast<Eigen::Index>(rows_), c = static_cast<Eigen::Index>(columns_);
  const Eigen::MatrixXd direct = array_.transfer_noise(time_s).topLeftCorner(r, c);
  if (!mirrored_) return direct;
  return circuit::ginv_transfer(direct, mirrored_->transfer_noise(time_s).topLeftCorner(c, r));
}

circuit::MvmNetwork MacroCore::mvm_network(unsigned rows, unsigned columns) const {
  const auto r = static_cast<Eigen::Index>(rows), c = static_cast<Eigen::Index>(columns);
  const circuit::MvmNetwork& whole = array_.mvm_network();
  return {.transfer_siemens = whole.transfer_siemens.topLeftCorner(c, r),
          .self_siemens = whole.self_siemens.topLeftCorner(c, c),
          .drive_siemens = whole.drive_siemens.head(r)};
}

void MacroCore::build(const OperateSettings& settings) {
  bool has_changed = array_.refresh(settings.time_s);
  if (mirrored_ && mirrored_->refresh(settings.time_s)) has_changed = true;
  if (!has_changed && settings.rows == rows_ && settings.columns == columns_ &&
      settings.feedback == feedback_) {
    return;
  }
  rows_ = settings.rows;
  columns_ = settings.columns;
  feedback_ = settings.feedback;
  if (is_nonlinear()) build_nonlinear(settings.time_s);
  if (params_.kind != MacroKind::kMvm) {
    inv_topology_.reset();
    inv_noise_.reset();
    if (has_inv_loop()) {
      if (!is_nonlinear()) inv_loop_.emplace(inv_loop({}));
    } else {
      inv_.emplace(inv_network(), params_.opamp, offsets());
    }
  } else {
    mvm_.emplace(mvm_network(rows_, columns_), params_.opamp, offsets(), params_.loop.output_ohm);
    mvm_feedback_.reset();
    mvm_loops_.clear();
    mvm_noise_.clear();
  }
}

void MacroCore::build_nonlinear(double time_s) {
  std::vector<circuit::InvSlice> slices;
  double weight = 1.0;
  for (const device::DifferentialPair& read : array_.read_slices(time_s)) {
    slices.push_back({.bare = circuit::bare_pair(params_.cell_model, read, params_.write.verify_voltage_volt),
                      .weight = weight});
    weight = params_.lower_weight();
  }
  if (params_.kind == MacroKind::kInv) {
    nonlinear_inv_ = std::make_shared<NonlinearInvMacro>(params_, std::move(slices), offsets());
  } else {
    nonlinear_mvm_.emplace(params_.cell_model, slices.front().bare, params_.lines, params_.opamp, offsets(),
                           params_.loop.output_ohm);
  }
}

double MacroCore::g_feedback_siemens(int output_gain) const {
  return std::ldexp(params_.g_feedback_siemens, -output_gain);
}

const circuit::MvmLoop& MacroCore::mvm_loop(int output_gain) {
  const auto r = static_cast<Eigen::Index>(rows_), c = static_cast<Eigen::Index>(columns_);
  const auto found = mvm_loops_.find(output_gain);
  if (found != mvm_loops_.end()) return found->second;
  if (is_nonlinear()) {
    return mvm_loops_
        .emplace(output_gain, circuit::MvmLoop(nonlinear_mvm_->self_siemens(), params_.opamp, params_.loop,
                                               g_feedback_siemens(output_gain)))
        .first->second;
  }
  circuit::MvmLoop loop(corner(array_.positive_array(), r, c), corner(array_.negative_array(), r, c),
                        params_.opamp, params_.loop, g_feedback_siemens(output_gain));
  return mvm_loops_.emplace(output_gain, std::move(loop)).first->second;
}

const circuit::MvmCircuit::Feedback& MacroCore::mvm_feedback(int output_gain) {
  if (!mvm_feedback_ || mvm_feedback_->output_gain != output_gain) {
    mvm_feedback_ = {.output_gain = output_gain, .feedback = mvm_->feedback(g_feedback_siemens(output_gain))};
  }
  return mvm_feedback_->feedback;
}

Eigen::MatrixXd MacroCore::inv_noise_factor(Eigen::Index read) {
  if (params_.opamp.noise_volt_per_sqrt_hz == 0.0) return {};
  if (is_nonlinear()) {
    const NonlinearOperation& done = nonlinear_reads_[static_cast<std::size_t>(read)];
    return done.macro->noise_factor(done.read);
  }
  if (has_inv_loop()) return inv_loop_->noise_factor();
  if (!inv_noise_) inv_noise_ = circuit::inv_noise_factor(inv_network(), params_.opamp);
  return *inv_noise_;
}

Eigen::MatrixXd MacroCore::mvm_noise_factor(int output_gain) {
  if (params_.opamp.noise_volt_per_sqrt_hz == 0.0) return {};
  if (circuit::has_amplifier_effects(params_.loop)) return mvm_loop(output_gain).noise_factor();
  const auto found = mvm_noise_.find(output_gain);
  if (found != mvm_noise_.end()) return found->second;
  return mvm_noise_
      .emplace(output_gain, circuit::mvm_noise_factor(mvm_network(rows_, columns_), params_.opamp,
                                                      g_feedback_siemens(output_gain)))
      .first->second;
}

bool MacroCore::disturb(Eigen::Ref<Eigen::VectorXd> volts, const Eigen::MatrixXd& factor) {
  if (factor.size() == 0) return false;
  Eigen::VectorXd draw(volts.size());
  for (Eigen::Index i = 0; i < draw.size(); ++i) {
    const RandomCoordinates at{.unit = number_, .row = static_cast<std::uint16_t>(i), .column = 0};
    draw[i] = random_.normal(RandomPurpose::kOpampNoise, at, noisy_reads_);
  }
  ++noisy_reads_;
  const double rail = params_.opamp.v_sat_volt;
  volts += factor * draw;
  const bool is_limited = volts.cwiseAbs().maxCoeff() > rail;
  volts = volts.cwiseMax(-rail).cwiseMin(rail);
  return is_limited;
}

OperateOutcome MacroCore::operate(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                  const OperateSettings& settings) {
  build(settings);
  return params_.kind == MacroKind::kMvm ? operate_mvm(v_lines, settings) : operate_inv(v_lines, settings);
}

circuit::InvResult MacroCore::solve_inv(const Eigen::Ref<const Eigen::VectorXd>& input_ampere,
                                        const OperateSettings& settings) {
  const double epsilon = params_.timing.settle_epsilon;
  if (is_nonlinear()) {
    if (array_.has_read_noise()) build_nonlinear(settings.time_s);
    nonlinear_reads_.push_back({.macro = nonlinear_inv_, .read = nonlinear_inv_->solve(input_ampere)});
    return nonlinear_reads_.back().read.inv;
  }
  const bool is_noisy = array_.has_read_noise();
  const Eigen::MatrixXd noise = is_noisy ? loop_noise(settings.time_s) : Eigen::MatrixXd();
  if (has_inv_loop()) {
    return is_noisy ? inv_loop(noise).solve(input_ampere, epsilon) : inv_loop_->solve(input_ampere, epsilon);
  }
  if (!is_noisy) return inv_->solve(input_ampere, epsilon);
  circuit::InvNetwork noisy = inv_network();
  noisy.transfer_siemens += noise;
  return circuit::InvCircuit(noisy, params_.opamp, offsets()).solve(input_ampere, epsilon);
}

OperateOutcome MacroCore::operate_inv(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
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
    const auto result = solve_inv(input_ampere.col(read), settings);
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
  if (rests_within && quiet_s > outcome.settling_s) interrupt_inv(input_ampere, outcome);
  if (settings.waveform_samples > 0) {
    const double shown_s = rests_within ? std::min(quiet_s, outcome.settling_s) : outcome.settling_s;
    trace_inv(input_ampere, shown_s, settings.waveform_samples, outcome);
  }
  for (Eigen::Index read = 0; read < v_lines.cols() && !outcome.is_unstable; ++read)
    outcome.is_saturated |= disturb(outcome.volts.col(read), inv_noise_factor(read));
  const double gain = std::ldexp(1.0, settings.output_gain);
  outcome.volts *= gain;
  outcome.waveform *= gain;
  return outcome;
}

/// Outputs when the operation ends, in the place of those at rest.
void MacroCore::interrupt_inv(const Eigen::MatrixXd& input_ampere, OperateOutcome& outcome) {
  const Eigen::VectorXd end_s = Eigen::VectorXd::Constant(1, outcome.settling_s);
  const Eigen::MatrixXd rest_volt = outcome.volts;
  for (Eigen::Index read = 0; read < rest_volt.cols(); ++read) {
    const Eigen::VectorXd end_volt = transient(input_ampere, read, outcome.volts, end_s);
    outcome.volts.col(read) = end_volt + noise_of_rest(input_ampere.col(read), rest_volt.col(read));
  }
}

/// What noise of the cells has added to outputs at rest: waveforms are those of the cells without it, but for
/// cells that are not ohmic, which each read has of its own.
Eigen::VectorXd MacroCore::noise_of_rest(const Eigen::VectorXd& input_ampere,
                                         const Eigen::VectorXd& rest_volt) const {
  if (is_nonlinear() || !array_.has_read_noise()) return Eigen::VectorXd::Zero(rest_volt.size());
  const double epsilon = params_.timing.settle_epsilon;
  return rest_volt -
         (has_inv_loop() ? inv_loop_->solve(input_ampere, epsilon) : inv_->solve(input_ampere, epsilon)).v;
}

double MacroCore::attenuators_watt() const {
  // A lower slice has two drivers a column, one for each array, which draw what an amplifier does.
  const auto columns = static_cast<double>(order());
  return 2.0 * (array_.slices_in_use() - 1) * columns * circuit::bias_power_watt(params_.opamp);
}

void MacroCore::trace_inv(const Eigen::MatrixXd& input_ampere, double duration_s, int samples,
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

Eigen::MatrixXd MacroCore::transient(const Eigen::MatrixXd& input_ampere, Eigen::Index read,
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
  if (has_inv_loop()) return inv_loop_->is_singular() ? unmoving : inv_loop_->settle(step, times_s);
  if (!inv_topology_) inv_topology_ = inv_->loop();
  const bool rests_within = inv_->is_stable() && !saturated_reads_[static_cast<std::size_t>(read)];
  const auto end = rests_within ? circuit::LoopEnd::kWithinRails : circuit::LoopEnd::kBeyondRails;
  const Eigen::MatrixXd moving = circuit::loop_waveform(*inv_topology_, params_.opamp, step, times_s, end);
  return moving.size() > 0 ? moving : unmoving;
}

circuit::MvmResult MacroCore::evaluate_mvm(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                           const OperateSettings& settings, OperateOutcome& outcome) {
  const auto driven = v_lines.topRows(static_cast<Eigen::Index>(settings.rows));
  if (is_nonlinear()) return evaluate_nonlinear_mvm(driven, settings, outcome);
  const circuit::MvmCircuit::Feedback& feedback = mvm_feedback(settings.output_gain);
  if (!array_.has_read_noise()) return mvm_->evaluate(driven, feedback);
  Eigen::MatrixXd noise_ampere(mvm_->cols(), driven.cols());
  for (Eigen::Index read = 0; read < driven.cols(); ++read) {
    const Eigen::MatrixXd change = array_.transfer_noise(settings.time_s);
    noise_ampere.col(read) = change.topLeftCorner(mvm_->cols(), mvm_->rows()) * driven.col(read);
  }
  return mvm_->evaluate(driven, feedback, noise_ampere);
}

circuit::MvmResult MacroCore::evaluate_nonlinear_mvm(const Eigen::Ref<const Eigen::MatrixXd>& v_driven,
                                                     const OperateSettings& settings,
                                                     OperateOutcome& outcome) {
  circuit::MvmResult all;
  all.v_out.resize(mvm_->cols(), v_driven.cols());
  for (Eigen::Index read = 0; read < v_driven.cols(); ++read) {
    if (array_.has_read_noise()) build_nonlinear(settings.time_s);
    bool has_converged = false;
    const auto one =
        nonlinear_mvm_->evaluate(v_driven.col(read), g_feedback_siemens(settings.output_gain), has_converged);
    outcome.is_unstable |= !has_converged;
    all.v_out.col(read) = one.v_out;
    all.n_saturated += one.n_saturated;
    all.power_sum.bias_watt += one.power_sum.bias_watt;
    all.power_sum.load_watt += one.power_sum.load_watt;
    all.power_sum.cells_watt += one.power_sum.cells_watt;
  }
  return all;
}

double MacroCore::mvm_settling_s(const OperateSettings& settings, double step_volt, OperateOutcome& outcome) {
  const double epsilon =
      settings.is_integer_read ? params_.timing.settle_epsilon_read : params_.timing.settle_epsilon;
  if (!circuit::has_amplifier_effects(params_.loop)) {
    return circuit::mvm_duration_s(
        params_.timing, mvm_->settling_time_s(epsilon, g_feedback_siemens(settings.output_gain), step_volt));
  }
  const circuit::MvmLoop& loop = mvm_loop(settings.output_gain);
  if (loop.is_stable()) {
    return circuit::mvm_duration_s(params_.timing, loop.settling_time_s(epsilon, step_volt));
  }
  outcome.is_unstable = true;
  return params_.timing.measured_mvm_s;  // given up, as an INV loop is
}

/// [columns in use]
Eigen::VectorXd MacroCore::mvm_time_constants_s(int output_gain) {
  if (!circuit::has_amplifier_effects(params_.loop))
    return mvm_->time_constants_s(g_feedback_siemens(output_gain));
  return Eigen::VectorXd::Constant(mvm_->cols(), mvm_loop(output_gain).slowest_tau_s());
}

OperateOutcome MacroCore::operate_mvm(const Eigen::Ref<const Eigen::MatrixXd>& v_lines,
                                      const OperateSettings& settings) {
  OperateOutcome outcome;
  auto result = evaluate_mvm(v_lines, settings, outcome);
  outcome.is_saturated = result.n_saturated > 0;
  outcome.volts = std::move(result.v_out);
  outcome.settling_s = mvm_settling_s(settings, largest_step_volt(outcome.volts), outcome);
  if (!outcome.is_unstable) {
    circuit::interrupt_reads(params_.opamp, mvm_time_constants_s(settings.output_gain), outcome.settling_s,
                             outcome.volts);
  }
  if (outcome.is_unstable) {
    outcome.volts = params_.opamp.v_sat_volt * outcome.volts.array().sign();
  } else if (params_.opamp.noise_volt_per_sqrt_hz > 0.0) {
    const Eigen::MatrixXd factor = mvm_noise_factor(settings.output_gain);
    for (Eigen::Index read = 0; read < outcome.volts.cols(); ++read)
      outcome.is_saturated |= disturb(outcome.volts.col(read), factor);
  }
  outcome.power_sum_watt =
      result.power_sum.bias_watt + result.power_sum.load_watt + result.power_sum.cells_watt;
  return outcome;
}

}  // namespace mho::amc
