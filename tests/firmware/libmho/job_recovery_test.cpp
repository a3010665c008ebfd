// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Faults of the hardware that pass, and those that stay.
#include <gtest/gtest.h>

#include <array>
#include <vector>

#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {
namespace {

using registers::dru::DruCommand;
using registers::dru::DruOpcode;
using registers::dru::DruStatus;

constexpr std::array kPassing{DruStatus::kBadDescriptor, DruStatus::kBadCommand, DruStatus::kBadOperand,
                              DruStatus::kBusError, DruStatus::kWatchdog};

TEST_F(JobStatus, FailureThatPassesCostsOneRecovery) {
  for (const DruStatus status : kPassing) {
    for (const DruOpcode opcode :
         {DruOpcode::kProgram, DruOpcode::kLoad, DruOpcode::kInv, DruOpcode::kStore}) {
      inject(opcode, status);
      const auto& r = bench_.run();
      EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
      EXPECT_EQ(r.recoveries, 1u);
      EXPECT_LE(bench_.relative_error(), kTolerance);
    }
  }
}

TEST_F(JobStatus, FailureOfThePlanThatPassesCostsOneRecovery) {
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  inject(DruOpcode::kRankUpdate, DruStatus::kBusError);
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(r.recoveries, 1u);
}

TEST_F(JobStatus, OneRecoveryIsAllThereIs) {
  inject_always(DruOpcode::kInv, DruStatus::kBusError);
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_DEVICE_ERROR);
  EXPECT_EQ(r.recoveries, 1u);
}

TEST_F(JobStatus, WhatCellsNumbersOrSomebodyElseLedToIsNotTriedAgain) {
  for (const DruStatus status : {DruStatus::kAborted, DruStatus::kProgramFailed, DruStatus::kOverflow}) {
    inject(DruOpcode::kHpMvm, status);
    const auto& r = bench_.run();
    EXPECT_NE(r.status, MHO_JOB_STATUS_CONVERGED);
    EXPECT_EQ(r.recoveries, 0u);
  }
}

class StuckDru : public testing::Test {
 protected:
  StuckDru() : bench_({.cell_tolerance = 0.02, .is_deferred = true, .ram_bytes = kRam}) {
    bench_.load(random_dominant(12, 0.6, 11), random_vector(12, 12));
    bench_.job.watchdog_us = 5000;
    bench_.hooks.now_us = [] { return now_us += 100; };
    lists_until_stuck = 1000;
    bench_.hooks.wait_until = [](bool (*is_done)(void*), void* context) {
      now_us += 1000;
      if (lists_until_stuck > 0) {
        --lists_until_stuck;
        run_while_waiting(is_done, context);
      }
    };
  }
  static inline std::uint64_t now_us = 0;
  static inline int lists_until_stuck = 0;
  DriverBench bench_;
};

TEST_F(StuckDru, IsGivenUpAfterTheTimeLimitTwice) {
  lists_until_stuck = 1;  // programs, and never solves
  const std::uint64_t before_us = now_us;
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_DEVICE_ERROR);
  EXPECT_EQ(r.dru_status, static_cast<std::uint32_t>(MHO_DRU_STATUS_NOT_RUN));
  EXPECT_EQ(r.recoveries, 1u);
  EXPECT_GE(now_us - before_us, 2u * 6000u);
  EXPECT_LE(now_us - before_us, 2u * 12000u);
}

TEST_F(StuckDru, ThatWorksAgainAfterItsResetSolvesTheJob) {
  lists_until_stuck = 0;
  bench_.hooks.wait_until = [](bool (*is_done)(void*), void* context) {
    now_us += 1000;
    // The reset, and nothing else, unlocks it.
    if (++lists_until_stuck > 8) run_while_waiting(is_done, context);
  };
  const auto& r = bench_.run();
  EXPECT_EQ(r.status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(r.recoveries, 1u);
  EXPECT_LE(bench_.relative_error(), kTolerance);
}

}  // namespace
}  // namespace mho::test
