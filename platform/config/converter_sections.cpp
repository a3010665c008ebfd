// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/config/chip_sections.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "models/base/error.hpp"
#include "models/circuit/converter_cost.hpp"
#include "platform/config/inl_profile.hpp"
#include "platform/config/pair_checks.hpp"

namespace mho::platform {
namespace {

constexpr unsigned kUsualLowPrecisionBits = 8;

void read_profiles(SettingReader& reader, amc::AmcParams& amc) {
  const auto largest_code = [](unsigned bits) { return (1 << (bits - 1)) - 1; };
  if (const auto file = reader.file("dac.inl_profile"); !file.empty()) {
    const int largest = largest_code(amc.dac.bits);
    amc.dac.inl_profile_lsb = load_inl_profile(file, static_cast<std::size_t>(2 * largest + 1), largest);
  }
  if (const auto file = reader.file("adc.inl_profile"); !file.empty()) {
    const int largest = largest_code(amc.adc.bits);
    amc.adc.inl_profile_lsb = load_inl_profile(file, static_cast<std::size_t>(2 * largest), largest);
  }
}

void read_dac(SettingReader& reader, amc::AmcParams& amc) {
  amc.dac.v_full_scale_volt = amc.cell.v_read_volt;
  reader.read("dac.banks", amc.dac_banks);
  reader.read("dac.bits", amc.dac.bits);
  reader.read("dac.offset_sigma_lsb", amc.dac.offset_sigma_lsb);
  reader.read("dac.gain_sigma", amc.dac.gain_sigma);
  reader.read("dac.noise_sigma_lsb", amc.dac.noise_sigma_lsb);
  reader.read("dac.inl_bow_lsb", amc.dac.inl_bow_lsb);
  reader.read("dac.dnl_sigma_lsb", amc.dac.dnl_sigma_lsb);
  reader.read("dac.clip_volt", amc.dac.v_clip_volt);
}

void read_adc(SettingReader& reader, amc::AmcParams& amc) {
  reader.read("adc.bits", amc.adc.bits);
  reader.read("adc.full_scale_volt", amc.adc.v_full_scale_volt);
  reader.read("adc.offset_sigma_lsb", amc.adc.offset_sigma_lsb);
  reader.read("adc.gain_sigma", amc.adc.gain_sigma);
  reader.read("adc.noise_sigma_lsb", amc.adc.noise_sigma_lsb);
  reader.read("adc.inl_bow_lsb", amc.adc.inl_bow_lsb);
  reader.read("adc.dnl_sigma_lsb", amc.adc.dnl_sigma_lsb);
  reader.read("adc.sampling_capacitance_farad", amc.adc.sampling_capacitance_F);
  reader.read("adc.aperture_jitter_s", amc.adc.aperture_jitter_s);
  reader.read("adc.input_frequency_hz", amc.adc.input_frequency_hz);
  amc.adc.kelvin = amc.kelvin;
  reader.read("adc.converters_per_lane", amc.converters_per_lane);
  reader.read("adc.reference_sigma", amc.reference_sigma);
}

/// The same converters, stopped after fewer bits: their errors are the same in volts.
void read_low_precision(SettingReader& reader, amc::AmcParams& amc) {
  amc.adc_low_precision = amc.adc;
  unsigned low_precision_bits = 0;
  reader.read("adc.low_precision_bits", low_precision_bits);
  if (low_precision_bits == 0) low_precision_bits = std::min(amc.adc.bits, kUsualLowPrecisionBits);
  require(low_precision_bits >= 2, "adc.low_precision_bits = {} is too small; allowed: 0 or 2 to adc.bits",
          low_precision_bits);
  const int dropped = static_cast<int>(amc.adc.bits) - static_cast<int>(low_precision_bits);
  amc.adc_low_precision.bits = low_precision_bits;
  amc.adc_low_precision.offset_sigma_lsb = std::ldexp(amc.adc.offset_sigma_lsb, -dropped);
  amc.adc_low_precision.noise_sigma_lsb = std::ldexp(amc.adc.noise_sigma_lsb, -dropped);
  amc.adc_low_precision.inl_bow_lsb = std::ldexp(amc.adc.inl_bow_lsb, -dropped);
  amc.adc_low_precision.dnl_sigma_lsb = std::ldexp(amc.adc.dnl_sigma_lsb, -dropped);
  amc.adc_low_precision.inl_profile_lsb =
      coarser_inl_profile(amc.adc.inl_profile_lsb, amc.adc.bits, low_precision_bits);
}

}  // namespace

void read_converters(SettingReader& reader, amc::AmcParams& amc) {
  read_dac(reader, amc);
  read_adc(reader, amc);
  read_profiles(reader, amc);
  read_low_precision(reader, amc);
}

void use_flash_converters(const Settings& settings, amc::AmcParams& amc) {
  constexpr unsigned kMostBits = 8;
  const std::string& head = settings.place_to_mend({"adc.kind", "adc.bits"});
  require(amc.adc.bits <= kMostBits, "{}: {} needs adc.bits of at most {}, but {}", head,
          described(settings, "adc.kind", head), kMostBits, described(settings, "adc.bits", head));
  const circuit::ConversionCost cost = circuit::adc_cost(circuit::AdcKind::kFlash, amc.adc.bits);
  for (circuit::AdcParams* adc : {&amc.adc, &amc.adc_low_precision}) {
    adc->conversion_time_s = cost.time_s;
    adc->energy_per_conversion_J = cost.energy_J;
  }
}

}  // namespace mho::platform
