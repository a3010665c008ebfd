// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/dac_bank.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "models/amc/trim.hpp"
#include "models/fault/injector.hpp"
#include "models/numeric/bit_slices.hpp"
#include "models/tlm/time.hpp"

namespace mho::amc {

namespace reg = registers::dac;

DacBank::DacBank(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
                 const BlockCost& cost, unsigned index)
    : RegisterTarget(name),
      input_bits_(params.input_bits),
      index_(index),
      dac_(params.dac, reg::kChannels, context.random, index),
      cost_(cost),
      context_(context),
      patterns_(reg::kPatternsSize),
      conversion_ps_(tlm_base::to_ps(tlm_base::from_seconds(params.dac.conversion_time_s))),
      mode_(reg::kModeReset) {
  if (!context.trace.enabled()) return;
  for (unsigned c = 0; c < reg::kChannels; ++c) {
    code_signals_.push_back(
        context.trace.declare_bits(fmt::format("amc.{}.code{}", basename(), c), 16, trace::Detail::kDetail));
  }
}

unsigned DacBank::digit_bits() const {
  if ((mode_ & reg::kModeDigitsMask) != 0) return input_bits_;
  return (mode_ & reg::kModeOneBitMask) != 0 ? 1 : 0;
}

bool DacBank::is_integer_read() const {
  return digit_bits() != 0;
}

circuit::DacMode DacBank::conversion() const {
  return digit_bits() == 1 ? circuit::DacMode::kOneBit : circuit::DacMode::kMultiBit;
}

int DacBank::limited_code(int code) {
  const int limit = is_integer_read() ? numeric::largest_digit(digit_bits()) : dac_.max_code();
  const int limited = std::clamp(code, -limit, limit);
  if (limited != code) ++last_.clips;
  return limited;
}

/// Codes of the converter for those of the patterns.
circuit::CodeMatrix DacBank::driven(const circuit::CodeMatrix& codes) const {
  if (!is_integer_read()) return codes;
  return codes * static_cast<std::int16_t>(circuit::digit_step_codes(dac_.params(), digit_bits()));
}

/// A stuck channel drives its code whatever the mode.
void DacBank::apply_faults(circuit::CodeMatrix& codes) const {
  if (context_.faults == nullptr) return;
  const int limit = conversion() == circuit::DacMode::kOneBit ? 1 : dac_.max_code();
  context_.faults->change_dac_codes(index_, {codes.data(), static_cast<std::size_t>(codes.size())},
                                    reg::kChannels, limit, tlm_base::to_ps(sc_core::sc_time_stamp()));
}

const Eigen::MatrixXd& DacBank::drive(unsigned lines, unsigned reads, unsigned input_range,
                                      cost::Purpose purpose) {
  const circuit::DacMode mode = conversion();
  // Conversions to one bit have no noise; faults may come and go.
  const bool is_same = context_.faults == nullptr && last_.is_valid && mode == circuit::DacMode::kOneBit &&
                       last_.lines == lines && last_.reads == reads && last_.input_range == input_range;
  if (!is_same) {
    last_ = {.is_valid = true, .lines = lines, .reads = reads, .input_range = input_range};
    codes_.setZero(reg::kChannels, reads);
    const auto patterns = patterns_.elements();
    for (unsigned read = 0; read < reads; ++read) {
      for (unsigned line = 0; line < lines; ++line) {
        codes_(line, read) = static_cast<std::int16_t>(limited_code(patterns[read * reg::kChannels + line]));
      }
    }
    circuit::CodeMatrix converted = driven(codes_);
    apply_faults(converted);
    volts_ = dac_.convert(converted, input_range, reads_, mode);
    last_.is_limited = dac_.is_at_limit(volts_);
  }
  clips_ += last_.clips;
  reads_ += reads;
  const std::uint64_t conversions = std::uint64_t{lines} * reads;
  conversions_ += conversions;
  cost_.book(dac_.energy_J(conversions, mode), purpose);
  return volts_;
}

Eigen::MatrixXd DacBank::loop_back(unsigned reads, cost::Purpose purpose) {
  const circuit::DacMode mode = conversion();
  circuit::CodeMatrix codes(reg::kChannels, reads);
  last_ = {};  // its clips are those of drive()
  for (unsigned c = 0; c < reg::kChannels; ++c) {
    codes.row(c).setConstant(static_cast<std::int16_t>(limited_code(patterns_.elements()[c])));
  }
  clips_ += last_.clips;
  circuit::CodeMatrix converted = driven(codes);
  apply_faults(converted);
  Eigen::MatrixXd volts = dac_.convert(converted, 0, reads_, mode);
  reads_ += reads;
  const std::uint64_t conversions = std::uint64_t{reg::kChannels} * reads;
  conversions_ += conversions;
  cost_.book(dac_.energy_J(conversions, mode), purpose);
  return volts;
}

void DacBank::trim(std::uint32_t channel, std::uint32_t word) {
  trims_[channel] = word & reg::kTrimWriteMask;
  const Trim trim = trim_of(word);
  dac_.trim(static_cast<Eigen::Index>(channel), trim.offset_lsb, trim.gain);
  last_.is_valid = false;
}

/// reads_ counts the draws of the noise, which does not begin anew.
void DacBank::reset() {
  mode_ = reg::kModeReset;
  clips_ = 0;
  conversions_ = 0;
  last_ = {};
  for (std::uint32_t channel = 0; channel < trims_.size(); ++channel) {
    if (trims_[channel] != 0) trim(channel, 0);
  }
}

void DacBank::occupy(std::uint64_t start_ps, std::uint64_t read_ps, unsigned lines, unsigned reads) {
  busy_until_ps_ = std::max(busy_until_ps_, start_ps + reads * read_ps);
  for (std::size_t line = 0; line < std::min<std::size_t>(lines, code_signals_.size()); ++line) {
    if (code_signals_[line] == trace::kUntraced) continue;
    for (unsigned read = 0; read < reads; ++read) {
      context_.trace.change(code_signals_[line], start_ps + read * read_ps,
                            static_cast<std::uint16_t>(codes_(static_cast<Eigen::Index>(line), read)));
    }
  }
}

void DacBank::wait_until_free(const tlm_base::Access& access) const {
  const std::uint64_t now = tlm_base::now_ps(access.delay);
  if (busy_until_ps_ > now) access.delay += tlm_base::from_ps(busy_until_ps_ - now);
}

bool DacBank::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  const std::uint32_t channel = register_index(offset, reg::kTrimOffset, reg::kChannels, reg::kTrimStride);
  if (channel < reg::kChannels) {
    value = trims_[channel];
    cost_.book_register(access);
    return true;
  }
  switch (offset) {
    case reg::kIdOffset:
      value = reg::kIdValue;
      break;
    case reg::kBitsOffset:
      value = dac_.params().bits;
      break;
    case reg::kModeOffset:
      value = mode_;
      break;
    case reg::kClipsOffset:
      value = clips_;
      break;
    case reg::kConversionsOffset:
      value = static_cast<std::uint32_t>(conversions_);
      break;
    case reg::kFullScaleUvOffset:
      value = microvolts(dac_.params().v_full_scale_volt);
      break;
    default:
      return false;
  }
  cost_.book_register(access);
  return true;
}

bool DacBank::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  const std::uint32_t channel = register_index(offset, reg::kTrimOffset, reg::kChannels, reg::kTrimStride);
  if (channel < reg::kChannels) {
    wait_until_free(access);
    trim(channel, value);
    cost_.book_register(access);
    return true;
  }
  if (offset != reg::kModeOffset) return false;
  const std::uint32_t mode = value & reg::kModeWriteMask;
  if (mode != mode_) {
    wait_until_free(access);
    last_.is_valid = false;
    mode_ = mode;
  }
  cost_.book_register(access);
  return true;
}

std::uint32_t DacBank::window_offset() const {
  return reg::kPatternsOffset;
}

bool DacBank::read_window(std::uint32_t offset, std::span<std::uint8_t> data,
                          const tlm_base::Access& access) {
  if (!patterns_.read(offset, data)) return false;
  cost_.book_buffer(access, data.size());
  return true;
}

bool DacBank::write_window(std::uint32_t offset, std::span<const std::uint8_t> data,
                           const tlm_base::Access& access) {
  if (!patterns_.write(offset, data)) return false;
  wait_until_free(access);
  last_.is_valid = false;
  cost_.book_buffer(access, data.size());
  return true;
}

}  // namespace mho::amc
