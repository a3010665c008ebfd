// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How runs end: by the guest, because it hangs, or at a limit.
#include "platform/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/soc/soc_bench.hpp"
#include "tests/platform/guest.hpp"

namespace mho::platform {
namespace {

using namespace mho::test;
using soc::ExitCause;
using testing::HasSubstr;

constexpr std::uint32_t kTohost = soc::kRamBase + 0x8000;

TEST(MachineExit, UartGoesToTheConsoleAndTheFinisherEndsTheRun) {
  Guest guest;
  guest.print("hello\n");
  guest.finish_with(0);
  const GuestRun run = run_guest(guest.elf());
  EXPECT_EQ(run.console, "hello\n");
  EXPECT_EQ(run.result.exit_cause, ExitCause::kFinisher);
  EXPECT_EQ(run.result.exit_code, 0u);
}

TEST(MachineExit, FinisherCodesAreTheGuests) {
  Guest guest;
  guest.finish_with(300);
  EXPECT_EQ(run_guest(guest.elf()).result.exit_code, 300u);
}

TEST(MachineExit, TohostEndsTheRun) {
  Guest guest;
  guest.store(kTohost, 1337 << 1 | 1);
  guest.store(kTohost + 4, 0);
  guest.j(guest.here_label());
  const RunResult result = run_guest(guest.elf({{"tohost", kTohost}})).result;
  EXPECT_EQ(result.exit_cause, ExitCause::kHtif);
  EXPECT_EQ(result.exit_code, 1337u);
}

TEST(MachineExit, LowerHalfOfTohostIsEnoughForAGuestThatThenLoops) {
  for (const bool counts : {false, true}) {
    Guest guest;
    guest.store(kTohost, 5 << 1 | 1);
    const auto loop = guest.here_label();
    if (counts) guest.addi(a0, a0, 1);
    guest.j(loop);
    const RunResult result = run_guest(guest.elf({{"tohost", kTohost}})).result;
    EXPECT_EQ(result.exit_cause, ExitCause::kHtif) << result.message;
    EXPECT_EQ(result.exit_code, 5u);
  }
}

TEST(MachineExit, WithoutTheSymbolTohostIsOrdinaryMemory) {
  Guest guest;
  guest.store(kTohost, 3);
  guest.store(kTohost + 4, 0);
  guest.load(a0, kTohost);
  guest.finish_with(a0);
  const RunResult result = run_guest(guest.elf()).result;
  EXPECT_EQ(result.exit_cause, ExitCause::kFinisher);
  EXPECT_EQ(result.exit_code, 3u);
}

TEST(MachineExit, SleepWithoutAnythingToWaitForIsAHang) {
  Guest guest;
  guest.print("x");
  guest.wfi();
  const GuestRun run = run_guest(guest.elf());
  EXPECT_EQ(run.result.exit_cause, ExitCause::kHang);
  EXPECT_EQ(run.result.exit_code, 1u);
  EXPECT_THAT(run.result.message, HasSubstr("wfi"));
  EXPECT_EQ(run.console, "x");
}

TEST(MachineExit, JumpToItselfIsAHang) {
  Guest guest;
  guest.nop();
  guest.j(guest.here_label());
  const RunResult result = run_guest(guest.elf()).result;
  EXPECT_EQ(result.exit_cause, ExitCause::kHang);
  EXPECT_THAT(result.message, HasSubstr("0x80000004"));
}

std::vector<std::uint8_t> endless_guest() {
  Guest guest;
  const auto loop = guest.here_label();
  guest.addi(a0, a0, 1);
  guest.j(loop);
  return guest.elf();
}

TEST(MachineExit, InstructionLimitIsExact) {
  const RunResult result = run_guest(endless_guest(), {.max_instructions = 12'345}).result;
  EXPECT_EQ(result.exit_cause, ExitCause::kMaxInstructions);
  EXPECT_EQ(result.exit_code, 1u);
  EXPECT_EQ(result.cpu_instructions, 12'345u);
}

TEST(MachineExit, TimeLimitEndsTheRunAtThatTime) {
  for (const std::uint64_t quantum_ps : {100'000ull, 10'000'000ull, 10'000'000'000ull}) {
    const RunResult result =
        run_guest(endless_guest(), {.quantum_ps = quantum_ps, .max_time_ps = 5'000'000}).result;
    EXPECT_EQ(result.exit_cause, ExitCause::kMaxTime);
    EXPECT_EQ(result.exit_code, 1u);
    // The last jump may end a cycle later.
    EXPECT_GE(result.simulated_time_ps, 5'000'000u);
    EXPECT_LE(result.simulated_time_ps, 5'002'000u);
  }
}

}  // namespace
}  // namespace mho::platform
