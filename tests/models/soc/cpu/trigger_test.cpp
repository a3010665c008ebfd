// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Address triggers (debug specification 0.13.2, 5.2): what software reads and writes, and what they stop, on
// every way to memory. QEMU 7.2 is no oracle here: it has no tcontrol, and compares any access with eight
// bytes.
#include "models/soc/cpu/triggers.hpp"

#include <gtest/gtest.h>

#include "tests/models/soc/cpu/protection_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kTselect = 0x7a0, kTdata1 = 0x7a1, kTdata2 = 0x7a2, kTdata3 = 0x7a3, kTinfo = 0x7a4,
                        kTcontrol = 0x7a5;
constexpr std::uint32_t kMachine = 1u << 6, kUser = 1u << 3, kExecute = 4, kStore = 2, kLoad = 1;
constexpr std::uint32_t kMte = 1u << 3, kMpte = 1u << 7;
constexpr std::uint32_t kWatched = kRam + 0x4004, kFunction = kRam + 0x6000;

TEST(TriggerRegisters, HoldLegalValuesOnly) {
  soc::riscv::Triggers triggers;
  for (std::uint32_t i = 0; i < 4; ++i) {
    triggers.write(kTselect, i);
    EXPECT_EQ(triggers.read(kTselect), i);
    EXPECT_EQ(triggers.read(kTdata1), 0x2000'0000u);
    triggers.write(kTdata2, 100 + i);
  }
  triggers.write(kTselect, 4);
  EXPECT_EQ(triggers.read(kTselect), 3u);
  triggers.write(kTdata1, 0xffff'ffff);
  EXPECT_EQ(triggers.read(kTdata1), 0x2000'0000u | kMachine | kUser | kExecute | kStore | kLoad);
  triggers.write(kTdata3, 5);
  triggers.write(kTinfo, 5);
  EXPECT_EQ(triggers.read(kTdata3), 0u);
  EXPECT_EQ(triggers.read(kTinfo), 1u << 2);
  triggers.write(kTcontrol, 0xffff'ffff);
  EXPECT_EQ(triggers.read(kTcontrol), kMte | kMpte);
  triggers.write(kTselect, 1);
  EXPECT_EQ(triggers.read(kTdata2), 101u);
  EXPECT_EQ(triggers.read(kTdata1), 0x2000'0000u);
}

/// Arms a trigger (clobbers t0).
void emit_trigger(Assembler& code, std::uint32_t index, std::uint32_t address, std::uint32_t control) {
  code.csrrwi(zero, kTselect, index);
  code.li(t0, address);
  code.csrw(kTdata2, t0);
  code.li(t0, 0x2000'0000 | control);
  code.csrw(kTdata1, t0);
}

void emit_enable(Assembler& code) {
  code.csrrwi(zero, kTcontrol, kMte);
}

class Triggered : public testing::TestWithParam<std::pair<bool, bool>> {
 protected:
  FirstTrap run(const std::function<void(Assembler&)>& body) {
    return first_trap(body, {.use_dmi = GetParam().first, .use_block_cache = GetParam().second});
  }
};
INSTANTIATE_TEST_SUITE_P(DmiAndCache, Triggered,
                         testing::Values(std::pair(true, true), std::pair(true, false),
                                         std::pair(false, true), std::pair(false, false)));

TEST_P(Triggered, LoadsAndStoresTrapBeforeTheyHappenAtEveryByteOfThem) {
  struct Case {
    std::uint32_t control;
    bool is_store;
    std::int32_t offset;
    unsigned bytes;
    bool fires;
  };
  const Case cases[] = {
      {kLoad, false, 0, 4, true},        {kLoad, false, -3, 4, true}, {kLoad, false, -4, 4, false},
      {kLoad, false, 1, 4, false},       {kLoad, false, 0, 1, true},  {kLoad, false, -1, 1, false},
      {kLoad, true, 0, 4, false},        {kStore, true, 0, 4, true},  {kStore, true, 0, 1, true},
      {kStore, true, -2, 4, true},       {kStore, true, 4, 4, false}, {kStore, false, 0, 4, false},
      {kLoad | kStore, true, 0, 4, true}};
  for (const Case& c : cases) {
    SCOPED_TRACE(testing::Message() << c.control << ' ' << c.is_store << ' ' << c.offset << ' ' << c.bytes);
    std::uint32_t at = 0;
    const FirstTrap trap = run([&](Assembler& code) {
      code.li(t1, kWatched);
      code.lw(t2, t1, 0);  // the ways to memory are open before the trigger is armed
      code.sw(t2, t1, 0);
      emit_trigger(code, 2, kWatched, kMachine | c.control);
      emit_enable(code);
      code.lw(t2, t1, -8);
      code.sw(t2, t1, -8);
      at = code.here();
      if (c.is_store) {
        c.bytes == 4 ? code.sw(t2, t1, c.offset) : code.sb(t2, t1, c.offset);
      } else {
        c.bytes == 4 ? code.lw(t2, t1, c.offset) : code.lbu(t2, t1, c.offset);
      }
      code.ecall();
    });
    EXPECT_EQ(trap.cause, c.fires ? 3u : 11u);
    EXPECT_EQ(trap.pc, c.fires ? at : at + 4);
    EXPECT_EQ(trap.value, c.fires ? kWatched + static_cast<std::uint32_t>(c.offset) : 0u);
  }
}

TEST_P(Triggered, AtomicsAreLoadsAndStores) {
  const auto cause = [&](std::uint32_t control, const std::function<void(Assembler&)>& emit) {
    return run([&](Assembler& code) {
             code.li(t1, kWatched);
             emit_trigger(code, 0, kWatched, kMachine | control);
             emit_enable(code);
             emit(code);
             code.ecall();
           })
        .cause;
  };
  const auto amo = [](Assembler& code) { code.amo(0x00, a0, t1, a1); };
  const auto lr = [](Assembler& code) { code.lr(a0, t1); };
  const auto sc = [](Assembler& code) { code.sc(a0, t1, a1); };
  EXPECT_EQ(cause(kLoad, amo), 3u);
  EXPECT_EQ(cause(kStore, amo), 3u);
  EXPECT_EQ(cause(kLoad, lr), 3u);
  EXPECT_EQ(cause(kStore, lr), 11u);
  EXPECT_EQ(cause(kLoad, sc), 11u);
  EXPECT_EQ(cause(kStore, sc), 3u);
}

TEST_P(Triggered, AnInstructionTrapsBeforeItExecutesAlsoInTheMiddleOfKnownCode) {
  const FirstTrap trap = run([](Assembler& code) {
    code.li(t1, kFunction);
    code.li(t2, 0x0015'0513);  // addi a0, a0, 1
    code.sw(t2, t1, 0);
    code.sw(t2, t1, 4);
    code.sw(t2, t1, 8);
    code.li(t2, 0x0000'8067);  // ret
    code.sw(t2, t1, 12);
    code.fence_i();
    code.addi(a0, zero, 0);
    code.jalr(ra, t1, 0);
    code.jalr(ra, t1, 0);
    emit_trigger(code, 3, kFunction + 8, kMachine | kExecute);
    code.jalr(ra, t1, 0);  // not enabled yet
    emit_enable(code);
    code.jalr(ra, t1, 0);
  });
  EXPECT_EQ(trap.cause, 3u);
  EXPECT_EQ(trap.pc, kFunction + 8);
  EXPECT_EQ(trap.value, kFunction + 8);
  EXPECT_EQ(trap.a0, 3u + 3u + 3u + 2u);
}

TEST_P(Triggered, EachModeHasItsBitAndOnlyMachineModeNeedsTcontrol) {
  for (const std::uint32_t control : {kMachine, kUser}) {
    for (const bool is_enabled : {false, true}) {
      const FirstTrap trap = run([&](Assembler& code) {
        emit_open(code);
        code.li(t1, kWatched);
        emit_trigger(code, 1, kWatched, control | kLoad);
        if (is_enabled) emit_enable(code);
        code.nop();
        if (control == kUser) code.lw(t2, t1, 0);
        emit_user(code);
        code.lw(t2, t1, 0);
        code.ecall();
      });
      EXPECT_EQ(trap.cause, control == kUser ? 3u : 8u);
    }
  }
}

TEST_P(Triggered, ADisarmedTriggerDoesNothing) {
  const FirstTrap trap = run([](Assembler& code) {
    code.li(t1, kWatched);
    emit_trigger(code, 0, kWatched, kMachine | kLoad);
    emit_enable(code);
    code.csrrwi(zero, kTdata1, 0);
    code.lw(t2, t1, 0);
    code.ecall();
  });
  EXPECT_EQ(trap.cause, 11u);
}

TEST(Triggers, AHandlerRunsWithoutThemAndTheReturnBringsThemBack) {
  CpuBench bench;
  Assembler code(kRam);
  const auto handler = code.label(), start = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.li(t1, kWatched);
  code.j(start);
  code.align(4);
  code.bind(handler);
  code.addi(s2, s2, 1);
  code.csrr(s3, kTcontrol);
  code.lw(t2, t1, 0);  // would trap for ever
  code.csrr(t0, csr::mepc);
  code.addi(t0, t0, 4);
  code.csrw(csr::mepc, t0);
  code.mret();
  code.bind(start);
  emit_trigger(code, 0, kWatched, kMachine | kLoad);
  emit_enable(code);
  code.lw(t2, t1, 0);
  code.lw(t2, t1, 0);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.cpu.x(s2), 2u);
  EXPECT_EQ(bench.cpu.x(s3), kMpte);
  EXPECT_EQ(bench.cpu.counters().exceptions, 2u);
}

}  // namespace
}  // namespace mho::test
