// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/semihosting.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "models/soc/cpu/semihost_calls.hpp"
#include "tests/models/soc/cpu/cpu_bench.hpp"
#include "tests/models/soc/cpu/protection_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kData = kRam + 0x2000;

struct SemihostBench : CpuBench {
  explicit SemihostBench(bool is_enabled = true) : CpuBench({.semihosting = is_enabled}) {
    cpu.set_semihost_handler(&handler);
    code.li(s2, kData);
  }
  void emit_call(std::uint32_t operation) {
    code.addi(a0, zero, static_cast<std::int32_t>(operation));
    code.word(0x01f0'1013);
    code.ebreak();
    code.word(0x4070'5013);
  }
  /// The end of a test that does not end by semihosting.
  void run_code() {
    code.mv(s3, a0);
    code.addi(a0, zero, 0);
    emit_exit(code);
    load(code);
    run();
  }
  void put(std::uint32_t address, const std::string& text) { load(address, {text.begin(), text.end()}); }
  void put_word(std::uint32_t address, std::uint32_t value) {
    std::memcpy(target.memory_at(address, 4).data(), &value, 4);
  }

  std::ostringstream out, err;
  soc::SemihostCalls handler{{.out = out, .err = err}};
  Assembler code{kRam};
};

TEST(Semihosting, WritesCharactersAndStrings) {
  SemihostBench bench;
  bench.put(kData, std::string("!hello\n\0x", 9));
  bench.code.mv(a1, s2);
  bench.emit_call(0x03);
  bench.code.addi(a1, s2, 1);
  bench.emit_call(0x04);
  bench.run_code();
  EXPECT_EQ(bench.stop.cause, soc::StopCause::kGuestExit);
  EXPECT_EQ(bench.out.str(), "!hello\n");
}

TEST(Semihosting, WritesBuffersToBothStreamsAndReturnsWhatIsLeft) {
  SemihostBench bench;
  bench.put(kData + 64, "to out, to err");
  bench.put_word(kData, 1);
  bench.put_word(kData + 4, kData + 64);
  bench.put_word(kData + 8, 6);
  bench.put_word(kData + 16, 2);
  bench.put_word(kData + 20, kData + 72);
  bench.put_word(kData + 24, 6);
  bench.code.mv(a1, s2);
  bench.emit_call(0x05);
  bench.code.mv(s4, a0);
  bench.code.addi(a1, s2, 16);
  bench.emit_call(0x05);
  bench.run_code();
  EXPECT_EQ(bench.out.str(), "to out");
  EXPECT_EQ(bench.err.str(), "to err");
  EXPECT_EQ(bench.cpu.x(s4), 0u);
  EXPECT_EQ(bench.cpu.x(s3), 0u);
}

TEST(Semihosting, BadAddressesAndHandlesFailWithoutHarm) {
  SemihostBench bench;
  bench.put_word(kData, 7);  // no such handle
  bench.put_word(kData + 4, kData);
  bench.put_word(kData + 8, 12);
  bench.code.mv(a1, s2);
  bench.emit_call(0x05);
  bench.code.mv(s4, a0);
  bench.code.li(a1, 0x3000'0000);
  bench.emit_call(0x05);
  bench.code.mv(s5, a0);
  bench.code.li(a1, 0x3000'0000);
  bench.emit_call(0x03);
  bench.code.mv(s6, a0);
  bench.emit_call(0x77);
  bench.run_code();
  EXPECT_EQ(bench.cpu.x(s4), 12u);
  EXPECT_EQ(bench.cpu.x(s5), 0xffff'ffffu);
  EXPECT_EQ(bench.cpu.x(s6), 0xffff'ffffu);
  EXPECT_EQ(bench.cpu.x(s3), 0xffff'ffffu);
  EXPECT_EQ(bench.out.str() + bench.err.str(), "");
}

TEST(Semihosting, OpensTheConsoleOnly) {
  SemihostBench bench;
  bench.put(kData + 64, std::string(":tt\0/etc/passwd\0", 16));
  bench.put_word(kData, kData + 64);
  bench.put_word(kData + 4, 4);
  bench.put_word(kData + 8, 3);
  bench.put_word(kData + 16, kData + 68);
  bench.put_word(kData + 20, 0);
  bench.put_word(kData + 24, 11);
  bench.code.mv(a1, s2);
  bench.emit_call(0x01);
  bench.code.mv(s4, a0);
  bench.code.addi(a1, s2, 16);
  bench.emit_call(0x01);
  bench.run_code();
  EXPECT_EQ(bench.cpu.x(s4), 1u);
  EXPECT_EQ(bench.cpu.x(s3), 0xffff'ffffu);
}

TEST(Semihosting, ExitsWithTheGuestsCode) {
  SemihostBench regular;
  regular.code.li(a1, 0x20026);
  regular.emit_call(0x18);
  regular.run_code();
  EXPECT_EQ(regular.stop.cause, soc::StopCause::kGuestExit);
  EXPECT_EQ(regular.stop.text, "semihosting exit");
  EXPECT_EQ(regular.stop.exit_code, 0);
}

TEST(Semihosting, ExitsWithOneForAnyOtherReason) {
  SemihostBench bench;
  bench.code.li(a1, 0x20023);
  bench.emit_call(0x18);
  bench.run_code();
  EXPECT_EQ(bench.stop.exit_code, 1);
}

TEST(Semihosting, ExtendedExitCarriesACode) {
  SemihostBench bench;
  bench.put_word(kData, 0x20026);
  bench.put_word(kData + 4, 42);
  bench.code.mv(a1, s2);
  bench.emit_call(0x20);
  bench.run_code();
  EXPECT_EQ(bench.stop.exit_code, 42);
}

TEST(Semihosting, IsAnOrdinaryBreakpointWhenOff) {
  SemihostBench bench(false);
  const auto handler = bench.code.label(), start = bench.code.label();
  bench.code.la(t0, handler);
  bench.code.csrw(csr::mtvec, t0);
  bench.code.j(start);
  bench.code.align(4);
  bench.code.bind(handler);
  emit_exit(bench.code);
  bench.code.bind(start);
  bench.emit_call(0x04);
  bench.run_code();
  EXPECT_EQ(bench.cpu.csr(csr::mcause), 3u);
}

// With physical memory protection the operations would reach what the mode may not.
TEST(Semihosting, IsAnOrdinaryBreakpointInUserMode) {
  SemihostBench bench;
  const auto handler = bench.code.label(), start = bench.code.label();
  bench.code.la(t0, handler);
  bench.code.csrw(csr::mtvec, t0);
  bench.code.j(start);
  bench.code.align(4);
  bench.code.bind(handler);
  emit_exit(bench.code);
  bench.code.bind(start);
  emit_open(bench.code);
  emit_user(bench.code);
  bench.put(kData, "text");
  bench.code.mv(a1, s2);
  bench.emit_call(0x04);
  bench.run_code();
  EXPECT_EQ(bench.cpu.csr(csr::mcause), 3u);
  EXPECT_EQ(bench.out.str(), "");
}

TEST(Semihosting, NeedsTheWholeSequence) {
  SemihostBench bench;
  const auto handler = bench.code.label(), start = bench.code.label();
  bench.code.la(t0, handler);
  bench.code.csrw(csr::mtvec, t0);
  bench.code.j(start);
  bench.code.align(4);
  bench.code.bind(handler);
  emit_exit(bench.code);
  bench.code.bind(start);
  bench.code.word(0x01f0'1013);
  bench.code.ebreak();
  bench.code.nop();
  bench.run_code();
  EXPECT_EQ(bench.cpu.csr(csr::mcause), 3u);
}

}  // namespace
}  // namespace mho::test
