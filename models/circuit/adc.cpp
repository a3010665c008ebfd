// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/adc.hpp"

#include <algorithm>
#include <cmath>

#include "models/base/error.hpp"

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
}

Adc::Adc(const AdcParams& params, Eigen::Index channels, const Random& random, std::uint32_t unit)
    : params_(params), random_(random), unit_(unit), max_code_((1 << (params.bits - 1)) - 1) {
  validate(params);
  require(channels >= 0 && channels <= 65536, "ADC: {} channels; at most 65536 in one bank", channels);
  gain_.resize(channels);
  offset_lsb_.resize(channels);
  for (Eigen::Index c = 0; c < channels; ++c) {
    const RandomCoordinates at{.unit = unit, .row = static_cast<std::uint16_t>(c), .column = 0};
    gain_[c] = 1.0 + params.gain_sigma * random.normal(RandomPurpose::kAdcGain, at, 0);
    offset_lsb_[c] = params.offset_sigma_lsb * random.normal(RandomPurpose::kAdcOffset, at, 0);
  }
}

double Adc::noise_lsb(Eigen::Index channel, std::uint64_t conversion) const {
  const RandomCoordinates at{.unit = unit_,
                             .row = static_cast<std::uint16_t>(channel),
                             .column = static_cast<std::uint16_t>(conversion >> 32)};
  const double draw = random_.normal(RandomPurpose::kAdcNoise, at, static_cast<std::uint32_t>(conversion));
  return params_.noise_sigma_lsb * std::clamp(draw, -kAdcNoiseBound, kAdcNoiseBound);
}

AdcResult Adc::convert(const Eigen::Ref<const Eigen::MatrixXd>& v, double v_full_scale_volt,
                       std::uint64_t first_conversion) const {
  require(v.rows() == channels(), "ADC: {} lines for {} channels", v.rows(), channels());
  require(v_full_scale_volt > 0.0 && std::isfinite(v_full_scale_volt),
          "ADC: full scale is {} V; it must be positive", v_full_scale_volt);
  AdcResult result;
  result.codes.resize(v.rows(), v.cols());
  if (v.size() == 0) return result;

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
        code[c] = round_to_nearest(x[c] + noise_lsb(c, first_conversion + static_cast<std::uint64_t>(read)));
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
