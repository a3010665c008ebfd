// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What traces, logs and the ledger show of a busy guest, and that neither they nor accelerations change its
// result.
#include "platform/machine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "registers/dma.hpp"
#include "tests/models/soc/soc_bench.hpp"
#include "tests/platform/guest.hpp"

namespace mho::platform {
namespace {

using namespace mho::test;

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

class Neutrality : public testing::TestWithParam<bool> {};

TEST_P(Neutrality, NoAccelerationAndNoObservationChangesTheResult) {
  const auto elf = busy_guest(GetParam());
  const GuestRun reference = run_guest(elf);
  EXPECT_EQ(reference.result.exit_code, 3 * map::kDmaIrq) << reference.result.message;
  EXPECT_EQ(reference.console, "copied\ncopied\ncopied\nawake\n");
  for (const std::uint64_t quantum_ps : {1'000ull, 100'000ull, 10'000'000ull, 10'000'000'000ull}) {
    for (const unsigned variant : {0u, 1u, 2u, 3u, 4u, 7u, 8u}) {
      const bool is_traced = (variant & 4) != 0;
      const MachineOptions options{.quantum_ps = quantum_ps,
                                   .use_dmi = (variant & 1) == 0,
                                   .use_block_cache = (variant & 2) == 0,
                                   .use_native_code = (variant & 8) == 0};
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

TEST(MachineObservation, EnergyOfTheTransactionsIsTheEnergyOfTheRecords) {
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

TEST(MachineObservation, WaveformShowsProgramCounterBusAndInterruptLines) {
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
