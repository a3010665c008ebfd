// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs that are cancelled: between any two steps, and no list is left behind.
#include <gtest/gtest.h>

#include "tests/firmware/libmho/job_steps_bench.hpp"

namespace mho::test {
namespace {

TEST_F(JobSteps, CanBeCancelledAnywhere) {
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  bool has_ended_before = false;
  for (unsigned steps = 0; !has_ended_before; ++steps) {
    ASSERT_LT(steps, 100U);
    start();
    has_ended_before = step_times(steps);
    mho_job_cancel(&job_);
    step_to_the_end();
    EXPECT_EQ(results()->magic, MHO_JOB_RESULT_MAGIC) << steps;
    const bool was_answered = mho_job_answered(&job_) == 1;
    EXPECT_EQ(results()->status, was_answered ? MHO_JOB_STATUS_CONVERGED : MHO_JOB_STATUS_CANCELLED) << steps;
    EXPECT_FALSE(bench_.dru.step()) << "a list is left after " << steps << " steps";
  }
  start();
  step_to_the_end();
  EXPECT_EQ(results()->status, MHO_JOB_STATUS_CONVERGED);
}

TEST_F(JobStepsOfAStuckDru, ResetItsContextWhenTheyAreCancelled) {
  start();
  ASSERT_EQ(step_until_waiting(), MHO_JOB_IS_WAITING);
  mho_job_cancel(&job_);
  EXPECT_EQ(mho_job_step(&job_), MHO_JOB_IS_WAITING);
  now_us += 6100;
  EXPECT_EQ(step_until_waiting(), MHO_JOB_HAS_ENDED);
  EXPECT_EQ(results()->status, MHO_JOB_STATUS_CANCELLED);
  EXPECT_FALSE(bench_.dru.step()) << "the list is still there";
}

TEST_F(JobStepsInFlight, CanBeCancelledWithSeveralUnderWay) {
  start();
  while (mho_job_answered(&job_) < 2) {
    if (mho_job_step(&job_) == MHO_JOB_IS_WAITING) bench_.dru.step();
  }
  while (mho_job_step(&job_) != MHO_JOB_IS_WAITING) {
  }
  mho_job_cancel(&job_);
  while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_EQ(mho_job_answered(&job_), 2U);
  for (std::uint32_t k = 0; k < kRhs; ++k) {
    EXPECT_EQ(results()[k].status, k < 2 ? MHO_JOB_STATUS_CONVERGED : MHO_JOB_STATUS_CANCELLED) << k;
    EXPECT_EQ(results()[k].magic, MHO_JOB_RESULT_MAGIC) << k;
  }
  EXPECT_FALSE(bench_.dru.step());
  EXPECT_EQ(device_.open_contexts, 0U);
}

TEST_F(JobStepsInFlight, CanBeCancelledAfterEveryStep) {
  bool has_ended_before = false;
  for (unsigned steps = 0; !has_ended_before; ++steps) {
    ASSERT_LT(steps, 200U);
    start();
    has_ended_before = step_times(steps);
    mho_job_cancel(&job_);
    while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) {
      if (job_.waits_for != nullptr) bench_.dru.step();
    }
    EXPECT_FALSE(bench_.dru.step()) << "a list is left after " << steps << " steps";
    EXPECT_EQ(device_.open_contexts, 0U) << steps;
    for (std::uint32_t k = mho_job_answered(&job_); k < (job_.is_planned ? kRhs : 1U); ++k)
      EXPECT_EQ(results()[k].status, MHO_JOB_STATUS_CANCELLED) << k << " after " << steps;
  }
}

}  // namespace
}  // namespace mho::test
