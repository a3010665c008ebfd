// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Two jobs under way at once: neither disturbs the other, whatever becomes of it.
#include <gtest/gtest.h>

#include "tests/firmware/libmho/two_jobs_bench.hpp"

namespace mho::test {
namespace {

TEST_F(TwoJobs, ConvergeStepByStepInTurns) {
  start(0);
  start(1);
  step_in_turns();
  EXPECT_TRUE(both_have_waited_);
  expect_right(0);
  expect_right(1);
}

TEST_F(TwoJobs, AreNotDisturbedByTheOthersEnd) {
  start(0);
  start(1);
  while (mho_job_step(&jobs_[1]) != MHO_JOB_IS_WAITING) {
  }
  while (mho_job_step(&jobs_[0]) != MHO_JOB_IS_WAITING) {
  }
  mho_job_cancel(&jobs_[0]);
  while (mho_job_step(&jobs_[0]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_EQ(result(0)->status, MHO_JOB_STATUS_CANCELLED);
  while (mho_job_step(&jobs_[1]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  expect_right(1);
}

TEST_F(TwoJobs, OnTheFirstContextKeepOthersOpenWhenTheyRecover) {
  ASSERT_EQ(mho_device_set_share(&device_, &contexts_[0].config.share), MHO_OK);
  bench_.dru.inject = [count = 0](const registers::dru::DruCommand& c) mutable {
    const bool is_program =
        static_cast<registers::dru::DruOpcode>(c.opcode) == registers::dru::DruOpcode::kProgram;
    return is_program && count++ == 0 ? registers::dru::DruStatus::kBusError
                                      : registers::dru::DruStatus::kNotRun;
  };
  mho_job_start(&jobs_[0], &device_, &blocks_[0], result(0));
  while (mho_job_step(&jobs_[0]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_EQ(mho_job_usage(&jobs_[0]).recoveries, 1U);
  expect_right(0);
  EXPECT_EQ(device_.open_contexts, 2U);
}

TEST_F(TwoJobs, OnTheFirstContextLeaveTheListsOfOthersAloneWhenTheyRecover) {
  ASSERT_EQ(mho_device_set_share(&device_, &contexts_[0].config.share), MHO_OK);
  bench_.dru.inject = [this, has_failed = false](const registers::dru::DruCommand& c) mutable {
    const bool is_others = mho_job_stage(&jobs_[1]) == MHO_JOB_SOLVED;
    const bool is_program =
        static_cast<registers::dru::DruOpcode>(c.opcode) == registers::dru::DruOpcode::kProgram;
    if (!is_program || !is_others || has_failed) return registers::dru::DruStatus::kNotRun;
    has_failed = true;
    return registers::dru::DruStatus::kBusError;
  };
  start(1);
  while (mho_job_stage(&jobs_[1]) != MHO_JOB_SOLVED) {
    if (mho_job_step(&jobs_[1]) == MHO_JOB_IS_WAITING) bench_.dru.step();
  }
  mho_job_start(&jobs_[0], &device_, &blocks_[0], result(0));
  while (mho_job_step(&jobs_[0]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  while (mho_job_step(&jobs_[1]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_EQ(mho_job_usage(&jobs_[0]).recoveries, 1U);
  EXPECT_EQ(mho_job_usage(&jobs_[1]).recoveries, 0U);
  expect_right(0);
  expect_right(1);
}

TEST_F(TwoJobs, OnTheFirstContextEndRatherThanResetOthersWhenTheyGetStuck) {
  static std::uint64_t now_us;
  now_us = 0;
  device_.config.hooks.now_us = [] { return now_us; };
  blocks_[0].watchdog_us = 5000;
  mho_job_start(&jobs_[0], &device_, &blocks_[0], result(0));
  while (mho_job_step(&jobs_[0]) != MHO_JOB_HAS_ENDED) now_us += 1000;
  EXPECT_EQ(result(0)->status, MHO_JOB_STATUS_DEVICE_ERROR);
  EXPECT_EQ(result(0)->recoveries, 0U);
  EXPECT_EQ(device_.open_contexts, 2U);
}

// A job that keeps its macros while another one runs from its begin to its end.
TEST_F(TwoJobs, KeepTheirMacrosWhileTheOtherRuns) {
  start(0);
  while (mho_job_stage(&jobs_[0]) != MHO_JOB_SOLVED) {
    if (mho_job_step(&jobs_[0]) == MHO_JOB_IS_WAITING) bench_.dru.step();
  }
  start(1);
  while (mho_job_step(&jobs_[1]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  expect_right(1);
  while (mho_job_step(&jobs_[0]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  expect_right(0);
}

}  // namespace
}  // namespace mho::test
