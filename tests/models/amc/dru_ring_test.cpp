// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The refinement unit's registers, ring, interrupt and thread.
#include "models/amc/dru.hpp"

#include "tests/models/amc/dru_bench.hpp"

namespace mho::amc::test {
namespace {

/// A list that keeps the unit busy for `iterations` rounds.
Commands busy_list(std::uint32_t iterations) {
  return {command(DruOpcode::kNop), command(DruOpcode::kLoop, {}, {0, iterations}), end_of_list()};
}

TEST(DruRing, ACompletedDescriptorTellsEverything) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare({command(DruOpcode::kLoop, {}, {0, 5}), end_of_list()}, {.job_id = 42});
    EXPECT_EQ(bench.reg(dru_reg::kStatusOffset), 0U);
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(bench.reg(dru_reg::kLastStatusOffset), value_of(DruStatus::kOk));
    EXPECT_EQ(bench.reg(dru_reg::kLastJobOffset), 42U);
    EXPECT_EQ(bench.reg(dru_reg::kIterationOffset), 5U);
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), dru_reg::kIrqStateJobDoneMask);
    EXPECT_EQ(bench.reg(dru_reg::kStatusOffset), 0U);
  });
  const auto done = bench.last_descriptor();
  EXPECT_EQ(status_of(done), value_of(DruStatus::kOk));
  EXPECT_EQ(done.end_code, 0U);
  EXPECT_EQ(done.iterations, 5U);
  EXPECT_EQ(done.fault_command, 0U);
  EXPECT_EQ(done.flags_out, 0U);
  EXPECT_EQ(done.job_id, 42U) << "the lower half stays as it was";
  // Five LOOPs and an END of 4 cycles each, one fetch of a descriptor and one of the list: 14 ns of latency
  // each (4 bus, 10 memory) and 8 beats of 8 bytes.
  EXPECT_EQ(done.duration_ns, 6U * 4 + 2 * (14 + 8));
}

TEST(DruRing, EndWithACodeIsStopped) {
  DruBench bench;
  const auto done = bench.execute({command(DruOpcode::kNop), end_of_list(77)});
  EXPECT_EQ(status_of(done), value_of(DruStatus::kStopped));
  EXPECT_EQ(done.end_code, 77U);
  EXPECT_EQ(done.fault_command, 1U);
  bench.run([&] {
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), dru_reg::kIrqStateJobErrorMask);
    EXPECT_EQ(bench.reg(dru_reg::kFaultCommandOffset), 1U);
  });
}

TEST(DruRing, WrapsAndServesInOrder) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    for (std::uint32_t i = 0; i < 11; ++i) {
      // Two at a time, so that the unit finds the second one by itself.
      bench.prepare({end_of_list(i)}, {.job_id = i + 1}, kLists + 0x100 * (i % 2));
      if (i % 2 == 1 || i == 10) {
        bench.ring();
        bench.wait_for_completion();
        EXPECT_EQ(bench.last_descriptor().end_code, i);
        EXPECT_EQ(bench.reg(dru_reg::kLastJobOffset), i + 1);
      }
    }
    EXPECT_EQ(bench.reg(dru_reg::kHeadOffset), 11U);
  });
}

TEST(DruRing, DescriptorsThatCannotBeAreCompletedWithAnError) {
  const dru_reg::DruDescriptor good{.list_address = kLists, .list_commands = 1, .job_id = 1};
  auto bad_alignment = good, bad_size = good, too_long = good, beyond = good, no_job = good;
  bad_alignment.list_address += 16;
  bad_size.list_commands = 0;
  too_long.list_commands = (1U << 20) + 1;
  beyond.list_address = 0xffffffe0;
  beyond.list_commands = 2;
  no_job.job_id = 0;
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    for (const auto& descriptor : {bad_alignment, bad_size, too_long, beyond, no_job}) {
      bench.put(descriptor);
      bench.ring();
      bench.wait_for_completion();
      EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kBadDescriptor));
      EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), dru_reg::kIrqStateJobErrorMask);
      bench.set(dru_reg::kIrqStateOffset, dru_reg::kIrqStateJobErrorMask);
    }
    bench.prepare({end_of_list()});
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kOk)) << "the ring goes on";
  });
}

TEST(DruRing, ADoorbellTooFarAheadIsIgnored) {
  DruBench bench;
  bench.run([&] {
    bench.set(dru_reg::kIrqEnableOffset, 7);
    const auto expect_refused = [&](std::uint32_t doorbell) {
      bench.set(dru_reg::kDoorbellOffset, doorbell);
      EXPECT_EQ(bench.reg(dru_reg::kDoorbellOffset), 0U);
      EXPECT_EQ(bench.reg(dru_reg::kLastStatusOffset), value_of(DruStatus::kBadDescriptor));
      EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), dru_reg::kIrqStateJobErrorMask);
      EXPECT_TRUE(bench.amc.irq().level());
      bench.set(dru_reg::kIrqStateOffset, 7);
    };
    expect_refused(1);  // no ring yet
    bench.set_up_ring();
    expect_refused(kRingEntries + 1);
    expect_refused(0xffffffff);  // behind HEAD
    bench.set(dru_reg::kCtrlOffset, 0);
    bench.set(dru_reg::kRingEntriesOffset, 4097);
    expect_refused(1);
    bench.set(dru_reg::kRingEntriesOffset, 1);
    bench.set(dru_reg::kRingBaseOffset, kRing + 32);
    expect_refused(1);
    bench.set(dru_reg::kDoorbellOffset, 0);  // nothing new: always fine
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), 0U);
  });
}

TEST(DruRing, ARingSpoiltAfterTheDoorbellIsSurvived) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    bench.set(dru_reg::kCtrlOffset, 0);
    bench.prepare({end_of_list()});
    bench.ring();
    bench.set(dru_reg::kRingEntriesOffset, 0);
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask);
    bench.wait_for_completion();
    EXPECT_EQ(bench.reg(dru_reg::kLastStatusOffset), value_of(DruStatus::kBadDescriptor));
  });
}

TEST(DruRing, SettingsOfTheRingAreLockedWhileEnabled) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    bench.set(dru_reg::kRingBaseOffset, 0);
    bench.set(dru_reg::kRingEntriesOffset, 1);
    EXPECT_EQ(bench.reg(dru_reg::kRingBaseOffset), kRing);
    EXPECT_EQ(bench.reg(dru_reg::kRingEntriesOffset), kRingEntries);
  });
}

TEST(DruRing, WritingTheBaseStartsAnew) {
  DruBench bench;
  bench.execute_ok({});
  bench.run([&] {
    EXPECT_EQ(bench.reg(dru_reg::kHeadOffset), 1U);
    bench.set(dru_reg::kCtrlOffset, 0);
    bench.set(dru_reg::kRingBaseOffset, kRing);
    EXPECT_EQ(bench.reg(dru_reg::kHeadOffset), 0U);
    EXPECT_EQ(bench.reg(dru_reg::kDoorbellOffset), 0U);
  });
}

TEST(DruRing, NothingIsFetchedWhileDisabled) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    bench.set(dru_reg::kCtrlOffset, 0);
    bench.prepare({end_of_list()});
    bench.ring();
    sc_core::wait(10, sc_core::SC_US);
    EXPECT_EQ(bench.reg(dru_reg::kHeadOffset), 0U);
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask);
    bench.wait_for_completion();
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kOk));
  });
}

TEST(DruRing, DisablingLetsTheRunningListFinish) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare(busy_list(1000));
    bench.prepare({end_of_list()}, {}, kLists + 0x1000);
    bench.ring();
    sc_core::wait(1, sc_core::SC_US);
    bench.set(dru_reg::kCtrlOffset, 0);
    sc_core::wait(100, sc_core::SC_US);
    EXPECT_EQ(bench.reg(dru_reg::kHeadOffset), 1U);
    EXPECT_EQ(bench.reg(dru_reg::kLastStatusOffset), value_of(DruStatus::kOk));
  });
}

TEST(DruRing, BusErrorsNameTheirAddress) {
  DruBench bench;
  constexpr std::uint32_t kNowhere = 0x70000000;
  bench.run([&] {
    bench.set_up_ring();
    bench.put({.list_address = kNowhere, .list_commands = 1, .job_id = 1});
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kBusError));
    EXPECT_EQ(bench.last_descriptor().fault_detail, kNowhere);
    EXPECT_EQ(bench.reg(dru_reg::kFaultDetailOffset), kNowhere);
    // A ring where there is no memory: the error shows in the registers.
    bench.set_up_ring(kNowhere);
    bench.set(dru_reg::kIrqStateOffset, 7);
    bench.submitted_ = 2;
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(bench.reg(dru_reg::kLastStatusOffset), value_of(DruStatus::kBusError));
    EXPECT_EQ(bench.reg(dru_reg::kFaultDetailOffset), kNowhere + dru_reg::kDescriptorBytes);
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), dru_reg::kIrqStateJobErrorMask);
  });
}

TEST(DruRing, TheWatchdogEndsAnEndlessList) {
  DruBench bench;
  const Commands endless{command(DruOpcode::kJump, {}, {0}), end_of_list()};
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare(endless, {.watchdog_us = 3});
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kWatchdog));
    EXPECT_GE(bench.last_descriptor().duration_ns, 3000U);
    EXPECT_LT(bench.last_descriptor().duration_ns, 3100U);
    bench.set(dru_reg::kWatchdogUsOffset, 5);  // for lists that name no limit
    bench.prepare(endless);
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kWatchdog));
    EXPECT_GE(bench.last_descriptor().duration_ns, 5000U);
    bench.prepare({end_of_list()});
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kOk));
  });
}

TEST(DruRing, AbortEndsTheRunningListOnly) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare({command(DruOpcode::kJump, {}, {0}), end_of_list()});
    bench.prepare({end_of_list()}, {}, kLists + 0x1000);
    bench.ring();
    sc_core::wait(1, sc_core::SC_US);
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask | dru_reg::kCtrlAbortMask);
    bench.wait_for_completion();
    EXPECT_EQ(bench.load<dru_reg::DruDescriptor>(kRing).status, value_of(DruStatus::kAborted));
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kOk));
    // Nothing to abort: the next list is not concerned.
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask | dru_reg::kCtrlAbortMask);
    bench.prepare({end_of_list()});
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kOk));
  });
}

TEST(DruRing, AnAbortDuringTheFetchOfTheDescriptorIsKept) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare(busy_list(1000));
    bench.prepare({end_of_list()}, {}, kLists + 0x1000);
    bench.ring();
    // The descriptor's burst takes 22 ns from the doorbell on.
    sc_core::wait(5, sc_core::SC_NS);
    EXPECT_EQ(bench.reg(dru_reg::kStatusOffset) >> dru_reg::kStatusStateShift,
              static_cast<std::uint32_t>(dru_reg::DruState::kFetch));
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlEnableMask | dru_reg::kCtrlAbortMask);
    bench.wait_for_completion();
    const auto aborted = bench.load<dru_reg::DruDescriptor>(kRing);
    EXPECT_EQ(aborted.status, value_of(DruStatus::kAborted));
    EXPECT_EQ(aborted.fault_command, 0U) << "before its first command";
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kOk)) << "and the next list runs";
  });
}

TEST(DruRing, ResetDropsTheRunningListAndForgetsEverything) {
  DruBench bench;
  bench.put_vector(kData, 0, {1, 2, 3});
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare({DruBench::load_command(0, kData, 3), command(DruOpcode::kSignal, {}, {5}),
                   command(DruOpcode::kJump, {}, {1}), end_of_list()});
    bench.ring();
    sc_core::wait(1, sc_core::SC_US);
    EXPECT_TRUE(bench.amc.irq().level());
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask | dru_reg::kCtrlEnableMask);
    EXPECT_FALSE(bench.amc.irq().level());
    sc_core::wait(1, sc_core::SC_US);
    for (const auto& info : dru_reg::kRegisters) {
      if (info.access == registers::Access::kWriteOnly || info.name.starts_with("CAP_")) continue;
      EXPECT_EQ(bench.reg(info.offset), info.reset) << info.name;
    }
    EXPECT_EQ(status_of(bench.last_descriptor()), 0U) << "dropped without a completion";
  });
  bench.expect_fault({DruBench::store_command(0, kData)}, DruStatus::kBadOperand, 0);
}

TEST(DruRing, ResetIsQuickEvenWhileCellsAreProgrammed) {
  DruBench bench;
  dru_reg::DruTile tile;
  tile.rows = tile.columns = 8;
  tile.slices = 1;
  tile.source_address = kData + 0x1000;
  tile.row_stride = 8;
  bench.store(kData, tile);
  bench.run([&] {
    bench.set_up_ring();
    bench.prepare({DruBench::program_command(0, kData), end_of_list()});
    bench.ring();
    sc_core::wait(2, sc_core::SC_US);
    EXPECT_EQ(bench.reg(dru_reg::kStatusOffset) & dru_reg::kStatusStateMask,
              static_cast<std::uint32_t>(dru_reg::DruState::kProgram));
    bench.set(dru_reg::kCtrlOffset, dru_reg::kCtrlResetMask);
    sc_core::wait(10, sc_core::SC_NS);
    EXPECT_EQ(bench.reg(dru_reg::kStatusOffset), 0U);
    // The macro is not the unit's: it finishes what it began.
    EXPECT_NE(bench.host.read32(map::kInvBase + macro_reg::kStatusOffset) & macro_reg::kStatusBusyMask, 0U);
    bench.set_up_ring();
    bench.prepare({end_of_list()});
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(status_of(bench.last_descriptor()), value_of(DruStatus::kOk));
  });
}

TEST(DruRing, InterruptFollowsStateAndEnable) {
  DruBench bench;
  bench.run([&] {
    bench.set(dru_reg::kIrqTestOffset, dru_reg::kIrqTestSignalMask);
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), dru_reg::kIrqStateSignalMask);
    EXPECT_FALSE(bench.amc.irq().level()) << "not enabled";
    bench.set(dru_reg::kIrqEnableOffset, dru_reg::kIrqEnableSignalMask);
    EXPECT_TRUE(bench.amc.irq().level());
    bench.set(dru_reg::kIrqTestOffset, dru_reg::kIrqTestJobDoneMask);
    bench.set(dru_reg::kIrqStateOffset, dru_reg::kIrqStateJobDoneMask);
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), dru_reg::kIrqStateSignalMask) << "ones clear, zeros keep";
    EXPECT_TRUE(bench.amc.irq().level());
    bench.set(dru_reg::kIrqStateOffset, dru_reg::kIrqStateSignalMask);
    EXPECT_FALSE(bench.amc.irq().level());
  });
  ASSERT_EQ(bench.irq_edges.size(), 2U);
  EXPECT_EQ(bench.irq_edges[0].second % 5000, 4000U) << "the line moves when the write arrives";
}

TEST(DruRing, NoInterruptUnlessTheDescriptorAsksForIt) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    bench.store_all(kLists, Commands{end_of_list()});
    bench.put({.list_address = kLists, .list_commands = 1, .job_id = 1, .flags = 0});
    bench.ring();
    bench.wait_for_completion();
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), 0U);
  });
  EXPECT_TRUE(bench.irq_edges.empty());
}

TEST(DruRing, TheCompletionIsInMemoryBeforeHeadAndInterrupt) {
  DruBench bench;
  std::uint32_t status_at_interrupt = 0;
  bench.amc.irq().connect([&](bool level, std::uint64_t) {
    if (level) status_at_interrupt = bench.last_descriptor().status;
  });
  bench.execute_ok({});
  EXPECT_EQ(status_at_interrupt, value_of(DruStatus::kOk));
}

TEST(DruRing, SignalsReachTheHostWhileTheListGoesOn) {
  DruBench bench;
  bench.run([&] {
    bench.set_up_ring();
    Commands list{command(DruOpcode::kSignal, {}, {0xabcd})};
    list.push_back(command(DruOpcode::kNop));
    list.push_back(command(DruOpcode::kLoop, {}, {1, 1000}));
    list.push_back(end_of_list());
    bench.prepare(list);
    bench.ring();
    sc_core::wait(1, sc_core::SC_US);
    EXPECT_EQ(bench.reg(dru_reg::kSignalValueOffset), 0xabcdU);
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset), dru_reg::kIrqStateSignalMask);
    EXPECT_EQ(bench.reg(dru_reg::kHeadOffset), 0U);
    bench.wait_for_completion();
    EXPECT_EQ(bench.reg(dru_reg::kIrqStateOffset),
              dru_reg::kIrqStateSignalMask | dru_reg::kIrqStateJobDoneMask);
  });
}

TEST(DruEnergy, DigitalWorkIsChargedToTheJob) {
  AmcParams params = small_params();
  DruBench bench(params);
  auto& ledger = bench.ledger();
  bench.execute({command(DruOpcode::kNop), end_of_list()}, {.job_id = 5});
  // Two commands; everything else of the job are bus transactions.
  const Energy commands = Energy::joules(params.costs.command_J) * 2;
  EXPECT_EQ(ledger.of_execution(), commands);
  EXPECT_GT(ledger.of_job(5), commands);
}

}  // namespace
}  // namespace mho::amc::test
