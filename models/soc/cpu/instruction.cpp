// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/instruction.hpp"

#include <array>

#include "models/soc/cpu/decode.hpp"

namespace mho::soc::riscv {
namespace {

using enum Operation;

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
          .immediate = store_offset(bits)};
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
    case 0x07:
      return decode_float_load(bits);
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
    case 0x27:
      return decode_float_store(bits);
    case 0x2f:
      return decode_amo(bits);
    case 0x33:
      return decode_op(bits);
    case 0x43:
      return decode_fused(kFmadd, bits);
    case 0x47:
      return decode_fused(kFmsub, bits);
    case 0x4b:
      return decode_fused(kFnmsub, bits);
    case 0x4f:
      return decode_fused(kFnmadd, bits);
    case 0x53:
      return decode_float(bits);
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
