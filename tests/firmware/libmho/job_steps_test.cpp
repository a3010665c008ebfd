// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the steps of a job do, and that they wait for nothing.
#include <gtest/gtest.h>

#include <vector>

#include "tests/firmware/libmho/job_steps_bench.hpp"

namespace mho::test {
namespace {

TEST_F(JobSteps, EndAsOneCallDoes) {
  DriverBench other(deferred(1));
  other.hooks.wait_until = run_while_waiting;
  other.load(random_dominant(20, 0.6, 11), random_vector(20, 12));
  {
    const Connected guard(other.dru);
    other.run();
  }
  const Connected guard(bench_.dru);
  start();
  step_to_the_end();
  EXPECT_TRUE(mho_job_has_converged(&job_));
  EXPECT_EQ(results()->magic, MHO_JOB_RESULT_MAGIC);
  EXPECT_EQ(bench_.x_bits(), other.x_bits());
  EXPECT_EQ(bench_.history(), other.history());
  EXPECT_EQ(bench_.dru.lists, other.dru.lists);
  EXPECT_EQ(mho_job_step(&job_), MHO_JOB_HAS_ENDED);
}

TEST_F(JobSteps, WaitForNothingWhileTheDruFormsTheComplements) {
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  start();
  unsigned lists_of_the_plan = 0, leaves = 0;
  while (mho_job_stage(&job_) <= MHO_JOB_COMPILES) {
    leaves += mho_job_stage(&job_) == MHO_JOB_ELIMINATES ? 1 : 0;
    if (mho_job_step(&job_) != MHO_JOB_IS_WAITING) continue;
    ++lists_of_the_plan;
    ASSERT_TRUE(bench_.dru.step());
  }
  EXPECT_GE(leaves, 3U);  // 20 rows on leaves of 8
  EXPECT_EQ(lists_of_the_plan, leaves - 1);
  step_to_the_end();
  EXPECT_TRUE(mho_job_has_converged(&job_));
  EXPECT_LE(bench_.relative_error(), kTolerance);
}

TEST_F(JobSteps, RecoverFromAPlanThatFailedOnTheDru) {
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  bench_.dru.inject = [count = 0](const registers::dru::DruCommand& c) mutable {
    const bool is_update =
        static_cast<registers::dru::DruOpcode>(c.opcode) == registers::dru::DruOpcode::kRankUpdate;
    return is_update && count++ == 0 ? registers::dru::DruStatus::kBusError
                                     : registers::dru::DruStatus::kNotRun;
  };
  start();
  step_to_the_end();
  EXPECT_TRUE(mho_job_has_converged(&job_));
  EXPECT_EQ(mho_job_usage(&job_).recoveries, 1U);
  EXPECT_LE(bench_.relative_error(), kTolerance);
}

TEST_F(JobSteps, OfABadBlockEndWithItsStatus) {
  bench_.job.magic = 0;
  start();
  EXPECT_EQ(mho_job_step(&job_), MHO_JOB_GOES_ON);
  EXPECT_EQ(mho_job_step(&job_), MHO_JOB_HAS_ENDED);
  EXPECT_EQ(results()->status, MHO_JOB_STATUS_BAD_JOB);
  EXPECT_FALSE(mho_job_has_converged(&job_));
}

TEST_F(JobSteps, CountAnswers) {
  start();
  EXPECT_EQ(mho_job_answered(&job_), 0U);
  step_to_the_end();
  EXPECT_EQ(mho_job_answered(&job_), 1U);
}

TEST_F(JobSteps, SayHowLongListsHaveTaken) {
  for (const mho_job_unit_t unit : {MHO_JOB_UNIT_CPU, MHO_JOB_UNIT_DRU}) {
    SCOPED_TRACE(testing::Message() << "unit " << unit);
    bench_.job.schur_unit = unit;
    const std::uint64_t lists_before = bench_.dru.lists;
    start();
    EXPECT_EQ(mho_job_usage(&job_).list_time_ns, 0U);
    step_to_the_end();
    const std::uint64_t lists = bench_.dru.lists - lists_before;
    EXPECT_GE(lists, 2U);  // one programs, one solves
    EXPECT_EQ(mho_job_usage(&job_).list_time_ns, lists * ReferenceDru::kListDuration_ns);
  }
}

/// Zeros in the leading leaf, and rows to be exchanged in the leaves behind it.
Eigen::MatrixXd in_a_bad_order(Eigen::Index n, std::uint64_t seed) {
  const Eigen::MatrixXd a = random_general(n, 20, seed);
  Eigen::MatrixXd moved = a;
  moved.topLeftCorner(8, 8).setZero();
  return moved;
}

TEST_F(JobSteps, OrderRowsByComplementsThatTheDruHasFinished) {
  for (const bool is_symmetric : {false, true}) {
    for (std::uint64_t seed = 1; seed <= 4; ++seed) {
      SCOPED_TRACE(testing::Message() << (is_symmetric ? "symmetric " : "general ") << seed);
      const Eigen::MatrixXd a = is_symmetric ? random_spd(48, 1e6, seed) : in_a_bad_order(48, seed);
      mho_job_result_t by_cpu{};
      std::vector<std::uint32_t> order_by_cpu;
      for (const mho_job_unit_t unit : {MHO_JOB_UNIT_CPU, MHO_JOB_UNIT_DRU}) {
        bench_.load(a, random_vector(a.rows(), seed));
        bench_.job.method = MHO_JOB_METHOD_GMRES;
        bench_.job.split_leaves = bench_.job.reorder_rows = 1;
        bench_.job.schur_unit = unit;
        device_.config.hooks.wait_until = run_while_waiting;
        start();
        while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) bench_.dru.step();
        EXPECT_GT(results()->reordered_rows, 0U);
        const auto* first = bench_.array<std::uint32_t>(results()->row_order_address);
        const std::vector<std::uint32_t> order(first, first + a.rows());
        if (unit == MHO_JOB_UNIT_CPU) {
          by_cpu = *results();
          order_by_cpu = order;
          continue;
        }
        EXPECT_EQ(order, order_by_cpu);
        EXPECT_EQ(results()->reordered_rows, by_cpu.reordered_rows);
        EXPECT_EQ(results()->worst_leaf_condition, by_cpu.worst_leaf_condition);
        EXPECT_EQ(results()->recoveries, 0U);
      }
    }
  }
}

TEST_F(JobSteps, OrderRowsAnewAfterAFailureOfTheReorderedPlan) {
  constexpr std::uint64_t kSeed = 2;  // its rows in their given order make a bad leaf
  const Eigen::MatrixXd a = random_general(24, 20, kSeed);
  bench_.load(a, random_vector(a.rows(), 1));
  bench_.job.method = MHO_JOB_METHOD_GMRES;
  bench_.job.split_leaves = bench_.job.reorder_rows = 1;
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  device_.config.hooks.wait_until = run_while_waiting;
  unsigned updates = 0, failing = 0;
  bench_.dru.inject = [&](const registers::dru::DruCommand& c) {
    const bool is_update =
        static_cast<registers::dru::DruOpcode>(c.opcode) == registers::dru::DruOpcode::kRankUpdate;
    return is_update && ++updates == failing ? registers::dru::DruStatus::kBusError
                                             : registers::dru::DruStatus::kNotRun;
  };
  start();
  while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  const mho_job_result_t undisturbed = *results();
  ASSERT_EQ(undisturbed.status, MHO_JOB_STATUS_CONVERGED);
  ASSERT_GT(undisturbed.reordered_rows, 0U);
  // The last one belongs to the plan in the new order.
  failing = updates;
  updates = 0;
  start();
  while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_EQ(results()->status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(results()->recoveries, 1U);
  EXPECT_EQ(results()->reordered_rows, undisturbed.reordered_rows);
  EXPECT_EQ(results()->iterations, undisturbed.iterations);
}

TEST_F(JobStepsOfAStuckDru, GiveUpAfterTheTimeLimitTwice) {
  start();
  for (unsigned attempt = 0; attempt < 2; ++attempt) {
    ASSERT_EQ(step_until_waiting(), MHO_JOB_IS_WAITING);
    now_us += 5900;
    ASSERT_EQ(mho_job_step(&job_), MHO_JOB_IS_WAITING);
    now_us += 200;
    ASSERT_NE(mho_job_step(&job_), MHO_JOB_IS_WAITING);
  }
  ASSERT_EQ(step_until_waiting(), MHO_JOB_HAS_ENDED);
  EXPECT_EQ(results()->status, MHO_JOB_STATUS_DEVICE_ERROR);
  EXPECT_EQ(results()->recoveries, 1U);
}

TEST_F(JobStepsOfAStuckDru, LeaveNoListBehindWhenTheyEnd) {
  for (const bool is_plan : {false, true}) {
    SCOPED_TRACE(is_plan);
    bench_.job.schur_unit = is_plan ? MHO_JOB_UNIT_DRU : MHO_JOB_UNIT_CPU;
    start();
    while (step_until_waiting() == MHO_JOB_IS_WAITING) now_us += 6100;
    EXPECT_EQ(results()->status, MHO_JOB_STATUS_DEVICE_ERROR);
    EXPECT_FALSE(bench_.dru.step()) << "the list is still there";
  }
}

}  // namespace
}  // namespace mho::test
