// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/isa/random_generator.hpp"

namespace mho::test {

using soc::riscv::Instruction;
using soc::riscv::Operation;

std::uint32_t Generator::float_value() {
  constexpr std::array<std::uint32_t, 12> kSpecial{0x0000'0000, 0x0000'0001, 0x007f'ffff, 0x0080'0000,
                                                   0x3f80'0000, 0x3f80'0001, 0x4f00'0000, 0x4f80'0000,
                                                   0x7f7f'ffff, 0x7f80'0000, 0x7f80'0001, 0x7fc0'0000};
  const std::uint32_t sign = bits() & 0x8000'0000;
  switch (below(5)) {
    case 0:
      return sign | kSpecial[below(kSpecial.size())];
    case 1:
      return bits();
    case 2:
      return sign | bits() >> (9 + below(23));
    default: {
      // Near one, and with few bits, so that sums meet and ties happen.
      const std::uint32_t fraction = chance(50) ? bits() >> 9 : (bits() >> 9 & ~0u << below(24)) & 0x7f'ffff;
      return sign | (127 - 30 + below(64)) << 23 | fraction;
    }
  }
}

void Generator::float_set_up() {
  code_.li(t0, 1u << 13);
  code_.csrrs(zero, csr::mstatus, t0);
  for (std::uint32_t reg = 0; reg < 32; ++reg) {
    code_.li(t0, float_value());
    code_.fmv_w_x(static_cast<Freg>(reg), t0);
  }
  code_.csrrwi(zero, csr::fcsr, 0);
  code_.li(t0, value());
}

/// f0 … f31 and fcsr; changes t0.
void Generator::float_store_all(Reg base, std::int32_t offset) {
  code_.li(t0, 3u << 13);
  code_.csrrs(zero, csr::mstatus, t0);
  for (std::uint32_t reg = 0; reg < 32; ++reg) {
    code_.fsw(static_cast<Freg>(reg), base, offset + static_cast<std::int32_t>(4 * reg));
  }
  code_.csrr(t0, csr::fcsr);
  code_.sw(t0, base, offset + 128);
}

void Generator::floating() {
  const std::uint32_t kind = below(100);
  if (kind < 55) {
    float_arithmetic();
  } else if (kind < 70) {
    float_memory();
  } else if (kind < 90) {
    float_refill();
  } else if (kind < 98) {
    float_csr();
  } else {
    float_switch();
  }
}

std::uint32_t Generator::float_word() {
  constexpr std::array<std::uint32_t, 6> kOpcodes{0x43, 0x47, 0x4b, 0x4f, 0x53, 0x53};
  constexpr std::array<std::uint32_t, 12> kFunct7{0x00, 0x04, 0x08, 0x0c, 0x2c, 0x10,
                                                  0x14, 0x50, 0x60, 0x68, 0x70, 0x78};
  std::uint32_t word = (bits() & 0xf9ff'ff80) | kOpcodes[below(kOpcodes.size())];
  if ((word & 0x7f) != 0x53) return word;
  const std::uint32_t funct7 = kFunct7[below(kFunct7.size())];
  word = (word & 0x01ff'ffff) | funct7 << 25;
  const bool is_unary = funct7 == 0x2c || funct7 >= 0x60;
  return is_unary ? word & ~(0x1eu << 20) : word;
}

void Generator::float_arithmetic() {
  for (;;) {
    const std::uint32_t word = float_word();
    const Instruction instruction = soc::riscv::decode(word);
    if (instruction.operation == Operation::kIllegal || is_reserved(instruction.rd)) continue;
    code_.word(word);
    return;
  }
}

void Generator::float_memory() {
  const auto offset = static_cast<std::int32_t>(below(0x780)) - 0x3c0;
  if (chance(50)) {
    code_.flw(any_float(), base(), offset);
  } else {
    code_.fsw(any_float(), base(), offset);
  }
}

void Generator::float_refill() {
  const Reg reg = target_not_zero();
  code_.li(reg, float_value());
  code_.fmv_w_x(any_float(), reg);
}

void Generator::float_csr() {
  switch (below(4)) {
    case 0:
      csr_any(csr::fflags);
      break;
    case 1:
      csr_any(csr::fcsr);
      code_.csrrwi(zero, csr::frm, below(5));
      break;
    case 2:
      code_.csrrwi(target(), csr::frm, below(8));
      break;
    default:
      code_.csrrwi(target(), csr::frm, below(5));
      break;
  }
}

/// Turns the unit off for an item or two.
void Generator::float_switch() {
  const Reg reg = target_not_zero();
  code_.li(reg, 3u << 13);
  code_.csrrc(zero, csr::mstatus, reg);
  chance(50) ? float_arithmetic() : float_memory();
  if (chance(50)) csr_any(chance(50) ? csr::fflags : csr::fcsr);
  code_.li(reg, (1 + below(3)) << 13);
  code_.csrrs(zero, csr::mstatus, reg);
}

}  // namespace mho::test
