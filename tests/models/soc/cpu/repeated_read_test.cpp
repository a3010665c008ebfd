// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which reads of devices the core answers itself. That it changes no figure is held by neutrality_test.
#include <gmock/gmock.h>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kStatus = kDevices;
constexpr std::int32_t kTurns = 100;

/// Registers that answer what they were written, and say that their reading can be repeated.
struct Registers {
  explicit Registers(CpuBench& bench) {
    bench.target.devices[kStatus] = [this](const TestTarget::Access& access) {
      ++transactions;
      std::uint32_t& word = words.at((access.address - kStatus) / 4);
      if (access.is_write) {
        std::memcpy(&word, access.data.data(), access.data.size());
      } else {
        reads += access.tag->count;
        std::memcpy(access.data.data(), &word, access.data.size());
        if (is_changing) ++word;
      }
      access.tag->is_repeatable = true;
      access.delay += tlm_base::from_ps(4'000);
      return true;
    };
  }
  std::array<std::uint32_t, 8> words{};
  bool is_changing = false;
  std::uint64_t transactions = 0, reads = 0;
};

/// Makes kTurns turns of `body`, with t0 the address of the registers, and then ends the run.
template <typename Body>
void emit_loop(Assembler& code, Body body) {
  code.li(t0, kStatus);
  code.addi(t1, zero, kTurns);
  const auto again = code.here_label();
  body(code);
  code.addi(t1, t1, -1);
  code.bne(t1, zero, again);
  emit_exit(code);
}

/// Runs such a loop on a core with these options.
template <typename Body>
Registers run_loop(Body body, const soc::CpuOptions& options = {}) {
  CpuBench bench(options);
  Registers registers(bench);
  Assembler code(kRam);
  emit_loop(code, body);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.cause, soc::StopCause::kGuestExit);
  return registers;
}

TEST(RepeatedRead, IsTwoTransactionsHoweverOftenARegisterIsPolled) {
  const Registers registers = run_loop([](Assembler& code) { code.lw(a0, t0, 0); });
  EXPECT_EQ(registers.reads, kTurns);
  // The engine is left while its blocks are new; then one read and one for all others.
  EXPECT_LT(registers.transactions, 10u);
}

TEST(RepeatedRead, HoldsForSeveralRegistersInTurn) {
  const Registers registers = run_loop([](Assembler& code) {
    for (const int offset : {0, 4, 16, 20}) code.lw(a0, t0, offset);
  });
  EXPECT_EQ(registers.reads, 4 * kTurns);
  EXPECT_LT(registers.transactions, 40u);
}

TEST(RepeatedRead, EndsWithAWriteToADevice) {
  CpuBench bench;
  Registers registers(bench);
  Assembler code(kRam);
  emit_loop(code, [](Assembler& c) {
    c.lw(a1, t0, 0);
    c.lw(a1, t0, 0);
    c.add(a2, a2, a1);
    c.sw(t1, t0, 0);
  });
  bench.load(code);
  bench.run();
  // Each turn reads what the turn before has written: 100, 99, … 2, and 0 at first.
  EXPECT_EQ(bench.cpu.x(a2), kTurns * (kTurns + 1u) / 2 - 1);
  EXPECT_EQ(registers.reads, 2 * kTurns);
}

TEST(RepeatedRead, IsMadeEachTimeWithoutDmi) {
  const Registers registers =
      run_loop([](Assembler& code) { code.lw(a0, t0, 0); }, soc::CpuOptions{.use_dmi = false});
  EXPECT_EQ(registers.transactions, kTurns);
}

TEST(RepeatedRead, IsMadeEachTimeForPartsOfARegister) {
  const Registers registers = run_loop([](Assembler& code) { code.lbu(a0, t0, 1); });
  EXPECT_EQ(registers.transactions, kTurns);
}

TEST(RepeatedRead, EndsWithTheQuantum) {
  const auto poll = [](Assembler& code) { code.lw(a0, t0, 0); };
  const Registers registers = run_loop(poll, soc::CpuOptions{.quantum_ps = 50'000});
  EXPECT_EQ(registers.reads, kTurns);
  EXPECT_GT(registers.transactions, kTurns / 10);
}

TEST(RepeatedRead, OfARegisterThatChangesAllTheSameIsAnErrorOfTheModel) {
  CpuBench bench;
  Registers registers(bench);
  registers.is_changing = true;
  Assembler code(kRam);
  emit_loop(code, [](Assembler& c) { c.lw(a0, t0, 0); });
  bench.load(code);
  try {
    bench.run();
    FAIL() << "nobody noticed";
  } catch (const sc_core::sc_report& report) {
    EXPECT_THAT(report.get_msg(), testing::HasSubstr("0x11000000 is not repeatable"));
  }
}

}  // namespace
}  // namespace mho::test
