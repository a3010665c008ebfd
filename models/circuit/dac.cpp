// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/dac.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "models/base/error.hpp"
#include "models/circuit/code_widths.hpp"

namespace mho::circuit {
namespace {

constexpr unsigned kMaxAttenuationLog2 = 15;

void require_not_negative(double value, const char* name) {
  require(value >= 0.0 && std::isfinite(value), "DAC: {} is {}; it must not be negative", name, value);
}

}  // namespace

void validate(const DacParams& dac) {
  require(dac.bits >= 2 && dac.bits <= 15, "DAC: bits is {}; choose 2 ... 15", dac.bits);
  require(dac.v_full_scale_volt > 0.0 && std::isfinite(dac.v_full_scale_volt),
          "DAC: v_full_scale_volt is {}; it must be positive", dac.v_full_scale_volt);
  require(dac.conversion_time_s > 0.0 && std::isfinite(dac.conversion_time_s),
          "DAC: conversion_time_s is {}; it must be positive", dac.conversion_time_s);
  require_not_negative(dac.offset_sigma_lsb, "offset_sigma_lsb");
  require_not_negative(dac.gain_sigma, "gain_sigma");
  require_not_negative(dac.noise_sigma_lsb, "noise_sigma_lsb");
  require_not_negative(dac.energy_per_conversion_J, "energy_per_conversion_J");
  require_not_negative(dac.energy_per_one_bit_conversion_J, "energy_per_one_bit_conversion_J");
  const int max_code = (1 << (dac.bits - 1)) - 1;
  validate_code_widths("DAC", dac.inl_bow_lsb, dac.dnl_sigma_lsb, dac.inl_profile_lsb, max_code,
                       2 * static_cast<std::size_t>(max_code) + 1);
  require_not_negative(dac.v_clip_volt, "v_clip_volt");
}

int digit_step_codes(const DacParams& dac, unsigned bits) {
  require(bits >= 1 && bits < dac.bits, "DAC: digits of {} bits and sign from a converter of {} bits", bits,
          dac.bits);
  return bits == 1 ? 1 : ((1 << (dac.bits - 1)) - 1) / ((1 << bits) - 1);
}

double digit_volt(const DacParams& dac, unsigned bits) {
  const int codes = digit_step_codes(dac, bits);
  return bits == 1 ? dac.v_full_scale_volt : dac.v_full_scale_volt * codes / ((1 << (dac.bits - 1)) - 1);
}

Dac::Dac(const DacParams& params, Eigen::Index channels, const Random& random, std::uint32_t unit)
    : params_(params), random_(random), unit_(unit), max_code_((1 << (params.bits - 1)) - 1) {
  validate(params);
  require(channels >= 0 && channels <= 65536, "DAC: {} channels; at most 65536 in one bank", channels);
  gain_.resize(channels);
  offset_lsb_.resize(channels);
  for (Eigen::Index c = 0; c < channels; ++c) {
    gain_[c] = drawn_gain(c);
    offset_lsb_[c] = drawn_offset_lsb(c);
  }
  const CodeWidths widths{params.inl_bow_lsb, params.dnl_sigma_lsb, params.inl_profile_lsb};
  if (widths.is_linear()) return;
  const Eigen::Index codes = 2 * static_cast<Eigen::Index>(max_code_) + 1;
  const Eigen::Index tables = params.dnl_sigma_lsb > 0.0 ? channels : 1;
  require(codes * tables <= kMaxCodeWidths,
          "DAC: {} channels with code widths of their own at {} bits; too many", tables, params.bits);
  inl_.resize(codes, tables);
  for (Eigen::Index c = 0; c < tables; ++c) {
    inl_.col(c) = widths.inl_lsb(codes, random, RandomPurpose::kDacStep, unit, static_cast<std::uint16_t>(c));
  }
}

double Dac::drawn_gain(Eigen::Index channel) const {
  const RandomCoordinates at{.unit = unit_, .row = static_cast<std::uint16_t>(channel), .column = 0};
  return 1.0 + params_.gain_sigma * random_.normal(RandomPurpose::kDacGain, at, 0);
}

double Dac::drawn_offset_lsb(Eigen::Index channel) const {
  const RandomCoordinates at{.unit = unit_, .row = static_cast<std::uint16_t>(channel), .column = 0};
  return params_.offset_sigma_lsb * random_.normal(RandomPurpose::kDacOffset, at, 0);
}

void Dac::trim(Eigen::Index channel, double offset_lsb, double gain) {
  require(channel >= 0 && channel < channels(), "DAC: channel {} of {}", channel, channels());
  require(std::isfinite(offset_lsb) && std::isfinite(gain),
          "DAC: trims of {} steps and {}; they must be finite", offset_lsb, gain);
  gain_[channel] = drawn_gain(channel) + gain;
  offset_lsb_[channel] = drawn_offset_lsb(channel) + offset_lsb;
}

double Dac::inl_lsb(Eigen::Index channel, int code) const {
  require(channel >= 0 && channel < channels(), "DAC: channel {} of {}", channel, channels());
  require(std::abs(code) <= max_code_, "DAC: code {} is beyond ±{}", code, max_code_);
  return inl_.size() == 0 ? 0.0 : inl_(code + max_code_, inl_.cols() == 1 ? 0 : channel);
}

double Dac::step_volt(unsigned attenuation_log2) const {
  return std::ldexp(params_.v_full_scale_volt / max_code_, -static_cast<int>(attenuation_log2));
}

double Dac::volts(Eigen::Index channel, int code, unsigned attenuation_log2, std::uint64_t conversion,
                  DacMode mode) const {
  const int limit = mode == DacMode::kOneBit ? 1 : max_code_;
  require(channel >= 0 && channel < channels(), "DAC: channel {} of {}", channel, channels());
  require(std::abs(code) <= limit, "DAC: code {} on channel {} is beyond ±{}", code, channel, limit);
  require(attenuation_log2 <= kMaxAttenuationLog2, "DAC: attenuation 2^-{} is beyond 2^-{}", attenuation_log2,
          kMaxAttenuationLog2);
  if (code == 0) return 0.0;
  if (mode == DacMode::kOneBit) {
    return clipped(
        std::ldexp(code * params_.v_full_scale_volt * gain_[channel], -static_cast<int>(attenuation_log2)));
  }
  double noise = 0.0;
  if (params_.noise_sigma_lsb > 0.0) {
    const RandomCoordinates at{.unit = unit_,
                               .row = static_cast<std::uint16_t>(channel),
                               .column = static_cast<std::uint16_t>(conversion >> 32)};
    noise = params_.noise_sigma_lsb *
            random_.normal(RandomPurpose::kDacNoise, at, static_cast<std::uint32_t>(conversion));
  }
  const double inl = inl_.size() == 0 ? 0.0 : inl_lsb(channel, code);
  return clipped(step_volt(attenuation_log2) * (code * gain_[channel] + offset_lsb_[channel] + inl + noise));
}

double Dac::clipped(double volt) const {
  return params_.v_clip_volt == 0.0 ? volt : std::clamp(volt, -params_.v_clip_volt, params_.v_clip_volt);
}

bool Dac::is_at_limit(const Eigen::Ref<const Eigen::MatrixXd>& volts) const {
  return params_.v_clip_volt != 0.0 && (volts.array().abs() >= params_.v_clip_volt).any();
}

Eigen::MatrixXd Dac::convert(const Eigen::Ref<const CodeMatrix>& codes, unsigned attenuation_log2,
                             std::uint64_t first_conversion, DacMode mode) const {
  require(codes.rows() == channels(), "DAC: {} codes for {} channels", codes.rows(), channels());
  Eigen::MatrixXd v(codes.rows(), codes.cols());
  for (Eigen::Index read = 0; read < codes.cols(); ++read) {
    const std::uint64_t conversion = first_conversion + static_cast<std::uint64_t>(read);
    for (Eigen::Index channel = 0; channel < codes.rows(); ++channel) {
      v(channel, read) = volts(channel, codes(channel, read), attenuation_log2, conversion, mode);
    }
  }
  return v;
}

double Dac::energy_J(std::uint64_t conversions, DacMode mode) const {
  return static_cast<double>(conversions) * (mode == DacMode::kOneBit
                                                 ? params_.energy_per_one_bit_conversion_J
                                                 : params_.energy_per_conversion_J);
}

}  // namespace mho::circuit
