// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Decoded code and host pointers follow memory exactly: code that writes code, other writers, withdrawn DMI.
#include <gtest/gtest.h>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

struct Mode {
  bool use_dmi, use_block_cache;
};

class Coherence : public testing::TestWithParam<Mode> {
 protected:
  CpuBench bench{{.use_dmi = GetParam().use_dmi, .use_block_cache = GetParam().use_block_cache}};
  Assembler code{kRam};

  static std::uint32_t addi_word(Reg rd, Reg rs, std::int32_t immediate) {
    return encode::i(0x13, 0, rd, rs, immediate);
  }
  void run() {
    bench.load(code);
    bench.run();
    ASSERT_EQ(bench.stop.cause, soc::StopCause::kGuestExit) << bench.stop.text;
  }
};
INSTANTIATE_TEST_SUITE_P(Modes, Coherence,
                         testing::Values(Mode{true, true}, Mode{true, false}, Mode{false, true},
                                         Mode{false, false}));

TEST_P(Coherence, AStoreChangesTheVeryNextInstruction) {
  const auto place = code.label();
  code.la(t0, place);
  code.li(t1, addi_word(a0, a0, 5));
  code.sw(t1, t0, 0);
  code.bind(place);
  code.addi(a0, a0, 1);
  emit_exit(code);
  run();
  EXPECT_EQ(bench.stop.exit_code, 5);
}

TEST_P(Coherence, AByteStoreChangesCodeThatHasRunManyTimes) {
  // A loop that raises the immediate of its own addition by one each turn: 1 + 2 + … + 10.
  const auto place = code.label();
  code.la(t0, place);
  code.addi(t1, zero, 10);
  const auto loop = code.here_label();
  code.bind(place);
  code.addi(a0, a0, 1);
  code.lhu(t2, t0, 2);
  code.addi(t2, t2, 0x10);
  code.sb(t2, t0, 2);
  code.addi(t1, t1, -1);
  code.bne(t1, zero, loop);
  emit_exit(code);
  run();
  EXPECT_EQ(bench.stop.exit_code, 55);
}

TEST_P(Coherence, AStoreIntoTheSecondPageOfACrossingInstructionCounts) {
  const auto function = code.label();
  code.li(t0, kRam + 0x1000);
  code.sw(zero, t0, 0x100);  // the page has been written to before
  code.addi(t3, zero, 2);
  const auto again = code.here_label();
  code.jal(ra, function);
  code.li(t1, addi_word(a0, a0, 7) >> 16);
  code.sh(t1, t0, 0);
  code.addi(t3, t3, -1);
  code.bne(t3, zero, again);
  emit_exit(code);
  code.skip_to(kRam + 0xffe);
  code.bind(function);
  code.addi(a0, a0, 1);
  code.ret();
  run();
  EXPECT_EQ(bench.stop.exit_code, 8);
}

TEST_P(Coherence, DataBecomesCodeAndIsWrittenAgain) {
  code.li(t0, kRam + 0x3000);
  code.li(t1, addi_word(a0, a0, 1));
  code.li(t2, 0x0000'8067);  // ret
  code.sw(t1, t0, 0);
  code.sw(t2, t0, 4);
  code.jalr(ra, t0, 0);
  code.sw(zero, t0, 0x100);  // beside the code
  code.li(t1, addi_word(a0, a0, 7));
  code.sw(t1, t0, 0);
  code.jalr(ra, t0, 0);
  emit_exit(code);
  run();
  EXPECT_EQ(bench.stop.exit_code, 8);
}

TEST_P(Coherence, BothPagesOfACrossingJumpAreWatched) {
  // Written as data, executed, then patched in the second page (another target), then in the first (a link).
  constexpr std::uint32_t kJump = kRam + 0x3ffe;
  const auto one = code.label(), hundred = code.label(), start = code.label();
  code.j(start);
  code.bind(one);
  code.addi(a0, a0, 1);
  code.ret();
  code.bind(hundred);
  code.addi(a0, a0, 100);
  code.ret();
  const auto jump_to = [&](Reg link, Assembler::Label to) {
    return encode::j(link, static_cast<std::int32_t>(code.address_of(to) - kJump));
  };
  ASSERT_EQ(jump_to(zero, one) & 0xffff, jump_to(zero, hundred) & 0xffff);
  code.bind(start);
  code.li(t0, kJump);
  code.li(t1, jump_to(zero, one));
  code.srli(t2, t1, 16);
  code.sh(t1, t0, 0);
  code.sh(t2, t0, 2);
  code.jalr(ra, t0, 0);
  code.li(t2, jump_to(zero, hundred) >> 16);
  code.sh(t2, t0, 2);
  code.jalr(ra, t0, 0);
  code.li(t1, jump_to(s2, hundred));
  code.sh(t1, t0, 0);
  code.jalr(ra, t0, 0);
  emit_exit(code);
  run();
  EXPECT_EQ(bench.stop.exit_code, 201);
  EXPECT_EQ(bench.cpu.x(s2), kJump + 4);
}

TEST_P(Coherence, DataBesideCodeMayBeWrittenAnyTime) {
  // A counter in the same page as, and one directly behind, the loop that counts.
  const auto near = code.label(), far = code.label();
  code.la(t0, near);
  code.la(t1, far);
  code.li(a1, 1000);
  const auto loop = code.here_label();
  code.lw(t2, t0, 0);
  code.addi(t2, t2, 1);
  code.sw(t2, t0, 0);
  code.lw(t3, t1, 0);
  code.addi(t3, t3, 2);
  code.sw(t3, t1, 0);
  code.addi(a1, a1, -1);
  code.bne(a1, zero, loop);
  emit_exit(code);
  code.bind(near);
  code.word(0);
  code.skip_to(kRam + 0xf00);
  code.bind(far);
  code.word(0);
  run();
  EXPECT_EQ(bench.word(code.address_of(near)), 1000u);
  EXPECT_EQ(bench.word(code.address_of(far)), 2000u);
}

TEST_P(Coherence, AnAtomicChangesCode) {
  const auto place = code.label();
  code.la(t0, place);
  code.addi(t3, zero, 2);
  const auto loop = code.here_label();
  code.bind(place);
  code.addi(a0, a0, 1);
  code.li(t1, 1u << 20);
  code.amo(0x00, zero, t0, t1);
  code.addi(t3, t3, -1);
  code.bne(t3, zero, loop);
  emit_exit(code);
  bench.load(code);
  bench.run();
  ASSERT_EQ(bench.stop.cause, soc::StopCause::kGuestExit);
  EXPECT_EQ(bench.stop.exit_code, 3);
}

TEST_P(Coherence, AnotherWriterChangesCodeAtItsMoment) {
  // The loop runs until the writer replaces its branch by a nop.
  const auto place = code.label();
  const auto loop = code.here_label();
  code.addi(s2, s2, 1);
  code.bind(place);
  code.j(loop);
  code.csrr(s3, csr::mcycle);
  emit_exit(code);
  sc_core::sc_spawn([&] {
    wait(tlm_base::from_ps(1'000'000));
    const std::uint32_t nop = addi_word(zero, zero, 0);
    std::memcpy(bench.target.memory_at(code.address_of(place), 4).data(), &nop, 4);
    bench.cpu.foreign_write(code.address_of(place), 4);
  });
  run();
  // A turn takes 3 cycles: addi at 3k, j at 3k + 1. At cycle 1000 = 3 * 333 + 1 the j is a nop.
  EXPECT_EQ(bench.cpu.x(s3), 1001u);
  EXPECT_EQ(bench.cpu.x(s2), 334u);
}

TEST_P(Coherence, ADeviceThatWritesCodeDuringAnAccessChangesTheVeryNextInstruction) {
  const auto place = code.label();
  code.li(t0, kDevices);
  code.lw(t1, t0, 0);
  code.bind(place);
  code.addi(a0, a0, 1);
  emit_exit(code);
  bench.target.devices[kDevices] = [&](const TestTarget::Access&) {
    const std::uint32_t instruction = addi_word(a0, a0, 5);
    std::memcpy(bench.target.memory_at(code.address_of(place), 4).data(), &instruction, 4);
    bench.cpu.foreign_write(code.address_of(place), 4);
    return true;
  };
  run();
  EXPECT_EQ(bench.stop.exit_code, 5);
}

TEST_P(Coherence, AnotherWriterBreaksAReservationEvenWithTheSameValue) {
  code.li(t0, kRam + 0x2000);
  code.lr(t1, t0);
  code.li(a1, 500);
  const auto loop = code.here_label();
  code.addi(a1, a1, -1);
  code.bne(a1, zero, loop);
  code.sc(a0, t0, zero);
  emit_exit(code);
  sc_core::sc_spawn([&] {
    wait(tlm_base::from_ps(300'000));
    bench.cpu.foreign_write(kRam + 0x2000, 1);
  });
  run();
  EXPECT_EQ(bench.stop.exit_code, 1);
}

TEST_P(Coherence, WithdrawnPointersAreNotUsedAgain) {
  // The target moves its memory to another place on the host and withdraws DMI in the middle of the run.
  code.li(t0, kRam + 0x2000);
  code.li(a1, 2000);
  const auto loop = code.here_label();
  code.lw(t1, t0, 0);
  code.addi(t1, t1, 1);
  code.sw(t1, t0, 0);
  code.addi(a1, a1, -1);
  code.bne(a1, zero, loop);
  emit_exit(code);
  std::vector<std::uint8_t> former;
  sc_core::sc_spawn([&] {
    wait(tlm_base::from_ps(5'000'000));
    const auto requests = bench.target.dmi_requests;
    former = bench.target.ram;
    former.swap(bench.target.ram);
    std::ranges::fill(former, 0);
    bench.target.socket->invalidate_direct_mem_ptr(kRam, kRam + kRamBytes - 1);
    wait(tlm_base::from_ps(1'000'000));
    EXPECT_EQ(bench.target.dmi_requests > requests, GetParam().use_dmi);
  });
  run();
  EXPECT_EQ(bench.word(kRam + 0x2000), 2000u);
  EXPECT_TRUE(std::ranges::all_of(former, [](std::uint8_t byte) { return byte == 0; }));
}

TEST_P(Coherence, DebuggerWritesReachCode) {
  code.addi(a0, a0, 1);
  const auto loop = code.here_label();
  code.addi(s2, s2, 1);
  code.j(loop);
  sc_core::sc_spawn([&] {
    wait(tlm_base::from_ps(100'000));
    Assembler exit_now(kRam + 4);
    exit_now.addi(a0, zero, 9);
    emit_exit(exit_now);
    EXPECT_TRUE(bench.cpu.write_guest(kRam + 4, exit_now.finish()));
  });
  run();
  EXPECT_EQ(bench.stop.exit_code, 9);
  std::array<std::uint8_t, 4> back{};
  EXPECT_TRUE(bench.cpu.read_guest(kRam, back));
  EXPECT_EQ(back[0], addi_word(a0, a0, 1) & 0xff);
  EXPECT_FALSE(bench.cpu.read_guest(0x3000'0000, back));
}

TEST(Dmi, AMemoryThatGrantsNoneIsUsedAllTheSame) {
  CpuBench bench;
  bench.target.grants_dmi = false;
  Assembler code(kRam);
  code.li(t0, kRam + 0x2000);
  code.addi(a0, zero, 17);
  code.sw(a0, t0, 0);
  code.lw(a0, t0, 0);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.stop.exit_code, 17);
}

TEST(Dmi, IsUsedWhenGranted) {
  CpuBench bench;
  Assembler code(kRam);
  code.li(t0, kRam + 0x2000);
  code.sw(a0, t0, 0);
  code.lw(a0, t0, 0);
  emit_exit(code);
  bench.load(code);
  bench.run();
  EXPECT_EQ(bench.target.memory_transports, 0u);
  EXPECT_EQ(bench.target.dmi_requests, 1u);
}

}  // namespace
}  // namespace mho::test
