// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Physical memory protection: what an entry matches, and what follows for loads, stores and fetches, with
// decoded code and host pointers and without.
#include "models/soc/cpu/pmp.hpp"

#include <gtest/gtest.h>

#include "tests/models/soc/cpu/protection_bench.hpp"

namespace mho::test {
namespace {

using soc::riscv::Mode;
using soc::riscv::Pmp;

constexpr std::uint32_t kConfiguration0 = csr::pmpcfg0, kAddress0 = csr::pmpaddr0;
constexpr std::uint32_t kWindow = kRam + 0x4000;

bool user_reads(const Pmp& pmp, std::uint32_t address, std::uint64_t bytes = 4) {
  return pmp.allows(address, bytes, Pmp::Access::kRead, Mode::kUser);
}

TEST(Pmp, WithoutEntriesMachineModeMayEverythingAndUserModeNothing) {
  const Pmp pmp;
  EXPECT_TRUE(pmp.allows(0, 4, Pmp::Access::kExecute, Mode::kMachine));
  EXPECT_FALSE(user_reads(pmp, kRam));
}

TEST(Pmp, FourByteEntriesMatchOneWord) {
  Pmp pmp;
  pmp.write(kAddress0, kWindow >> 2);
  pmp.write(kConfiguration0, pmp::na4 | pmp::read);
  EXPECT_TRUE(user_reads(pmp, kWindow));
  EXPECT_TRUE(user_reads(pmp, kWindow + 3, 1));
  EXPECT_FALSE(user_reads(pmp, kWindow - 1, 1));
  EXPECT_FALSE(user_reads(pmp, kWindow + 4, 1));
}

TEST(Pmp, PowersOfTwoMatchFromEightBytesToEverything) {
  for (unsigned logarithm = 3; logarithm <= 16; ++logarithm) {
    Pmp pmp;
    const std::uint32_t bytes = 1u << logarithm, base = kRam + 3 * bytes;
    pmp.write(kAddress0, pmp::napot_address(base, bytes));
    pmp.write(kConfiguration0, pmp::napot | pmp::read);
    EXPECT_TRUE(user_reads(pmp, base));
    EXPECT_TRUE(user_reads(pmp, base + bytes - 4));
    EXPECT_FALSE(user_reads(pmp, base - 4));
    EXPECT_FALSE(user_reads(pmp, base + bytes));
  }
  Pmp pmp;
  pmp.write(kAddress0, 0xffff'ffff);
  pmp.write(kConfiguration0, pmp::napot | pmp::read);
  EXPECT_TRUE(user_reads(pmp, 0));
  EXPECT_TRUE(user_reads(pmp, 0xffff'fffc));
}

TEST(Pmp, TopOfRangeStartsAtTheAddressBeforeAndTheFirstAtZero) {
  Pmp pmp;
  pmp.write(kAddress0, 0x1000 >> 2);
  pmp.write(kAddress0 + 1, 0x3000 >> 2);
  pmp.write(kConfiguration0, pmp::tor | (pmp::tor | pmp::read) << 8);
  EXPECT_FALSE(user_reads(pmp, 0xffc));
  EXPECT_TRUE(user_reads(pmp, 0x1000));
  EXPECT_TRUE(user_reads(pmp, 0x2ffc));
  EXPECT_FALSE(user_reads(pmp, 0x3000));
  // Empty when it ends before it starts.
  pmp.write(kAddress0, 0x5000 >> 2);
  EXPECT_FALSE(user_reads(pmp, 0x4000));
}

TEST(Pmp, AnEmptyRangeInsideAnAccessMatchesNothing) {
  Pmp pmp;
  pmp.write(kAddress0, kWindow >> 2);
  pmp.write(kAddress0 + 1, (kWindow - 0x1000) >> 2);
  pmp.write(kAddress0 + 2, 0xffff'ffff);
  pmp.write(kConfiguration0, pmp::tor << 8 | (pmp::napot | pmp::all) << 16);
  EXPECT_TRUE(user_reads(pmp, kWindow - 1));
}

TEST(Pmp, TheLowestMatchingEntryDecidesAndMustCoverTheWholeAccess) {
  Pmp pmp;
  pmp.write(kAddress0, kWindow >> 2);
  pmp.write(kAddress0 + 1, 0xffff'ffff);
  pmp.write(kConfiguration0, pmp::na4 | (pmp::napot | pmp::all) << 8);
  EXPECT_FALSE(user_reads(pmp, kWindow));
  EXPECT_TRUE(user_reads(pmp, kWindow + 4));
  EXPECT_FALSE(user_reads(pmp, kWindow + 2));
  EXPECT_FALSE(user_reads(pmp, kWindow - 2));
  // Machine mode, too, when the access is covered in part.
  EXPECT_FALSE(pmp.allows(kWindow + 2, 4, Pmp::Access::kRead, Mode::kMachine));
  EXPECT_TRUE(pmp.allows(kWindow, 4, Pmp::Access::kRead, Mode::kMachine));
}

TEST(Pmp, LocksBindMachineModeAndKeepTheirRegisters) {
  Pmp pmp;
  pmp.write(kAddress0, kWindow >> 2);
  pmp.write(kAddress0 + 1, (kWindow + 8) >> 2);
  pmp.write(kConfiguration0, (pmp::tor | pmp::read | pmp::lock) << 8);
  EXPECT_TRUE(pmp.allows(kWindow, 4, Pmp::Access::kRead, Mode::kMachine));
  EXPECT_FALSE(pmp.allows(kWindow, 4, Pmp::Access::kWrite, Mode::kMachine));
  pmp.write(kConfiguration0, 0);
  pmp.write(kAddress0 + 1, 0);
  pmp.write(kAddress0, 0);  // the start of a locked range
  EXPECT_EQ(pmp.read(kConfiguration0), (pmp::tor | pmp::read | pmp::lock) << 8);
  EXPECT_EQ(pmp.read(kAddress0 + 1), (kWindow + 8) >> 2);
  EXPECT_EQ(pmp.read(kAddress0), kWindow >> 2);
}

TEST(Pmp, RegistersHoldLegalValuesOnly) {
  Pmp pmp;
  pmp.write(kConfiguration0 + 3, 0x6000'0000 | (pmp::napot | pmp::write | pmp::execute) << 8 | pmp::all);
  EXPECT_EQ(pmp.read(kConfiguration0 + 3), (pmp::napot | pmp::execute) << 8 | pmp::all);
  EXPECT_TRUE(Pmp::is_register(0x3a3));
  EXPECT_FALSE(Pmp::is_register(0x3a4));
  EXPECT_TRUE(Pmp::is_register(0x3bf));
  EXPECT_FALSE(Pmp::is_register(0x3c0));
}

TEST(Pmp, SpansAreUniformAndHoldTheirAddress) {
  Pmp pmp;
  pmp.write(kAddress0, pmp::napot_address(kWindow, 64));
  pmp.write(kAddress0 + 1, pmp::napot_address(kWindow, 4096));
  pmp.write(kConfiguration0, (pmp::napot | pmp::read) | (pmp::napot | pmp::all) << 8);
  for (std::uint32_t at = kWindow - 256; at < kWindow + 4096 + 256; at += 4) {
    const Pmp::Span span = pmp.span(at);
    ASSERT_LE(span.start, at);
    ASSERT_GE(span.end, at + 4);
    for (std::uint64_t in = std::max<std::uint64_t>(span.start, kWindow - 256);
         in < std::min<std::uint64_t>(span.end, kWindow + 4096 + 256); in += 4) {
      for (const auto access : {Pmp::Access::kRead, Pmp::Access::kWrite}) {
        ASSERT_EQ(pmp.allows(static_cast<std::uint32_t>(in), 4, access, Mode::kUser),
                  pmp.allows(at, 4, access, Mode::kUser));
      }
    }
  }
}

/// Every way to reach memory.
class Protection : public testing::TestWithParam<std::pair<bool, bool>> {
 protected:
  FirstTrap run(const std::function<void(Assembler&)>& body) {
    return first_trap(body, {.use_dmi = GetParam().first, .use_block_cache = GetParam().second});
  }
};

INSTANTIATE_TEST_SUITE_P(DmiAndCache, Protection,
                         testing::Values(std::pair(true, true), std::pair(true, false),
                                         std::pair(false, true), std::pair(false, false)));

TEST_P(Protection, UserModeWithoutEntriesCannotEvenFetch) {
  std::uint32_t user = 0;
  const FirstTrap trap = run([&](Assembler& code) {
    emit_user(code);
    user = code.here();
    code.nop();
  });
  EXPECT_EQ(trap.cause, 1u);
  EXPECT_EQ(trap.pc, user);
  EXPECT_EQ(trap.value, user);
}

TEST_P(Protection, LoadsAndStoresFaultAtTheEdgeOfAWindowAndNotBeforeIt) {
  for (const bool is_store : {false, true}) {
    std::uint32_t at = 0;
    const FirstTrap trap = run([&](Assembler& code) {
      emit_open(code);
      emit_entry(code, 0, pmp::napot_address(kWindow, 16), pmp::napot | (is_store ? pmp::read : 0));
      emit_user(code);
      code.li(t1, kWindow);
      code.lw(t2, t1, -4);
      code.sw(t2, t1, -4);
      code.lw(t2, t1, 16);
      code.sw(t2, t1, 16);
      code.sb(t2, t1, -1);
      if (is_store) code.lw(t2, t1, 12);
      at = code.here();
      is_store ? code.sh(t2, t1, 14) : code.lbu(t2, t1, 0);
    });
    EXPECT_EQ(trap.cause, is_store ? 7u : 5u);
    EXPECT_EQ(trap.pc, at);
    EXPECT_EQ(trap.value, is_store ? kWindow + 14 : kWindow);
  }
}

TEST_P(Protection, AnAccessThatAWindowCoversInPartFaultsAtItsStart) {
  const FirstTrap trap = run([](Assembler& code) {
    emit_open(code);
    emit_entry(code, 0, kWindow >> 2, pmp::na4 | pmp::all);
    emit_user(code);
    code.li(t1, kWindow);
    code.lw(t2, t1, 0);
    code.lw(t2, t1, 4);
    code.lw(t2, t1, 2);
  });
  EXPECT_EQ(trap.cause, 5u);
  EXPECT_EQ(trap.value, kWindow + 2);
}

TEST_P(Protection, DevicesAreProtectedAsMemoryIs) {
  const FirstTrap trap = run([](Assembler& code) {
    emit_open(code);
    emit_entry(code, 0, kScratch >> 2, pmp::na4 | pmp::read);
    emit_user(code);
    code.li(t1, kScratch);
    code.lw(t2, t1, 0);
    code.sw(t2, t1, 4);
    code.sw(t2, t1, 0);
  });
  EXPECT_EQ(trap.cause, 7u);
  EXPECT_EQ(trap.value, kScratch);
}

TEST_P(Protection, AtomicsFaultAsStoresExceptLoadReserved) {
  const auto atomic = [&](const std::function<void(Assembler&)>& emit, std::uint32_t permissions) {
    return run([&](Assembler& code) {
      emit_open(code);
      emit_entry(code, 0, kWindow >> 2, pmp::na4 | permissions);
      emit_user(code);
      code.li(t1, kWindow);
      emit(code);
      code.ecall();
    });
  };
  EXPECT_EQ(atomic([](Assembler& code) { code.amo(0x00, a0, t1, a1); }, pmp::read).cause, 7u);
  EXPECT_EQ(atomic([](Assembler& code) { code.lr(a0, t1); }, 0).cause, 5u);
  EXPECT_EQ(atomic([](Assembler& code) { code.lr(a0, t1); }, pmp::read).cause, 8u);
  EXPECT_EQ(atomic(
                [](Assembler& code) {
                  code.lr(a0, t1);
                  code.sc(a0, t1, a1);
                },
                pmp::read)
                .cause,
            7u);
}

TEST_P(Protection, MachineModePassesUnlockedWindowsAndNotLockedOnes) {
  for (const bool is_locked : {false, true}) {
    const FirstTrap trap = run([&](Assembler& code) {
      code.li(t1, kWindow);
      code.sw(zero, t1, 0);  // opens the page for fast stores
      emit_entry(code, 0, kWindow >> 2, pmp::na4 | (is_locked ? pmp::lock : 0));
      code.sw(zero, t1, 0);
      code.ecall();
    });
    EXPECT_EQ(trap.cause, is_locked ? 7u : 11u);
  }
}

TEST_P(Protection, MachineModeBorrowsUserPermissionsForDataAndNotForCode) {
  const FirstTrap trap = run([](Assembler& code) {
    // Nothing is executable in user mode.
    emit_entry(code, 15, 0xffff'ffff, pmp::napot | pmp::read | pmp::write);
    emit_entry(code, 0, kWindow >> 2, pmp::na4 | pmp::read);
    code.li(t1, kWindow);
    code.sw(zero, t1, 0);
    code.li(t0, 3u << 11);
    code.csrrc(zero, csr::mstatus, t0);
    code.li(t0, 1u << 17);
    code.csrrs(zero, csr::mstatus, t0);
    code.lw(t2, t1, 0);
    code.sw(t2, t1, 4);
    code.sw(t2, t1, 0);
  });
  EXPECT_EQ(trap.cause, 7u);
  EXPECT_EQ(trap.value, kWindow);
  EXPECT_EQ(trap.status & 3u << 11, 3u << 11);
}

TEST_P(Protection, ReturningToUserModeEndsTheLoan) {
  const FirstTrap trap = run([](Assembler& code) {
    emit_open(code);
    code.li(t0, 1u << 17);
    code.csrrs(zero, csr::mstatus, t0);
    emit_user(code);
    code.ecall();
  });
  EXPECT_EQ(trap.cause, 8u);
  EXPECT_EQ(trap.status & 1u << 17, 0u);
}

TEST_P(Protection, ChangesApplyToCodeThatHasRunAndMemoryThatWasReached) {
  constexpr std::uint32_t kFunction = kRam + 0x6000;
  // Machine mode runs a function, locks it against execution, and runs it again.
  const FirstTrap code_trap = run([](Assembler& code) {
    code.li(t1, kFunction);
    code.li(t2, 0x0000'8067);  // ret
    code.sw(t2, t1, 0);
    code.fence_i();
    code.jalr(ra, t1, 0);
    code.jalr(ra, t1, 0);
    emit_entry(code, 0, kFunction >> 2, pmp::na4 | pmp::read | pmp::lock);
    code.jalr(ra, t1, 0);
  });
  EXPECT_EQ(code_trap.cause, 1u);
  EXPECT_EQ(code_trap.pc, kFunction);
  EXPECT_EQ(code_trap.value, kFunction);
  const FirstTrap load_trap = run([](Assembler& code) {
    code.li(t1, kWindow);
    code.lw(t2, t1, 0);
    code.lw(t2, t1, 0);
    emit_entry(code, 0, kWindow >> 2, pmp::na4 | pmp::lock);
    code.lw(t2, t1, 0);
  });
  EXPECT_EQ(load_trap.cause, 5u);
}

TEST_P(Protection, EachModeKeepsItsOwnCode) {
  constexpr std::uint32_t kFunction = kRam + 0x6000;
  const FirstTrap trap = run([](Assembler& code) {
    emit_open(code);
    emit_entry(code, 0, kFunction >> 2, pmp::na4 | pmp::read | pmp::write);
    code.li(t1, kFunction);
    code.li(t2, 0x0000'8067);
    code.sw(t2, t1, 0);
    code.fence_i();
    code.jalr(ra, t1, 0);
    emit_user(code);
    code.jalr(ra, t1, 0);
  });
  EXPECT_EQ(trap.cause, 1u);
  EXPECT_EQ(trap.pc, kFunction);
  EXPECT_EQ(trap.status & 3u << 11, 0u);
}

TEST_P(Protection, AnInstructionHalfOfWhichIsProtectedFaultsAtThatHalf) {
  constexpr std::uint32_t kEdge = kRam + 0x6000;
  const FirstTrap trap = run([](Assembler& code) {
    code.li(t1, kEdge);
    code.li(t2, 0x13);  // the lower half of a nop
    code.sh(t2, t1, -2);
    emit_open(code);
    emit_entry(code, 0, kEdge >> 2, pmp::na4 | pmp::read);
    emit_user(code);
    code.jalr(zero, t1, -2);
  });
  EXPECT_EQ(trap.cause, 1u);
  EXPECT_EQ(trap.pc, kEdge - 2);
  EXPECT_EQ(trap.value, kEdge);
}

TEST_P(Protection, CodeWrittenInOneModeIsNewInTheOther) {
  constexpr std::uint32_t kFunction = kRam + 0x6000;
  const FirstTrap trap = run([](Assembler& code) {
    emit_open(code);
    code.li(t1, kFunction);
    code.li(t2, 0x0000'8067);  // ret
    code.sw(t2, t1, 0);
    code.fence_i();
    code.jalr(ra, t1, 0);
    emit_user(code);
    code.jalr(ra, t1, 0);
    code.li(t2, 0x0010'0073);  // ebreak
    code.sw(t2, t1, 0);
    code.jalr(ra, t1, 0);
  });
  EXPECT_EQ(trap.cause, 3u);
  EXPECT_EQ(trap.pc, kFunction);
}

}  // namespace
}  // namespace mho::test
