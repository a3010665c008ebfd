// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/array_macro.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "models/amc/trim.hpp"
#include "models/fault/injector.hpp"
#include "registers/array_macro.hpp"

namespace mho::amc {

namespace reg = registers::array_macro;

namespace {

/// Points of an INV output's transient in the waveform: enough to see its shape in a viewer.
constexpr int kWaveformSamples = 16;

double leakage_of(MacroKind kind, const AmcParams& params) {
  if (kind == MacroKind::kGinv)
    return params.ginv_count * params.inv_slices * params.costs.ginv_macro_leakage_W;
  if (kind == MacroKind::kMvm) return params.mvm_count * params.costs.mvm_macro_leakage_W;
  const unsigned lower_slices = params.inv_slices - 1;
  return params.inv_count *
         (params.costs.inv_macro_leakage_W + lower_slices * params.costs.inv_slice_leakage_W);
}

std::uint32_t limited_to_32_bits(std::uint64_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

/// An operation may take as long as an extreme amplifier needs; the watchdog ends its list long before this
/// limit, which keeps sums of times within the kernel's range.
std::uint64_t picoseconds(double seconds) {
  constexpr double kLongest_s = 1e4;
  return tlm_base::to_ps(tlm_base::from_seconds(seconds < kLongest_s ? seconds : kLongest_s));
}

double seconds(std::uint64_t time_ps) {
  return static_cast<double>(time_ps) * 1e-12;
}

}  // namespace

MacroShared::MacroShared(MacroKind kind, const AmcParams& params, const tlm_base::Context& the_context)
    : physics(macro_params(params, kind)),
      targets(std::make_shared<CompensatedTargets>(physics.cell, physics.lines, physics.step_siemens)),
      context(the_context),
      cost(the_context.ledger, fmt::format("amc.{}_macros", info_of(kind).name), leakage_of(kind, params),
           params.costs.register_access_J, params.costs.buffer_byte_J),
      sample_J(params.costs.sample_J) {}

ArrayMacro::ArrayMacro(sc_core::sc_module_name name, const MacroShared& shared, const DacBanks& dacs,
                       unsigned index)
    : RegisterTarget(name),
      shared_(shared),
      dacs_(dacs),
      index_(index),
      number_(chip_number(shared.physics.kind, index)),
      levels_(shared.physics.size * shared.physics.size),
      rows_(reg::kRowsReset),
      columns_(reg::kColumnsReset),
      reads_(reg::kReadsReset),
      input_range_(reg::kInputRangeReset),
      output_gain_(reg::kOutputGainReset),
      slices_(reg::kSlicesReset),
      feedback_(reg::kFeedbackReset),
      damping_(reg::kDampingReset),
      input_bank_(reg::kInputBankReset) {
  if (shared.context.trace.enabled()) declare_signals(index);
}

void ArrayMacro::reset(std::uint64_t time_ps) {
  busy_until_ps_ = std::min(busy_until_ps_, time_ps);
  rows_ = reg::kRowsReset;
  columns_ = reg::kColumnsReset;
  reads_ = reg::kReadsReset;
  input_range_ = reg::kInputRangeReset;
  output_gain_ = reg::kOutputGainReset;
  slices_ = reg::kSlicesReset;
  feedback_ = reg::kFeedbackReset;
  damping_ = reg::kDampingReset;
  input_bank_ = reg::kInputBankReset;
  outcome_ = settling_ps_ = program_ns_ = pulses_ = 0;
  held_ = {};
  if (trims_.empty()) return;
  std::ranges::fill(trims_, 0u);
  if (core_) core_->trim_offsets(trim_volt());
}

void ArrayMacro::declare_signals(unsigned index) {
  auto& trace = shared_.context.trace;
  const std::string scope = fmt::format("amc.{}{}", info_of(shared_.physics.kind).name, index);
  signals_.mode = trace.declare_bits(scope + ".mode", 2);
  signals_.input_range = trace.declare_bits(scope + ".input_range", 4);
  signals_.output_gain = trace.declare_bits(scope + ".output_gain", 8);
  if (shared_.physics.kind == MacroKind::kMvm) return;
  for (unsigned j = 0; j < shared_.physics.amplifiers(); ++j) {
    signals_.outputs.push_back(trace.declare_real(fmt::format("{}.output{}_volt", scope, j)));
  }
}

MacroCore& ArrayMacro::core() {
  if (!core_) {
    core_ = std::make_unique<MacroCore>(shared_.physics, shared_.context.random, number_, shared_.targets);
    if (!trims_.empty()) core_->trim_offsets(trim_volt());
  }
  return *core_;
}

std::uint32_t ArrayMacro::status(std::uint64_t now_ps) const {
  std::uint32_t value = outcome_;
  if (now_ps < busy_until_ps_) value |= reg::kStatusBusyMask;
  if (core_ && core_->is_programmed()) value |= reg::kStatusProgrammedMask;
  return value;
}

void ArrayMacro::control(std::uint32_t value, const tlm_base::Access& access) {
  const std::uint64_t now = tlm_base::now_ps(access.delay);
  if ((value & reg::kCtrlProgramMask) != 0) program(std::max(now, busy_until_ps_), access.purpose);
  if ((value & reg::kCtrlOperateMask) != 0) operate(std::max(now, busy_until_ps_), access.purpose);
  if ((value & reg::kCtrlZeroMask) != 0) zero(std::max(now, busy_until_ps_), access.purpose);
  const bool hangs_already = busy_until_ps_ >= now + fault::kForGood_ps;
  if (shared_.context.faults != nullptr && busy_until_ps_ > now && !hangs_already) {
    busy_until_ps_ += shared_.context.faults->hangs_ps(info_of(shared_.physics.kind).name, index_, now);
  }
  if ((value & reg::kCtrlNowaitMask) == 0 && busy_until_ps_ > now) {
    access.delay += tlm_base::from_ps(busy_until_ps_ - now);
  }
}

void ArrayMacro::program(std::uint64_t start_ps, cost::Purpose purpose) {
  if (shared_.context.faults != nullptr) stick(start_ps);
  const ProgramOutcome result = core().program(levels_.elements(), seconds(start_ps), slices_);
  outcome_ = result.is_rejected ? reg::kStatusRejectedMask : 0;
  if (result.is_rejected) return;
  held_ = {};
  if (shared_.context.faults != nullptr) disturb(start_ps);
  if (result.failed_cells > 0 || result.is_uncompensated) outcome_ |= reg::kStatusFailedCellsMask;
  pulses_ += static_cast<std::uint32_t>(result.pulses);
  busy_until_ps_ = start_ps + picoseconds(result.time_s);
  program_ns_ = limited_to_32_bits((busy_until_ps_ - start_ps) / 1000);
  shared_.cost.book(result.energy_J, purpose, cost::EnergyKind::kWrite);
  show(kProgram, start_ps, busy_until_ps_);
}

void ArrayMacro::stick(std::uint64_t start_ps) {
  if (!shared_.context.faults->has(fault::Kind::kCellStuck)) return;
  core().stick(shared_.context.faults->stuck_cells(info_of(shared_.physics.kind).name, index_, start_ps));
}

void ArrayMacro::disturb(std::uint64_t start_ps) {
  const std::vector<fault::CellFault> cells =
      shared_.context.faults->disturbed_cells(info_of(shared_.physics.kind).name, index_, start_ps);
  if (!cells.empty()) core().disturb(cells, seconds(start_ps));
}

bool ArrayMacro::can_operate() const {
  const unsigned size = shared_.physics.size;
  const auto gain = static_cast<std::int32_t>(output_gain_);
  return core_ && core_->is_programmed() && rows_ >= 1 && rows_ <= size && columns_ >= 1 &&
         columns_ <= size && (shared_.physics.kind != MacroKind::kInv || rows_ == columns_) &&
         feedback_ <= reg::kFeedbackMax && damping_ <= reg::kFeedbackMax && reads_ >= 1 &&
         reads_ <= reg::kMaxReads && input_range_ <= reg::kInputRangeMax && gain >= reg::kOutputGainMin &&
         gain <= static_cast<std::int32_t>(reg::kOutputGainMax) && input_bank_ < dacs_.count();
}

/// Counted in steps of the levels that all slices in use hold together.
circuit::GinvFeedback ArrayMacro::feedback() const {
  const MacroParams& physics = shared_.physics;
  if (!is_ginv()) return {};
  const double step_siemens =
      physics.step_siemens * (core_->slices_in_use() > 1 ? physics.lower_weight() : 1.0);
  return {.row_siemens = feedback_ * step_siemens, .column_siemens = damping_ * step_siemens};
}

void ArrayMacro::operate(std::uint64_t start_ps, cost::Purpose purpose) {
  outcome_ = can_operate() ? 0 : reg::kStatusRejectedMask;
  if (outcome_ != 0) {
    held_ = {};  // a lane must not take an earlier operation's outputs for this one's
    return;
  }
  DacBank& dac = dacs_[input_bank_];
  const Eigen::MatrixXd& v_lines = dac.drive(inputs(), reads_, input_range_, purpose);
  OperateOutcome result = core_->operate(v_lines, {.rows = rows_,
                                                   .columns = columns_,
                                                   .output_gain = static_cast<std::int32_t>(output_gain_),
                                                   .is_integer_read = dac.is_integer_read(),
                                                   .time_s = seconds(start_ps),
                                                   .waveform_samples = shows_outputs() ? kWaveformSamples : 0,
                                                   .feedback = feedback()});
  if (dac.was_limited()) outcome_ |= reg::kStatusDriveLimitedMask;
  if (result.is_unstable) outcome_ |= reg::kStatusUnstableMask;
  if (result.is_saturated) outcome_ |= reg::kStatusSaturatedMask;
  held_.is_integer_read = dac.is_integer_read();
  held_.volts = result.volts;
  hold(start_ps, result.settling_s, result.power_sum_watt, purpose);
  dac.occupy(start_ps, held_.read_ps, inputs(), reads_);
  show_outputs(result);
}

/// Time and energy of an operation whose outputs are in held_.
void ArrayMacro::hold(std::uint64_t start_ps, double settling_s, double power_sum_watt,
                      cost::Purpose purpose) {
  const std::uint64_t settling_ps = picoseconds(settling_s);
  settling_ps_ = limited_to_32_bits(settling_ps);
  held_.read_ps = dacs_.conversion_ps() + settling_ps;
  held_.start_ps = start_ps;
  busy_until_ps_ = start_ps + reads_ * held_.read_ps;
  const double samples = static_cast<double>(reads_) * held_.columns();
  shared_.cost.book(power_sum_watt * 1e-12 * static_cast<double>(held_.read_ps) + shared_.sample_J * samples,
                    purpose);
  show(kOperate, start_ps, busy_until_ps_);
}

void ArrayMacro::zero(std::uint64_t start_ps, cost::Purpose purpose) {
  const MacroParams& physics = shared_.physics;
  const bool is_legal = columns_ >= 1 && columns_ <= physics.amplifiers() && reads_ >= 1 &&
                        reads_ <= reg::kMaxReads && output_gain_ <= reg::kOutputGainMax;
  outcome_ = is_legal ? 0 : reg::kStatusRejectedMask;
  held_ = {};
  if (!is_legal) return;
  const double gain = std::ldexp(1.0, static_cast<int>(output_gain_));
  Eigen::VectorXd offset_volt = circuit::draw_offsets(
      physics.opamp, static_cast<Eigen::Index>(physics.amplifiers()), shared_.context.random, number_);
  if (!trims_.empty()) offset_volt += trim_volt();
  const Eigen::VectorXd ideal_volt =
      offset_volt.head(static_cast<Eigen::Index>(columns_)) * (gain / (1.0 + gain / physics.opamp.gain));
  const double rail = physics.opamp.v_sat_volt;
  if (ideal_volt.cwiseAbs().maxCoeff() > rail) outcome_ |= reg::kStatusSaturatedMask;
  const Eigen::VectorXd volt = ideal_volt.cwiseMax(-rail).cwiseMin(rail);
  held_.is_integer_read = true;
  held_.volts = volt.replicate(1, static_cast<Eigen::Index>(reads_));
  const double tau_s = gain / (2.0 * std::numbers::pi * physics.opamp.gbw_hz);
  const double settling_s = circuit::mvm_duration_s(
      physics.timing, circuit::settling_with_slew_s(physics.opamp, tau_s, volt.cwiseAbs().maxCoeff(),
                                                    physics.timing.settle_epsilon_read));
  hold(start_ps, settling_s, static_cast<double>(reads_) * columns_ * circuit::bias_power_watt(physics.opamp),
       purpose);
}

/// [amplifiers]
Eigen::VectorXd ArrayMacro::trim_volt() const {
  constexpr double kStep_volt = reg::kOffsetTrimStep * 1e-6;
  Eigen::VectorXd volt(static_cast<Eigen::Index>(shared_.physics.amplifiers()));
  for (Eigen::Index j = 0; j < volt.size(); ++j) {
    volt[j] = kStep_volt * signed_12_bits(trims_[static_cast<std::size_t>(j)]);
  }
  return volt;
}

void ArrayMacro::trim(std::uint32_t amplifier, std::uint32_t word) {
  if (trims_.empty()) trims_.assign(reg::kMaxSize, 0);
  trims_[amplifier] = word & reg::kOffsetTrimWriteMask;
  if (core_) core_->trim_offsets(trim_volt());
}

void ArrayMacro::show(Mode mode, std::uint64_t start_ps, std::uint64_t end_ps) const {
  auto& trace = shared_.context.trace;
  trace.change(signals_.mode, start_ps, mode);
  trace.change(signals_.mode, end_ps, kIdle);
  trace.change(signals_.input_range, start_ps, input_range_);
  trace.change(signals_.output_gain, start_ps, static_cast<std::uint8_t>(output_gain_));
}

bool ArrayMacro::shows_outputs() const {
  return std::ranges::any_of(signals_.outputs, [](trace::SignalId id) { return id != trace::kUntraced; });
}

void ArrayMacro::show_outputs(const OperateOutcome& outcome) const {
  auto& trace = shared_.context.trace;
  const Eigen::Index samples = outcome.waveform.cols() / outcome.volts.cols();
  for (std::size_t j = 0; j < std::min<std::size_t>(outputs(), signals_.outputs.size()); ++j) {
    if (signals_.outputs[j] == trace::kUntraced) continue;
    const auto output = static_cast<Eigen::Index>(j);
    trace.change_real(signals_.outputs[j], held_.start_ps + dacs_.conversion_ps(), 0.0);
    for (unsigned read = 0; read < reads_; ++read) {
      const std::uint64_t moved_ps = held_.start_ps + read * held_.read_ps + dacs_.conversion_ps();
      for (Eigen::Index k = 0; k < samples; ++k) {
        trace.change_real(signals_.outputs[j], moved_ps + picoseconds(outcome.waveform_times_s[k]),
                          outcome.waveform(output, read * samples + k));
      }
      trace.change_real(signals_.outputs[j], held_.start_ps + (read + 1) * held_.read_ps,
                        held_.volts(output, read));
    }
  }
}

}  // namespace mho::amc
