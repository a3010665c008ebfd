// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/isa/random_generator.hpp"

namespace mho::test {

using soc::riscv::Operation;

void Generator::csr_access() {
  switch (below(8)) {
    case 0:
      csr_any(csr::mscratch);
      break;
    case 1:
      csr_any(csr::mcause);
      break;
    case 2:
      csr_any(csr::mtval);
      break;
    case 3:
    case 4:
      status_access();
      break;
    case 5:
      code_.csrr(target(), chance(50) ? csr::mepc : csr::mtvec);
      break;
    case 6:
      code_.csrr(target(), chance(50) ? csr::misa : csr::mhartid);
      break;
    default:
      code_.csrrsi(target(), csr::mtvec, chance(50) ? 2 : 0);
      break;
  }
}

void Generator::status_access() {
  const Reg reg = target_not_zero();
  if (chance(50)) {
    code_.csrrsi(reg, csr::mstatus, chance(50) ? 8 : 0);
  } else {
    code_.csrrci(reg, csr::mstatus, chance(50) ? 8 : 0);
  }
  code_.andi(reg, reg, 0x88);  // qemu shows user mode in MPP after mret, although it has none
}

void Generator::csr_any(std::uint32_t number) {
  switch (below(6)) {
    case 0:
      code_.csrrw(target(), number, any());
      break;
    case 1:
      code_.csrrs(target(), number, any());
      break;
    case 2:
      code_.csrrc(target(), number, any());
      break;
    case 3:
      code_.csrrwi(target(), number, below(32));
      break;
    case 4:
      code_.csrrsi(target(), number, below(32));
      break;
    default:
      code_.csrrci(target(), number, below(32));
      break;
  }
}

std::uint32_t Generator::illegal_word() {
  for (;;) {
    const std::uint32_t word = bits() | 3;
    if (soc::riscv::decode(word).operation == Operation::kIllegal) return word;
  }
}

void Generator::trap() {
  switch (below(9)) {
    case 0:
      code_.ecall();
      break;
    case 1:
      code_.ebreak();
      break;
    case 2:
      code_.half(0x9002);
      break;  // c.ebreak
    case 3:
      code_.half(0x0000);
      break;
    case 4:
      code_.word(illegal_word());
      break;
    case 5: {
      // A register that does not exist, or a write to one that is read-only.
      constexpr std::array<std::uint32_t, 4> kMissing{0x180, 0x100, 0x105, 0x7c0};
      if (chance(50)) {
        code_.csrrw(target(), kMissing[below(4)], any());
      } else {
        code_.csrrw(target(), csr::mhartid, any());
      }
      break;
    }
    case 6: {
      const Reg reg = target_not_zero();
      code_.li(reg, kNowhere + below(0x1000) * 4);
      chance(50) ? code_.lw(target(), reg, 0) : code_.sw(any(), reg, 0);
      break;
    }
    case 7: {
      const Reg reg = target_not_zero();
      code_.li(reg, kNowhere + below(0x1000));
      chance(50) ? code_.lbu(target(), reg, 0) : code_.sb(any(), reg, 0);
      break;
    }
    default:
      jump_nowhere();
      break;
  }
}

/// Raises the software interrupt line while masked, passes a wfi, and lets the interrupt in.
void Generator::interrupt() {
  const Reg reg = target_not_zero();
  Reg one = target_not_zero();
  while (one == reg) one = target_not_zero();
  code_.csrrci(zero, csr::mstatus, 8);
  code_.csrrsi(zero, csr::mie, 8);
  code_.li(reg, kClintMsip);
  code_.addi(one, zero, 1);
  code_.sw(one, reg, 0);
  code_.wfi();
  const Reg pending = target_not_zero();
  code_.csrr(pending, csr::mip);
  code_.andi(pending, pending, 8);  // qemu's timer line is up as well
  if (chance(70)) {
    code_.csrrsi(zero, csr::mstatus, 8);
  } else {
    code_.li(reg, kClintMsip);
    code_.sw(zero, reg, 0);
  }
  code_.csrrci(target(), csr::mie, 8);
}

}  // namespace mho::test
