// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The energy of a job: what its own lists were charged with, from its start to its end.
#include <gtest/gtest.h>

#include "tests/firmware/libmho/two_jobs_bench.hpp"

namespace mho::test {
namespace {

/// Everything that was charged, to whatever id.
std::uint64_t charged_pj(const ReferenceDru& dru) {
  return dru.commands * ReferenceDru::kCommandEnergy_pj;
}

TEST_F(JobSteps, AreChargedWithTheirCommandsAndNoOthers) {
  for (const mho_job_unit_t unit : {MHO_JOB_UNIT_CPU, MHO_JOB_UNIT_DRU}) {
    SCOPED_TRACE(testing::Message() << "unit " << unit);
    bench_.job.schur_unit = unit;
    // From the second round on the ids have been charged before.
    const std::uint64_t before_pj = charged_pj(bench_.dru);
    start();
    EXPECT_EQ(mho_job_usage(&job_).energy_pj, 0U);
    step_to_the_end();
    const std::uint64_t whole_pj = charged_pj(bench_.dru) - before_pj;
    EXPECT_GT(whole_pj, 0U);
    EXPECT_EQ(mho_job_usage(&job_).energy_pj, whole_pj);
  }
}

TEST_F(JobSteps, SayWhatTheyHaveTakenSoFar) {
  const std::uint64_t before_pj = charged_pj(bench_.dru);
  std::uint64_t last_pj = 0;
  unsigned rises = 0;
  start();
  for (mho_job_progress_t p = MHO_JOB_GOES_ON; p != MHO_JOB_HAS_ENDED; p = mho_job_step(&job_)) {
    if (p == MHO_JOB_IS_WAITING) bench_.dru.step();
    const std::uint64_t now_pj = mho_job_usage(&job_).energy_pj;
    EXPECT_EQ(now_pj, charged_pj(bench_.dru) - before_pj);
    rises += now_pj > last_pj ? 1U : 0U;
    last_pj = now_pj;
  }
  EXPECT_EQ(rises, 2U);  // the list that programs, the one that solves
}

TEST_F(JobSteps, AreNotChargedAfterTheirEnd) {
  start();
  step_to_the_end();
  const std::uint64_t energy_pj = mho_job_usage(&job_).energy_pj;
  mho_job_t first = job_;
  start();
  step_to_the_end();
  EXPECT_EQ(mho_job_usage(&first).energy_pj, energy_pj);
  EXPECT_EQ(mho_job_usage(&job_).energy_pj, energy_pj);  // the same once more
}

TEST_F(JobStepsInFlight, AreChargedWithAllContexts) {
  start();
  while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_GT(bench_.dru.lists_of_context[2], 0U);
  EXPECT_EQ(mho_job_usage(&job_).energy_pj, charged_pj(bench_.dru));
}

TEST_F(TwoJobs, WithIdsOfTheirOwnAreChargedWithTheirOwnLists) {
  std::array<std::uint64_t, 2> alone_pj{};
  for (std::uint32_t i = 0; i < 2; ++i) {
    start(i);
    while (mho_job_step(&jobs_[i]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
    alone_pj[i] = mho_job_usage(&jobs_[i]).energy_pj;
  }
  ASSERT_NE(alone_pj[0], alone_pj[1]);
  const std::uint64_t before_pj = charged_pj(bench_.dru);
  start(0);
  start(1);
  step_in_turns();
  EXPECT_TRUE(both_have_waited_);
  for (std::uint32_t i = 0; i < 2; ++i) EXPECT_EQ(mho_job_usage(&jobs_[i]).energy_pj, alone_pj[i]) << i;
  EXPECT_EQ(alone_pj[0] + alone_pj[1], charged_pj(bench_.dru) - before_pj);
}

TEST_F(TwoJobs, WithTheSameIdsShareTheirFigure) {
  for (std::uint32_t i = 0; i < 2; ++i) {
    mho_share_t share = contexts_[i].config.share;
    share.first_list_id = 0;
    ASSERT_EQ(mho_device_set_share(&contexts_[i], &share), MHO_OK);
  }
  start(0);
  start(1);
  // The second ends first: what the first takes until then is charged to it as well.
  while (mho_job_stage(&jobs_[0]) != MHO_JOB_SOLVED) {
    if (mho_job_step(&jobs_[0]) == MHO_JOB_IS_WAITING) bench_.dru.step();
  }
  while (mho_job_step(&jobs_[1]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_EQ(mho_job_usage(&jobs_[1]).energy_pj, charged_pj(bench_.dru));
  while (mho_job_step(&jobs_[0]) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_EQ(mho_job_usage(&jobs_[0]).energy_pj, charged_pj(bench_.dru));
}

}  // namespace
}  // namespace mho::test
