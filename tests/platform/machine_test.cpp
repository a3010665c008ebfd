// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/machine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/base/error.hpp"
#include "registers/dma.hpp"
#include "tests/models/soc/soc_bench.hpp"
#include "tests/platform/guest.hpp"

namespace mho::platform {
namespace {

using namespace mho::test;
using soc::ExitCause;
using testing::HasSubstr;

constexpr std::uint32_t kTohost = soc::kRamBase + 0x8000;

TEST(Machine, RefusesWrongParameters) {
  std::ostringstream console;
  MachineParams params;
  params.bus.width_bytes = 0;
  EXPECT_THROW(Machine(params, {}, {.console = console}), InputError);
  EXPECT_THROW(Machine({}, {.quantum_ps = 0}, {.console = console}), InputError);
}

TEST(Machine, RefusesProgramsOutsideTheRam) {
  ElfBuilder elf;
  elf.entry = 0x1000;
  elf.segments = {{.address = 0x1000, .data = {1, 2, 3, 4}, .memory_bytes = 4}};
  EXPECT_THROW(run_guest(elf.build()), InputError);
  Guest guest;
  guest.finish_with(0);
  EXPECT_THROW(run_guest(guest.elf({{"tohost", 0x1000}})), InputError);
}

TEST(Machine, UartGoesToTheConsoleAndTheFinisherEndsTheRun) {
  Guest guest;
  guest.print("hello\n");
  guest.finish_with(0);
  const GuestRun run = run_guest(guest.elf());
  EXPECT_EQ(run.console, "hello\n");
  EXPECT_EQ(run.result.exit_cause, ExitCause::kFinisher);
  EXPECT_EQ(run.result.exit_code, 0u);
}

TEST(Machine, FinisherCodesAreTheGuests) {
  Guest guest;
  guest.finish_with(300);
  EXPECT_EQ(run_guest(guest.elf()).result.exit_code, 300u);
}

TEST(Machine, HartNumberAndArgumentAreInA0AndA1) {
  Guest guest;
  guest.add(a2, a0, a1);
  guest.finish_with(a2);
  std::ostringstream console;
  Machine machine({}, {}, {.console = console});
  machine.load(soc::parse_elf(guest.elf(), "guest.elf"), 77);
  EXPECT_EQ(machine.run().exit_code, 77u);
}

TEST(Machine, TohostEndsTheRun) {
  Guest guest;
  guest.store(kTohost, 1337 << 1 | 1);
  guest.store(kTohost + 4, 0);
  guest.j(guest.here_label());
  const RunResult result = run_guest(guest.elf({{"tohost", kTohost}})).result;
  EXPECT_EQ(result.exit_cause, ExitCause::kHtif);
  EXPECT_EQ(result.exit_code, 1337u);
}

TEST(Machine, LowerHalfOfTohostIsEnoughForAGuestThatThenLoops) {
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

TEST(Machine, WithoutTheSymbolTohostIsOrdinaryMemory) {
  Guest guest;
  guest.store(kTohost, 3);
  guest.store(kTohost + 4, 0);
  guest.load(a0, kTohost);
  guest.finish_with(a0);
  const RunResult result = run_guest(guest.elf()).result;
  EXPECT_EQ(result.exit_cause, ExitCause::kFinisher);
  EXPECT_EQ(result.exit_code, 3u);
}

TEST(Machine, SemihostingWritesAndExits) {
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

TEST(Machine, GuestReadsItsCommandLine) {
  const MachineOptions options{.command_line = "fw.elf --fast 3"};
  const GuestRun run = run_guest(command_line_guest(16), options);
  EXPECT_EQ(run.console, "fw.elf --fast 3");
  EXPECT_EQ(run.result.exit_code, 15u);
  // Without room for the final zero nothing is written.
  EXPECT_EQ(run_guest(command_line_guest(15), options).result.exit_code, 99u);
}

TEST(Machine, SleepWithoutAnythingToWaitForIsAHang) {
  Guest guest;
  guest.print("x");
  guest.wfi();
  const GuestRun run = run_guest(guest.elf());
  EXPECT_EQ(run.result.exit_cause, ExitCause::kHang);
  EXPECT_EQ(run.result.exit_code, 1u);
  EXPECT_THAT(run.result.message, HasSubstr("wfi"));
  EXPECT_EQ(run.console, "x");
}

TEST(Machine, JumpToItselfIsAHang) {
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

TEST(Machine, InstructionLimitIsExact) {
  const RunResult result = run_guest(endless_guest(), {.max_instructions = 12'345}).result;
  EXPECT_EQ(result.exit_cause, ExitCause::kMaxInstructions);
  EXPECT_EQ(result.exit_code, 1u);
  EXPECT_EQ(result.cpu_instructions, 12'345u);
}

TEST(Machine, TimeLimitEndsTheRunAtThatTime) {
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

TEST(Machine, CyclesTimesPeriodIsTheSimulatedTime) {
  MachineParams params;
  params.cpu.clock_hz = 500'000'000;
  Guest guest;
  guest.print("abc");
  guest.finish_with(0);
  const RunResult result = run_guest(guest.elf(), {}, params).result;
  EXPECT_EQ(result.cpu_cycles * 2'000, result.simulated_time_ps);
  EXPECT_GT(result.cpu_instructions, 10u);
}

TEST(Machine, UnmappedAddressesAndBadRegisterAccessesAreAccessFaults) {
  struct Case {
    std::uint32_t address, cause;
    bool is_store, is_byte;
  };
  for (const Case& c : {Case{0x2000'0000, 5, false, false}, Case{0x2000'0000, 7, true, false},
                        Case{0x0200'0008, 5, false, false}, Case{0x0010'0000, 7, true, true},
                        Case{soc::kRamBase + soc::kRamBytesDefault, 5, false, false}}) {
    Guest guest;
    const auto handler = guest.label(), wrong = guest.label();
    guest.la(t0, handler);
    guest.csrw(csr::mtvec, t0);
    guest.li(a0, c.address);
    if (c.is_byte) {
      guest.sb(zero, a0, 0);
    } else if (c.is_store) {
      guest.sw(zero, a0, 0);
    } else {
      guest.lw(a1, a0, 0);
    }
    guest.bind(wrong);
    guest.finish_with(1000);
    guest.align(4);
    guest.bind(handler);
    guest.csrr(a2, csr::mtval);
    guest.bne(a2, a0, wrong);
    guest.csrr(a2, csr::mcause);
    guest.finish_with(a2);
    EXPECT_EQ(run_guest(guest.elf()).result.exit_code, c.cause) << std::hex << c.address;
  }
}

TEST(Machine, TimerInterruptWakesAtTheExactTime) {
  constexpr std::uint32_t kMachineTimer = 1u << 7;
  Guest guest;
  guest.store(map::kClintBase + 0x4004, 0);
  guest.store(map::kClintBase + 0x4000, 7);
  guest.li(t0, kMachineTimer);
  guest.csrw(csr::mie, t0);
  guest.wfi();
  guest.csrr(a0, csr::mcycle);
  guest.finish_with(a0);
  const RunResult result = run_guest(guest.elf()).result;
  // mtime 7 is 700 ns, 700 cycles of the default clock; csrr comes right after.
  EXPECT_EQ(result.exit_code, 700u);
}

/// Prints from the UART's transmit interrupt, copies by DMA and waits for it by interrupt or by polling the
/// copy, then sleeps for the timer: every device and both ways of waiting.
std::vector<std::uint8_t> busy_guest(bool waits_by_interrupt) {
  namespace dma = registers::dma;
  constexpr std::uint32_t kSource = soc::kRamBase + 0x4000, kTarget = soc::kRamBase + 0x6000, kBytes = 1024;
  constexpr std::uint32_t kExternal = 1u << 11, kTimer = 1u << 7;
  Guest guest;
  guest.store(kSource + kBytes - 4, 0x1234);
  guest.store(map::kPlicBase + 4 * map::kDmaIrq, 1);
  guest.store(map::kPlicBase + 0x2000, 1u << map::kDmaIrq);
  guest.store(map::kDmaBase + dma::kIrqEnableOffset, 3);
  guest.li(t0, kExternal | kTimer);
  guest.csrw(csr::mie, t0);
  guest.li(s2, 3);
  const auto again = guest.here_label();
  guest.store(kTarget + kBytes - 4, 0);
  guest.store(map::kDmaBase + dma::kSourceOffset, kSource);
  guest.store(map::kDmaBase + dma::kDestinationOffset, kTarget);
  guest.store(map::kDmaBase + dma::kBytesOffset, kBytes);
  guest.store(map::kDmaBase + dma::kCtrlOffset, 1);
  const auto wait = guest.here_label();
  if (waits_by_interrupt) {
    guest.wfi();
  } else {
    guest.addi(s4, s4, 1);
  }
  guest.load(a0, kTarget + kBytes - 4);
  guest.beq(a0, zero, wait);
  if (!waits_by_interrupt) {
    const auto until_idle = guest.here_label();
    guest.load(a0, map::kDmaBase + dma::kStatusOffset);
    guest.andi(a0, a0, 1);
    guest.bne(a0, zero, until_idle);
  }
  guest.load(a1, map::kPlicBase + 0x20'0004);
  guest.store(map::kDmaBase + dma::kIrqStateOffset, 3);
  guest.add(s3, s3, a1);
  guest.li(t0, map::kPlicBase + 0x20'0004);
  guest.sw(a1, t0, 0);
  guest.print("copied\n");
  guest.addi(s2, s2, -1);
  guest.bne(s2, zero, again);
  guest.store(map::kClintBase + 0x4004, 0);
  guest.load(a0, map::kClintBase + 0xbff8);
  guest.addi(a0, a0, 50);
  guest.li(t0, map::kClintBase + 0x4000);
  guest.sw(a0, t0, 0);
  guest.wfi();
  guest.load(a0, map::kClintBase + 0xbff8);
  guest.print("awake\n");
  // 3 claims of source 12; the sum is the code.
  guest.finish_with(s3);
  return guest.elf();
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

TEST(Machine, SemihostingOfADeviceFailsTheSameForEveryQuantum) {
  const auto elf = device_printing_guest();
  for (const std::uint64_t quantum_ps : {100'000ull, 10'000'000ull, 10'000'000'000ull}) {
    const GuestRun run = run_guest(elf, {.quantum_ps = quantum_ps, .command_line = "cmd"});
    SCOPED_TRACE(testing::Message() << "quantum " << quantum_ps << " ps");
    EXPECT_EQ(run.console, "end\n");
    EXPECT_EQ(run.result.exit_code, 4u);
  }
}

class Neutrality : public testing::TestWithParam<bool> {};

TEST_P(Neutrality, NoAccelerationAndNoObservationChangesTheResult) {
  const auto elf = busy_guest(GetParam());
  const GuestRun reference = run_guest(elf);
  EXPECT_EQ(reference.result.exit_code, 3 * map::kDmaIrq) << reference.result.message;
  EXPECT_EQ(reference.console, "copied\ncopied\ncopied\nawake\n");
  for (const std::uint64_t quantum_ps : {1'000ull, 100'000ull, 10'000'000ull, 10'000'000'000ull}) {
    for (const unsigned variant : {0u, 1u, 2u, 3u, 4u, 7u}) {
      const bool is_traced = (variant & 4) != 0;
      const MachineOptions options{
          .quantum_ps = quantum_ps, .use_dmi = (variant & 1) == 0, .use_block_cache = (variant & 2) == 0};
      RecordingTrace trace;
      RecordingLog log;
      const GuestRun run =
          run_guest(elf, options, {}, is_traced ? &trace : nullptr, is_traced ? &log : nullptr);
      SCOPED_TRACE(testing::Message() << "quantum " << quantum_ps << " ps, variant " << variant);
      EXPECT_EQ(run.result.exit_code, reference.result.exit_code);
      EXPECT_EQ(run.console, reference.console);
      EXPECT_EQ(run.result.cpu_instructions, reference.result.cpu_instructions);
      EXPECT_EQ(run.result.cpu_cycles, reference.result.cpu_cycles);
      EXPECT_EQ(run.result.simulated_time_ps, reference.result.simulated_time_ps);
      EXPECT_EQ(run.result.energy_by_component, reference.result.energy_by_component);
      EXPECT_EQ(is_traced, !trace.changes.empty());
      EXPECT_EQ(is_traced, !log.records.empty());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Machine, Neutrality, testing::Bool(),
                         [](const auto& instance) { return instance.param ? "ByInterrupt" : "ByPolling"; });

TEST(Machine, DmaOverExecutedCodeIsExecutedNext) {
  namespace dma = registers::dma;
  Guest guest;
  const auto patch = guest.label(), code = guest.label(), start = guest.label();
  guest.j(start);
  guest.skip_to(soc::kRamBase + 0x40);
  guest.bind(code);
  guest.addi(a0, a0, 1);
  guest.ret();
  guest.skip_to(soc::kRamBase + 0x80);
  guest.bind(patch);
  guest.addi(a0, a0, 100);
  guest.ret();
  guest.skip_to(soc::kRamBase + 0xc0);
  guest.bind(start);
  guest.jal(ra, code);
  guest.jal(ra, code);
  guest.store(map::kDmaBase + dma::kSourceOffset, soc::kRamBase + 0x80);
  guest.store(map::kDmaBase + dma::kDestinationOffset, soc::kRamBase + 0x40);
  guest.store(map::kDmaBase + dma::kBytesOffset, 8);
  guest.store(map::kDmaBase + dma::kCtrlOffset, 1);
  const auto until_idle = guest.here_label();
  guest.load(a1, map::kDmaBase + dma::kStatusOffset);
  guest.andi(a1, a1, 1);
  guest.bne(a1, zero, until_idle);
  guest.fence_i();
  guest.jal(ra, code);
  guest.finish_with(a0);
  EXPECT_EQ(run_guest(guest.elf()).result.exit_code, 102u);
}

TEST(Machine, EnergyOfTheTransactionsIsTheEnergyOfTheRecords) {
  RecordingLog log;
  std::ostringstream console;
  Machine machine({}, {}, {.console = console, .trace = nullptr, .transactions = &log});
  std::map<std::uint64_t, Energy> booked;
  machine.ledger().on_booking([&](cost::ComponentId, cost::EnergyKind, Energy amount, cost::Purpose purpose) {
    booked[purpose.transaction] += amount;
  });
  machine.load(soc::parse_elf(busy_guest(true), "guest.elf"));
  const RunResult result = machine.run();
  Energy sum;
  for (const auto& record : log.records) sum += booked[record.id];
  EXPECT_EQ(sum, machine.ledger().of_transactions());
  EXPECT_EQ(result.energy, machine.ledger().of_transactions() + machine.ledger().of_execution() +
                               machine.ledger().of_background());
  EXPECT_GT(machine.ledger().of_execution(), Energy{});
  EXPECT_GT(machine.ledger().of_background(), Energy{});
}

TEST(Machine, WaveformShowsProgramCounterBusAndInterruptLines) {
  RecordingTrace trace;
  run_guest(busy_guest(true), {}, {}, &trace);
  for (const char* path : {"soc.cpu.pc", "soc.bus.address", "soc.bus.command", "soc.dma.busy", "soc.irq.dma",
                           "soc.irq.external", "soc.irq.timer"}) {
    EXPECT_TRUE(std::ranges::any_of(trace.changes, [&](const auto& change) { return change.path == path; }))
        << path;
  }
}

}  // namespace
}  // namespace mho::platform
