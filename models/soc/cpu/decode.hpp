// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the parts of the decoder share.
#pragma once

#include "models/soc/cpu/instruction.hpp"

namespace mho::soc::riscv {

// The parts: of compressed instructions by their lowest two bits, and the opcodes that floating point adds.
Instruction decode_quadrant_0(std::uint32_t bits);
Instruction decode_quadrant_1(std::uint32_t bits);
Instruction decode_quadrant_2(std::uint32_t bits);
Instruction decode_float_load(std::uint32_t bits);
Instruction decode_float_store(std::uint32_t bits);
/// @param operation  one of the four fused multiply-adds
Instruction decode_fused(Operation operation, std::uint32_t bits);
/// Opcode OP-FP.
Instruction decode_float(std::uint32_t bits);

// Fields.

constexpr std::uint32_t field(std::uint32_t bits, unsigned low, unsigned width) {
  return (bits >> low) & ((1u << width) - 1);
}

constexpr std::int32_t sign_extend(std::uint32_t value, unsigned width) {
  const unsigned shift = 32 - width;
  return static_cast<std::int32_t>(value << shift) >> shift;
}

constexpr std::uint8_t reg(std::uint32_t bits, unsigned low) {
  return static_cast<std::uint8_t>(field(bits, low, 5));
}
constexpr std::uint8_t float_reg(std::uint32_t bits, unsigned low) {
  return static_cast<std::uint8_t>(kFloatRegisters + reg(bits, low));
}
/// The three-bit register fields of compressed instructions name x8 … x15.
constexpr std::uint8_t short_reg(std::uint32_t bits, unsigned low) {
  return static_cast<std::uint8_t>(8 + field(bits, low, 3));
}
constexpr std::uint8_t short_float_reg(std::uint32_t bits, unsigned low) {
  return static_cast<std::uint8_t>(kFloatRegisters + short_reg(bits, low));
}

constexpr Instruction make_i(Operation operation, std::uint32_t bits) {
  return {.operation = operation,
          .rd = reg(bits, 7),
          .rs1 = reg(bits, 15),
          .immediate = static_cast<std::int32_t>(bits) >> 20};
}

/// Immediate of the format of stores.
constexpr std::int32_t store_offset(std::uint32_t bits) {
  return sign_extend(field(bits, 25, 7) << 5 | field(bits, 7, 5), 12);
}

}  // namespace mho::soc::riscv
