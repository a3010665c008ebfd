// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/adc.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <span>

#include "models/base/error.hpp"
#include "models/circuit/code_widths.hpp"
#include "models/device/read_noise.hpp"
#include "models/device/temperature.hpp"

namespace mho::circuit {
namespace {

void require_not_negative(double value, const char* name) {
  require(value >= 0.0 && std::isfinite(value), "ADC: {} is {}; it must not be negative", name, value);
}

/// Nearest integer, ties to even, for |x| < 2^51. Unlike std::nearbyint it vectorises on every x86-64.
double round_to_nearest(double x) {
  constexpr double kShift = 0x1.8p52;
  return (x + kShift) - kShift;
}

}  // namespace

void validate(const AdcParams& adc) {
  require(adc.bits >= 2 && adc.bits <= 15, "ADC: bits is {}; choose 2 ... 15", adc.bits);
  require(adc.v_full_scale_volt > 0.0 && std::isfinite(adc.v_full_scale_volt),
          "ADC: v_full_scale_volt is {}; it must be positive", adc.v_full_scale_volt);
  require(adc.conversion_time_s > 0.0 && std::isfinite(adc.conversion_time_s),
          "ADC: conversion_time_s is {}; it must be positive", adc.conversion_time_s);
  require_not_negative(adc.offset_sigma_lsb, "offset_sigma_lsb");
  require_not_negative(adc.gain_sigma, "gain_sigma");
  require(adc.noise_sigma_lsb >= 0.0 && adc.noise_sigma_lsb <= 0.5,
          "ADC: noise_sigma_lsb is {}; choose a value in 0 ... 0.5", adc.noise_sigma_lsb);
  require_not_negative(adc.energy_per_conversion_J, "energy_per_conversion_J");
  const int max_code = (1 << (adc.bits - 1)) - 1;
  validate_code_widths("ADC", adc.inl_bow_lsb, adc.dnl_sigma_lsb, adc.inl_profile_lsb, max_code,
                       2 * static_cast<std::size_t>(max_code));
  require_not_negative(adc.sampling_capacitance_F, "sampling_capacitance_F");
  require_not_negative(adc.aperture_jitter_s, "aperture_jitter_s");
  require_not_negative(adc.input_frequency_hz, "input_frequency_hz");
  device::require_temperature(adc.kelvin);
}

Adc::Adc(const AdcParams& params, Eigen::Index channels, const Random& random, std::uint32_t unit)
    : params_(params), random_(random), unit_(unit), max_code_((1 << (params.bits - 1)) - 1) {
  validate(params);
  require(channels >= 0 && channels <= 65536, "ADC: {} channels; at most 65536 in one bank", channels);
  gain_.resize(channels);
  offset_lsb_.resize(channels);
  for (Eigen::Index c = 0; c < channels; ++c) {
    gain_[c] = drawn_gain(c);
    offset_lsb_[c] = drawn_offset_lsb(c);
  }
  place_thresholds();
}

double Adc::drawn_gain(Eigen::Index channel) const {
  const RandomCoordinates at{.unit = unit_, .row = static_cast<std::uint16_t>(channel), .column = 0};
  return 1.0 + params_.gain_sigma * random_.normal(RandomPurpose::kAdcGain, at, 0);
}

double Adc::drawn_offset_lsb(Eigen::Index channel) const {
  const RandomCoordinates at{.unit = unit_, .row = static_cast<std::uint16_t>(channel), .column = 0};
  return params_.offset_sigma_lsb * random_.normal(RandomPurpose::kAdcOffset, at, 0);
}

void Adc::trim(Eigen::Index channel, double offset_lsb, double gain) {
  require(channel >= 0 && channel < channels(), "ADC: channel {} of {}", channel, channels());
  require(std::isfinite(offset_lsb) && std::isfinite(gain),
          "ADC: trims of {} steps and {}; they must be finite", offset_lsb, gain);
  gain_[channel] = drawn_gain(channel) + gain;
  offset_lsb_[channel] = drawn_offset_lsb(channel) + offset_lsb;
}

void Adc::place_thresholds() {
  const CodeWidths widths{params_.inl_bow_lsb, params_.dnl_sigma_lsb, params_.inl_profile_lsb};
  if (widths.is_linear()) return;
  const Eigen::Index thresholds = 2 * static_cast<Eigen::Index>(max_code_);
  const Eigen::Index tables = params_.dnl_sigma_lsb > 0.0 ? channels() : 1;
  require(thresholds * tables <= kMaxCodeWidths,
          "ADC: {} channels with code widths of their own at {} bits; too many", tables, params_.bits);
  thresholds_.resize(thresholds, tables);
  for (Eigen::Index c = 0; c < tables; ++c) {
    thresholds_.col(c) =
        widths.inl_lsb(thresholds, random_, RandomPurpose::kAdcStep, unit_, static_cast<std::uint16_t>(c)) +
        Eigen::VectorXd::LinSpaced(thresholds, 0.5 - max_code_, max_code_ - 0.5);
    std::ranges::sort(std::span(thresholds_.col(c).data(), static_cast<std::size_t>(thresholds)));
  }
}

Eigen::VectorXd Adc::inl_lsb(Eigen::Index channel) const {
  require(channel >= 0 && channel < channels(), "ADC: channel {} of {}", channel, channels());
  const Eigen::Index thresholds = 2 * static_cast<Eigen::Index>(max_code_);
  if (thresholds_.size() == 0) return Eigen::VectorXd::Zero(thresholds);
  return thresholds_.col(thresholds_.cols() == 1 ? 0 : channel) -
         Eigen::VectorXd::LinSpaced(thresholds, 0.5 - max_code_, max_code_ - 0.5);
}

int Adc::code_at(Eigen::Index channel, double x_lsb) const {
  const double outermost = max_code_ + 1.0;
  int code = static_cast<int>(round_to_nearest(std::clamp(x_lsb, -outermost, outermost)));
  if (thresholds_.size() == 0 || std::abs(code) > max_code_) return code;
  // The threshold below code k has the number k + max_code − 1.
  const double* above = thresholds_.col(thresholds_.cols() == 1 ? 0 : channel).data() + max_code_;
  while (code < max_code_ && x_lsb >= above[code]) ++code;
  while (code > -max_code_ && x_lsb < above[code - 1]) --code;
  return code;
}

double Adc::boundary_distance(Eigen::Index channel, double x_lsb, int code) const {
  double below = code - 0.5, above = code + 0.5;
  if (thresholds_.size() > 0 && std::abs(code) <= max_code_) {
    const double* next = thresholds_.col(thresholds_.cols() == 1 ? 0 : channel).data() + max_code_;
    if (code > -max_code_) below = next[code - 1];
    if (code < max_code_) above = next[code];
  }
  return std::max(std::min(x_lsb - below, above - x_lsb), 0.0);
}

double Adc::noise_draw(Eigen::Index channel, std::uint64_t conversion) const {
  const RandomCoordinates at{.unit = unit_,
                             .row = static_cast<std::uint16_t>(channel),
                             .column = static_cast<std::uint16_t>(conversion >> 32)};
  const double draw = random_.normal(RandomPurpose::kAdcNoise, at, static_cast<std::uint32_t>(conversion));
  return std::clamp(draw, -kAdcNoiseBound, kAdcNoiseBound);
}

AdcResult Adc::convert_in_full(const Eigen::Ref<const Eigen::MatrixXd>& v, double v_full_scale_volt,
                               std::uint64_t first_conversion) const {
  AdcResult result;
  result.codes.resize(v.rows(), v.cols());
  result.min_code = max_code_;
  result.max_code = -max_code_;
  const double step = step_volt(v_full_scale_volt);
  const double thermal_lsb =
      params_.sampling_capacitance_F == 0.0
          ? 0.0
          : std::sqrt(device::kBoltzmann_joule_per_kelvin * params_.kelvin / params_.sampling_capacitance_F) /
                step;
  const double fixed_sigma = std::hypot(params_.noise_sigma_lsb, thermal_lsb);
  const double aperture = 2.0 * std::numbers::pi * params_.input_frequency_hz * params_.aperture_jitter_s;
  for (Eigen::Index read = 0; read < v.cols(); ++read) {
    const std::uint64_t conversion = first_conversion + static_cast<std::uint64_t>(read);
    for (Eigen::Index c = 0; c < v.rows(); ++c) {
      const double signal = v(c, read) / step;
      double x = gain_[c] * signal + offset_lsb_[c];
      if (std::isnan(x)) x = 2.0 * max_code_;
      int code = code_at(c, x);
      // Infinite inputs stay infinite with any noise.
      const double sigma = std::isfinite(signal) ? std::hypot(fixed_sigma, aperture * signal) : 0.0;
      if (sigma > 0.0 && boundary_distance(c, x, code) <= kAdcNoiseBound * sigma + 1e-9) {
        code = code_at(c, x + sigma * noise_draw(c, conversion));
      }
      if (std::abs(code) > max_code_) {
        ++result.n_clipped;
        code = std::clamp(code, -max_code_, max_code_);
      }
      result.min_code = std::min(result.min_code, code);
      result.max_code = std::max(result.max_code, code);
      result.codes(c, read) = static_cast<std::int16_t>(code);
    }
  }
  return result;
}

AdcResult Adc::convert(const Eigen::Ref<const Eigen::MatrixXd>& v, double v_full_scale_volt,
                       std::uint64_t first_conversion) const {
  require(v.rows() == channels(), "ADC: {} lines for {} channels", v.rows(), channels());
  require(v_full_scale_volt > 0.0 && std::isfinite(v_full_scale_volt),
          "ADC: full scale is {} V; it must be positive", v_full_scale_volt);
  AdcResult result;
  result.codes.resize(v.rows(), v.cols());
  if (v.size() == 0) return result;
  if (thresholds_.size() > 0 || params_.sampling_capacitance_F > 0.0 ||
      (params_.aperture_jitter_s > 0.0 && params_.input_frequency_hz > 0.0)) {
    return convert_in_full(v, v_full_scale_volt, first_conversion);
  }

  const double limit = max_code_;
  // Beyond this distance from an integer the noise might cross the boundary between two codes.
  const double safe_distance = 0.5 - kAdcNoiseBound * params_.noise_sigma_lsb - 1e-9;
  const Eigen::ArrayXd to_lsb = gain_.array() / step_volt(v_full_scale_volt);
  Eigen::ArrayXd x(v.rows()), code(v.rows());
  double smallest = limit, largest = -limit;
  for (Eigen::Index read = 0; read < v.cols(); ++read) {
    x = v.col(read).array() * to_lsb + offset_lsb_.array();
    // Further beyond the codes than noise reaches, so that limiting here moves no code; NaN becomes a clip.
    x = x.isNaN().select(2.0 * limit, x.max(-limit - 8.0).min(limit + 8.0));
    code = x.unaryExpr([](double y) { return round_to_nearest(y); });
    if (params_.noise_sigma_lsb > 0.0 && !((x - code).abs() <= safe_distance).all()) {
      for (Eigen::Index c = 0; c < x.size(); ++c) {
        if (std::abs(x[c] - code[c]) <= safe_distance) continue;
        code[c] =
            round_to_nearest(x[c] + params_.noise_sigma_lsb *
                                        noise_draw(c, first_conversion + static_cast<std::uint64_t>(read)));
      }
    }
    result.n_clipped += static_cast<std::uint64_t>((code.abs() > limit).count());
    code = code.max(-limit).min(limit);
    smallest = std::min(smallest, code.minCoeff());
    largest = std::max(largest, code.maxCoeff());
    result.codes.col(read) = code.matrix().cast<std::int16_t>();
  }
  result.min_code = static_cast<int>(smallest);
  result.max_code = static_cast<int>(largest);
  return result;
}

}  // namespace mho::circuit
