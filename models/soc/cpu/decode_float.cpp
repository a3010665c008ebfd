// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <array>

#include "models/soc/cpu/decode.hpp"

namespace mho::soc::riscv {
namespace {

using enum Operation;

constexpr std::uint32_t kSingleWidth = 2;

/// Adds the field rm; two of its values are reserved.
Instruction rounded(Instruction instruction, std::uint32_t bits) {
  instruction.rounding = static_cast<std::uint8_t>(field(bits, 12, 3));
  return instruction.rounding == 5 || instruction.rounding == 6 ? Instruction{} : instruction;
}

Instruction make_float(Operation operation, std::uint32_t bits) {
  return {.operation = operation,
          .rd = float_reg(bits, 7),
          .rs1 = float_reg(bits, 15),
          .rs2 = float_reg(bits, 20)};
}

/// f to x, where rs2 is part of the encoding or a register.
Instruction make_float_to_x(Operation operation, std::uint32_t bits) {
  return {.operation = operation, .rd = reg(bits, 7), .rs1 = float_reg(bits, 15)};
}

Instruction make_x_to_float(Operation operation, std::uint32_t bits) {
  return {.operation = operation, .rd = float_reg(bits, 7), .rs1 = reg(bits, 15)};
}

/// Instructions whose field rm selects one of three operations.
Instruction decode_float_selected(std::uint32_t bits) {
  constexpr std::array<Operation, 8> kSigns{kFsgnj,   kFsgnjn,  kFsgnjx,  kIllegal,
                                            kIllegal, kIllegal, kIllegal, kIllegal};
  constexpr std::array<Operation, 8> kExtremes{kFmin,    kFmax,    kIllegal, kIllegal,
                                               kIllegal, kIllegal, kIllegal, kIllegal};
  constexpr std::array<Operation, 8> kComparisons{kFle,     kFlt,     kFeq,     kIllegal,
                                                  kIllegal, kIllegal, kIllegal, kIllegal};
  const std::uint32_t selected = field(bits, 12, 3);
  switch (bits >> 25) {
    case 0x10:
      return make_float(kSigns[selected], bits);
    case 0x14:
      return make_float(kExtremes[selected], bits);
    default: {
      Instruction comparison = make_float_to_x(kComparisons[selected], bits);
      comparison.rs2 = float_reg(bits, 20);
      return comparison;
    }
  }
}

/// Instructions whose field rs2 is part of the encoding.
Instruction decode_float_unary(std::uint32_t bits) {
  const std::uint32_t variant = field(bits, 20, 5), selected = field(bits, 12, 3);
  if (variant > 1) return {};
  switch (bits >> 25) {
    case 0x60:
      return rounded(make_float_to_x(variant == 0 ? kFcvtWS : kFcvtWuS, bits), bits);
    case 0x68:
      return rounded(make_x_to_float(variant == 0 ? kFcvtSW : kFcvtSWu, bits), bits);
    default:
      break;
  }
  if (variant != 0) return {};
  switch (bits >> 25) {
    case 0x2c: {
      Instruction root = make_float(kFsqrt, bits);
      root.rs2 = 0;
      return rounded(root, bits);
    }
    case 0x70:
      if (selected == 0) return make_float_to_x(kFmvXW, bits);
      return selected == 1 ? make_float_to_x(kFclass, bits) : Instruction{};
    default:
      return selected == 0 ? make_x_to_float(kFmvWX, bits) : Instruction{};
  }
}

}  // namespace

Instruction decode_float_load(std::uint32_t bits) {
  if (field(bits, 12, 3) != kSingleWidth) return {};
  Instruction load = make_i(kFlw, bits);
  load.rd = float_reg(bits, 7);
  return load;
}

Instruction decode_float_store(std::uint32_t bits) {
  if (field(bits, 12, 3) != kSingleWidth) return {};
  return {
      .operation = kFsw, .rs1 = reg(bits, 15), .rs2 = float_reg(bits, 20), .immediate = store_offset(bits)};
}

Instruction decode_fused(Operation operation, std::uint32_t bits) {
  if (field(bits, 25, 2) != 0) return {};
  return rounded({.operation = operation,
                  .rd = float_reg(bits, 7),
                  .rs1 = float_reg(bits, 15),
                  .rs2 = float_reg(bits, 20),
                  .rs3 = float_reg(bits, 27)},
                 bits);
}

Instruction decode_float(std::uint32_t bits) {
  switch (bits >> 25) {
    case 0x00:
      return rounded(make_float(kFadd, bits), bits);
    case 0x04:
      return rounded(make_float(kFsub, bits), bits);
    case 0x08:
      return rounded(make_float(kFmul, bits), bits);
    case 0x0c:
      return rounded(make_float(kFdiv, bits), bits);
    case 0x10:
    case 0x14:
    case 0x50:
      return decode_float_selected(bits);
    case 0x2c:
    case 0x60:
    case 0x68:
    case 0x70:
    case 0x78:
      return decode_float_unary(bits);
    default:
      return {};
  }
}

}  // namespace mho::soc::riscv
