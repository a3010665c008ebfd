// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Misaligned data accesses are performed: in memory, across pages, and byte by byte where a device is
// involved.
#include <gtest/gtest.h>

#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace mho::test {
namespace {

class Misaligned : public testing::TestWithParam<bool> {
 protected:
  CpuBench bench{{.use_dmi = GetParam()}};
  Assembler code{kRam};

  void run() {
    emit_exit(code);
    bench.load(code);
    bench.run();
  }
};
INSTANTIATE_TEST_SUITE_P(Dmi, Misaligned, testing::Bool());

TEST_P(Misaligned, AccessesWithinAndAcrossPages) {
  for (const std::uint32_t offset : {0x2001u, 0x2002u, 0x2003u, 0x2ffdu, 0x2ffeu, 0x2fffu}) {
    code.li(t0, kRam + offset);
    code.li(t1, 0x8182'8384 + offset);
    code.sw(t1, t0, 0);
    code.lw(t2, t0, 0);
    code.sub(t3, t2, t1);
    code.or_(a0, a0, t3);
    code.sh(t1, t0, 8);
    code.lhu(t2, t0, 8);
    code.slli(t3, t1, 16);
    code.srli(t3, t3, 16);
    code.sub(t3, t2, t3);
    code.or_(a0, a0, t3);
    code.lh(t2, t0, 0);
    code.slli(t3, t1, 16);
    code.srai(t3, t3, 16);
    code.sub(t3, t2, t3);
    code.or_(a0, a0, t3);
  }
  run();
  EXPECT_EQ(bench.cpu.x(a0), 0u);
  EXPECT_TRUE(bench.access_log.empty());
}

TEST_P(Misaligned, DeviceAccessesAreMadeByteByByteFromTheLowestUp) {
  code.li(t0, kScratch + 0x11);
  code.li(t1, 0x4433'2211);
  code.sw(t1, t0, 0);
  code.lw(a1, t0, 0);
  run();
  EXPECT_EQ(bench.cpu.x(a1), 0x4433'2211u);
  ASSERT_EQ(bench.access_log.size(), 8u);
  for (std::uint32_t i = 0; i < 4; ++i) {
    EXPECT_TRUE(bench.access_log[i].is_write);
    EXPECT_EQ(bench.access_log[i].bytes, 1u);
    EXPECT_EQ(bench.access_log[i].address, kScratch + 0x11 + i);
    EXPECT_EQ(bench.scratch[0x11 + i], 0x11 * (i + 1));
    // Each begins when the one before has ended: 7.3 ns, rounded up to 8 cycles of 1 ns.
    EXPECT_EQ(bench.access_log[i].time_ps, bench.access_log[0].time_ps + i * 8'000);
  }
}

TEST_P(Misaligned, AlignedDeviceAccessesAreOneTransfer) {
  code.li(t0, kScratch);
  code.li(t1, 0x4433'2211);
  code.sw(t1, t0, 4);
  code.lhu(a1, t0, 6);
  code.lb(a2, t0, 5);
  run();
  EXPECT_EQ(bench.cpu.x(a1), 0x4433u);
  EXPECT_EQ(bench.cpu.x(a2), 0x22u);
  ASSERT_EQ(bench.access_log.size(), 3u);
  EXPECT_EQ(bench.access_log[0].bytes, 4u);
  EXPECT_EQ(bench.access_log[1].bytes, 2u);
  EXPECT_EQ(bench.access_log[2].bytes, 1u);
}

TEST_P(Misaligned, AnAccessBeyondTheMemoryFaultsAtItsFirstMissingByte) {
  constexpr std::uint32_t kEnd = kRam + kRamBytes;
  const auto handler = code.label();
  code.la(t0, handler);
  code.csrw(csr::mtvec, t0);
  code.li(t1, kEnd - 3);
  code.li(t2, 0xa4a3'a2a1);
  code.sw(t2, t1, 0);
  code.align(4);
  code.bind(handler);
  run();
  EXPECT_EQ(bench.cpu.csr(csr::mcause), 7u);
  EXPECT_EQ(bench.cpu.csr(csr::mtval), kEnd);
  // The bytes that exist have been written.
  EXPECT_EQ(bench.word(kEnd - 4) >> 8, 0xa3'a2a1u);
}

TEST_P(Misaligned, AnAccessMaySpanMemoryAndDevice) {
  bench.target.devices[kRam + kRamBytes] = [&](const TestTarget::Access& access) {
    if (access.is_write) return false;
    std::ranges::fill(access.data, 0x5a);
    return true;
  };
  code.li(t0, kRam + kRamBytes - 2);
  code.li(t1, 0x1234);
  code.sh(t1, t0, 0);
  code.lw(a1, t0, 0);
  run();
  EXPECT_EQ(bench.cpu.x(a1), 0x5a5a'1234u);
}

}  // namespace
}  // namespace mho::test
