// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/read_budget.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/circuit/wires/read_error.hpp"
#include "models/numeric/bit_slices.hpp"

namespace mho::amc {
namespace {

constexpr double kSigmas = 6.0;
constexpr double kDigit = (1 << numeric::kDigitBits) - 1;
/// Cells of the sample: their RMS is good to some percent.
constexpr Eigen::Index kSample = 32;

/// Of an array of cells at levels spread over the window, written as those of the macro are [steps].
double rms_of_writing(const MacroParams& macro) {
  const double span_siemens = macro.step_siemens * (macro.cell.levels - 1);
  Eigen::MatrixXd target(kSample, kSample);
  for (Eigen::Index i = 0; i < target.size(); ++i) {
    target.data()[i] = macro.cell.g_min_siemens +
                       span_siemens * static_cast<double>(i % macro.cell.levels) / (macro.cell.levels - 1);
  }
  // Any seed: the budget is a property of the configuration, not of a chip.
  const auto written = device::program_array(target, macro.cell, macro.write, Random{1}, 0, 0);
  return (written.g_siemens - target).norm() / static_cast<double>(kSample) / macro.step_siemens;
}

double largest_magnitude(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

}  // namespace

double ReadBudget::worst_steps() const {
  double known = 0, squares = 0;
  for (const ReadError& e : errors) {
    known += e.is_drawn ? 0.0 : e.steps;
    squares += e.is_drawn ? e.steps * e.steps : 0.0;
  }
  return known + kSigmas * std::sqrt(squares);
}

const ReadError& ReadBudget::largest() const {
  const auto weight = [](const ReadError& e) { return e.is_drawn ? kSigmas * e.steps : e.steps; };
  return *std::ranges::max_element(errors, {}, weight);
}

ReadBudgets::ReadBudgets(const AmcParams& params)
    : params_(params),
      macro_(macro_params(params, MacroKind::kMvm)),
      adc_step_volt_(params.adc.v_full_scale_volt / ((1 << (params.adc.bits - 1)) - 1)),
      high_siemens_(params.cell.g_min_siemens + kDigit * macro_.step_siemens),
      low_siemens_(params.cell.g_min_siemens),
      write_rms_steps_(rms_of_writing(macro_)) {
  if (macro_.is_compensated || circuit::is_ideal(params.lines)) return;
  line_loss_steps_ =
      circuit::worst_read_error_steps(static_cast<Eigen::Index>(params.mvm_size), params.cell, params.lines);
}

ReadBudget ReadBudgets::of(unsigned rows) const {
  ReadBudget budget;
  const double n = rows, code = kDigit * n;
  add_cells(budget, n);
  add_amplifiers(budget, n);
  add_converters(budget, n);
  if (line_loss_steps_.size() > 0) {
    budget.errors.push_back({"lines (mvm.line_compensation)", line_loss_steps_[rows - 1], false});
  }
  const double largest_code = (1 << (params_.adc.bits - 1)) - 1;
  budget.is_in_range = code <= largest_code && code * adc_step_volt_ <= params_.opamp.v_sat_volt;
  return budget;
}

void ReadBudgets::add_cells(ReadBudget& budget, double rows) const {
  const double step = macro_.step_siemens;
  const device::CellEffects& effects = params_.effects;
  budget.errors.push_back(
      {"cells (mvm.write_tolerance, mvm.write_sigma)", std::sqrt(2 * rows) * write_rms_steps_, true});
  if (device::is_on(effects.thermal)) {
    const double ampere = device::thermal_current_sigma_ampere(
        effects.thermal, rows * (high_siemens_ + low_siemens_), params_.kelvin);
    budget.errors.push_back({"thermal noise (noise.thermal_bandwidth_hz)",
                             ampere / (step * params_.dac.v_full_scale_volt), true});
  }
  if (device::is_on(effects.telegraph)) {
    const device::TelegraphParams& t = effects.telegraph;
    const auto square = [&](double g) {
      const double mean_strength = std::exp(t.spread * t.spread);  // √E[exp(2·spread·N)]
      const double amplitude =
          std::min(t.amplitude * std::pow(params_.cell.g_max_siemens / g, t.exponent) * mean_strength,
                   t.amplitude_limit);
      return 0.25 * std::pow(amplitude * g / step, 2);  // p(1 − p) <= 1/4
    };
    budget.errors.push_back(
        {"telegraph noise (noise.trap_*)",
         std::sqrt(rows * t.trap_probability * (square(high_siemens_) + square(low_siemens_))), true});
  }
  if (device::is_on(effects.temperature, params_.kelvin)) {
    const auto change = [&](double g) {
      return g * (device::temperature_factor(effects.temperature, params_.cell, g, params_.kelvin) - 1.0);
    };
    budget.errors.push_back({"temperature (section temperature)",
                             rows * std::abs(change(high_siemens_) - change(low_siemens_)) / step, false});
  }
}

void ReadBudgets::add_amplifiers(ReadBudget& budget, double rows) const {
  const circuit::OpampParams& opamp = params_.opamp;
  const double sum_siemens = params_.mvm_size * (high_siemens_ + low_siemens_);
  const double noise_gain = 1.0 + sum_siemens / macro_.g_feedback_siemens;
  budget.errors.push_back({"amplifier offsets (opamp.offset_sigma_volt)",
                           noise_gain * opamp.offset_sigma_volt / adc_step_volt_, true});
  const double noise_volt =
      opamp.noise_volt_per_sqrt_hz * std::sqrt(std::numbers::pi / 2 * opamp.gbw_hz * noise_gain);
  budget.errors.push_back(
      {"amplifier noise (opamp.noise_volt_per_sqrt_hz)", noise_volt / adc_step_volt_, true});
  budget.errors.push_back({"amplifier gain (opamp.gain)", kDigit * rows * noise_gain / opamp.gain, false});
  budget.errors.push_back(
      {"settling (timing.settle_epsilon_read)", kDigit * rows * params_.timing.settle_epsilon_read, false});
}

void ReadBudgets::add_converters(ReadBudget& budget, double rows) const {
  const circuit::AdcParams& adc = params_.adc;
  const circuit::DacParams& dac = params_.dac;
  const double code = kDigit * rows;
  budget.errors.push_back({"DAC gain (dac.gain_sigma)", kDigit * std::sqrt(rows) * dac.gain_sigma, true});
  if (dac.v_clip_volt > 0 && dac.v_clip_volt < dac.v_full_scale_volt) {
    budget.errors.push_back(
        {"DAC limit (dac.clip_volt)", code * (1.0 - dac.v_clip_volt / dac.v_full_scale_volt), false});
  }
  budget.errors.push_back({"ADC offset (adc.offset_sigma_lsb)", adc.offset_sigma_lsb, true});
  budget.errors.push_back({"ADC noise (adc.noise_sigma_lsb)", adc.noise_sigma_lsb, true});
  budget.errors.push_back({"ADC gain (adc.gain_sigma)", code * adc.gain_sigma, true});
  // A straight line through the end points is taken out of the sum of code widths: largest at mid scale.
  const double thresholds = 2.0 * ((1 << (adc.bits - 1)) - 1);
  budget.errors.push_back(
      {"ADC code widths (adc.dnl_sigma_lsb)", adc.dnl_sigma_lsb * std::sqrt(thresholds) / 2, true});
  budget.errors.push_back({"ADC non-linearity (adc.inl_bow_lsb, adc.inl_profile)",
                           std::abs(adc.inl_bow_lsb) + largest_magnitude(adc.inl_profile_lsb), false});
  if (adc.sampling_capacitance_F > 0) {
    const double volt =
        std::sqrt(device::kBoltzmann_joule_per_kelvin * adc.kelvin / adc.sampling_capacitance_F);
    budget.errors.push_back({"sampling noise (adc.sampling_capacitance_farad)", volt / adc_step_volt_, true});
  }
  const double slope_per_s = 2 * std::numbers::pi * adc.input_frequency_hz * code;
  budget.errors.push_back({"aperture (adc.aperture_jitter_s)", slope_per_s * adc.aperture_jitter_s, true});
}

unsigned ReadBudgets::largest_exact_group() const {
  for (unsigned rows = params_.mvm_size; rows >= 1; --rows) {
    if (of(rows).is_exact()) return rows;
  }
  return 0;
}

}  // namespace mho::amc
