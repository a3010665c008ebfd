// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "firmware/libmho/device.h"

#include <gtest/gtest.h>

#include <cstring>

#include "registers/telemetry.h"
#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kEntries = 3;

/// A device on a DRU that runs lists only when told to, and lists that just end.
class Device : public testing::Test {
 protected:
  Device() : dru_({.is_deferred = true, .ram_bytes = 1 << 16}), connected_(dru_) {
    config_.dru_base = ReferenceDru::kDruBase;
    config_.telemetry_base = ReferenceDru::kTelemetryBase;
    config_.memory = {dru_.ram.data(), ReferenceDru::kRamAddress,
                      static_cast<std::uint32_t>(dru_.ram.size())};
    config_.ring_address = ReferenceDru::kRamAddress;
    config_.ring_entries = kEntries;
    lists_ = reinterpret_cast<mho_dru_command_t*>(dru_.ram.data() + 4096);
    current_ = this;
  }
  ~Device() override { current_ = nullptr; }

  void init() { ASSERT_EQ(mho_device_init(&device_, &config_), MHO_OK); }
  /// A list of one command END with this code.
  mho_result_t submit(std::uint32_t code, mho_ticket_t* ticket) {
    lists_[code].opcode = MHO_DRU_OPCODE_END;
    lists_[code].arg[0] = code;
    return mho_submit(&device_, &lists_[code], 1, 7, 0, ticket);
  }
  mho_dru_descriptor_t& descriptor(std::uint32_t number) {
    return reinterpret_cast<mho_dru_descriptor_t*>(dru_.ram.data())[number % kEntries];
  }

  // A clock that advances when it is read; every `step_every` readings the DRU runs a list.
  static std::uint64_t clock() {
    ++current_->now_us_;
    if (current_->step_at_us_ != 0 && current_->now_us_ == current_->step_at_us_) current_->dru_.step();
    return current_->now_us_;
  }

  // Runs lists whose status does not arrive.
  static void wait_without_completions(bool (*is_done)(void*), void* context) {
    while (!is_done(context) && current_->dru_.step())
      current_->descriptor(0).status = MHO_DRU_STATUS_NOT_RUN;
  }

  ReferenceDru dru_;
  Connected connected_;
  mho_device_config_t config_{};
  mho_device_t device_{};
  mho_dru_command_t* lists_;
  std::uint64_t now_us_ = 1000;
  std::uint64_t step_at_us_ = 0;
  static Device* current_;
};

Device* Device::current_ = nullptr;

TEST_F(Device, RefusesARingThatCannotBe) {
  const auto refused = [&](std::uint32_t address, std::uint32_t entries) {
    config_.ring_address = address;
    config_.ring_entries = entries;
    return mho_device_init(&device_, &config_) == MHO_BAD_ARGUMENT;
  };
  const std::uint32_t end = ReferenceDru::kRamAddress + (1 << 16);
  EXPECT_TRUE(refused(ReferenceDru::kRamAddress, 0));
  EXPECT_TRUE(refused(ReferenceDru::kRamAddress, 4097));
  EXPECT_TRUE(refused(ReferenceDru::kRamAddress, 0x04000001));
  EXPECT_TRUE(refused(ReferenceDru::kRamAddress + 32, 4));
  EXPECT_TRUE(refused(ReferenceDru::kRamAddress - 64, 4));
  EXPECT_TRUE(refused(end - 64, 2));
  EXPECT_FALSE(refused(end - 64, 1));
}

TEST_F(Device, RefusesARingAtAddressZeroBeforeItWritesAnything) {
  config_.memory.address = 0;
  config_.ring_address = 0;
  dru_.write(ReferenceDru::kDruBase + MHO_DRU_WATCHDOG_US_OFFSET, 1234);
  EXPECT_EQ(mho_device_init(&device_, &config_), MHO_BAD_ARGUMENT);
  EXPECT_EQ(dru_.read(ReferenceDru::kDruBase + MHO_DRU_WATCHDOG_US_OFFSET), 1234u);
}

TEST_F(Device, RefusesBlocksThatAreNotWhatTheyShouldBe) {
  config_.dru_base = ReferenceDru::kTelemetryBase;
  EXPECT_EQ(mho_device_init(&device_, &config_), MHO_NO_DEVICE);
  config_.dru_base = ReferenceDru::kDruBase;
  config_.telemetry_base = ReferenceDru::kDruBase;
  EXPECT_EQ(mho_device_init(&device_, &config_), MHO_NO_DEVICE);
}

TEST_F(Device, ReadsWhatTheChipConsistsOf) {
  init();
  EXPECT_EQ(device_.capabilities.inv_count, 64u);
  EXPECT_EQ(device_.capabilities.inv_size, 8u);
  EXPECT_EQ(device_.capabilities.mvm_count, 704u);
  EXPECT_EQ(device_.capabilities.mvm_size, 64u);
  EXPECT_EQ(device_.capabilities.levels, 8u);
  EXPECT_EQ(device_.capabilities.g_min_ps, 500'000u);
}

TEST_F(Device, RunsListsInTheOrderOfSubmission) {
  init();
  mho_ticket_t first, second;
  ASSERT_EQ(submit(1, &first), MHO_OK);
  ASSERT_EQ(submit(0, &second), MHO_OK);
  mho_completion_t completion;
  EXPECT_FALSE(mho_poll(&device_, first, &completion));
  dru_.step();
  ASSERT_TRUE(mho_poll(&device_, first, &completion));
  EXPECT_EQ(completion.status, MHO_DRU_STATUS_STOPPED);
  EXPECT_EQ(completion.end_code, 1u);
  EXPECT_FALSE(mho_poll(&device_, second, &completion));
  dru_.step();
  ASSERT_TRUE(mho_poll(&device_, second, &completion));
  EXPECT_EQ(completion.status, MHO_DRU_STATUS_OK);
}

TEST_F(Device, SaysBusyWhenTheRingIsFullAndWritesNothing) {
  init();
  mho_ticket_t tickets[kEntries + 1];
  for (std::uint32_t i = 0; i < kEntries; ++i) ASSERT_EQ(submit(i, &tickets[i]), MHO_OK);
  const ReferenceDru::Ram before = dru_.ram;
  EXPECT_EQ(mho_submit(&device_, &lists_[0], 1, 9, 0, &tickets[kEntries]), MHO_BUSY);
  EXPECT_EQ(dru_.ram, before);
  EXPECT_EQ(device_.submitted, kEntries);
  dru_.step();
  EXPECT_EQ(submit(5, &tickets[kEntries]), MHO_OK);
}

TEST_F(Device, UsesTheRingAgainAndAgain) {
  init();
  for (std::uint32_t i = 0; i < 5 * kEntries + 1; ++i) {
    mho_ticket_t ticket;
    ASSERT_EQ(submit(i, &ticket), MHO_OK);
    mho_completion_t completion;
    ASSERT_FALSE(mho_poll(&device_, ticket, &completion)) << "an old completion at " << i;
    dru_.step();
    ASSERT_TRUE(mho_poll(&device_, ticket, &completion));
    EXPECT_EQ(completion.end_code, i);
  }
}

TEST_F(Device, GoesOnWhenTheCountOfListsWrapsAround) {
  init();
  // As after 2^32 − 2 lists; head and doorbell of the DRU are at 0, so the ring looks full: busy, not
  // corrupt.
  device_.submitted = 0xfffffffeu;
  mho_ticket_t ticket;
  EXPECT_EQ(submit(0, &ticket), MHO_BUSY);
}

TEST_F(Device, FillsADescriptorWithWhatItWasGiven) {
  init();
  mho_ticket_t ticket;
  lists_[0].opcode = MHO_DRU_OPCODE_END;
  ASSERT_EQ(mho_submit(&device_, lists_, 12, 34, 56, &ticket), MHO_OK);
  const mho_dru_descriptor_t& d = descriptor(0);
  EXPECT_EQ(d.list_address, ReferenceDru::kRamAddress + 4096);
  EXPECT_EQ(d.list_commands, 12u);
  EXPECT_EQ(d.job_id, 34u);
  EXPECT_EQ(d.watchdog_us, 56u);
  EXPECT_EQ(d.flags, static_cast<std::uint32_t>(MHO_DRU_DESCRIPTOR_FLAG_IRQ));
  EXPECT_EQ(d.status, static_cast<std::uint32_t>(MHO_DRU_STATUS_NOT_RUN));
}

TEST_F(Device, ResumesAListBehindItsEnd) {
  init();
  lists_[0].opcode = lists_[1].opcode = MHO_DRU_OPCODE_END;
  lists_[0].arg[0] = 3;
  lists_[1].arg[0] = 4;
  mho_ticket_t ticket;
  mho_completion_t completion;
  ASSERT_EQ(mho_submit(&device_, lists_, 2, 1, 0, &ticket), MHO_OK);
  dru_.step();
  ASSERT_TRUE(mho_poll(&device_, ticket, &completion));
  EXPECT_EQ(completion.end_code, 3u);
  ASSERT_EQ(mho_resume(&device_, lists_, 2, 34, 56, &ticket), MHO_OK);
  const mho_dru_descriptor_t& d = descriptor(1);
  EXPECT_EQ(d.job_id, 34u);
  EXPECT_EQ(d.watchdog_us, 56u);
  EXPECT_EQ(d.flags,
            static_cast<std::uint32_t>(MHO_DRU_DESCRIPTOR_FLAG_IRQ | MHO_DRU_DESCRIPTOR_FLAG_RESUME));
  dru_.step();
  ASSERT_TRUE(mho_poll(&device_, ticket, &completion));
  EXPECT_EQ(completion.end_code, 4u);
}

TEST_F(Device, RefusesJobZeroAndEmptyLists) {
  init();
  mho_ticket_t ticket;
  const ReferenceDru::Ram before = dru_.ram;
  EXPECT_EQ(mho_submit(&device_, lists_, 1, 0, 0, &ticket), MHO_BAD_ARGUMENT);
  EXPECT_EQ(mho_submit(&device_, lists_, 0, 1, 0, &ticket), MHO_BAD_ARGUMENT);
  EXPECT_EQ(mho_resume(&device_, lists_, 1, 0, 0, &ticket), MHO_BAD_ARGUMENT);
  EXPECT_EQ(dru_.ram, before);
}

TEST_F(Device, ReportsWhereAListFailed) {
  init();
  lists_[0].opcode = MHO_DRU_OPCODE_NOP;
  lists_[1].opcode = MHO_DRU_OPCODE_INV;
  lists_[1].b = 77;
  mho_ticket_t ticket;
  ASSERT_EQ(mho_submit(&device_, lists_, 3, 1, 0, &ticket), MHO_OK);
  dru_.step();
  mho_completion_t completion;
  ASSERT_TRUE(mho_poll(&device_, ticket, &completion));
  EXPECT_EQ(completion.status, MHO_DRU_STATUS_BAD_OPERAND);
  EXPECT_EQ(completion.fault_command, 1u);
  EXPECT_EQ(completion.fault_detail, 77u);
  EXPECT_FALSE(completion.has_clipped);
}

TEST_F(Device, ReportsIterationsClipsAndDuration) {
  init();
  mho_ticket_t ticket;
  ASSERT_EQ(submit(0, &ticket), MHO_OK);
  dru_.step();
  descriptor(0).iterations = 5;
  descriptor(0).flags_out = MHO_DRU_DESCRIPTOR_OUT_CLIPPED;
  descriptor(0).duration_ns = 0x123456789abcull;
  mho_completion_t completion;
  ASSERT_TRUE(mho_poll(&device_, ticket, &completion));
  EXPECT_EQ(completion.iterations, 5u);
  EXPECT_TRUE(completion.has_clipped);
  EXPECT_FALSE(completion.has_saturated);
  EXPECT_EQ(completion.duration_ns, 0x123456789abcull);
}

TEST_F(Device, ReportsSaturationApartFromClips) {
  init();
  mho_ticket_t ticket;
  ASSERT_EQ(submit(0, &ticket), MHO_OK);
  dru_.step();
  descriptor(0).flags_out = MHO_DRU_DESCRIPTOR_OUT_SATURATED;
  mho_completion_t completion;
  ASSERT_TRUE(mho_poll(&device_, ticket, &completion));
  EXPECT_FALSE(completion.has_clipped);
  EXPECT_TRUE(completion.has_saturated);
}

TEST_F(Device, SleepsInTheHookUntilTheListIsDone) {
  config_.hooks.wait_until = run_while_waiting;
  init();
  mho_ticket_t first, second;
  ASSERT_EQ(submit(1, &first), MHO_OK);
  ASSERT_EQ(submit(2, &second), MHO_OK);
  mho_completion_t completion;
  ASSERT_EQ(mho_wait(&device_, second, 0, &completion), MHO_OK);
  EXPECT_EQ(completion.end_code, 2u);
  ASSERT_EQ(mho_wait(&device_, first, 0, &completion), MHO_OK);
  EXPECT_EQ(completion.end_code, 1u);
}

TEST_F(Device, PollsWithoutAHook) {
  config_.hooks.now_us = clock;
  step_at_us_ = 1500;
  init();
  mho_ticket_t ticket;
  ASSERT_EQ(submit(3, &ticket), MHO_OK);
  mho_completion_t completion;
  ASSERT_EQ(mho_wait(&device_, ticket, 100'000, &completion), MHO_OK);
  EXPECT_EQ(completion.end_code, 3u);
  EXPECT_GE(now_us_, 1500u);
  EXPECT_LT(now_us_, 1600u);
}

TEST_F(Device, GivesUpAfterTheTimeOutAndLeavesTheListRunning) {
  config_.hooks.now_us = clock;
  init();
  mho_ticket_t ticket;
  ASSERT_EQ(submit(3, &ticket), MHO_OK);
  mho_completion_t completion;
  EXPECT_EQ(mho_wait(&device_, ticket, 200, &completion), MHO_TIMED_OUT);
  EXPECT_GE(now_us_, 1200u);
  EXPECT_LT(now_us_, 1300u);
  dru_.step();
  EXPECT_EQ(mho_wait(&device_, ticket, 200, &completion), MHO_OK);
  EXPECT_EQ(completion.end_code, 3u);
}

TEST_F(Device, GivesUpAfterTheTimeOutAlsoWhenItSleeps) {
  config_.hooks.now_us = clock;
  config_.hooks.wait_until = [](bool (*is_done)(void*), void* context) {
    while (!is_done(context)) {
    }
  };
  init();
  mho_ticket_t ticket;
  ASSERT_EQ(submit(3, &ticket), MHO_OK);
  mho_completion_t completion;
  EXPECT_EQ(mho_wait(&device_, ticket, 200, &completion), MHO_TIMED_OUT);
}

TEST_F(Device, TellsOfACompletionThatNeverReachedMemory) {
  config_.hooks.wait_until = wait_without_completions;
  init();
  mho_ticket_t ticket;
  ASSERT_EQ(submit(3, &ticket), MHO_OK);
  mho_completion_t completion;
  ASSERT_EQ(mho_wait(&device_, ticket, 0, &completion), MHO_OK);
  EXPECT_EQ(completion.status, MHO_DRU_STATUS_BUS_ERROR);
  EXPECT_EQ(completion.end_code, 0u);
}

TEST_F(Device, TellsOfSuchACompletionAlsoWhenItPollsWithoutATimeOut) {
  init();
  mho_ticket_t ticket;
  ASSERT_EQ(submit(3, &ticket), MHO_OK);
  ASSERT_TRUE(dru_.step());
  descriptor(0).status = MHO_DRU_STATUS_NOT_RUN;
  mho_completion_t completion;
  ASSERT_EQ(mho_wait(&device_, ticket, 0, &completion), MHO_OK);
  EXPECT_EQ(completion.status, MHO_DRU_STATUS_BUS_ERROR);
}

TEST_F(Device, AcknowledgesExactlyTheCausesThatItReports) {
  init();
  mho_ticket_t ticket;
  ASSERT_EQ(submit(0, &ticket), MHO_OK);
  dru_.step();
  EXPECT_EQ(mho_acknowledge(&device_), MHO_DRU_IRQ_STATE_JOB_DONE_MASK);
  EXPECT_EQ(mho_acknowledge(&device_), 0u);
  ASSERT_EQ(submit(1, &ticket), MHO_OK);
  dru_.step();
  EXPECT_EQ(mho_acknowledge(&device_), MHO_DRU_IRQ_STATE_JOB_ERROR_MASK);
}

class Contexts : public Device {
 protected:
  Contexts() {
    dru_ = ReferenceDru({.is_deferred = true, .contexts = 3, .ram_bytes = 1 << 16});
    config_.memory.base = dru_.ram.data();
    lists_ = reinterpret_cast<mho_dru_command_t*>(dru_.ram.data() + 4096);
    config_.contexts_base = ReferenceDru::kContextsBase;
    config_.context_stride = ReferenceDru::kContextStride;
  }
  static constexpr std::uint32_t kRing = ReferenceDru::kRamAddress + 2048;
  mho_device_t context_{};
};

TEST_F(Contexts, AreThoseOfTheChipInAscendingOrder) {
  init();
  EXPECT_EQ(mho_context_open(&context_, &device_, 0, kRing, 2), MHO_BAD_ARGUMENT);
  EXPECT_EQ(mho_context_open(&context_, &device_, 2, kRing, 2), MHO_BAD_ARGUMENT);
  EXPECT_EQ(mho_context_open(&context_, &device_, 1, kRing + 32, 2), MHO_BAD_ARGUMENT);
  EXPECT_EQ(mho_context_open(&context_, &device_, 1, kRing, 2), MHO_OK);
  EXPECT_EQ(mho_context_open(&context_, &device_, 1, kRing, 2), MHO_BAD_ARGUMENT);
  EXPECT_EQ(mho_context_open(&context_, &device_, 2, kRing + 128, 2), MHO_OK);
  EXPECT_EQ(mho_context_open(&context_, &device_, 3, kRing + 256, 2), MHO_BAD_ARGUMENT);
  mho_contexts_close(&device_);
  EXPECT_EQ(mho_context_open(&context_, &device_, 1, kRing, 2), MHO_OK);
}

TEST_F(Contexts, AreNoneWhereTheDriverWasNotToldOfThem) {
  config_.contexts_base = 0;
  init();
  EXPECT_EQ(mho_context_open(&context_, &device_, 1, kRing, 2), MHO_BAD_ARGUMENT);
}

TEST_F(Contexts, RunListsOfTheirOwnWhoseInterruptsTheDeviceAcknowledges) {
  init();
  ASSERT_EQ(mho_context_open(&context_, &device_, 1, kRing, 2), MHO_OK);
  lists_[0].opcode = MHO_DRU_OPCODE_END;
  const mho_list_t list = {.commands = lists_,
                           .count = 1,
                           .job_id = 9,
                           .watchdog_us = 4,
                           .data_offset = 640,
                           .guard_bits = 3,
                           .resumes = false};
  mho_ticket_t ticket;
  ASSERT_EQ(mho_submit_list(&context_, &list, &ticket), MHO_OK);
  const auto& entry = reinterpret_cast<const mho_dru_descriptor_t*>(dru_.ram.data() + 2048)[0];
  EXPECT_EQ(entry.job_id, 9u);
  EXPECT_EQ(entry.data_offset, 640u);
  EXPECT_EQ(entry.guard_bits, 3u);
  ASSERT_TRUE(dru_.step());
  EXPECT_EQ(dru_.lists_of_context[1], 1u);
  mho_completion_t completion;
  EXPECT_TRUE(mho_poll(&context_, ticket, &completion));
  EXPECT_EQ(mho_acknowledge(&device_), MHO_DRU_IRQ_STATE_JOB_DONE_MASK);
  EXPECT_EQ(mho_acknowledge(&device_), 0u);
}

TEST_F(Contexts, TakeNoMoreGuardBitsThanTheDescriptorHolds) {
  init();
  mho_list_t list{};
  list.commands = lists_;
  list.count = list.job_id = 1;
  list.guard_bits = MHO_DRU_MAX_GUARD_BITS + 1;
  mho_ticket_t ticket;
  EXPECT_EQ(mho_submit_list(&device_, &list, &ticket), MHO_BAD_ARGUMENT);
}

TEST_F(Device, SwitchesBothJobInterruptsOnAndCancelsWithTheAbortBit) {
  init();
  EXPECT_EQ(dru_.read(ReferenceDru::kDruBase + MHO_DRU_IRQ_ENABLE_OFFSET),
            MHO_DRU_IRQ_ENABLE_JOB_DONE_MASK | MHO_DRU_IRQ_ENABLE_JOB_ERROR_MASK);
  mho_cancel(&device_);
  const std::uint32_t control = dru_.read(ReferenceDru::kDruBase + MHO_DRU_CTRL_OFFSET);
  EXPECT_NE(control & MHO_DRU_CTRL_ABORT_MASK, 0u);
  EXPECT_NE(control & MHO_DRU_CTRL_ENABLE_MASK, 0u);
}

TEST_F(Device, DeclaresPhases) {
  init();
  mho_set_phase(&device_, MHO_PHASE_SOLVE);
  EXPECT_EQ(dru_.phase, static_cast<std::uint32_t>(MHO_PHASE_SOLVE));
}

}  // namespace
}  // namespace mho::test
