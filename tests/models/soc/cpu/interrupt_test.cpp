// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kMsi = 0x8, kMti = 0x80, kMei = 0x800;
/// A device whose register drives the three lines with the bits that they have in mip.
constexpr std::uint32_t kLines = kDevices;

struct InterruptBench : CpuBench {
  explicit InterruptBench(soc::CpuOptions options = {}) : CpuBench(options) {
    target.devices[kLines] = [this](const TestTarget::Access& access) {
      set_lines(access.data[0] | std::uint32_t{access.data[1]} << 8);
      return true;
    };
  }
  void set_lines(std::uint32_t lines) {
    cpu.set_software_interrupt((lines & kMsi) != 0);
    cpu.set_timer_interrupt((lines & kMti) != 0);
    cpu.set_external_interrupt((lines & kMei) != 0);
  }
  /// Changes the lines from a process of its own.
  void set_lines_at(std::uint64_t time_ps, std::uint32_t lines) {
    sc_core::sc_spawn([this, time_ps, lines] {
      wait(tlm_base::from_ps(time_ps));
      set_lines(lines);
    });
  }
  void run_code() {
    load(code);
    run();
    EXPECT_EQ(stop.cause, soc::StopCause::kGuestExit) << stop.text;
  }

  void emit_lines(std::uint32_t lines) {
    code.li(t5, kLines);
    code.li(t4, lines);
    code.sw(t4, t5, 0);
  }
  void emit_enable(std::uint32_t lines) {
    code.li(t4, lines);
    code.csrw(csr::mie, t4);
  }
  /// A table of vectors, each of which ends the run with its number.
  void emit_vectors(std::int32_t mode) {
    const auto table = code.label(), behind = code.label();
    code.la(t0, table);
    code.addi(t0, t0, mode);
    code.csrw(csr::mtvec, t0);
    code.j(behind);
    code.align(4);
    code.bind(table);
    std::vector<Assembler::Label> entries;
    for (int i = 0; i < 12; ++i) code.j(entries.emplace_back(code.label()));
    for (int i = 0; i < 12; ++i) {
      code.bind(entries[static_cast<std::size_t>(i)]);
      code.addi(a0, zero, i);
      emit_exit(code);
    }
    code.bind(behind);
  }

  Assembler code{kRam};
};

TEST(Interrupts, ExternalComesBeforeSoftwareBeforeTimer) {
  const std::pair<std::uint32_t, int> cases[] = {{kMei | kMsi | kMti, 11}, {kMsi | kMti, 3}, {kMti, 7}};
  for (const auto& [pending, expected] : cases) {
    InterruptBench bench;
    bench.emit_vectors(1);
    bench.emit_enable(kMei | kMsi | kMti);
    bench.emit_lines(pending);
    bench.code.csrr(s2, csr::mip);
    bench.code.csrrsi(zero, csr::mstatus, 8);
    bench.run_code();
    EXPECT_EQ(bench.stop.exit_code, expected);
    EXPECT_EQ(bench.cpu.csr(csr::mcause), 0x8000'0000u | static_cast<std::uint32_t>(expected));
    EXPECT_EQ(bench.cpu.csr(csr::mtval), 0u);
    EXPECT_EQ(bench.cpu.x(s2), pending);
    EXPECT_EQ(bench.cpu.counters().interrupts, 1u);
  }
}

TEST(Interrupts, DirectModeEntersAtTheBaseAndExceptionsAreNeverVectored) {
  InterruptBench direct;
  direct.emit_vectors(0);
  direct.emit_enable(kMei);
  direct.emit_lines(kMei);
  direct.code.csrrsi(zero, csr::mstatus, 8);
  direct.run_code();
  EXPECT_EQ(direct.stop.exit_code, 0);
  EXPECT_EQ(direct.cpu.csr(csr::mcause), 0x8000'000bu);
}

TEST(Interrupts, ExceptionsAreNeverVectored) {
  InterruptBench bench;
  bench.emit_vectors(1);
  bench.code.ecall();
  bench.run_code();
  EXPECT_EQ(bench.stop.exit_code, 0);
  EXPECT_EQ(bench.cpu.csr(csr::mcause), 11u);
}

TEST(Interrupts, AreTakenAtTheNextBoundaryAfterTheLineOrTheEnableRises) {
  InterruptBench bench;
  bench.emit_vectors(1);
  bench.emit_enable(kMsi);
  bench.code.csrrsi(zero, csr::mstatus, 8);
  bench.emit_lines(kMsi);  // its last instruction raises the line
  const std::uint32_t next = bench.code.here();
  bench.code.addi(s2, s2, 1);
  bench.run_code();
  EXPECT_EQ(bench.stop.exit_code, 3);
  EXPECT_EQ(bench.cpu.csr(csr::mepc), next);
  EXPECT_EQ(bench.cpu.x(s2), 0u);
}

TEST(Interrupts, StayAwayWhileMaskedOrAfterTheLineFell) {
  InterruptBench bench;
  bench.emit_vectors(1);
  bench.emit_lines(kMei | kMti);
  bench.emit_enable(kMsi);
  bench.code.csrrsi(zero, csr::mstatus, 8);  // lines up, not enabled in mie
  bench.code.csrrci(zero, csr::mstatus, 8);
  bench.emit_enable(kMei);
  bench.code.nop();  // enabled in mie, not in mstatus
  bench.emit_lines(0);
  bench.code.csrrsi(zero, csr::mstatus, 8);
  bench.code.addi(a0, zero, 33);
  emit_exit(bench.code);
  bench.run_code();
  EXPECT_EQ(bench.stop.exit_code, 33);
  EXPECT_EQ(bench.cpu.counters().interrupts, 0u);
}

TEST(Interrupts, HandlersRunWithInterruptsOffAndReturnToWhereTheyStruck) {
  InterruptBench bench;
  auto& code = bench.code;
  const auto handler = code.label(), start = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.j(start);
  code.align(4);
  code.bind(handler);
  code.csrr(s2, csr::mstatus);
  code.addi(s3, s3, 1);
  bench.emit_lines(0);
  code.mret();
  code.bind(start);
  bench.emit_enable(kMti);
  code.csrrsi(zero, csr::mstatus, 8);
  bench.emit_lines(kMti);
  code.addi(a0, a0, 5);
  emit_exit(code);
  bench.run_code();
  EXPECT_EQ(bench.stop.exit_code, 5);
  EXPECT_EQ(bench.cpu.x(s2), 0x1880u);
  EXPECT_EQ(bench.cpu.x(s3), 1u);
}

TEST(WaitForInterrupt, WakesAtTheFirstClockEdgeAfterTheLineRises) {
  for (const std::uint64_t rises_ps : {1'000'001ull, 1'000'999ull, 1'001'000ull, 12'345'678ull}) {
    InterruptBench bench;
    bench.emit_enable(kMti);
    bench.code.csrr(s2, csr::mcycle);
    bench.code.wfi();
    bench.code.csrr(s3, csr::mcycle);
    emit_exit(bench.code);
    bench.set_lines_at(rises_ps, kMti);
    bench.run_code();
    // The clock is 1 GHz: an edge every 1000 ps.
    EXPECT_EQ(bench.cpu.x(s3), (rises_ps + 999) / 1000);
    // csrr and wfi take 2 cycles each; the rest was slept through.
    EXPECT_EQ(bench.cpu.counters().sleep_cycles, bench.cpu.x(s3) - bench.cpu.x(s2) - 4);
    EXPECT_EQ(bench.cpu.counters().cycles * 1000, bench.stop.time_ps);
    EXPECT_EQ(bench.cpu.counters().interrupts, 0u);
  }
}

TEST(WaitForInterrupt, TheHandlerReturnsBehindIt) {
  InterruptBench bench;
  bench.emit_vectors(1);
  bench.emit_enable(kMei);
  bench.code.csrrsi(zero, csr::mstatus, 8);
  bench.code.wfi();
  const std::uint32_t next = bench.code.here();
  bench.code.nop();
  bench.set_lines_at(5'000'000, kMei);
  bench.run_code();
  EXPECT_EQ(bench.stop.exit_code, 11);
  EXPECT_EQ(bench.cpu.csr(csr::mepc), next);
}

TEST(WaitForInterrupt, DoesNotSleepWhenSomethingIsPending) {
  InterruptBench bench;
  bench.emit_lines(kMti);
  bench.emit_enable(kMti);
  bench.code.wfi();
  emit_exit(bench.code);
  bench.run_code();
  EXPECT_EQ(bench.cpu.counters().sleep_cycles, 0u);
}

TEST(WaitForInterrupt, LinesThatAreNotEnabledDoNotWake) {
  InterruptBench bench;
  bench.emit_enable(kMti);
  bench.code.wfi();
  bench.code.csrr(s2, csr::mcycle);
  emit_exit(bench.code);
  bench.set_lines_at(1'000'000, kMei);
  bench.set_lines_at(3'000'000, kMei | kMti);
  bench.run_code();
  EXPECT_EQ(bench.cpu.x(s2), 3'000u);
}

TEST(WaitForInterrupt, HonoursAMomentThatLiesAhead) {
  InterruptBench bench;
  bench.emit_enable(kMei);
  bench.code.wfi();
  bench.code.csrr(s2, csr::mcycle);
  emit_exit(bench.code);
  sc_core::sc_spawn([&] {
    wait(tlm_base::from_ps(1'000'000));
    bench.cpu.set_external_interrupt(true, 1'500'500);
  });
  bench.run_code();
  EXPECT_EQ(bench.cpu.x(s2), 1'501u);
}

}  // namespace
}  // namespace mho::test
