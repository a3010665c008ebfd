// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Host code where it hands over to the engine and back; what it computes is compared with QEMU (tests/isa)
// and with decoding everything anew (neutrality_test).
#include <gtest/gtest.h>

#include <functional>
#include <utility>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

struct Result {
  int exit_code = 0;
  std::uint64_t cycles = 0, instructions = 0, device_accesses = 0;
  int128_t energy = 0;
  bool operator==(const Result&) const = default;
};

Result run_with(const soc::CpuOptions& options, const std::function<void(Assembler&)>& body,
                const soc::CpuParams& params = {}) {
  CpuBench bench(options, params);
  Assembler code(kRam);
  body(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.cause, soc::StopCause::kGuestExit) << bench.stop.text;
  const soc::CpuCounters counters = bench.cpu.counters();
  bench.bench.ledger.settle(bench.stop.time_ps);
  return {.exit_code = bench.stop.exit_code,
          .cycles = counters.cycles,
          .instructions = counters.instructions,
          .device_accesses = counters.device_accesses,
          .energy = bench.bench.ledger.total().in_attojoules()};
}

/// With host code from the first, the second and the tenth entry on, without, and decoding everything anew.
Result run_everywhere(const std::function<void(Assembler&)>& body, const soc::CpuParams& params = {}) {
  const Result interpreted = run_with({.native_after = 0}, body, params);
  for (const std::uint32_t native_after : {1u, 2u, 10u}) {
    EXPECT_TRUE(run_with({.native_after = native_after}, body, params) == interpreted)
        << "after " << native_after;
  }
  EXPECT_TRUE(run_with({.use_block_cache = false}, body, params) == interpreted) << "anew";
  return interpreted;
}

void emit_swap(Assembler& code, Reg a, Reg b) {
  code.xor_(a, a, b);
  code.xor_(b, a, b);
  code.xor_(a, a, b);
}

TEST(NativeCode, ReturnsReachCallersThatShareAPlaceInTheLookup) {
  // Two callers 4 KiB apart, and one in between that does not collide.
  const Result result = run_everywhere([](Assembler& code) {
    const auto function = code.label(), far = code.label(), back = code.label(), done = code.label();
    code.li(t1, 50);
    const auto loop = code.here_label();
    code.jal(ra, function);  // returns to kRam + 4 · n
    code.addi(a0, a0, 1);
    code.j(far);
    code.bind(back);
    code.addi(t1, t1, -1);
    code.bne(t1, zero, loop);
    code.j(done);
    code.bind(function);
    code.addi(a0, a0, 2);
    code.ret();
    code.bind(done);
    emit_exit(code);
    const std::uint32_t call_at = code.address_of(loop) + 4096;
    code.skip_to(call_at - 4);
    code.bind(far);
    code.nop();
    code.jal(ra, function);  // the return address lies 4 KiB behind that of the first call
    code.j(back);
  });
  EXPECT_EQ(result.exit_code, 50 * 5 % 256);
}

TEST(NativeCode, ABlockMayReachMemoryAndDevicesInTurns) {
  const Result result = run_everywhere([](Assembler& code) {
    code.li(t0, kScratch);
    code.li(t1, kRam + 0x2000);
    code.li(t2, 40);
    const auto loop = code.here_label();
    code.lw(t3, t0, 0);
    code.addi(t3, t3, 1);
    code.sw(t3, t0, 0);
    emit_swap(code, t0, t1);  // the other of the two
    code.addi(t2, t2, -1);
    code.bne(t2, zero, loop);
    code.lw(a0, t0, 0);
    code.lw(a1, t1, 0);
    code.slli(a1, a1, 2);
    code.add(a0, a0, a1);
    emit_exit(code);
  });
  EXPECT_EQ(result.exit_code, 20 + 4 * 20);
  EXPECT_EQ(result.device_accesses, 2u * 20 + 1 + 1);
}

TEST(NativeCode, AMisalignedStoreChangesCodeBehindItsGranule) {
  // Each turn writes the lower half of a function's first instruction, and two bytes before it, which lie in
  // a granule that is open for fast stores.
  constexpr std::uint32_t kFunction = kRam + 0x1100, kTurns = 20;
  const Result result = run_everywhere([](Assembler& code) {
    const auto function = code.label(), patch = code.label();
    code.li(t0, kFunction - 2);
    code.li(t1, encode::i(0x13, 0, a0, a0, 3) << 16);
    code.li(t2, encode::i(0x13, 0, a1, a0, 3) << 16);
    code.addi(t3, zero, kTurns);
    const auto loop = code.here_label();
    code.sw(zero, t0, -6);
    code.j(patch);  // the block behind it finds the granule open
    code.bind(patch);
    code.sw(t1, t0, 0);
    emit_swap(code, t1, t2);
    code.jal(ra, function);
    code.addi(t3, t3, -1);
    code.bne(t3, zero, loop);
    emit_exit(code);
    code.skip_to(kFunction);
    code.bind(function);
    code.addi(a0, a0, 3);
    code.ret();
  });
  EXPECT_EQ(result.exit_code, kTurns / 2 * 3);
}

TEST(NativeCode, BooksEnergiesThatAnImmediateCannotHold) {
  // A block of 26 additions takes less than 2^31 fJ, less than 2^32 fJ, and more.
  for (const std::uint32_t alu_fj : {80'000'000u, 100'000'000u, 200'000'000u}) {
    soc::CpuParams params;
    params.energy.alu_fj = alu_fj;
    run_everywhere(
        [](Assembler& code) {
          code.addi(t0, zero, 20);
          const auto loop = code.here_label();
          for (int k = 0; k < 25; ++k) code.addi(a0, a0, 1);
          code.addi(t0, t0, -1);
          code.bne(t0, zero, loop);
          emit_exit(code);
        },
        params);
  }
}

TEST(NativeCode, CodeThatIsRewrittenForEverRunsAsWritten) {
  // Makes more host code than there is room for: each turn swaps an addition of 1 with one of 3.
  constexpr std::uint32_t kTurns = 200'000;
  const auto body = [](Assembler& code) {
    const auto function = code.label();
    code.la(t0, function);
    code.li(t1, encode::i(0x13, 0, a0, a0, 1));
    code.li(t2, encode::i(0x13, 0, a0, a0, 3));
    code.li(t3, kTurns);
    const auto loop = code.here_label();
    code.sw(t1, t0, 0);
    emit_swap(code, t1, t2);
    code.jal(ra, function);
    code.addi(t3, t3, -1);
    code.bne(t3, zero, loop);
    code.li(t4, 2 * kTurns);
    code.sub(a0, a0, t4);
    code.addi(a0, a0, 7);
    emit_exit(code);
    code.bind(function);
    code.addi(a0, a0, 1);
    for (int k = 0; k < 8; ++k) code.add(t5, t5, a0);
    code.ret();
  };
  EXPECT_EQ(run_with({.native_after = 1}, body).exit_code, 7);
}

TEST(NativeCode, RunsIntoTheLimitOfInstructionsExactly) {
  for (std::uint64_t limit = 1; limit < 200; ++limit) {
    CpuBench bench({.native_after = 1, .max_instructions = limit});
    Assembler code(kRam);
    const auto loop = code.here_label();
    code.addi(a0, a0, 1);
    code.addi(a1, a1, 2);
    code.add(a2, a0, a1);
    code.j(loop);
    bench.load(code);
    bench.run();
    EXPECT_EQ(bench.stop.cause, soc::StopCause::kInstructionLimit);
    EXPECT_EQ(bench.cpu.counters().instructions, limit);
    EXPECT_EQ(bench.cpu.x(10), (limit + 3) / 4);
    EXPECT_EQ(bench.cpu.x(11), (limit + 2) / 4 * 2);
  }
}

}  // namespace
}  // namespace mho::test
