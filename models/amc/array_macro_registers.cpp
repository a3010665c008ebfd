// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The registers and windows of a macro: what each one reads, and what a write of it does.
#include "models/amc/array_macro.hpp"
#include "models/amc/trim.hpp"
#include "models/tlm/time.hpp"
#include "registers/array_macro.hpp"

namespace mho::amc {

namespace reg = registers::array_macro;

bool ArrayMacro::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  const std::uint32_t amplifier =
      register_index(offset, reg::kOffsetTrimOffset, reg::kMaxSize, reg::kOffsetTrimStride);
  if (amplifier < reg::kMaxSize) {
    value = trims_.empty() ? 0 : trims_[amplifier];
    shared_.cost.book_register(access);
    return true;
  }
  switch (offset) {
    case reg::kIdOffset:
      value = reg::kIdValue;
      break;
    case reg::kKindOffset:
      value = static_cast<std::uint32_t>(shared_.physics.kind);
      break;
    case reg::kSizeOffset:
      value = shared_.physics.size;
      break;
    case reg::kStatusOffset:
      value = status(tlm_base::now_ps(access.delay));
      break;
    case reg::kRowsOffset:
      value = rows_;
      break;
    case reg::kColumnsOffset:
      value = columns_;
      break;
    case reg::kReadsOffset:
      value = reads_;
      break;
    case reg::kInputRangeOffset:
      value = input_range_;
      break;
    case reg::kOutputGainOffset:
      value = output_gain_;
      break;
    case reg::kSettlingPsOffset:
      value = settling_ps_;
      break;
    case reg::kProgramNsOffset:
      value = program_ns_;
      break;
    case reg::kPulsesOffset:
      value = pulses_;
      break;
    case reg::kWritesPerCellOffset:
      value = writes();
      break;
    case reg::kSlicesOffset:
      value = slices_;
      break;
    case reg::kInputBankOffset:
      value = input_bank_;
      break;
    case reg::kFeedbackOffset:
      value = feedback_;
      break;
    case reg::kDampingOffset:
      value = damping_;
      break;
    default:
      return false;
  }
  shared_.cost.book_register(access);
  return true;
}

bool ArrayMacro::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  const std::uint32_t amplifier =
      register_index(offset, reg::kOffsetTrimOffset, reg::kMaxSize, reg::kOffsetTrimStride);
  if (amplifier < reg::kMaxSize) {
    trim(amplifier, value);
    shared_.cost.book_register(access);
    return true;
  }
  switch (offset) {
    case reg::kCtrlOffset:
      control(value, access);
      break;
    case reg::kRowsOffset:
      rows_ = value;
      break;
    case reg::kColumnsOffset:
      columns_ = value;
      break;
    case reg::kReadsOffset:
      reads_ = value;
      break;
    case reg::kInputRangeOffset:
      input_range_ = value;
      break;
    case reg::kOutputGainOffset:
      output_gain_ = value;
      break;
    case reg::kSlicesOffset:
      slices_ = value;
      break;
    case reg::kInputBankOffset:
      input_bank_ = value;
      break;
    case reg::kFeedbackOffset:
      feedback_ = value;
      break;
    case reg::kDampingOffset:
      damping_ = value;
      break;
    default:
      return false;
  }
  shared_.cost.book_register(access);
  return true;
}

std::uint32_t ArrayMacro::window_offset() const {
  return reg::kLevelsOffset;
}

bool ArrayMacro::read_window(std::uint32_t offset, std::span<std::uint8_t> data,
                             const tlm_base::Access& access) {
  if (!levels_.read(offset, data)) return false;
  shared_.cost.book_buffer(access, data.size());
  return true;
}

bool ArrayMacro::write_window(std::uint32_t offset, std::span<const std::uint8_t> data,
                              const tlm_base::Access& access) {
  if (!levels_.write(offset, data)) return false;
  shared_.cost.book_buffer(access, data.size());
  return true;
}

}  // namespace mho::amc
