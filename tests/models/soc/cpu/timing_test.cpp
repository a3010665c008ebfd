// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cycles, energy and counters: each test states the sum it expects.
#include <gtest/gtest.h>

#include "models/base/error.hpp"
#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

/// Costs that no two classes share, so that a wrong class shows.
soc::CpuParams distinct_costs() {
  soc::CpuParams params;
  params.cycles = {.alu = 3,
                   .mul = 5,
                   .div = 7,
                   .load = 11,
                   .store = 13,
                   .branch = 17,
                   .taken_extra = 19,
                   .jump = 23,
                   .csr = 29,
                   .atomic = 31,
                   .system = 37,
                   .fpu = 43,
                   .fdiv = 47,
                   .trap = 41};
  params.energy = {.alu_fj = 1,
                   .mul_fj = 10,
                   .div_fj = 100,
                   .load_fj = 1'000,
                   .store_fj = 10'000,
                   .branch_fj = 100'000,
                   .jump_fj = 1'000'000,
                   .csr_fj = 10'000'000,
                   .atomic_fj = 100'000'000,
                   .system_fj = 1'000'000'000,
                   .trap_fj = 2'000'000'000};
  return params;
}

/// Cycles between two readings of mcycle around `body`, the cost of one csrr taken off.
template <typename Body>
std::uint32_t cycles_of(Body body) {
  CpuBench bench({}, distinct_costs());
  Assembler code(kRam);
  code.li(t0, kRam + 0x2000);
  code.csrr(s2, csr::mcycle);
  body(code);
  code.csrr(s3, csr::mcycle);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.time_ps, bench.cpu.counters().cycles * bench.cpu.period_ps());
  EXPECT_EQ(bench.stop.time_ps, tlm_base::to_ps(sc_core::sc_time_stamp()));
  return bench.cpu.x(s3) - bench.cpu.x(s2) - 29;
}

TEST(Cycles, EveryClassCostsWhatTheTableSays) {
  EXPECT_EQ(cycles_of([](Assembler& code) { code.xor_(a0, a1, a2); }), 3u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.auipc(a0, 0); }), 3u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.mulhu(a0, a1, a2); }), 5u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.remu(a0, a1, a2); }), 7u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.lbu(a0, t0, 0); }), 11u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.sh(a0, t0, 0); }), 13u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.csrrwi(zero, csr::mscratch, 1); }), 29u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.lr(a0, t0); }), 31u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.amo(0x00, a0, t0, a0); }), 31u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.fence(); }), 37u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.fence_i(); }), 37u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.half(0x0505); }), 3u);  // c.addi
}

TEST(Cycles, FloatingPointClassesCostWhatTheTableSays) {
  const auto float_cycles = [](auto emit) {
    return cycles_of([&](Assembler& code) {
             code.csrrs(zero, csr::mstatus, t0);  // bit 13 of the address: the unit is on
             emit(code);
           }) -
           29;
  };
  EXPECT_EQ(float_cycles([](Assembler& code) { code.fadd(f1, f2, f3); }), 43u);
  EXPECT_EQ(float_cycles([](Assembler& code) { code.fmadd(f1, f2, f3, f4); }), 43u);
  EXPECT_EQ(float_cycles([](Assembler& code) { code.feq(a0, f2, f3); }), 43u);
  EXPECT_EQ(float_cycles([](Assembler& code) { code.fdiv(f1, f2, f3); }), 47u);
  EXPECT_EQ(float_cycles([](Assembler& code) { code.fsqrt(f1, f2); }), 47u);
  EXPECT_EQ(float_cycles([](Assembler& code) { code.flw(f1, t0, 0); }), 11u);
  EXPECT_EQ(float_cycles([](Assembler& code) { code.fsw(f1, t0, 0); }), 13u);
}

TEST(Cycles, BranchesCostMoreWhenTaken) {
  const auto branch = [](Reg a) {
    return [a](Assembler& code) {
      const auto next = code.label();
      code.beq(a, zero, next);
      code.bind(next);
    };
  };
  EXPECT_EQ(cycles_of(branch(zero)), 17u + 19u);
  EXPECT_EQ(cycles_of(branch(t0)), 17u);
  EXPECT_EQ(cycles_of([](Assembler& code) {
              const auto next = code.label();
              code.jal(ra, next);
              code.bind(next);
            }),
            23u);
}

TEST(Cycles, MisalignedAccessesInMemoryCostNoMore) {
  EXPECT_EQ(cycles_of([](Assembler& code) { code.lw(a0, t0, 1); }), 11u);
  EXPECT_EQ(cycles_of([](Assembler& code) { code.lw(a0, t0, -2); }), 11u);
}

TEST(Cycles, DeviceDelaysComeOnTopRoundedUpToEdges) {
  // 7.3 ns at 1 GHz: 8 cycles beyond the class's own.
  EXPECT_EQ(cycles_of([](Assembler& code) {
              code.li(t1, kScratch);
              code.lw(a0, t1, 0);
            }),
            2 * 3u + 11u + 8u);
  // Misaligned: four transfers.
  EXPECT_EQ(cycles_of([](Assembler& code) {
              code.li(t1, kScratch);
              code.sw(a0, t1, 1);
            }),
            2 * 3u + 13u + 4 * 8u);
}

TEST(Cycles, TrapsCostTheirEntryInsteadOfTheInstruction) {
  CpuBench bench({}, distinct_costs());
  Assembler code(kRam);
  const auto handler = code.label();
  code.la(t0, handler);       // 6
  code.csrw(csr::mtvec, t0);  // 29
  code.ecall();               // 41
  code.align(4);
  code.bind(handler);
  emit_exit(code);  // 6 + 13, no delay
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.counters().cycles, 6u + 29 + 41 + 6 + 13);
  EXPECT_EQ(bench.cpu.counters().instructions, 6u);
}

TEST(Cycles, AnyClockKeepsCyclesTimesPeriodEqualToTime) {
  for (const std::uint64_t hertz : {600'000'000ull, 1'000'000ull, 3'000'000'000ull}) {
    soc::CpuParams params;
    params.clock_hz = hertz;
    CpuBench bench({}, params);
    Assembler code(kRam);
    code.li(a1, 1000);
    const auto loop = code.here_label();
    code.addi(a1, a1, -1);
    code.bne(a1, zero, loop);
    code.li(t1, kScratch);
    code.lw(a0, t1, 0);
    code.addi(a0, zero, 0);
    emit_exit(code);
    bench.load(code);
    bench.run();
    const std::uint64_t period_ps = (1'000'000'000'000 + hertz / 2) / hertz;
    EXPECT_EQ(bench.cpu.period_ps(), period_ps);
    // 2 li, 1000 times addi and bne (taken 999 times), then 2 li, lw, addi, 2 li, sw; the device takes 7.3
    // ns.
    const std::uint64_t device = (kScratchDelayPs + period_ps - 1) / period_ps;
    const std::uint64_t cycles = 2 + 1000 * 2 + 999 + 2 + 2 + device + 1 + 2 + 1;
    EXPECT_EQ(bench.cpu.counters().cycles, cycles);
    EXPECT_EQ(bench.stop.time_ps, cycles * period_ps);
    EXPECT_EQ(tlm_base::to_ps(sc_core::sc_time_stamp()), cycles * period_ps);
  }
}

TEST(Counters, CountTheInstructionsBefore) {
  CpuBench bench;
  Assembler code(kRam);
  code.csrr(s2, csr::minstret);
  code.nop();
  code.csrr(s3, csr::instret);
  code.csrr(s4, csr::cycle);
  code.csrr(s5, csr::mcycle);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.x(s2), 0u);
  EXPECT_EQ(bench.cpu.x(s3), 2u);
  EXPECT_EQ(bench.cpu.x(s5), bench.cpu.x(s4) + 2);  // a csrr takes 2 cycles
}

TEST(Counters, GoOnFromWhatIsWritten) {
  CpuBench bench;
  Assembler code(kRam);
  code.li(t0, 0xffff'fffe);
  code.csrw(csr::minstreth, zero);
  code.csrw(csr::minstret, t0);
  code.csrr(s2, csr::minstret);
  code.nop();
  code.csrr(s3, csr::minstret);
  code.csrr(s4, csr::minstreth);
  code.li(t0, 7);
  code.csrw(csr::mcycleh, t0);
  code.csrw(csr::mcycle, t0);
  code.csrr(s5, csr::mcycle);
  code.csrr(s6, csr::mcycleh);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.x(s2), 0xffff'fffeu);
  EXPECT_EQ(bench.cpu.x(s3), 0u);
  EXPECT_EQ(bench.cpu.x(s4), 1u);
  EXPECT_EQ(bench.cpu.x(s5), 7u);
  EXPECT_EQ(bench.cpu.x(s6), 7u);
  EXPECT_EQ(bench.cpu.counters().cycles * 1000, bench.stop.time_ps);
}

TEST(Counters, StandStillWhileInhibited) {
  CpuBench bench;
  Assembler code(kRam);
  code.csrrwi(zero, csr::mcountinhibit, 5);
  code.csrr(s2, csr::mcycle);
  code.csrr(s3, csr::minstret);
  code.nop();
  code.csrr(s4, csr::mcycle);
  code.csrr(s5, csr::minstret);
  code.csrrwi(s6, csr::mcountinhibit, 0);
  code.csrr(s7, csr::minstret);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.x(s4), bench.cpu.x(s2));
  EXPECT_EQ(bench.cpu.x(s5), bench.cpu.x(s3));
  EXPECT_EQ(bench.cpu.x(s6), 5u);
  EXPECT_EQ(bench.cpu.x(s7), bench.cpu.x(s3));
}

TEST(Counters, TimeIsTheClockOfTheSource) {
  CpuBench bench;
  bench.cpu.set_time_source([](std::uint64_t time_ps) { return (std::uint64_t{5} << 32) + time_ps / 1000; });
  Assembler code(kRam);
  code.nop();
  code.csrr(s2, csr::time);
  code.csrr(s3, csr::timeh);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.x(s2), 1u);
  EXPECT_EQ(bench.cpu.x(s3), 5u);
}

TEST(Energy, IsTheSumOfWhatWasExecuted) {
  CpuBench bench({}, distinct_costs());
  Assembler code(kRam);
  const auto next = code.label();
  code.li(t0, kRam + 0x2000);  // 2 alu
  code.mul(a1, a1, a1);        // mul
  code.div(a1, a1, a1);        // div
  code.lw(a1, t0, 0);          // load
  code.sw(a1, t0, 0);          // store
  code.beq(zero, zero, next);  // branch
  code.bind(next);
  code.csrr(a1, csr::mscratch);  // csr
  code.amo(0x00, a1, t0, zero);  // atomic
  code.fence();                  // system
  emit_exit(code);               // 2 alu, store
  bench.load(code);
  bench.run();
  auto& ledger = bench.bench.ledger;
  ledger.settle(bench.stop.time_ps);
  EXPECT_EQ(ledger.of_component(0, cost::EnergyKind::kDynamic), Energy::femtojoules(1'110'121'114));
  EXPECT_EQ(ledger.of_execution(), Energy::femtojoules(1'110'121'114));
  // 2 mW over the run's time.
  EXPECT_EQ(ledger.of_component(0, cost::EnergyKind::kStatic),
            Power::microwatts(2'000).over(bench.stop.time_ps));
  EXPECT_EQ(ledger.component_name(0), "cpu");
  EXPECT_TRUE(ledger.audit());
}

TEST(Energy, TrapsAreChargedAndTrappingInstructionsAreNot) {
  CpuBench bench({}, distinct_costs());
  Assembler code(kRam);
  const auto handler = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.mul(a1, a1, a1);
  code.half(0);
  code.mul(a1, a1, a1);
  code.align(4);
  code.bind(handler);
  emit_exit(code);
  bench.load(code);
  bench.run();
  bench.bench.ledger.settle(bench.stop.time_ps);
  EXPECT_EQ(bench.bench.ledger.of_execution(),
            Energy::femtojoules(4 + 10'000'000 + 10 + 2'000'000'000ll + 10'000));
}

TEST(Energy, DevicesSeeExactlyWhatWasSpentBefore) {
  CpuBench bench({}, distinct_costs());
  std::vector<Energy> seen;
  bench.target.devices[kDevices] = [&](const TestTarget::Access& access) {
    bench.bench.ledger.settle(tlm_base::now_ps(access.delay));
    seen.push_back(bench.bench.ledger.of_execution());
    return true;
  };
  Assembler code(kRam);
  code.li(t0, kDevices);
  code.mul(a1, a1, a1);
  code.sw(a1, t0, 0);
  code.lw(a1, t0, 0);
  emit_exit(code);
  bench.load(code);
  bench.run();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0], Energy::femtojoules(12));
  EXPECT_EQ(seen[1], Energy::femtojoules(10'012));
}

TEST(DeviceAccesses, AreTaggedAndMemoryAccessesAreNot) {
  CpuBench bench({.use_dmi = false});
  bench.cpu.set_current_job(42);
  Assembler code(kRam);
  code.li(t0, kScratch);
  code.sw(zero, t0, 0);
  code.sw(zero, t0, 4);
  code.li(t0, kRam + 0x2000);
  code.sw(zero, t0, 0);
  code.lw(zero, t0, 0);
  emit_exit(code);
  bench.load(code);
  bench.run();
  ASSERT_EQ(bench.access_log.size(), 2u);
  EXPECT_EQ(bench.access_log[0].purpose.transaction, 1u);
  EXPECT_EQ(bench.access_log[1].purpose.transaction, 2u);
  EXPECT_EQ(bench.access_log[0].purpose.job, 42u);
  EXPECT_GT(bench.target.memory_transports, 2u);
  EXPECT_EQ(bench.target.tagged_memory_transports, 0u);
  EXPECT_EQ(bench.cpu.counters().device_accesses, 3u);
}

TEST(Parameters, WrongOnesAreRefused) {
  const auto construct = [](auto change) {
    soc::CpuParams params;
    soc::CpuOptions options;
    change(params, options);
    CpuBench bench(options, params);
  };
  EXPECT_THROW(construct([](auto& params, auto&) { params.cycles.load = 0; }), InputError);
  EXPECT_THROW(construct([](auto& params, auto&) { params.cycles.trap = 10'001; }), InputError);
  EXPECT_THROW(construct([](auto& params, auto&) { params.clock_hz = 0; }), InputError);
  EXPECT_THROW(construct([](auto&, auto& options) { options.quantum_ps = 0; }), InputError);
}

TEST(Parameters, MemoryRangesMustBeSeparate) {
  const std::vector<std::vector<soc::MemoryRange>> wrong{
      {{.base = kRam, .size = 0}},
      {{.base = kRam, .size = 0x1000}, {.base = kRam + 0xfff, .size = 0x1000}},
      {{.base = 0xffff'f000, .size = 0x1001}}};
  for (const auto& memories : wrong) {
    Bench bench;
    EXPECT_THROW(soc::Cpu("cpu", {}, bench.context, memories), InputError);
  }
}

}  // namespace
}  // namespace mho::test
