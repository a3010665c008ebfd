// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/instruction.hpp"

#include <array>

namespace mho::soc::riscv {
namespace {

using enum Operation;

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
/// The three-bit register fields of compressed instructions name x8 … x15.
constexpr std::uint8_t short_reg(std::uint32_t bits, unsigned low) {
  return static_cast<std::uint8_t>(8 + field(bits, low, 3));
}

// --- 32-bit instructions ---------------------------------------------------------------------------------

std::int32_t branch_offset(std::uint32_t bits) {
  return sign_extend(
      field(bits, 31, 1) << 12 | field(bits, 7, 1) << 11 | field(bits, 25, 6) << 5 | field(bits, 8, 4) << 1,
      13);
}

std::int32_t jal_offset(std::uint32_t bits) {
  return sign_extend(field(bits, 31, 1) << 20 | field(bits, 12, 8) << 12 | field(bits, 20, 1) << 11 |
                         field(bits, 21, 10) << 1,
                     21);
}

Instruction make_i(Operation operation, std::uint32_t bits) {
  return {.operation = operation,
          .rd = reg(bits, 7),
          .rs1 = reg(bits, 15),
          .immediate = static_cast<std::int32_t>(bits) >> 20};
}

Instruction make_r(Operation operation, std::uint32_t bits) {
  return {.operation = operation, .rd = reg(bits, 7), .rs1 = reg(bits, 15), .rs2 = reg(bits, 20)};
}

Instruction decode_op_imm(std::uint32_t bits) {
  const std::uint32_t funct7 = bits >> 25;
  switch (field(bits, 12, 3)) {
    case 0:
      return make_i(kAddi, bits);
    case 2:
      return make_i(kSlti, bits);
    case 3:
      return make_i(kSltiu, bits);
    case 4:
      return make_i(kXori, bits);
    case 6:
      return make_i(kOri, bits);
    case 7:
      return make_i(kAndi, bits);
    default:
      break;
  }
  Operation operation = kIllegal;
  if (field(bits, 12, 3) == 1) {
    if (funct7 == 0) operation = kSlli;
  } else if (funct7 == 0) {
    operation = kSrli;
  } else if (funct7 == 0x20) {
    operation = kSrai;
  }
  Instruction shift = make_i(operation, bits);
  shift.immediate = static_cast<std::int32_t>(field(bits, 20, 5));
  return shift;
}

Instruction decode_op(std::uint32_t bits) {
  constexpr std::array<Operation, 8> kBase{kAdd, kSll, kSlt, kSltu, kXor, kSrl, kOr, kAnd};
  constexpr std::array<Operation, 8> kMulDiv{kMul, kMulh, kMulhsu, kMulhu, kDiv, kDivu, kRem, kRemu};
  const std::uint32_t funct3 = field(bits, 12, 3);
  switch (bits >> 25) {
    case 0x00:
      return make_r(kBase[funct3], bits);
    case 0x01:
      return make_r(kMulDiv[funct3], bits);
    case 0x20:
      if (funct3 == 0) return make_r(kSub, bits);
      if (funct3 == 5) return make_r(kSra, bits);
      break;
    default:
      break;
  }
  return {};
}

Instruction decode_load(std::uint32_t bits) {
  constexpr std::array<Operation, 8> kLoads{kLb, kLh, kLw, kIllegal, kLbu, kLhu, kIllegal, kIllegal};
  return make_i(kLoads[field(bits, 12, 3)], bits);
}

Instruction decode_store(std::uint32_t bits) {
  constexpr std::array<Operation, 8> kStores{kSb, kSh, kSw, kIllegal, kIllegal, kIllegal, kIllegal, kIllegal};
  return {.operation = kStores[field(bits, 12, 3)],
          .rs1 = reg(bits, 15),
          .rs2 = reg(bits, 20),
          .immediate = sign_extend(field(bits, 25, 7) << 5 | field(bits, 7, 5), 12)};
}

Instruction decode_branch(std::uint32_t bits) {
  constexpr std::array<Operation, 8> kBranches{kBeq, kBne, kIllegal, kIllegal, kBlt, kBge, kBltu, kBgeu};
  return {.operation = kBranches[field(bits, 12, 3)],
          .rs1 = reg(bits, 15),
          .rs2 = reg(bits, 20),
          .immediate = branch_offset(bits)};
}

Instruction decode_amo(std::uint32_t bits) {
  if (field(bits, 12, 3) != 2) return {};
  switch (bits >> 27) {
    case 0x02:
      return reg(bits, 20) == 0 ? make_r(kLr, bits) : Instruction{};
    case 0x03:
      return make_r(kSc, bits);
    case 0x01:
      return make_r(kAmoSwap, bits);
    case 0x00:
      return make_r(kAmoAdd, bits);
    case 0x04:
      return make_r(kAmoXor, bits);
    case 0x0c:
      return make_r(kAmoAnd, bits);
    case 0x08:
      return make_r(kAmoOr, bits);
    case 0x10:
      return make_r(kAmoMin, bits);
    case 0x14:
      return make_r(kAmoMax, bits);
    case 0x18:
      return make_r(kAmoMinu, bits);
    case 0x1c:
      return make_r(kAmoMaxu, bits);
    default:
      return {};
  }
}

Instruction decode_system(std::uint32_t bits) {
  constexpr std::array<Operation, 8> kCsrs{kIllegal, kCsrrw,  kCsrrs,  kCsrrc,
                                           kIllegal, kCsrrwi, kCsrrsi, kCsrrci};
  if (field(bits, 12, 3) != 0) {
    Instruction csr = make_i(kCsrs[field(bits, 12, 3)], bits);
    csr.immediate = static_cast<std::int32_t>(bits >> 20);
    return csr;
  }
  switch (bits) {
    case 0x0000'0073:
      return {.operation = kEcall};
    case 0x0010'0073:
      return {.operation = kEbreak};
    case 0x3020'0073:
      return {.operation = kMret};
    case 0x1050'0073:
      return {.operation = kWfi};
    default:
      return {};
  }
}

Instruction decode_32(std::uint32_t bits) {
  switch (field(bits, 0, 7)) {
    case 0x03:
      return decode_load(bits);
    case 0x0f:
      if (field(bits, 12, 3) == 0) return {.operation = kFence};
      if (field(bits, 12, 3) == 1) return {.operation = kFenceI};
      return {};
    case 0x13:
      return decode_op_imm(bits);
    case 0x17:
    case 0x37:
      return {.operation = field(bits, 5, 1) != 0 ? kLui : kAuipc,
              .rd = reg(bits, 7),
              .immediate = static_cast<std::int32_t>(bits & 0xffff'f000)};
    case 0x23:
      return decode_store(bits);
    case 0x2f:
      return decode_amo(bits);
    case 0x33:
      return decode_op(bits);
    case 0x63:
      return decode_branch(bits);
    case 0x67:
      return field(bits, 12, 3) == 0 ? make_i(kJalr, bits) : Instruction{};
    case 0x6f:
      return {.operation = kJal, .rd = reg(bits, 7), .immediate = jal_offset(bits)};
    case 0x73:
      return decode_system(bits);
    default:
      return {};
  }
}

// --- 16-bit instructions ---------------------------------------------------------------------------------

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
    case 6:
      return {.operation = kSw,
              .rs1 = short_reg(bits, 7),
              .rs2 = short_reg(bits, 2),
              .immediate = c_word_offset(bits)};
    default:
      return {};
  }
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

Instruction decode_quadrant_2(std::uint32_t bits) {
  const std::uint8_t rd = reg(bits, 7);
  switch (field(bits, 13, 3)) {
    case 0:
      return {.operation = field(bits, 12, 1) != 0 ? kIllegal : kSlli,
              .rd = rd,
              .rs1 = rd,
              .immediate = static_cast<std::int32_t>(field(bits, 2, 5))};
    case 2:
      return {.operation = rd != 0 ? kLw : kIllegal,
              .rd = rd,
              .rs1 = kSp,
              .immediate = static_cast<std::int32_t>(field(bits, 2, 2) << 6 | field(bits, 12, 1) << 5 |
                                                     field(bits, 4, 3) << 2)};
    case 4:
      return decode_c_jump_move_add(bits);
    case 6:
      return {.operation = kSw,
              .rs1 = kSp,
              .rs2 = reg(bits, 2),
              .immediate = static_cast<std::int32_t>(field(bits, 7, 2) << 6 | field(bits, 9, 4) << 2)};
    default:
      return {};
  }
}

}  // namespace

CostClass cost_class(Operation operation) {
  constexpr std::array kClasses{
#define MHO_X(name, cost) CostClass::k##cost,
      MHO_RISCV_OPERATIONS(MHO_X)
#undef MHO_X
  };
  return kClasses[static_cast<std::size_t>(operation)];
}

Instruction decode(std::uint32_t bits) {
  Instruction result;
  switch (bits & 3) {
    case 0:
      result = decode_quadrant_0(bits & 0xffff);
      break;
    case 1:
      result = decode_quadrant_1(bits & 0xffff);
      break;
    case 2:
      result = decode_quadrant_2(bits & 0xffff);
      break;
    default:
      result = decode_32(bits);
      break;
  }
  result.length = is_compressed(bits) ? 2 : 4;
  result.bits = is_compressed(bits) ? bits & 0xffff : bits;
  return result;
}

}  // namespace mho::soc::riscv
