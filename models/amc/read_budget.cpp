// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/read_budget.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/amc/compensated_targets.hpp"
#include "models/circuit/wires/read_error.hpp"
#include "models/numeric/bit_slices.hpp"

namespace mho::amc {
namespace {

constexpr double kSigmas = 6.0;
/// Conductances of the sample, and cells at each of them: their RMS is good to some percent.
constexpr Eigen::Index kSampledStates = 15;
constexpr Eigen::Index kSampledCells = 1024;

/// Of pairs written as those of the macro are, the heavier cell between `low` and `high` at the worst place,
/// the lighter one at `low` [steps].
double rms_of_writing(const MacroParams& macro, double low_siemens, double high_siemens) {
  const Eigen::RowVectorXd states = Eigen::RowVectorXd::LinSpaced(kSampledStates, low_siemens, high_siemens);
  const Eigen::MatrixXd target = states.replicate(kSampledCells, 1);
  // Any seed: the budget is a property of the configuration, not of a chip.
  const auto written = device::program_array(target, macro.cell, macro.write, Random{1}, 0, 0);
  const Eigen::RowVectorXd squares = (written.g_siemens - target).colwise().squaredNorm() / kSampledCells;
  return std::sqrt(squares.maxCoeff() + squares[0]) / macro.step_siemens;
}

CellLaw temperature_law(const AmcParams& params) {
  return [&params](const Eigen::MatrixXd& cells) {
    return cells
        .unaryExpr([&](double g) {
          return g * device::temperature_factor(params.effects.temperature, params.cell, g, params.kelvin);
        })
        .eval();
  };
}

/// Without its spread.
CellLaw drift_law(const AmcParams& params, double age_s) {
  device::RetentionParams mean = params.effects.retention;
  mean.sigma_siemens_per_efold = 0.0;
  const double age_at_reference_s = device::equivalent_age_s(mean, age_s, params.kelvin);
  return [mean, age_at_reference_s, cell = params.cell](const Eigen::MatrixXd& cells) {
    return device::drifted(mean, cell, cells, age_at_reference_s, Random{1}, 0, 0);
  };
}

double largest_magnitude(const std::vector<double>& values) {
  double largest = 0;
  for (const double value : values) largest = std::max(largest, std::abs(value));
  return largest;
}

/// Standard deviation of what drawn code widths add up to [LSB]. A straight line through the end points is
/// taken out of the sum: largest at mid scale.
double mid_scale_inl_lsb(double dnl_sigma_lsb, unsigned bits) {
  const double widths = 2.0 * ((1 << (bits - 1)) - 1);
  return dnl_sigma_lsb * std::sqrt(widths) / 2;
}

}  // namespace

double ReadError::worst_steps() const {
  return is_drawn ? kSigmas * steps : steps;
}

double ReadBudget::worst_steps() const {
  double known = 0, squares = 0;
  for (const ReadError& e : errors) {
    known += e.is_drawn ? 0.0 : e.steps;
    squares += e.is_drawn ? e.steps * e.steps : 0.0;
  }
  return known + kSigmas * std::sqrt(squares);
}

const ReadError& ReadBudget::largest() const {
  return *std::ranges::max_element(errors, {}, &ReadError::worst_steps);
}

ReadBudgets::ReadBudgets(const AmcParams& params, double age_s)
    : params_(params),
      macro_(macro_params(params, MacroKind::kMvm)),
      adc_step_volt_(params.adc.v_full_scale_volt / ((1 << (params.adc.bits - 1)) - 1)),
      digit_(macro_.largest_digit),
      input_(numeric::largest_digit(params.input_bits)),
      high_siemens_(params.cell.g_min_siemens + digit_ * macro_.step_siemens),
      low_siemens_(params.cell.g_min_siemens),
      highest_siemens_(macro_.is_compensated ? params.cell.g_max_siemens : high_siemens_),
      efolds_(std::log1p(device::equivalent_age_s(params.effects.retention, age_s, params.kelvin) /
                         params.effects.retention.t0_s)),
      write_rms_steps_(rms_of_writing(macro_, low_siemens_, highest_siemens_)) {
  if (!macro_.is_compensated && !circuit::is_ideal(params.lines)) {
    line_loss_steps_ = circuit::worst_read_error_steps(static_cast<Eigen::Index>(params.mvm_size),
                                                       macro_.cell, params.lines);
  }
  if (device::is_on(params.effects.temperature, params.kelvin)) {
    temperature_ = worst_moved_read_steps(macro_, temperature_law(params_));
  }
  if (device::is_on(params.effects.retention) && efolds_ > 0.0) {
    drift_ = worst_moved_read_steps(macro_, drift_law(params_, age_s));
  }
  if (!params.cell_model.is_ohmic()) nonohmic_.emplace(macro_, read_volt(params));
}

bool ReadBudgets::is_in_range(unsigned rows) const {
  const double code = digit_ * input_ * rows;
  const double largest_code = (1 << (params_.adc.bits - 1)) - 1;
  return code <= largest_code && code * adc_step_volt_ <= params_.opamp.v_sat_volt;
}

ReadBudget ReadBudgets::of(unsigned rows) const {
  ReadBudget budget;
  add_cells(budget, rows);
  add_moved_cells(budget, rows);
  add_amplifiers(budget, rows);
  add_dacs(budget, rows);
  add_adcs(budget, rows);
  add_lines(budget, rows);
  budget.is_in_range = is_in_range(rows);
  return budget;
}

template <typename Error>
double ReadBudgets::worst_pair(Error error) const {
  constexpr int kPlaces = 64;
  double worst = 0;
  for (int k = 0; k <= kPlaces; ++k) {
    const double g = low_siemens_ + (highest_siemens_ - low_siemens_) * k / kPlaces;
    worst = std::max(worst, std::abs(error(g)));
  }
  return std::hypot(worst, error(low_siemens_));
}

void ReadBudgets::add_cells(ReadBudget& budget, double rows) const {
  const double step = macro_.step_siemens;
  const device::CellEffects& effects = params_.effects;
  budget.errors.push_back(
      {"cells (mvm.write_tolerance, mvm.write_sigma)", input_ * std::sqrt(rows) * write_rms_steps_, true});
  if (device::is_on(effects.thermal)) {
    const double ampere = device::thermal_current_sigma_ampere(
        effects.thermal, rows * (highest_siemens_ + low_siemens_), params_.kelvin);
    budget.errors.push_back(
        {"thermal noise (noise.thermal_bandwidth_hz)", ampere / (step * read_volt(params_)), true});
  }
  if (device::is_on(effects.telegraph)) {
    const device::TelegraphParams& t = effects.telegraph;
    const auto half_amplitude = [&](double g) {                    // p(1 − p) <= 1/4
      const double mean_strength = std::exp(t.spread * t.spread);  // √E[exp(2·spread·N)]
      return 0.5 * g / step *
             std::min(t.amplitude * std::pow(params_.cell.g_max_siemens / g, t.exponent) * mean_strength,
                      t.amplitude_limit);
    };
    budget.errors.push_back({"telegraph noise (noise.trap_*)",
                             input_ * std::sqrt(rows * t.trap_probability) * worst_pair(half_amplitude),
                             true});
  }
}

void ReadBudgets::add_moved_cells(ReadBudget& budget, unsigned rows) const {
  if (temperature_.size() > 0) {
    budget.errors.push_back({"temperature (temperature.kelvin)", input_ * temperature_[rows - 1], false});
  }
  if (drift_.size() > 0) {
    const double sigma_steps =
        params_.effects.retention.sigma_siemens_per_efold * efolds_ / macro_.step_siemens;
    budget.errors.push_back({"drift (retention.*_siemens_per_efold)", input_ * drift_[rows - 1], false});
    budget.errors.push_back({"spread of drift (retention.sigma_siemens_per_efold)",
                             input_ * std::sqrt(2.0 * rows) * sigma_steps, true});
  }
  if (nonohmic_) {
    budget.errors.push_back({"cells that are not ohmic (cell.nonlinearity_volt, access.model)",
                             nonohmic_->worst_steps(rows, static_cast<int>(input_)), false});
  }
}

void ReadBudgets::add_lines(ReadBudget& budget, unsigned rows) const {
  if (line_loss_steps_.size() > 0) {
    budget.errors.push_back({"lines (mvm.line_compensation)", input_ * line_loss_steps_[rows - 1], false});
  } else if (macro_.is_compensated) {
    budget.errors.push_back({"lines beyond compensation (lines.*_ohm)",
                             input_ * CompensatedTargets::kToleranceSteps * rows, false});
  }
}

void ReadBudgets::add_amplifiers(ReadBudget& budget, double rows) const {
  const circuit::OpampParams& opamp = params_.opamp;
  const double sum_siemens = params_.mvm_size * (high_siemens_ + low_siemens_);
  const double noise_gain = 1.0 + sum_siemens / macro_.g_feedback_siemens;
  const double code = digit_ * input_ * rows;
  budget.errors.push_back({"amplifier offsets (opamp.offset_sigma_volt)",
                           noise_gain * opamp.offset_sigma_volt / adc_step_volt_, true});
  const double noise_volt =
      opamp.noise_volt_per_sqrt_hz * std::sqrt(std::numbers::pi / 2 * opamp.gbw_hz * noise_gain);
  budget.errors.push_back(
      {"amplifier noise (opamp.noise_volt_per_sqrt_hz)", noise_volt / adc_step_volt_, true});
  budget.errors.push_back({"amplifier gain (opamp.gain)", code * noise_gain / opamp.gain, false});
  // From one read to the next an output may go from one end to the other.
  budget.errors.push_back(
      {"settling (timing.settle_epsilon_read)", 2 * code * params_.timing.settle_epsilon_read, false});
}

void ReadBudgets::add_dacs(ReadBudget& budget, double rows) const {
  const circuit::DacParams& dac = params_.dac;
  const double code = digit_ * input_ * rows;
  budget.errors.push_back(
      {"DAC gain (dac.gain_sigma)", digit_ * input_ * std::sqrt(rows) * dac.gain_sigma, true});
  if (dac.v_clip_volt > 0 && dac.v_clip_volt < dac.v_full_scale_volt) {
    budget.errors.push_back(
        {"DAC limit (dac.clip_volt)", code * (1.0 - dac.v_clip_volt / dac.v_full_scale_volt), false});
  }
  if (params_.input_bits == 1) return;  // switched to the reference
  const double codes = circuit::digit_step_codes(dac, params_.input_bits);
  const double drawn_steps = digit_ * std::sqrt(rows) / codes;  // for one code of every row
  budget.errors.push_back({"DAC offset (dac.offset_sigma_lsb)", drawn_steps * dac.offset_sigma_lsb, true});
  budget.errors.push_back({"DAC noise (dac.noise_sigma_lsb)", drawn_steps * dac.noise_sigma_lsb, true});
  budget.errors.push_back({"DAC code widths (dac.dnl_sigma_lsb)",
                           drawn_steps * mid_scale_inl_lsb(dac.dnl_sigma_lsb, dac.bits), true});
  budget.errors.push_back(
      {"DAC non-linearity (dac.inl_bow_lsb, dac.inl_profile)",
       digit_ * rows / codes * (std::abs(dac.inl_bow_lsb) + largest_magnitude(dac.inl_profile_lsb)), false});
}

void ReadBudgets::add_adcs(ReadBudget& budget, double rows) const {
  const circuit::AdcParams& adc = params_.adc;
  const double code = digit_ * input_ * rows;
  budget.errors.push_back({"ADC offset (adc.offset_sigma_lsb)", adc.offset_sigma_lsb, true});
  budget.errors.push_back({"ADC noise (adc.noise_sigma_lsb)", adc.noise_sigma_lsb, true});
  budget.errors.push_back({"ADC gain (adc.gain_sigma)", code * adc.gain_sigma, true});
  budget.errors.push_back(
      {"ADC code widths (adc.dnl_sigma_lsb)", mid_scale_inl_lsb(adc.dnl_sigma_lsb, adc.bits), true});
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
    if (is_in_range(rows) && of(rows).is_exact()) return rows;
  }
  return 0;
}

}  // namespace mho::amc
