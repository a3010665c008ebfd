// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Converter banks and amplifiers behind mho_mmio_*, just real enough to be calibrated: straight lines,
// rounding, noise. Errors are given by the test, trims can be read back in physical units.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include "firmware/libmho/device.h"
#include "registers/adc.hpp"
#include "registers/array_macro.hpp"
#include "registers/dac.hpp"

namespace mho::test {

/// Offset [codes] and relative gain error of a converter.
struct Line {
  double offset = 0, gain = 0;
};

class FakeConverters {
 public:
  /// Becomes the hardware behind mho_mmio_* until it is destroyed. One at a time.
  FakeConverters();
  ~FakeConverters();
  FakeConverters(const FakeConverters&) = delete;
  FakeConverters& operator=(const FakeConverters&) = delete;

  static constexpr std::uintptr_t kAdcBase = 0x40040000, kDacBase = 0x40010000, kTelemetryBase = 0x40001000,
                                  kInvBase = 0x41000000, kMvmBase = 0x42000000;
  static constexpr unsigned kChannels = registers::adc::kChannels;
  static constexpr unsigned kLanes = registers::adc::kLanes;

  /// A device that was told where they are, and of nothing else.
  static mho_device_t device();

  unsigned adc_bits = 8, dac_bits = 8;
  double adc_full_scale_volt = 0.5, dac_full_scale_volt = 0.2;
  double adc_noise = 0;        ///< [codes]
  double reference_error = 0;  ///< relative
  bool has_macros = true;      ///< false: lanes refuse them
  std::array<Line, kLanes * kChannels> adc{};
  std::array<Line, kChannels> dac{};
  std::map<std::uintptr_t, std::vector<double>> offset_volt;  ///< of the amplifiers of a macro, by its base

  /// What is left after the trims.
  Line adc_left(unsigned index) const;
  Line dac_left(unsigned channel) const;
  double offset_left_volt(std::uintptr_t macro, unsigned amplifier);

  std::uint32_t reference() const { return value(kAdcBase + registers::adc::kReferenceStartOffset); }
  std::uint32_t cpu_job = 0;                ///< as last written
  std::vector<std::uint32_t> charged_jobs;  ///< every value written
  unsigned writes = 0;

  std::uint32_t read(std::uintptr_t address);
  void write(std::uintptr_t address, std::uint32_t word);

 private:
  std::uint32_t value(std::uintptr_t address) const;
  void start(unsigned lane);
  double input_volt(unsigned lane, unsigned channel);
  unsigned channels_of(std::uint32_t source) const;
  int code(unsigned lane, unsigned channel, double volt);

  std::map<std::uintptr_t, std::uint32_t> words_;
  std::mt19937_64 draw_{1};
  std::uint32_t time_ = 0;
};

}  // namespace mho::test
