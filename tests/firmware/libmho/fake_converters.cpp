// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/firmware/libmho/fake_converters.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "firmware/hal/mmio.h"
#include "registers/telemetry.hpp"

namespace {
mho::test::FakeConverters* connected = nullptr;
}

extern "C" {
std::uint32_t mho_mmio_read32(std::uintptr_t address) {
  return connected->read(address);
}
void mho_mmio_write32(std::uintptr_t address, std::uint32_t value) {
  connected->write(address, value);
}
// Calibration uses whole words only.
std::uint16_t mho_mmio_read16(std::uintptr_t) {
  throw std::logic_error("a halfword access");
}
void mho_mmio_write16(std::uintptr_t, std::uint16_t) {
  throw std::logic_error("a halfword access");
}
void mho_mmio_write8(std::uintptr_t, std::uint8_t) {
  throw std::logic_error("a byte access");
}
}

namespace mho::test {

namespace adc_reg = registers::adc;
namespace dac_reg = registers::dac;
namespace macro_reg = registers::array_macro;
namespace telemetry_reg = registers::telemetry;

namespace {

double signed_field(std::uint32_t word, unsigned shift) {
  const std::uint32_t field = word >> shift & 0xfff;
  return field >= 0x800 ? static_cast<double>(field) - 0x1000 : static_cast<double>(field);
}
double max_code(unsigned bits) {
  return static_cast<double>((1U << (bits - 1)) - 1);
}
Line trimmed(Line line, std::uint32_t word) {
  return {line.offset + signed_field(word, 0) / 128, line.gain + signed_field(word, 16) / 16384};
}

}  // namespace

FakeConverters::FakeConverters() {
  connected = this;
  words_[kAdcBase] = adc_reg::kIdValue;
  words_[kDacBase] = dac_reg::kIdValue;
}
FakeConverters::~FakeConverters() {
  connected = nullptr;
}

mho_device_t FakeConverters::device() {
  mho_device_t device{};
  device.config.adc_base = kAdcBase;
  device.config.dac_base = kDacBase;
  device.config.inv_base = kInvBase;
  device.config.mvm_base = kMvmBase;
  device.telemetry.base = kTelemetryBase;
  device.capabilities.dac_banks = 1;
  return device;
}

std::uint32_t FakeConverters::value(std::uintptr_t address) const {
  const auto at = words_.find(address);
  return at == words_.end() ? 0 : at->second;
}

Line FakeConverters::adc_left(unsigned index) const {
  return trimmed(adc[index], value(kAdcBase + adc_reg::kTrimOffset + 4 * index));
}
Line FakeConverters::dac_left(unsigned channel) const {
  return trimmed(dac[channel], value(kDacBase + dac_reg::kTrimOffset + 4 * channel));
}
double FakeConverters::offset_left_volt(std::uintptr_t macro, unsigned amplifier) {
  const std::uint32_t word = value(macro + macro_reg::kOffsetTrimOffset + 4 * amplifier);
  return offset_volt[macro].at(amplifier) + 5e-6 * signed_field(word, 0);
}

std::uint32_t FakeConverters::read(std::uintptr_t address) {
  if (address == kAdcBase + adc_reg::kBitsOffset) return adc_bits;
  if (address == kDacBase + dac_reg::kBitsOffset) return dac_bits;
  if (address == kAdcBase + adc_reg::kFullScaleUvOffset)
    return static_cast<std::uint32_t>(std::lround(adc_full_scale_volt * 1e6));
  if (address == kDacBase + dac_reg::kFullScaleUvOffset)
    return static_cast<std::uint32_t>(std::lround(dac_full_scale_volt * 1e6));
  if (address == kTelemetryBase + telemetry_reg::kTimeNsLoOffset) return time_ += 500;
  return value(address);
}

void FakeConverters::write(std::uintptr_t address, std::uint32_t word) {
  ++writes;
  words_[address] = word;
  if (address == kTelemetryBase + telemetry_reg::kCpuJobOffset) charged_jobs.push_back(cpu_job = word);
  if (address != kAdcBase + adc_reg::kStartOffset) return;
  for (unsigned lane = 0; lane < kLanes; ++lane) {
    if ((word >> lane & 1) != 0) start(lane);
  }
}

unsigned FakeConverters::channels_of(std::uint32_t source) const {
  if (source == adc_reg::kSourceGround || source == adc_reg::kSourceDac) return kChannels;
  const bool is_mvm = source >= adc_reg::kSourceMvm;
  const std::uintptr_t base = is_mvm ? kMvmBase : kInvBase;
  const auto offsets = offset_volt.find(base + (source & 0xffff) * macro_reg::kBlockSize);
  return has_macros && offsets != offset_volt.end() ? static_cast<unsigned>(offsets->second.size()) : 0;
}

double FakeConverters::input_volt(unsigned lane, unsigned channel) {
  const std::uint32_t source = value(kAdcBase + adc_reg::kLaneSourceOffset + 4 * lane);
  if (source == adc_reg::kSourceGround) return 0;
  if (source == adc_reg::kSourceDac) {
    const std::uint32_t pair = value(kDacBase + dac_reg::kPatternsOffset + 4 * (channel / 2));
    const auto dac_code = static_cast<std::int16_t>(channel % 2 == 0 ? pair & 0xffff : pair >> 16);
    if (dac_code == 0) return 0;
    const Line line = dac_left(channel);
    return dac_full_scale_volt / max_code(dac_bits) * (dac_code * (1 + line.gain) + line.offset);
  }
  const std::uintptr_t macro =
      (source >= adc_reg::kSourceMvm ? kMvmBase : kInvBase) + (source & 0xffff) * macro_reg::kBlockSize;
  const double gain = std::ldexp(1.0, static_cast<int>(value(macro + macro_reg::kOutputGainOffset)));
  return std::clamp(gain * offset_left_volt(macro, channel), -0.5, 0.5);
}

int FakeConverters::code(unsigned lane, unsigned channel, double volt) {
  const double limit = max_code(adc_bits);
  const Line line = adc_left(lane * kChannels + channel);
  std::normal_distribution<double> noise(0.0, 1.0);
  const double x =
      volt / adc_full_scale_volt * limit * (1 + line.gain) + line.offset + adc_noise * noise(draw_);
  return static_cast<int>(std::nearbyint(std::clamp(x, -limit, limit)));
}

void FakeConverters::start(unsigned lane) {
  const std::uint32_t source = value(kAdcBase + adc_reg::kLaneSourceOffset + 4 * lane);
  const unsigned channels = channels_of(source);
  const bool is_macro = source != adc_reg::kSourceGround && source != adc_reg::kSourceDac;
  const std::uintptr_t macro =
      (source >= adc_reg::kSourceMvm ? kMvmBase : kInvBase) + (source & 0xffff) * macro_reg::kBlockSize;
  const std::uint32_t reads =
      is_macro ? value(macro + macro_reg::kReadsOffset) : value(kAdcBase + adc_reg::kReferenceReadsOffset);
  words_[kAdcBase + adc_reg::kLaneStatusOffset + 4 * lane] =
      channels == 0 ? adc_reg::kLaneStatusRejectedMask
                    : reads << adc_reg::kLaneStatusReadsShift | channels << adc_reg::kLaneStatusChannelsShift;
  const auto first = static_cast<std::int32_t>(reference());
  const auto step = static_cast<std::int32_t>(value(kAdcBase + adc_reg::kReferenceStepOffset));
  for (unsigned c = 0; c < channels; ++c) {
    int sum = 0;
    for (std::uint32_t r = 0; r < reads; ++r) {
      const double reference_volt =
          std::ldexp(first + step * static_cast<double>(r), -15) * adc_full_scale_volt;
      sum += code(lane, c, input_volt(lane, c) + reference_volt * (1 + reference_error));
    }
    words_[kAdcBase + adc_reg::kSumOffset + 4 * (lane * kChannels + c)] = static_cast<std::uint32_t>(sum);
  }
}

}  // namespace mho::test
