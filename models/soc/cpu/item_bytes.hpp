// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Items of memory as the guest sees them: little-endian.
#pragma once

#include <array>
#include <cstdint>

namespace mho::soc::riscv {

constexpr std::array<std::uint8_t, 4> to_bytes(std::uint32_t value) {
  return {static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
}

constexpr std::uint32_t from_bytes(const std::array<std::uint8_t, 4>& b) {
  return b[0] | std::uint32_t{b[1]} << 8 | std::uint32_t{b[2]} << 16 | std::uint32_t{b[3]} << 24;
}

}  // namespace mho::soc::riscv
