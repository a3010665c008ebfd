// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include "tests/models/soc/cpu/trap_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kNothing = 0x3000'0000;

/// first_trap() with interrupts on before the trap.
template <typename Body>
FirstTrap trap_of(Body body, soc::CpuOptions options = {}) {
  return first_trap(
      [&](Assembler& code) {
        code.csrrsi(zero, csr::mstatus, 8);
        body(code);
      },
      options);
}

/// For bodies whose trapping instruction is the one at `at`.
template <typename Body>
void expect_trap(std::uint32_t cause, std::uint32_t value, Body body) {
  for (const bool use_dmi : {true, false}) {
    for (const bool use_cache : {true, false}) {
      std::uint32_t at = 0;
      const FirstTrap trap = trap_of([&](Assembler& code) { at = body(code); },
                                     {.use_dmi = use_dmi, .use_block_cache = use_cache});
      EXPECT_EQ(trap.cause, cause);
      EXPECT_EQ(trap.pc, at);
      EXPECT_EQ(trap.value, value);
      // Interrupts off, the former state kept, machine mode before and after.
      EXPECT_EQ(trap.status, 0x1880u);
    }
  }
}

TEST(Traps, EnvironmentCall) {
  expect_trap(11, 0, [](Assembler& code) {
    code.nop();
    const auto at = code.here();
    code.ecall();
    return at;
  });
}

TEST(Traps, Breakpoints) {
  expect_trap(3, 0, [](Assembler& code) {
    const auto at = code.here();
    code.ebreak();
    return at;
  });
  expect_trap(3, 0, [](Assembler& code) {
    const auto at = code.here();
    code.half(0x9002);
    return at;
  });
}

TEST(Traps, IllegalInstructionsShowTheirBits) {
  expect_trap(2, 0xffff'ffff, [](Assembler& code) {
    const auto at = code.here();
    code.word(0xffff'ffff);
    return at;
  });
  // Of a compressed one the lower half only, whatever follows.
  expect_trap(2, 0x6101, [](Assembler& code) {
    code.half(0x0001);
    const auto at = code.here();
    code.half(0x6101);
    code.half(0xffff);
    return at;
  });
}

TEST(Traps, RegistersThatDoNotExistOrCannotBeWrittenAreIllegal) {
  for (const std::uint32_t number :
       {0x100u, 0x180u, 0x302u, 0x3a4u, 0x3c0u, 0x7c0u, 0xb01u, 0xc01u, 0xf16u}) {
    const std::uint32_t word = number << 20 | 2 << 12 | 10 << 7 | 0x73;  // csrrs a0, number, x0
    expect_trap(2, word, [&](Assembler& code) {
      const auto at = code.here();
      code.word(word);
      return at;
    });
  }
  const std::uint32_t write_hart_id = csr::mhartid << 20 | 5 << 15 | 1 << 12 | 0x73;  // csrrw x0, mhartid, t0
  expect_trap(2, write_hart_id, [&](Assembler& code) {
    const auto at = code.here();
    code.word(write_hart_id);
    return at;
  });
}

TEST(Traps, DataAccessFaultsShowTheAddress) {
  using Emit = void (Assembler::*)(Reg, Reg, std::int32_t);
  for (const Emit load : {&Assembler::lb, &Assembler::lh, &Assembler::lw, &Assembler::lbu, &Assembler::lhu}) {
    expect_trap(5, kNothing + 8, [&](Assembler& code) {
      code.li(t1, kNothing);
      const auto at = code.here();
      (code.*load)(a0, t1, 8);
      return at;
    });
  }
  for (const Emit store : {&Assembler::sb, &Assembler::sh, &Assembler::sw}) {
    expect_trap(7, kNothing - 4, [&](Assembler& code) {
      code.li(t1, kNothing);
      const auto at = code.here();
      (code.*store)(a0, t1, -4);
      return at;
    });
  }
}

TEST(Traps, ReadOnlyMemoryRefusesStores) {
  expect_trap(7, kRom + 16, [](Assembler& code) {
    code.li(t1, kRom);
    code.lw(t2, t1, 16);
    const auto at = code.here();
    code.sw(t2, t1, 16);
    return at;
  });
}

TEST(Traps, FetchFaultsShowWhatCouldNotBeFetched) {
  expect_trap(1, kNothing, [](Assembler& code) {
    code.li(t1, kNothing);
    code.jalr(zero, t1, 0);
    return kNothing;
  });
  // Devices are not executable.
  expect_trap(1, kScratch, [](Assembler& code) {
    code.li(t1, kScratch);
    code.jalr(zero, t1, 0);
    return kScratch;
  });
  // An instruction half of which lies behind the memory.
  expect_trap(1, kRam + kRamBytes, [](Assembler& code) {
    const std::uint32_t last = kRam + kRamBytes - 2;
    code.li(t1, last);
    code.addi(t2, zero, 0x13);  // the lower half of a nop
    code.sh(t2, t1, 0);
    code.jalr(zero, t1, 0);
    return last;
  });
}

TEST(Traps, MisalignedAtomicsTrap) {
  const auto at_odd_address = [](auto emit) {
    return [emit](Assembler& code) {
      code.li(t1, kRam + 0x2002);
      const auto at = code.here();
      emit(code);
      return at;
    };
  };
  expect_trap(4, kRam + 0x2002, at_odd_address([](Assembler& code) { code.lr(a0, t1); }));
  expect_trap(6, kRam + 0x2002, at_odd_address([](Assembler& code) { code.sc(a0, t1, a1); }));
  expect_trap(6, kRam + 0x2002, at_odd_address([](Assembler& code) { code.amo(0x00, a0, t1, a1); }));
}

TEST(Traps, AtomicsWorkOnMemoryOnly) {
  const auto at_device = [](auto emit) {
    return [emit](Assembler& code) {
      code.li(t1, kScratch);
      const auto at = code.here();
      emit(code);
      return at;
    };
  };
  expect_trap(5, kScratch, at_device([](Assembler& code) { code.lr(a0, t1); }));
  expect_trap(7, kScratch, at_device([](Assembler& code) { code.sc(a0, t1, a1); }));
  expect_trap(7, kScratch, at_device([](Assembler& code) { code.amo(0x01, a0, t1, a1); }));
}

TEST(Traps, TrappingInstructionsDoNotRetireAndChangeNothing) {
  const FirstTrap quiet = trap_of([](Assembler& code) { code.ecall(); });
  const FirstTrap after_one = trap_of([](Assembler& code) {
    code.nop();
    code.ecall();
  });
  EXPECT_EQ(after_one.instructions, quiet.instructions + 1);

  CpuBench bench;
  Assembler code(kRam);
  const auto handler = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.li(a1, kNothing);
  code.lw(a1, a1, 0);
  code.align(4);
  code.bind(handler);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.x(a1), kNothing);
}

TEST(Traps, ReturnRestoresAndContinues) {
  CpuBench bench;
  Assembler code(kRam);
  const auto handler = code.label(), start = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.csrrsi(zero, csr::mstatus, 8);
  code.j(start);
  code.align(4);
  code.bind(handler);
  code.csrr(s2, csr::mstatus);
  code.csrr(t1, csr::mepc);
  code.addi(t1, t1, 4);
  code.csrw(csr::mepc, t1);
  code.mret();
  code.bind(start);
  code.ecall();
  code.csrr(s3, csr::mstatus);
  code.addi(a0, a0, 9);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.exit_code, 9);
  EXPECT_EQ(bench.cpu.x(s2), 0x1880u);
  EXPECT_EQ(bench.cpu.x(s3), 0x0088u);  // user mode becomes the one before
  EXPECT_EQ(bench.cpu.counters().exceptions, 1u);
}

TEST(Traps, ATrapEndsAReservationAndSoDoesTheReturn) {
  for (const bool is_reserved_in_handler : {false, true}) {
    CpuBench bench;
    Assembler code(kRam);
    const auto handler = code.label(), start = code.label();
    code.la(t0, handler);
    code.csrw(csr::mtvec, t0);
    code.li(t1, kRam + 0x2000);
    code.j(start);
    code.align(4);
    code.bind(handler);
    code.csrr(t0, csr::mepc);
    code.addi(t0, t0, 4);
    code.csrw(csr::mepc, t0);
    if (is_reserved_in_handler) code.lr(t2, t1);
    code.mret();
    code.bind(start);
    if (!is_reserved_in_handler) code.lr(t2, t1);
    code.ecall();
    code.sc(a0, t1, zero);
    emit_exit(code);
    bench.load(code);
    bench.run();
    EXPECT_EQ(bench.cpu.x(a0), 1u);
  }
}

TEST(Csr, RegistersHoldWhatTheyCan) {
  CpuBench bench({}, {.hart_id = 3});
  auto& cpu = bench.cpu;
  EXPECT_EQ(cpu.csr(csr::misa), 0x4010'1125u);
  EXPECT_EQ(cpu.csr(csr::mhartid), 3u);
  EXPECT_EQ(cpu.csr(csr::mstatus), 0x1800u);
  EXPECT_TRUE(cpu.set_csr(csr::mstatus, 0xffff'ffff));
  EXPECT_EQ(cpu.csr(csr::mstatus), 0x8022'7888u);
  EXPECT_TRUE(cpu.set_csr(csr::mie, 0xffff'ffff));
  EXPECT_EQ(cpu.csr(csr::mie), 0x888u);
  EXPECT_TRUE(cpu.set_csr(csr::mepc, 0x1235));
  EXPECT_EQ(cpu.csr(csr::mepc), 0x1234u);
  EXPECT_TRUE(cpu.set_csr(csr::mtvec, 0x8000'0001));
  EXPECT_TRUE(cpu.set_csr(csr::mtvec, 0x4444'4442));  // a reserved mode changes nothing
  EXPECT_EQ(cpu.csr(csr::mtvec), 0x8000'0001u);
  EXPECT_TRUE(cpu.set_csr(csr::misa, 0));
  EXPECT_EQ(cpu.csr(csr::misa), 0x4010'1125u);
  EXPECT_TRUE(cpu.set_csr(csr::mip, 0xfff));
  EXPECT_EQ(cpu.csr(csr::mip), 0u);
  for (const std::uint16_t scratch : {csr::mscratch, csr::mcause, csr::mtval}) {
    EXPECT_TRUE(cpu.set_csr(scratch, 0x89ab'cdef));
    EXPECT_EQ(cpu.csr(scratch), 0x89ab'cdefu);
  }
  EXPECT_FALSE(cpu.set_csr(csr::mhartid, 1));
  EXPECT_FALSE(cpu.csr(0x180).has_value());
  EXPECT_FALSE(cpu.set_csr(0x180, 0));
}

TEST(Csr, SetAndClearWriteOnlyWhenAsked) {
  CpuBench bench;
  Assembler code(kRam);
  code.csrrwi(zero, csr::mscratch, 0x15);
  code.csrrsi(s2, csr::mscratch, 0x0a);
  code.csrrci(s3, csr::mscratch, 0x11);
  code.csrrs(s4, csr::mscratch, zero);
  code.csrrs(s5, csr::mhartid, zero);  // reading a read-only register is legal …
  code.csrrci(s6, csr::mhartid, 0);    // … so is clearing nothing in it
  code.li(t0, 0xf0);
  code.csrrw(t0, csr::mscratch, t0);  // exchange with itself
  code.csrrc(s7, csr::mscratch, t0);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.cause, soc::StopCause::kGuestExit);
  EXPECT_EQ(bench.cpu.x(s2), 0x15u);
  EXPECT_EQ(bench.cpu.x(s3), 0x1fu);
  EXPECT_EQ(bench.cpu.x(s4), 0x0eu);
  EXPECT_EQ(bench.cpu.x(t0), 0x0eu);
  EXPECT_EQ(bench.cpu.x(s7), 0xf0u);
  EXPECT_EQ(bench.cpu.csr(csr::mscratch), 0xf0u);
}

}  // namespace
}  // namespace mho::test
