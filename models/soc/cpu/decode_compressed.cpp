// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <array>

#include "models/soc/cpu/decode.hpp"

namespace mho::soc::riscv {
namespace {

using enum Operation;

constexpr std::uint8_t kRa = 1, kSp = 2;

std::int32_t c_immediate(std::uint32_t bits) {
  return sign_extend(field(bits, 12, 1) << 5 | field(bits, 2, 5), 6);
}

std::int32_t c_jump_offset(std::uint32_t bits) {
  return sign_extend(field(bits, 12, 1) << 11 | field(bits, 8, 1) << 10 | field(bits, 9, 2) << 8 |
                         field(bits, 6, 1) << 7 | field(bits, 7, 1) << 6 | field(bits, 2, 1) << 5 |
                         field(bits, 11, 1) << 4 | field(bits, 3, 3) << 1,
                     12);
}

std::int32_t c_branch_offset(std::uint32_t bits) {
  return sign_extend(field(bits, 12, 1) << 8 | field(bits, 5, 2) << 6 | field(bits, 2, 1) << 5 |
                         field(bits, 10, 2) << 3 | field(bits, 3, 2) << 1,
                     9);
}

std::int32_t c_word_offset(std::uint32_t bits) {
  return static_cast<std::int32_t>(field(bits, 5, 1) << 6 | field(bits, 10, 3) << 3 | field(bits, 6, 1) << 2);
}

Instruction decode_c_arithmetic(std::uint32_t bits) {
  constexpr std::array<Operation, 4> kRegister{kSub, kXor, kOr, kAnd};
  const std::uint8_t rd = short_reg(bits, 7);
  const std::int32_t shift = static_cast<std::int32_t>(field(bits, 2, 5));
  const bool bit_12 = field(bits, 12, 1) != 0;
  switch (field(bits, 10, 2)) {
    case 0:
      return {.operation = bit_12 ? kIllegal : kSrli, .rd = rd, .rs1 = rd, .immediate = shift};
    case 1:
      return {.operation = bit_12 ? kIllegal : kSrai, .rd = rd, .rs1 = rd, .immediate = shift};
    case 2:
      return {.operation = kAndi, .rd = rd, .rs1 = rd, .immediate = c_immediate(bits)};
    default:
      return {.operation = bit_12 ? kIllegal : kRegister[field(bits, 5, 2)],
              .rd = rd,
              .rs1 = rd,
              .rs2 = short_reg(bits, 2)};
  }
}

Instruction decode_c_lui(std::uint32_t bits) {
  if (c_immediate(bits) == 0) return {};
  if (reg(bits, 7) != kSp) {
    return {.operation = kLui,
            .rd = reg(bits, 7),
            .immediate = static_cast<std::int32_t>(static_cast<std::uint32_t>(c_immediate(bits)) << 12)};
  }
  const std::uint32_t offset = field(bits, 12, 1) << 9 | field(bits, 3, 2) << 7 | field(bits, 5, 1) << 6 |
                               field(bits, 2, 1) << 5 | field(bits, 6, 1) << 4;
  return {.operation = kAddi, .rd = kSp, .rs1 = kSp, .immediate = sign_extend(offset, 10)};
}

Instruction decode_c_jump_move_add(std::uint32_t bits) {
  const std::uint8_t rd = reg(bits, 7), rs2 = reg(bits, 2);
  if (field(bits, 12, 1) == 0) {
    if (rs2 != 0) return {.operation = kAdd, .rd = rd, .rs1 = 0, .rs2 = rs2};
    return {.operation = rd != 0 ? kJalr : kIllegal, .rd = 0, .rs1 = rd, .immediate = 0};
  }
  if (rs2 != 0) return {.operation = kAdd, .rd = rd, .rs1 = rd, .rs2 = rs2};
  if (rd == 0) return {.operation = kEbreak};
  return {.operation = kJalr, .rd = kRa, .rs1 = rd, .immediate = 0};
}

}  // namespace

Instruction decode_quadrant_0(std::uint32_t bits) {
  switch (field(bits, 13, 3)) {
    case 0: {
      const std::uint32_t offset =
          field(bits, 7, 4) << 6 | field(bits, 11, 2) << 4 | field(bits, 5, 1) << 3 | field(bits, 6, 1) << 2;
      if (offset == 0) return {};
      return {.operation = kAddi,
              .rd = short_reg(bits, 2),
              .rs1 = kSp,
              .immediate = static_cast<std::int32_t>(offset)};
    }
    case 2:
      return {.operation = kLw,
              .rd = short_reg(bits, 2),
              .rs1 = short_reg(bits, 7),
              .immediate = c_word_offset(bits)};
    case 3:
      return {.operation = kFlw,
              .rd = short_float_reg(bits, 2),
              .rs1 = short_reg(bits, 7),
              .immediate = c_word_offset(bits)};
    case 6:
      return {.operation = kSw,
              .rs1 = short_reg(bits, 7),
              .rs2 = short_reg(bits, 2),
              .immediate = c_word_offset(bits)};
    case 7:
      return {.operation = kFsw,
              .rs1 = short_reg(bits, 7),
              .rs2 = short_float_reg(bits, 2),
              .immediate = c_word_offset(bits)};
    default:
      return {};
  }
}

Instruction decode_quadrant_1(std::uint32_t bits) {
  const std::uint8_t rd = reg(bits, 7);
  switch (field(bits, 13, 3)) {
    case 0:
      return {.operation = kAddi, .rd = rd, .rs1 = rd, .immediate = c_immediate(bits)};
    case 1:
      return {.operation = kJal, .rd = kRa, .immediate = c_jump_offset(bits)};
    case 2:
      return {.operation = kAddi, .rd = rd, .rs1 = 0, .immediate = c_immediate(bits)};
    case 3:
      return decode_c_lui(bits);
    case 4:
      return decode_c_arithmetic(bits);
    case 5:
      return {.operation = kJal, .rd = 0, .immediate = c_jump_offset(bits)};
    default:
      return {.operation = field(bits, 13, 1) != 0 ? kBne : kBeq,
              .rs1 = short_reg(bits, 7),
              .rs2 = 0,
              .immediate = c_branch_offset(bits)};
  }
}

Instruction decode_quadrant_2(std::uint32_t bits) {
  const std::uint8_t rd = reg(bits, 7);
  const auto load_offset =
      static_cast<std::int32_t>(field(bits, 2, 2) << 6 | field(bits, 12, 1) << 5 | field(bits, 4, 3) << 2);
  const auto store_offset = static_cast<std::int32_t>(field(bits, 7, 2) << 6 | field(bits, 9, 4) << 2);
  switch (field(bits, 13, 3)) {
    case 0:
      return {.operation = field(bits, 12, 1) != 0 ? kIllegal : kSlli,
              .rd = rd,
              .rs1 = rd,
              .immediate = static_cast<std::int32_t>(field(bits, 2, 5))};
    case 2:
      return {.operation = rd != 0 ? kLw : kIllegal, .rd = rd, .rs1 = kSp, .immediate = load_offset};
    case 3:
      return {.operation = kFlw, .rd = float_reg(bits, 7), .rs1 = kSp, .immediate = load_offset};
    case 4:
      return decode_c_jump_move_add(bits);
    case 6:
      return {.operation = kSw, .rs1 = kSp, .rs2 = reg(bits, 2), .immediate = store_offset};
    case 7:
      return {.operation = kFsw, .rs1 = kSp, .rs2 = float_reg(bits, 2), .immediate = store_offset};
    default:
      return {};
  }
}

}  // namespace mho::soc::riscv
