// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Machine and user mode: how one enters and leaves them, and what user mode must not do.
#include <gtest/gtest.h>

#include "tests/models/soc/cpu/protection_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kMpp = 3u << 11, kMie = 8, kMprv = 1u << 17, kTw = 1u << 21;

std::uint32_t csr_read(std::uint32_t number) {
  return number << 20 | 2 << 12 | 10 << 7 | 0x73;  // csrrs a0, number, x0
}

TEST(Privilege, ACallFromUserModeHasItsOwnCauseAndRemembersTheMode) {
  std::uint32_t at = 0;
  const FirstTrap trap = first_trap([&](Assembler& code) {
    emit_open(code);
    emit_user(code);
    at = code.here();
    code.ecall();
  });
  EXPECT_EQ(trap.cause, 8u);
  EXPECT_EQ(trap.pc, at);
  EXPECT_EQ(trap.value, 0u);
  EXPECT_EQ(trap.status & kMpp, 0u);
  const FirstTrap machine = first_trap([](Assembler& code) { code.ecall(); });
  EXPECT_EQ(machine.cause, 11u);
  EXPECT_EQ(machine.status & kMpp, kMpp);
}

TEST(Privilege, ReturningSetsTheModeBeforeToUser) {
  CpuBench bench;
  Assembler code(kRam);
  const auto next = code.label();
  code.la(t0, next);
  code.csrw(csr::mepc, t0);
  code.li(t0, kMpp);
  code.csrrs(zero, csr::mstatus, t0);
  code.mret();
  code.bind(next);
  code.csrr(s2, csr::mstatus);  // legal: the mode is still machine mode
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.counters().exceptions, 0u);
  EXPECT_EQ(bench.cpu.x(s2) & kMpp, 0u);
}

TEST(Privilege, MachineRegistersAreIllegalInUserMode) {
  for (const std::uint32_t number :
       {std::uint32_t{csr::mstatus}, std::uint32_t{csr::misa}, std::uint32_t{csr::mscratch},
        std::uint32_t{csr::mhartid}, std::uint32_t{csr::pmpcfg0}, std::uint32_t{csr::mcycle}}) {
    const FirstTrap trap = first_trap([&](Assembler& code) {
      emit_open(code);
      emit_user(code);
      code.word(csr_read(number));
    });
    EXPECT_EQ(trap.cause, 2u);
    EXPECT_EQ(trap.value, csr_read(number));
  }
}

TEST(Privilege, ReturningFromATrapIsIllegalInUserMode) {
  const FirstTrap trap = first_trap([](Assembler& code) {
    emit_open(code);
    emit_user(code);
    code.mret();
  });
  EXPECT_EQ(trap.cause, 2u);
  EXPECT_EQ(trap.value, 0x3020'0073u);
}

TEST(Privilege, CountersAreReadableInUserModeWhereMcounterenSaysSo) {
  struct Case {
    std::uint32_t number, bit;
  };
  const Case cases[] = {{csr::cycle, 0}, {csr::cycleh, 0}, {csr::instret, 2}, {csr::instreth, 2}, {0xc03, 3}};
  for (const Case& c : cases) {
    for (const bool is_enabled : {false, true}) {
      const FirstTrap trap = first_trap([&](Assembler& code) {
        emit_open(code);
        code.li(t0, is_enabled ? 1u << c.bit : ~(1u << c.bit));
        code.csrw(csr::mcounteren, t0);
        emit_user(code);
        code.word(csr_read(c.number));
        code.ecall();
      });
      EXPECT_EQ(trap.cause, is_enabled ? 8u : 2u) << std::hex << c.number;
    }
  }
}

TEST(Privilege, TheTimeIsReadableInUserModeWhereMcounterenSaysSo) {
  for (const bool is_enabled : {false, true}) {
    CpuBench bench;
    bench.cpu.set_time_source([](std::uint64_t) { return 0x5'0000'0077; });
    Assembler code(kRam);
    const auto handler = code.label();
    code.la(t0, handler);
    code.csrw(csr::mtvec, t0);
    emit_open(code);
    code.csrrwi(zero, csr::mcounteren, is_enabled ? 2 : 5);
    emit_user(code);
    code.csrr(s2, csr::time);
    code.csrr(s3, csr::timeh);
    code.ecall();
    code.align(4);
    code.bind(handler);
    emit_exit(code);
    bench.load(code);
    bench.run();
    EXPECT_EQ(bench.cpu.csr(csr::mcause), is_enabled ? 8u : 2u);
    EXPECT_EQ(bench.cpu.x(s2), is_enabled ? 0x77u : 0u);
    EXPECT_EQ(bench.cpu.x(s3), is_enabled ? 5u : 0u);
  }
}

TEST(Privilege, WaitingIsIllegalInUserModeWhenTrapped) {
  const FirstTrap trap = first_trap([](Assembler& code) {
    emit_open(code);
    code.li(t0, kTw);
    code.csrrs(zero, csr::mstatus, t0);
    emit_user(code);
    code.wfi();
  });
  EXPECT_EQ(trap.cause, 2u);
  EXPECT_EQ(trap.value, 0x1050'0073u);
}

TEST(Privilege, InterruptsReachUserModeWhateverMieSays) {
  CpuBench bench;
  Assembler code(kRam);
  const auto handler = code.label(), again = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  emit_open(code);
  code.csrrsi(zero, csr::mie, 8);
  code.csrrci(zero, csr::mstatus, 0x8);
  code.li(t0, 0x80);
  code.csrrc(zero, csr::mstatus, t0);  // MPIE, which becomes MIE
  emit_user(code);
  const std::uint32_t user = code.here();
  code.bind(again);
  code.addi(a1, a1, 1);
  code.j(again);
  code.align(4);
  code.bind(handler);
  emit_exit(code);
  bench.load(code);
  bench.cpu.set_software_interrupt(true);
  bench.run();
  EXPECT_EQ(bench.cpu.csr(csr::mcause), 0x8000'0003u);
  EXPECT_EQ(bench.cpu.csr(csr::mepc), user);
  EXPECT_EQ(bench.cpu.csr(csr::mstatus).value() & (kMie | kMpp), 0u);
}

TEST(Privilege, StatusHoldsTheModesThatExist) {
  CpuBench bench;
  auto& cpu = bench.cpu;
  EXPECT_TRUE(cpu.set_csr(csr::mstatus, kMprv | kTw));
  EXPECT_EQ(cpu.csr(csr::mstatus), kMprv | kTw);
  EXPECT_TRUE(cpu.set_csr(csr::mstatus, kMpp));
  EXPECT_EQ(cpu.csr(csr::mstatus), kMpp);
  // Supervisor mode does not exist: the field keeps what it had.
  EXPECT_TRUE(cpu.set_csr(csr::mstatus, 1u << 11));
  EXPECT_EQ(cpu.csr(csr::mstatus), kMpp);
}

TEST(Privilege, IdentityRegistersSayWhatTheCoreIs) {
  CpuBench bench({}, {.hart_id = 5});
  EXPECT_EQ(bench.cpu.csr(csr::misa), 0x4010'1125u);
  EXPECT_EQ(bench.cpu.csr(csr::mvendorid), 0u);  // not a commercial implementation
  EXPECT_EQ(bench.cpu.csr(csr::marchid), 0u);    // none was allocated
  EXPECT_EQ(bench.cpu.csr(csr::mimpid), 0u);
  EXPECT_EQ(bench.cpu.csr(csr::mhartid), 5u);
}

}  // namespace
}  // namespace mho::test
