// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/isa/random_program.hpp"

#include "tests/isa/random_generator.hpp"

namespace mho::test {

using soc::riscv::Operation;

namespace {

constexpr std::uint32_t kImageBytes = 1u << 20;
constexpr std::uint32_t kRegisters = kQemuRam + 0xc'3000;
constexpr std::uint32_t kLog = kQemuRam + 0xd'0000;
constexpr std::int32_t kUserCall = 8;  ///< mcause
constexpr std::uint32_t kCodeEnd = kQemuRam + 0xb'0000;

}  // namespace

RandomProgram Generator::make(unsigned items) {
  prologue();
  for (unsigned i = 0; i < items && code_.here() < kCodeEnd; ++i) item(true);
  return epilogue();
}

RandomProgram Generator::make_illegal(unsigned part, unsigned words) {
  prologue();
  for (std::uint32_t half = part * 0x4000; half < (part + 1) * 0x4000; ++half) {
    if (soc::riscv::is_compressed(half) && soc::riscv::decode(half).operation == Operation::kIllegal) {
      code_.half(static_cast<std::uint16_t>(half));
    }
  }
  for (unsigned i = 0; i < words; ++i) code_.word(illegal_word());
  return epilogue();
}

std::uint32_t Generator::value() {
  constexpr std::array<std::uint32_t, 10> kSpecial{0,           1,           2,      0xffff'ffff, 0x7fff'ffff,
                                                   0x8000'0000, 0x8000'0001, 0xffff, 0xffff'8000, 0x7f};
  if (chance(40)) return kSpecial[below(kSpecial.size())];
  return chance(50) ? bits() : bits() >> below(32);
}

bool Generator::is_reserved(std::uint32_t reg) {
  return reg == sp || reg == s0 || reg == s1 || reg == gp || reg == tp || reg == s11;
}

Reg Generator::target() {
  for (;;) {
    const Reg reg = any();
    if (!is_reserved(reg)) return reg;
  }
}

Reg Generator::target_not_zero() {
  for (;;) {
    const Reg reg = target();
    if (reg != zero) return reg;
  }
}

Reg Generator::base() {
  constexpr std::array<Reg, 3> kBases{sp, s0, s1};
  return kBases[below(kBases.size())];
}

void Generator::prologue() {
  const auto start = code_.label();
  code_.j(start);
  code_.align(64);
  handler();
  code_.bind(start);
  code_.la(t0, table_);
  if (chance(50)) code_.addi(t0, t0, 1);  // vectored
  code_.csrw(csr::mtvec, t0);
  code_.csrrwi(zero, csr::mie, 0);
  code_.csrrwi(zero, csr::mscratch, 0);
  code_.li(gp, kLog);
  code_.li(tp, kSave);
  code_.ecall();  // brings mstatus and the trap registers to the same state on both machines
  for (std::uint32_t reg = 1; reg < 32; ++reg) {
    if (!is_reserved(reg)) code_.li(static_cast<Reg>(reg), value());
  }
  float_set_up();
  protection_set_up();
  code_.li(sp, kData + 0x400);
  code_.li(s0, kData + 0x800);
  code_.li(s1, kData + 0x800 + 1 + below(3));
  code_.li(s11, 0);
}

/// Stores mstatus without the difference between initial, clean and dirty, which qemu does not keep exactly.
void Generator::log_status() {
  const auto is_off = code_.label();
  code_.csrr(t2, csr::mstatus);
  code_.li(t0, 3u << 13);
  code_.and_(t1, t2, t0);
  code_.beq(t1, zero, is_off);
  code_.or_(t2, t2, t0);
  code_.bind(is_off);
  code_.slli(t2, t2, 1);
  code_.srli(t2, t2, 1);
  code_.sw(t2, gp, 12);
}

/// Makes a load fault (t0) of a store-conditional or AMO at t1 the store fault that the privileged
/// specification demands. With one hart qemu 7.2 executes these as a load and a store, so where memory is not
/// readable either, the load faults first and says so. That the core reports a store fault is in pmp_test.
void Generator::mend_atomic_cause() {
  constexpr std::int32_t kLoadFault = 5, kStoreFault = 7, kAtomic = 0x2f, kOpcode = 0x7f, kLoadReserved = 2;
  constexpr unsigned kFunct5InUpperHalf = 11;
  const auto is_right = code_.label();
  code_.addi(t2, t0, -kLoadFault);
  code_.bne(t2, zero, is_right);
  code_.lhu(t2, t1, 0);
  code_.andi(t2, t2, kOpcode);
  code_.addi(t2, t2, -kAtomic);
  code_.bne(t2, zero, is_right);
  code_.lhu(t2, t1, 2);
  code_.srli(t2, t2, kFunct5InUpperHalf);
  code_.addi(t2, t2, -kLoadReserved);
  code_.beq(t2, zero, is_right);
  code_.addi(t0, zero, kStoreFault);
  code_.csrw(csr::mcause, t0);
  code_.bind(is_right);
}

void Generator::handler() {
  table_ = code_.here_label();
  const auto body = code_.label(), is_interrupt = code_.label(), is_fetch = code_.label(),
             is_short = code_.label(), leave = code_.label();
  for (unsigned i = 0; i < 16; ++i) code_.j(body);
  code_.bind(body);
  code_.sw(t0, tp, 0);
  code_.sw(t1, tp, 4);
  code_.sw(t2, tp, 8);
  log_status();
  code_.csrr(t0, csr::mcause);
  code_.csrr(t1, csr::mepc);
  mend_atomic_cause();
  code_.csrr(t2, csr::mtval);
  code_.sw(t0, gp, 0);
  code_.sw(t1, gp, 4);
  code_.sw(t2, gp, 8);
  code_.addi(gp, gp, 16);
  code_.blt(t0, zero, is_interrupt);
  code_.addi(t0, t0, -1);
  code_.beq(t0, zero, is_fetch);
  code_.lhu(t2, t1, 0);
  code_.andi(t2, t2, 3);
  code_.addi(t2, t2, -3);
  code_.addi(t1, t1, 2);
  code_.bne(t2, zero, is_short);
  code_.addi(t1, t1, 2);
  code_.bind(is_short);
  code_.csrw(csr::mepc, t1);
  // A call from user mode returns to machine mode.
  code_.addi(t0, t0, 1 - kUserCall);
  code_.bne(t0, zero, leave);
  code_.li(t0, 3u << 11);
  code_.csrrs(zero, csr::mstatus, t0);
  code_.bind(leave);
  code_.lw(t0, tp, 0);
  code_.lw(t1, tp, 4);
  code_.lw(t2, tp, 8);
  code_.mret();
  code_.bind(is_interrupt);
  code_.li(t1, kClintMsip);
  code_.sw(zero, t1, 0);
  code_.j(leave);
  code_.bind(is_fetch);
  code_.lw(t1, tp, kResumeSlot);
  code_.csrw(csr::mepc, t1);
  code_.j(leave);
}

RandomProgram Generator::epilogue() {
  // Every register is stored through x1, which is kept in mscratch meanwhile.
  code_.csrw(csr::mscratch, ra);
  code_.li(ra, kRegisters);
  for (std::uint32_t reg = 2; reg < 32; ++reg) {
    code_.sw(static_cast<Reg>(reg), ra, static_cast<std::int32_t>(4 * reg));
  }
  code_.csrr(t0, csr::mscratch);
  code_.sw(t0, ra, 4);
  float_store_all(ra, 128);
  code_.li(t0, kFinisher);
  code_.li(t1, 0x5555);
  const auto again = code_.here_label();
  code_.sw(t1, t0, 0);
  code_.j(again);
  RandomProgram program{.image = code_.finish(), .log_start = kLog, .registers = kRegisters};
  program.image.resize(kImageBytes);
  for (std::uint32_t at = kData - kQemuRam; at < kData - kQemuRam + 0x1000; ++at) {
    program.image[at] = static_cast<std::uint8_t>(bits());
  }
  constexpr std::uint16_t kReturn = 0x8082;
  for (std::uint32_t at = kIsland - kQemuRam; at < kIsland - kQemuRam + 0x1000; at += 2) {
    program.image[at] = kReturn & 0xff;
    program.image[at + 1] = kReturn >> 8;
  }
  return program;
}

void Generator::item(bool may_nest) {
  const std::uint32_t kind = below(100);
  if (kind < 15) {
    arithmetic();
  } else if (kind < 31) {
    compressed();
  } else if (kind < 43) {
    memory();
  } else if (kind < 48) {
    atomic();
  } else if (kind < 68) {
    floating();
  } else if (kind < 76) {
    may_nest ? skip() : arithmetic();
  } else if (kind < 78) {
    may_nest ? loop() : memory();
  } else if (kind < 80) {
    may_nest ? user_section() : counter_access();
  } else if (kind < 81) {
    chance(50) ? protection_change() : call_island();
  } else if (kind < 86) {
    csr_access();
  } else if (kind < 92) {
    trap();
  } else if (kind < 94) {
    jump_register();
  } else if (kind < 95) {
    may_be_user_ ? arithmetic() : interrupt();
  } else if (kind < 96) {
    code_.fence();
  } else if (kind < 97) {
    patch();
  } else {
    code_.li(target(), value());
  }
}

RandomProgram make_random_program(std::uint64_t seed, unsigned items) {
  return Generator(seed).make(items);
}

RandomProgram make_illegal_program(std::uint64_t seed, unsigned part, unsigned words) {
  return Generator(seed).make_illegal(part, words);
}

}  // namespace mho::test
