// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How a run ends: limits, hangs, requests; each at the same moment in every mode.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

using soc::StopCause;

/// Runs `body` in several modes, checks that they stop alike, and returns the report.
template <typename Body>
soc::StopReport stop_of(Body body, soc::CpuOptions options = {}) {
  soc::StopReport first;
  bool is_first = true;
  for (const std::uint64_t quantum_ps : {10'000'000ull, 100'000ull, 1'000ull}) {
    for (const bool use_dmi : {true, false}) {
      for (const bool use_cache : {true, false}) {
        options.quantum_ps = quantum_ps;
        options.use_dmi = use_dmi;
        options.use_block_cache = use_cache;
        CpuBench bench(options);
        Assembler code(kRam);
        body(code, bench);
        bench.load(code);
        bench.run();
        EXPECT_EQ(bench.stop.time_ps, tlm_base::to_ps(sc_core::sc_time_stamp()));
        EXPECT_EQ(bench.stop.time_ps, bench.cpu.local_time_ps());
        if (std::exchange(is_first, false)) first = bench.stop;
        EXPECT_EQ(bench.stop.cause, first.cause);
        EXPECT_EQ(bench.stop.pc, first.pc);
        EXPECT_EQ(bench.stop.time_ps, first.time_ps);
        EXPECT_EQ(bench.stop.text, first.text);
      }
    }
  }
  return first;
}

void emit_endless_loop(Assembler& code) {
  const auto loop = code.here_label();
  code.addi(s2, s2, 1);
  code.xori(s3, s2, 5);
  code.j(loop);
}

TEST(Limits, TheInstructionLimitIsExact) {
  for (std::uint64_t limit = 1; limit < 40; ++limit) {
    for (const bool use_cache : {true, false}) {
      CpuBench bench({.use_block_cache = use_cache, .max_instructions = limit});
      Assembler code(kRam);
      emit_endless_loop(code);
      bench.load(code);
      bench.run();
      EXPECT_EQ(bench.stop.cause, StopCause::kInstructionLimit);
      EXPECT_EQ(bench.cpu.counters().instructions, limit);
      EXPECT_EQ(bench.cpu.x(s2), (limit + 2) / 3);
      EXPECT_EQ(bench.stop.pc, kRam + 4 * (limit % 3));
    }
  }
  const auto report =
      stop_of([](Assembler& code, CpuBench&) { emit_endless_loop(code); }, {.max_instructions = 100'000});
  EXPECT_EQ(report.cause, StopCause::kInstructionLimit);
  EXPECT_EQ(report.time_ps, (33'333ull * 4 + 1) * 1000);
}

TEST(Limits, TheTimeLimitEndsTheRunAtTheNextBoundary) {
  const auto report =
      stop_of([](Assembler& code, CpuBench&) { emit_endless_loop(code); }, {.max_time_ps = 50'003'500});
  EXPECT_EQ(report.cause, StopCause::kHostRequest);
  // Turns of 1 + 1 + 2 cycles: boundaries at 50 000, 50 001, 50 002 and 50 004.
  EXPECT_EQ(report.time_ps, 50'004'000u);
}

TEST(Limits, TheTimeLimitEndsASleepOnTime) {
  const auto report = stop_of(
      [](Assembler& code, CpuBench& bench) {
        code.li(t0, 0x80);
        code.csrw(csr::mie, t0);
        code.wfi();
        sc_core::sc_spawn([&bench] {
          wait(tlm_base::from_ps(1'000'000'000'000));
          bench.cpu.set_timer_interrupt(true);
        });
      },
      {.max_time_ps = 77'000'500});
  EXPECT_EQ(report.cause, StopCause::kHostRequest);
  EXPECT_EQ(report.time_ps, 77'001'000u);
}

TEST(Hangs, SleepWithoutAnyInterruptEnabled) {
  const auto report = stop_of([](Assembler& code, CpuBench&) {
    code.nop();
    code.wfi();
  });
  EXPECT_EQ(report.cause, StopCause::kSleepsForever);
  EXPECT_EQ(report.pc, kRam + 8);
  EXPECT_EQ(report.time_ps, 3'000u);
  EXPECT_NE(report.text.find("mie"), std::string::npos);
}

TEST(Hangs, SleepWhenNothingIsLeftToHappen) {
  const auto report = stop_of([](Assembler& code, CpuBench&) {
    code.li(t0, 0x888);
    code.csrw(csr::mie, t0);
    code.wfi();
    sc_core::sc_spawn([] { sc_core::wait(tlm_base::from_ps(40'000'000)); });  // something else, until 40 us
  });
  EXPECT_EQ(report.cause, StopCause::kSleepsForever);
  EXPECT_GE(report.time_ps, 40'000'000u);
  EXPECT_LT(report.time_ps, 200'000'000u);
}

TEST(Hangs, ASleepThatSomethingEndsIsNone) {
  const auto report = stop_of([](Assembler& code, CpuBench& bench) {
    code.li(t0, 0x80);
    code.csrw(csr::mie, t0);
    code.wfi();
    emit_exit(code);
    sc_core::sc_spawn([&bench] {
      wait(tlm_base::from_ps(5'000'000'000));
      bench.cpu.set_timer_interrupt(true);
    });
  });
  EXPECT_EQ(report.cause, StopCause::kGuestExit);
}

TEST(Hangs, AJumpToItselfWithInterruptsOff) {
  const auto report = stop_of([](Assembler& code, CpuBench&) {
    code.nop();
    code.j(code.here_label());
    sc_core::sc_spawn([] { sc_core::wait(tlm_base::from_ps(40'000'000)); });
  });
  EXPECT_EQ(report.cause, StopCause::kJumpsToItself);
  EXPECT_EQ(report.pc, kRam + 4);
  EXPECT_EQ(report.time_ps, 1'000u);
}

TEST(Hangs, ABranchToItselfCounts) {
  const auto report = stop_of([](Assembler& code, CpuBench&) {
    code.addi(t0, zero, 3);
    code.bne(t0, zero, code.here_label());
  });
  EXPECT_EQ(report.cause, StopCause::kJumpsToItself);
  EXPECT_EQ(report.pc, kRam + 4);
  const auto compressed = stop_of([](Assembler& code, CpuBench&) { code.half(0xa001); });
  EXPECT_EQ(compressed.cause, StopCause::kJumpsToItself);
}

TEST(Hangs, AJumpToItselfThatAnInterruptEndsIsNone) {
  const auto body = [](Assembler& code, CpuBench& bench) {
    const auto handler = code.label();
    code.la(t0, handler);
    code.csrw(csr::mtvec, t0);
    code.li(t0, 0x80);
    code.csrw(csr::mie, t0);
    code.csrrsi(zero, csr::mstatus, 8);
    code.j(code.here_label());
    code.align(4);
    code.bind(handler);
    emit_exit(code);
    sc_core::sc_spawn([&bench] {
      wait(tlm_base::from_ps(123'456'789));
      bench.cpu.set_timer_interrupt(true);
    });
  };
  const auto report = stop_of(body);
  EXPECT_EQ(report.cause, StopCause::kGuestExit);
  // The jumps are counted: 2 cycles each, the first at cycle 10 (2 li, csrw, 2 li, csrw, csrrsi).
  CpuBench bench;
  Assembler code(kRam);
  body(code, bench);
  bench.load(code);
  bench.run();
  const std::uint64_t jumps = (123'457 - 10 + 1) / 2;
  EXPECT_EQ(bench.cpu.counters().instructions, 7 + jumps + 3);
}

TEST(Hangs, AJumpToItselfEndsWhenNothingCanInterruptAnyMore) {
  const auto report = stop_of([](Assembler& code, CpuBench&) {
    code.li(t0, 0x80);
    code.csrw(csr::mie, t0);
    code.csrrsi(zero, csr::mstatus, 8);
    code.j(code.here_label());
    sc_core::sc_spawn([] { sc_core::wait(tlm_base::from_ps(40'000'300)); });
  });
  EXPECT_EQ(report.cause, StopCause::kJumpsToItself);
  EXPECT_EQ(report.time_ps, 40'002'000u);
}

TEST(Hangs, AHandlerThatCannotBeFetched) {
  const auto report = stop_of([](Assembler& code, CpuBench&) {
    code.nop();
    code.word(0);  // mtvec is 0, and nothing is there
  });
  EXPECT_EQ(report.cause, StopCause::kTrapLoop);
  EXPECT_EQ(report.pc, 0u);
  EXPECT_NE(report.text.find("mcause 1"), std::string::npos) << report.text;
}

TEST(Hangs, AHandlerThatFaultsAtTheSamePlaceForEver) {
  std::uint32_t faulty = 0;
  const auto report = stop_of([&](Assembler& code, CpuBench&) {
    const auto handler = code.label();
    code.la(t0, handler);
    code.csrw(csr::mtvec, t0);
    code.li(sp, 0x3000'0000);
    code.ecall();
    code.align(4);
    code.bind(handler);
    code.addi(t1, t1, 1);
    faulty = code.here();
    code.sw(ra, sp, -4);
    code.mret();
  });
  EXPECT_EQ(report.cause, StopCause::kTrapLoop);
  EXPECT_EQ(report.pc, faulty);
  EXPECT_NE(report.text.find("mcause 7"), std::string::npos) << report.text;
}

TEST(Hangs, ManyEqualTrapsThatReturnAreNone) {
  const auto report = stop_of([](Assembler& code, CpuBench&) {
    const auto handler = code.label(), start = code.label();
    code.la(t0, handler);
    code.csrw(csr::mtvec, t0);
    code.j(start);
    code.align(4);
    code.bind(handler);
    code.csrr(t1, csr::mepc);
    code.addi(t1, t1, 4);
    code.csrw(csr::mepc, t1);
    code.mret();
    code.bind(start);
    code.li(a1, 5000);
    const auto loop = code.here_label();
    code.ecall();
    code.addi(a1, a1, -1);
    code.bne(a1, zero, loop);
    emit_exit(code);
  });
  EXPECT_EQ(report.cause, StopCause::kGuestExit);
}

TEST(Requests, EndTheRunAfterTheInstruction) {
  const auto report = stop_of([](Assembler& code, CpuBench&) {
    code.addi(a0, zero, 3);
    emit_exit(code);
    code.addi(a0, zero, 4);
    emit_exit(code);
  });
  EXPECT_EQ(report.cause, StopCause::kGuestExit);
  EXPECT_EQ(report.exit_code, 3);
  EXPECT_EQ(report.pc, kRam + 16);
  EXPECT_EQ(report.time_ps, 4'000u);
}

TEST(Requests, FromAnEventTakeEffectAtTheNextBoundary) {
  const auto report = stop_of([](Assembler& code, CpuBench& bench) {
    emit_endless_loop(code);
    sc_core::sc_spawn([&bench] {
      wait(tlm_base::from_ps(10'002'100));
      bench.cpu.request_stop(StopCause::kHostRequest, 0, "enough");
      bench.cpu.request_stop(StopCause::kGuestExit, 1, "too late");
    });
  });
  EXPECT_EQ(report.cause, StopCause::kHostRequest);
  EXPECT_EQ(report.text, "enough");
  EXPECT_EQ(report.time_ps, 10'004'000u);
}

TEST(Requests, WakeASleepingCore) {
  const auto report = stop_of([](Assembler& code, CpuBench& bench) {
    code.li(t0, 0x80);
    code.csrw(csr::mie, t0);
    code.wfi();
    sc_core::sc_spawn([&bench] {
      wait(tlm_base::from_ps(10'002'100));
      bench.cpu.request_stop(StopCause::kHostRequest, 0, "enough");
    });
  });
  EXPECT_EQ(report.cause, StopCause::kHostRequest);
  EXPECT_EQ(report.time_ps, 10'003'000u);
}

/// How a guest ends when the host receives signal 15 at 10.0021 us.
template <typename Guest>
soc::StopReport stop_by_signal(Guest guest) {
  std::atomic<int> signal = 0;
  CpuBench bench({.max_time_ps = 2'000'000'000, .signal = &signal});
  Assembler code(kRam);
  guest(code);
  bench.load(code);
  sc_core::sc_spawn([&signal] {
    wait(tlm_base::from_ps(10'002'100));
    signal = 15;
  });
  bench.run();
  return bench.stop;
}

TEST(Signals, EndARunningCoreWithinAQuantum) {
  const auto report = stop_by_signal([](Assembler& code) { emit_endless_loop(code); });
  EXPECT_EQ(report.cause, StopCause::kSignal);
  EXPECT_EQ(report.exit_code, 128 + 15);
  EXPECT_THAT(report.text, testing::HasSubstr("signal 15"));
  EXPECT_GE(report.time_ps, 10'002'100u);
  EXPECT_LE(report.time_ps, 10'002'100u + soc::CpuOptions{}.quantum_ps);
}

TEST(Signals, EndASleepingCore) {
  const auto report = stop_by_signal([](Assembler& code) {
    code.li(t0, 0x80);
    code.csrw(csr::mie, t0);
    code.wfi();
    sc_core::sc_spawn([] { wait(sc_core::sc_time(1, sc_core::SC_SEC)); });
  });
  EXPECT_EQ(report.cause, StopCause::kSignal);
  EXPECT_LE(report.time_ps, 1'000'000'000u);
}

TEST(Requests, BeforeTheStartRunNothing) {
  CpuBench bench;
  Assembler code(kRam);
  emit_endless_loop(code);
  bench.load(code);
  bench.cpu.request_stop(StopCause::kHostRequest, 0, "never mind");
  bench.run();
  EXPECT_EQ(bench.stop.cause, StopCause::kHostRequest);
  EXPECT_EQ(bench.cpu.counters().instructions, 0u);
}

TEST(StopCauses, HaveNames) {
  EXPECT_EQ(to_string(StopCause::kTrapLoop), "trap loop");
  EXPECT_EQ(to_string(StopCause::kNone), "running");
}

}  // namespace
}  // namespace mho::test
