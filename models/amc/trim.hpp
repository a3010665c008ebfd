// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A trim register of a converter as numbers: two signed fields of twelve bits, which registers/adc.hpp and
// registers/dac.hpp lay out alike.
#pragma once

#include <cmath>
#include <cstdint>

#include "registers/adc.hpp"
#include "registers/dac.hpp"

namespace mho::amc {

/// The value of a signed field of twelve bits.
constexpr std::int32_t signed_12_bits(std::uint32_t field) {
  return static_cast<std::int32_t>(field << 20) >> 20;
}

struct Trim {
  double offset_lsb = 0;  ///< [codes]
  double gain = 0;        ///< relative
};

inline Trim trim_of(std::uint32_t word) {
  namespace reg = registers::adc;
  namespace dac_reg = registers::dac;
  static_assert(reg::kTrimZeroMask == dac_reg::kTrimZeroMask &&
                    reg::kTrimGainMask == dac_reg::kTrimGainMask &&
                    reg::kOffsetTrimFractionBits == dac_reg::kOffsetTrimFractionBits &&
                    reg::kGainTrimFractionBits == dac_reg::kGainTrimFractionBits,
                "both banks have one layout");
  const auto offset = signed_12_bits(registers::field_of(word, reg::kTrimZeroMask, reg::kTrimZeroShift));
  const auto gain = signed_12_bits(registers::field_of(word, reg::kTrimGainMask, reg::kTrimGainShift));
  return {.offset_lsb = std::ldexp(offset, -static_cast<int>(reg::kOffsetTrimFractionBits)),
          .gain = std::ldexp(gain, -static_cast<int>(reg::kGainTrimFractionBits))};
}

/// A voltage as a register of microvolts.
inline std::uint32_t microvolts(double volt) {
  return static_cast<std::uint32_t>(std::llround(volt * 1e6));
}

/// Element of an array of registers that `offset` is, or `count` if it is none.
constexpr std::uint32_t register_index(std::uint32_t offset, std::uint32_t first, std::uint32_t count,
                                       std::uint32_t stride) {
  return offset >= first && offset < first + count * stride ? (offset - first) / stride : count;
}

}  // namespace mho::amc
