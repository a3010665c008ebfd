// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/isa/random_generator.hpp"

namespace mho::test {

/// A conditional branch or jump forward over a few items.
void Generator::skip() {
  const auto behind = code_.label();
  switch (below(8)) {
    case 0:
      code_.beq(any(), any(), behind);
      break;
    case 1:
      code_.bne(any(), any(), behind);
      break;
    case 2:
      code_.blt(any(), any(), behind);
      break;
    case 3:
      code_.bge(any(), any(), behind);
      break;
    case 4:
      code_.bltu(any(), any(), behind);
      break;
    case 5:
      code_.bgeu(any(), any(), behind);
      break;
    case 6:
      code_.jal(target(), behind);
      break;
    default:
      compressed_skip();
      return;
  }
  for (std::uint32_t n = 1 + below(4); n > 0; --n) item(false);
  code_.bind(behind);
}

/// c.j, c.jal, c.beqz or c.bnez over one 32-bit instruction (and a 16-bit one).
void Generator::compressed_skip() {
  constexpr std::array<std::uint16_t, 4> kJumps{0xa001, 0x2001, 0xc001, 0xe001};
  const std::uint32_t kind = below(4);
  const std::uint32_t offset = chance(50) ? 6 : 8;
  std::uint16_t half = kJumps[kind];
  if (kind < 2) {
    half = static_cast<std::uint16_t>(half | (offset >> 1 & 7) << 3);
  } else {
    half =
        static_cast<std::uint16_t>(half | (offset >> 1 & 3) << 3 | (offset >> 3 & 1) << 10 | below(8) << 7);
  }
  code_.half(half);
  arithmetic();
  if (offset == 8) compressed();
}

void Generator::loop() {
  code_.addi(s11, zero, static_cast<std::int32_t>(2 + below(6)));
  const auto again = code_.here_label();
  for (std::uint32_t n = 1 + below(6); n > 0; --n) item(false);
  code_.addi(s11, s11, -1);
  code_.bne(s11, zero, again);
}

/// jalr forward, with the lowest bit of the target set at times, which is ignored.
void Generator::jump_register() {
  const auto behind = code_.label();
  const Reg reg = target_not_zero();
  code_.la(reg, behind);
  if (chance(30)) code_.addi(reg, reg, 1);
  if (chance(40)) {
    // c.jr, c.jalr
    code_.half(static_cast<std::uint16_t>((chance(50) ? 0x8002 : 0x9002) | reg << 7));
  } else {
    code_.jalr(target(), reg, 0);
  }
  for (std::uint32_t n = below(3); n > 0; --n) arithmetic();
  code_.bind(behind);
}

void Generator::jump_nowhere() {
  const auto resume = code_.label();
  const Reg reg = target_not_zero();
  code_.la(reg, resume);
  code_.sw(reg, tp, kResumeSlot);
  code_.li(reg, kNowhere + below(0x1000) * 2);
  code_.jalr(target(), reg, 0);
  code_.bind(resume);
}

/// Writes an instruction and executes it.
void Generator::patch() {
  const auto place = code_.label();
  const Reg address = target_not_zero();
  Reg word = target_not_zero();
  while (word == address) word = target_not_zero();
  code_.la(address, place);
  code_.li(word, encode::i(0x13, 0, target(), any(), static_cast<std::int32_t>(below(0x800))));
  code_.sw(word, address, 0);
  code_.fence_i();
  code_.bind(place);
  code_.nop();
}

}  // namespace mho::test
