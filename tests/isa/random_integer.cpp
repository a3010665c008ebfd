// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/isa/random_generator.hpp"

namespace mho::test {

using soc::riscv::Instruction;
using soc::riscv::Operation;

void Generator::arithmetic() {
  constexpr std::array<std::uint32_t, 4> kOpcodes{0x13, 0x33, 0x37, 0x17};
  for (;;) {
    std::uint32_t word = (bits() & 0xffff'ff80) | kOpcodes[below(kOpcodes.size())];
    if ((word & 0x7f) == 0x33) {
      constexpr std::array<std::uint32_t, 3> kFunct7{0x00, 0x01, 0x20};
      word = (word & 0x01ff'ffff) | kFunct7[below(3)] << 25;
    }
    const Instruction instruction = soc::riscv::decode(word);
    if (instruction.operation == Operation::kIllegal || is_reserved(instruction.rd)) continue;
    code_.word(word);
    return;
  }
}

bool Generator::is_safe_compressed(const Instruction& instruction) {
  const Operation operation = instruction.operation;
  if (soc::riscv::ends_block(operation) || is_reserved(instruction.rd)) return false;
  if (soc::riscv::is_load(operation) || soc::riscv::is_store(operation)) {
    return instruction.rs1 == sp || instruction.rs1 == s0 || instruction.rs1 == s1;
  }
  return true;
}

void Generator::compressed() {
  for (;;) {
    const auto half = static_cast<std::uint16_t>(bits());
    if (!soc::riscv::is_compressed(half) || !is_safe_compressed(soc::riscv::decode(half))) continue;
    code_.half(half);
    return;
  }
}

void Generator::memory() {
  const auto offset = static_cast<std::int32_t>(below(0x780)) - 0x3c0;
  const Reg address = base(), reg = target();
  switch (below(8)) {
    case 0:
      code_.lb(reg, address, offset);
      break;
    case 1:
      code_.lh(reg, address, offset);
      break;
    case 2:
      code_.lw(reg, address, offset);
      break;
    case 3:
      code_.lbu(reg, address, offset);
      break;
    case 4:
      code_.lhu(reg, address, offset);
      break;
    case 5:
      code_.sb(any(), address, offset);
      break;
    case 6:
      code_.sh(any(), address, offset);
      break;
    default:
      code_.sw(any(), address, offset);
      break;
  }
}

void Generator::atomic() {
  constexpr std::array<std::uint32_t, 9> kFunct5{0x01, 0x00, 0x04, 0x0c, 0x08, 0x10, 0x14, 0x18, 0x1c};
  const Reg address = chance(50) ? sp : s0;
  switch (below(6)) {
    case 0:
      code_.lr(target(), address);
      if (chance(30)) code_.sw(any(), address, 0);
      if (chance(20)) compressed();
      code_.sc(target(), chance(85) ? address : (address == sp ? s0 : sp), any());
      break;
    case 1:
      code_.sc(target(), address, any());
      break;
    default:
      code_.amo(kFunct5[below(kFunct5.size())], target(), address, any());
      break;
  }
}

}  // namespace mho::test
