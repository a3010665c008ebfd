// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/fault_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>
#include <set>
#include <utility>
#include <vector>

#include "tests/platform/guest.hpp"

namespace mho::platform {
namespace {

using namespace mho::test;
using fault::Fault;
using fault::Kind;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::uint64_t kMicrosecond_ps = 1'000'000;
/// Far behind the guest's code.
constexpr std::uint32_t kData = soc::kRamBase + 0x1000;

Fault flip_every_microsecond() {
  Fault fault;
  fault.kind = Kind::kMemoryFlip;
  fault.address = kData;
  fault.bytes = 4;
  fault.bit = 3;
  fault.from_ps = fault.every_ps = kMicrosecond_ps;
  return fault;
}

/// Spins for some ten thousand cycles.
void add_delay(Guest& guest) {
  guest.li(t0, 10'000);
  const auto again = guest.here_label();
  guest.addi(t0, t0, -1);
  guest.bne(t0, zero, again);
}

struct FaultyRun {
  RunResult result;
  fault::Record record;
  std::vector<std::uint8_t> ram;  ///< from kData on

  std::vector<std::uint64_t> times_ps() const {
    std::vector<std::uint64_t> times;
    for (const fault::Injection& injection : record.injections) times.push_back(injection.time_ps);
    return times;
  }
};

/// The record is that of the first fault.
FaultyRun run_with(const std::vector<Fault>& faults, Guest& guest, std::uint64_t seed = 1) {
  constexpr std::size_t kDataBytes = 64;
  MachineParams params;
  params.faults = faults;
  params.seed = seed;
  std::ostringstream console;
  Machine machine(params, {.max_time_ps = 1'000'000'000}, {.console = console});
  machine.add<FaultSchedule>("faults", machine);
  machine.load(soc::parse_elf(guest.elf(), "guest.elf"));
  FaultyRun run{.result = machine.run(), .record = machine.faults()->records().front(), .ram = {}};
  const auto data = machine.ram().bytes().subspan(kData - soc::kRamBase, kDataBytes);
  run.ram.assign(data.begin(), data.end());
  return run;
}

FaultyRun run_and_wait(const Fault& fault, std::uint64_t seed = 1) {
  Guest guest;
  add_delay(guest);
  guest.finish_with(0);
  return run_with({fault}, guest, seed);
}

TEST(FaultSchedule, RepeatsAFlipAsOftenAsItIsToldTo) {
  Fault fault = flip_every_microsecond();
  fault.count = 3;
  const FaultyRun run = run_and_wait(fault);
  EXPECT_THAT(run.times_ps(), ElementsAre(kMicrosecond_ps, 2 * kMicrosecond_ps, 3 * kMicrosecond_ps));
  EXPECT_EQ(run.ram[0], 1U << 3);
}

TEST(FaultSchedule, EndsBeforeTheMomentThatItIsToldToEndAt) {
  Fault fault = flip_every_microsecond();
  fault.until_ps = 3 * kMicrosecond_ps;
  const FaultyRun run = run_and_wait(fault);
  EXPECT_THAT(run.times_ps(), ElementsAre(kMicrosecond_ps, 2 * kMicrosecond_ps));
  EXPECT_EQ(run.ram[0], 0U);
}

TEST(FaultSchedule, WithoutAnIntervalAFlipHappensOnce) {
  Fault fault = flip_every_microsecond();
  fault.every_ps = 0;
  EXPECT_EQ(run_and_wait(fault).record.count, 1u);
}

TEST(FaultSchedule, DrawsWhetherAFlipHappensFromTheSeed) {
  Fault fault = flip_every_microsecond();
  fault.every_ps = kMicrosecond_ps / 100;
  fault.until_ps = 11 * kMicrosecond_ps;
  fault.probability = 0.25;
  const FaultyRun run = run_and_wait(fault);
  EXPECT_NEAR(static_cast<double>(run.record.count), 250.0, 5 * 13.7);  // binomial, 1,000 occasions
  EXPECT_EQ(run_and_wait(fault).times_ps(), run.times_ps());
  EXPECT_NE(run_and_wait(fault, 2).times_ps(), run.times_ps());
}

TEST(FaultSchedule, DrawsWordsOfTheRangeAndBitsOfTheWord) {
  Fault fault = flip_every_microsecond();
  fault.bytes = 16;
  fault.bit = fault::kAny;
  std::set<std::size_t> words;
  std::set<int> bits;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    fault.every_ps = 0;
    const FaultyRun run = run_and_wait(fault, seed);
    int flipped = 0;
    for (std::size_t word = 0; word < run.ram.size() / 4; ++word) {
      std::uint32_t value = 0;
      std::memcpy(&value, &run.ram[4 * word], sizeof value);
      if (value == 0) continue;
      words.insert(word);
      bits.insert(std::countr_zero(value));
      flipped += std::popcount(value);
    }
    EXPECT_EQ(flipped, 1);
  }
  EXPECT_THAT(words, ElementsAre(0, 1, 2, 3));
  EXPECT_GT(bits.size(), 10u);
}

/// What a flip hits in CPU registers `name` with one seed after another.
std::set<std::string> drawn_effects(const char* name, std::uint64_t seeds) {
  Fault fault;
  fault.kind = Kind::kCpuFlip;
  fault.name = name;
  fault.from_ps = kMicrosecond_ps;
  std::set<std::string> effects;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const FaultyRun run = run_and_wait(fault, seed);
    EXPECT_EQ(run.record.count, 1u);
    effects.insert(run.record.injections.at(0).effect);
  }
  return effects;
}

TEST(FaultSchedule, DrawsARegisterOtherThanX0) {
  const auto effects = drawn_effects("x", 20);
  EXPECT_THAT(effects, Each(Not(HasSubstr(" of x0,"))));
  EXPECT_GT(effects.size(), 10u);
}

TEST(FaultSchedule, DrawsOneOfAllFloatRegisters) {
  std::set<std::string> names;
  for (const std::string& effect : drawn_effects("f", 20)) {
    const std::size_t begin = effect.find(" of ");
    names.insert(effect.substr(begin, effect.find(',') - begin));
  }
  EXPECT_GT(names.size(), 10u);
}

TEST(FaultSchedule, DrawsABitOfPcOtherThanTheOneThatIsAlways0) {
  const auto effects = drawn_effects("pc", 100);
  EXPECT_THAT(effects, Each(Not(StartsWith("bit 0 "))));
  EXPECT_GT(effects.size(), 20u);
}

TEST(FaultSchedule, ALoopRunsTheInstructionThatAFlipHasMade) {
  Guest guest;
  guest.li(t0, 10'000);
  const auto again = guest.here_label();
  Fault fault = flip_every_microsecond();
  fault.every_ps = 0;
  fault.address = guest.here();
  fault.bit = 21;  // of the immediate: 1 becomes 3
  guest.addi(t1, zero, 1);
  guest.addi(t0, t0, -1);
  guest.bne(t0, zero, again);
  guest.finish_with(t1);
  EXPECT_EQ(run_with({fault}, guest).result.exit_code, 3u);
}

/// Ends with 1 if the timer's interrupt is pending long after its time, with 2 if it is not.
Guest timer_guest(std::uint32_t due_ticks) {
  constexpr std::uint32_t kMtip = 1U << 7;
  Guest guest;
  guest.store(map::kClintBase + 0x4004, 0);
  guest.store(map::kClintBase + 0x4000, due_ticks);
  add_delay(guest);
  guest.csrr(t1, csr::mip);
  guest.andi(t1, t1, kMtip);
  const auto is_pending = guest.label();
  guest.bne(t1, zero, is_pending);
  guest.finish_with(2);
  guest.bind(is_pending);
  guest.finish_with(1);
  return guest;
}

TEST(FaultSchedule, TheTimersInterruptIsLost) {
  Fault fault;
  fault.kind = Kind::kInterruptLost;
  fault.name = "uart";
  Guest pending = timer_guest(10);
  EXPECT_EQ(run_with({fault}, pending).result.exit_code, 1u);
  fault.name = "timer";
  Guest lost = timer_guest(10);
  const FaultyRun run = run_with({fault}, lost);
  EXPECT_EQ(run.result.exit_code, 2u);
  EXPECT_THAT(run.times_ps(), ElementsAre(kMicrosecond_ps));
}

TEST(FaultSchedule, TheSoftwareInterruptIsLost) {
  constexpr std::uint32_t kMsip = 1U << 3;
  Fault fault;
  fault.kind = Kind::kInterruptLost;
  fault.name = "software";
  const auto software_guest = [] {
    Guest guest;
    guest.store(map::kClintBase, 1);
    guest.csrr(t1, csr::mip);
    guest.ori(t1, t1, 1);  // codes are not 0
    guest.finish_with(t1);
    return guest;
  };
  Guest lost = software_guest(), pending = software_guest();
  EXPECT_EQ(run_with({fault}, lost).result.exit_code, 1u);
  fault.name = "timer";
  EXPECT_EQ(run_with({fault}, pending).result.exit_code, kMsip | 1);
}

TEST(FaultSchedule, PulsesThatOverlapHoldTheLineUntilTheLastHasEnded) {
  Fault fault;
  fault.kind = Kind::kInterruptSpurious;
  fault.name = "timer";
  fault.from_ps = kMicrosecond_ps;
  fault.every_ps = kMicrosecond_ps / 2;
  fault.count = 200;  // until behind the end of the guest
  Guest never_due = timer_guest(~0U);
  EXPECT_EQ(run_with({fault}, never_due).result.exit_code, 1u);
  fault.count = 4;  // until 3.5 us
  Guest over = timer_guest(~0U);
  EXPECT_EQ(run_with({fault}, over).result.exit_code, 2u);
}

Fault timer_pulse(std::uint64_t time_ps) {
  Fault fault;
  fault.kind = Kind::kInterruptSpurious;
  fault.name = "timer";
  fault.from_ps = time_ps;
  return fault;
}

TEST(FaultSchedule, TheEndOfAPulseDoesNotBringALostInterruptBack) {
  Fault lost;
  lost.kind = Kind::kInterruptLost;
  lost.name = "timer";
  Guest guest = timer_guest(10);
  EXPECT_EQ(run_with({lost, timer_pulse(5 * kMicrosecond_ps)}, guest).result.exit_code, 2u);
}

TEST(FaultSchedule, APulseHoldsTheLineAlsoWhenItsDeviceLowersIt) {
  Guest guest;
  guest.store(map::kClintBase + 0x4000, 0);
  guest.store(map::kClintBase + 0x4004, 0);    // raised: it is due
  guest.store(map::kClintBase + 0x4004, ~0U);  // lowered
  guest.csrr(t1, csr::mip);
  guest.finish_with(t1);
  Guest same = guest;
  constexpr std::uint32_t kMtip = 1U << 7;
  EXPECT_EQ(run_with({timer_pulse(0)}, guest).result.exit_code, kMtip);
  EXPECT_NE(run_with({timer_pulse(kMicrosecond_ps * 1000)}, same).result.exit_code, kMtip);
}

/// Sleeps with the timer's interrupt enabled, which nothing raises, and ends with 3 if it is woken.
Guest sleeper() {
  constexpr std::uint32_t kMtie = 1U << 7;
  Guest guest;
  guest.store(map::kClintBase + 0x4004, ~0U);
  guest.store(map::kClintBase + 0x4000, ~0U);
  guest.li(t0, kMtie);
  guest.csrw(csr::mie, t0);
  guest.wfi();
  guest.finish_with(3);
  return guest;
}

TEST(FaultSchedule, FlipsThatGoOnForEverDoNotHideThatTheProgramSleepsForEver) {
  Guest guest = sleeper();
  const FaultyRun run = run_with({flip_every_microsecond()}, guest);
  EXPECT_EQ(run.result.exit_cause, soc::ExitCause::kHang);
}

TEST(FaultSchedule, ASpuriousInterruptToComeIsWaitedFor) {
  Guest guest = sleeper();
  EXPECT_EQ(run_with({flip_every_microsecond(), timer_pulse(500 * kMicrosecond_ps)}, guest).result.exit_code,
            3u);
}

}  // namespace
}  // namespace mho::platform
