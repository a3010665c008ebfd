// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Semihosting calls of a guest on the whole machine.
#include "platform/machine.hpp"

#include <gtest/gtest.h>

#include "tests/models/soc/soc_bench.hpp"
#include "tests/platform/guest.hpp"

namespace mho::platform {
namespace {

using namespace mho::test;
using soc::ExitCause;

TEST(MachineSemihosting, SemihostingWritesAndExits) {
  constexpr std::uint32_t kWrite0 = 0x04, kExitExtended = 0x20, kApplicationExit = 0x20026;
  Guest guest;
  const auto text = guest.label(), block = guest.label();
  guest.la(a1, text);
  guest.semihost(kWrite0);
  guest.la(a1, block);
  guest.semihost(kExitExtended);
  guest.j(guest.here_label());
  guest.align(4);
  guest.bind(block);
  guest.word(kApplicationExit);
  guest.word(42);
  guest.bind(text);
  guest.word(0x000a'6968);  // "hi\n"
  const GuestRun run = run_guest(guest.elf());
  EXPECT_EQ(run.console, "hi\n");
  EXPECT_EQ(run.result.exit_cause, ExitCause::kSemihosting);
  EXPECT_EQ(run.result.exit_code, 42u);
}

/// Asks for the command line with a buffer of `capacity` bytes, prints it, and ends with the length or
/// with 99.
std::vector<std::uint8_t> command_line_guest(std::uint32_t capacity) {
  constexpr std::uint32_t kGetCommandLine = 0x15, kWrite0 = 0x04;
  constexpr std::uint32_t kBlock = soc::kRamBase + 0x4000, kBuffer = soc::kRamBase + 0x5000;
  Guest guest;
  const auto failed = guest.label();
  guest.store(kBlock, kBuffer);
  guest.store(kBlock + 4, capacity);
  guest.li(a1, kBlock);
  guest.semihost(kGetCommandLine);
  guest.bne(a0, zero, failed);
  guest.li(a1, kBuffer);
  guest.semihost(kWrite0);
  guest.load(a2, kBlock + 4);
  guest.finish_with(a2);
  guest.bind(failed);
  guest.finish_with(99);
  return guest.elf();
}

TEST(MachineSemihosting, GuestReadsItsCommandLine) {
  const MachineOptions options{.command_line = "fw.elf --fast 3"};
  const GuestRun run = run_guest(command_line_guest(16), options);
  EXPECT_EQ(run.console, "fw.elf --fast 3");
  EXPECT_EQ(run.result.exit_code, 15u);
  // Without room for the final zero nothing is written.
  EXPECT_EQ(run_guest(command_line_guest(15), options).result.exit_code, 99u);
}

/// Lets some microseconds pass, then asks semihosting to print the CLINT's mtime and the UART's status and to
/// use mtime as a parameter block and the PLIC as the buffer of the command line; ends with the number of
/// calls that were refused.
std::vector<std::uint8_t> device_printing_guest() {
  constexpr std::uint32_t kGetCommandLine = 0x15, kWriteC = 0x03, kWrite0 = 0x04, kWrite = 0x05;
  constexpr std::uint32_t kMtime = map::kClintBase + 0xbff8, kFailed = 0xffffffff;
  constexpr std::uint32_t kBlock = soc::kRamBase + 0x4000;
  Guest guest;
  const auto count_if = [&](std::uint32_t refusal) {
    const auto other = guest.label();
    guest.li(t0, refusal);
    guest.bne(a0, t0, other);
    guest.addi(s3, s3, 1);
    guest.bind(other);
  };
  guest.li(s2, 5'000);
  const auto loop = guest.here_label();
  guest.addi(s2, s2, -1);
  guest.bne(s2, zero, loop);
  guest.store(kBlock, 1);
  guest.store(kBlock + 4, kMtime);
  guest.store(kBlock + 8, 4);
  guest.li(a1, kBlock);
  guest.semihost(kWrite);
  count_if(4);
  guest.li(a1, map::kUartBase + 5);
  guest.semihost(kWriteC);
  count_if(kFailed);
  guest.li(a1, kMtime);
  guest.semihost(kWrite0);
  guest.li(a1, kMtime);
  guest.semihost(kWrite);
  count_if(kFailed);
  guest.store(kBlock, map::kPlicBase + 4);
  guest.store(kBlock + 4, 64);
  guest.li(a1, kBlock);
  guest.semihost(kGetCommandLine);
  count_if(kFailed);
  guest.print("end\n");
  guest.finish_with(s3);
  return guest.elf();
}

TEST(MachineSemihosting, SemihostingOfADeviceFailsTheSameForEveryQuantum) {
  const auto elf = device_printing_guest();
  for (const std::uint64_t quantum_ps : {100'000ull, 10'000'000ull, 10'000'000'000ull}) {
    const GuestRun run = run_guest(elf, {.quantum_ps = quantum_ps, .command_line = "cmd"});
    SCOPED_TRACE(testing::Message() << "quantum " << quantum_ps << " ps");
    EXPECT_EQ(run.console, "end\n");
    EXPECT_EQ(run.result.exit_code, 4u);
  }
}

}  // namespace
}  // namespace mho::platform
