// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs in steps, on a DRU that runs lists only when the test lets it: a step that waited would never return.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <memory>
#include <vector>

#include "tests/firmware/libmho/job_status_bench.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kMemory = 8 << 20;

ReferenceDruOptions deferred(std::uint32_t contexts) {
  return {.cell_tolerance = 0.02, .is_deferred = true, .contexts = contexts, .ram_bytes = kMemory};
}

class JobSteps : public testing::Test {
 protected:
  explicit JobSteps(std::uint32_t contexts = 1) : bench_(deferred(contexts)), guard_(bench_.dru) {
    bench_.load(random_dominant(20, 0.6, 11), random_vector(20, 12));
    const mho_device_config_t config = bench_.config();
    EXPECT_EQ(mho_device_init(&device_, &config), MHO_OK);
  }
  mho_job_result_t* results() {
    return reinterpret_cast<mho_job_result_t*>(bench_.dru.ram.data() +
                                               (bench_.job.result_address - ReferenceDru::kRamAddress));
  }
  void start() { mho_job_start(&job_, &device_, &bench_.job, results()); }
  /// Lists run between the steps, and only when the job waits.
  void step_to_the_end() {
    for (;;) {
      const mho_job_progress_t progress = mho_job_step(&job_);
      if (progress == MHO_JOB_HAS_ENDED) return;
      if (progress == MHO_JOB_IS_WAITING) {
        ASSERT_EQ(mho_job_step(&job_), MHO_JOB_IS_WAITING);  // waits for nothing but the list
        ASSERT_TRUE(bench_.dru.step());
      }
    }
  }

  DriverBench bench_;
  Connected guard_;
  mho_device_t device_{};
  mho_job_t job_{};
};

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

TEST_F(JobSteps, CanBeCancelledAnywhere) {
  bench_.job.schur_unit = MHO_JOB_UNIT_DRU;
  bool has_ended_before = false;
  for (unsigned steps = 0; !has_ended_before; ++steps) {
    ASSERT_LT(steps, 100U);
    start();
    for (unsigned s = 0; s < steps && !has_ended_before; ++s) {
      const mho_job_progress_t progress = mho_job_step(&job_);
      if (progress == MHO_JOB_IS_WAITING && s + 1 < steps) bench_.dru.step();
      has_ended_before = progress == MHO_JOB_HAS_ENDED;
    }
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

class JobStepsOfAStuckDru : public JobSteps {
 protected:
  JobStepsOfAStuckDru() {
    now_us = 0;
    device_.config.hooks.now_us = [] { return now_us; };
    bench_.job.watchdog_us = 5000;
  }
  mho_job_progress_t step_until_waiting() {
    mho_job_progress_t progress;
    while ((progress = mho_job_step(&job_)) == MHO_JOB_GOES_ON) {
    }
    return progress;
  }
  static inline std::uint64_t now_us = 0;
};

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

class JobStepsInFlight : public JobSteps {
 protected:
  static constexpr std::uint32_t kRhs = 6;
  JobStepsInFlight() : JobSteps(3) {
    const Eigen::MatrixXd a = random_dominant(20, 0.6, 11);
    SparseSystem system(a, Eigen::VectorXd::Ones(a.rows()));
    system.rhs.clear();
    for (std::uint32_t k = 0; k < kRhs; ++k) {
      const Eigen::VectorXd b = a * random_vector(a.rows(), 100 + k);
      system.rhs.insert(system.rhs.end(), b.begin(), b.end());
    }
    // Result blocks beside the bench's own place, which has room for a few.
    bench_.load(system);
    bench_.job.rhs_count = kRhs;
    bench_.job.result_address = bench_.job.workspace_address;
    bench_.job.workspace_address += 4096;
    bench_.job.workspace_bytes -= 4096;
  }
};

TEST_F(JobStepsInFlight, AnswerEachRightHandSide) {
  start();
  while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  ASSERT_TRUE(mho_job_has_converged(&job_));
  for (std::uint32_t k = 0; k < kRhs; ++k) {
    bench_.select(k);
    EXPECT_LE(bench_.relative_error(), kTolerance) << k;
  }
  EXPECT_GT(bench_.dru.lists_of_context[2], 0U);
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
    for (unsigned s = 0; s < steps && !has_ended_before; ++s) {
      const mho_job_progress_t progress = mho_job_step(&job_);
      if (progress == MHO_JOB_IS_WAITING && s + 1 < steps) bench_.dru.step();
      has_ended_before = progress == MHO_JOB_HAS_ENDED;
    }
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

TEST_F(JobStepsInFlight, RecoverOnceAndGoOnOneByOne) {
  bench_.dru.inject = [this, has_failed = false](const registers::dru::DruCommand& c) mutable {
    const bool is_store =
        static_cast<registers::dru::DruOpcode>(c.opcode) == registers::dru::DruOpcode::kStore;
    if (!is_store || has_failed || mho_job_answered(&job_) != 2) return registers::dru::DruStatus::kNotRun;
    has_failed = true;
    return registers::dru::DruStatus::kBusError;
  };
  start();
  while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_TRUE(mho_job_has_converged(&job_));
  EXPECT_EQ(mho_job_usage(&job_).recoveries, 1U);
  EXPECT_EQ(device_.open_contexts, 0U);
  for (std::uint32_t k = 0; k < kRhs; ++k) {
    bench_.select(k);
    EXPECT_LE(bench_.relative_error(), kTolerance) << k;
  }
}

/// Right-hand sides one after the other. Cells that have drifted read wrongly until they are programmed anew.
class JobStepsThatDrift : public JobStepsInFlight {
 protected:
  JobStepsThatDrift() {
    bench_.dru.inject = [this](const registers::dru::DruCommand& c) {
      const auto opcode = static_cast<registers::dru::DruOpcode>(c.opcode);
      if (opcode == registers::dru::DruOpcode::kProgram) has_drifted_ = false;
      return registers::dru::DruStatus::kNotRun;
    };
    bench_.dru.corrupt = [this](std::size_t row, int128_t& value) {
      if (has_drifted_ && row == 3) value += value / 8;
    };
  }
  void run_and_drift_before(std::uint32_t rhs) {
    bool has_waited = false;
    for (;;) {
      const mho_job_progress_t progress = mho_job_step(&job_);
      if (progress == MHO_JOB_HAS_ENDED) return;
      if (mho_job_answered(&job_) == rhs && !has_waited) has_waited = has_drifted_ = true;
      if (progress == MHO_JOB_IS_WAITING) bench_.dru.step();
    }
  }
  bool has_drifted_ = false;
};

TEST_F(JobStepsThatDrift, AreProgrammedAnewForTheRightHandSideThatFails) {
  start();
  mho_job_refresh(&job_, UINT64_MAX);
  run_and_drift_before(3);
  EXPECT_TRUE(mho_job_has_converged(&job_));
  EXPECT_EQ(mho_job_usage(&job_).refreshes, 1U);
  for (std::uint32_t k = 0; k < kRhs; ++k) {
    bench_.select(k);
    EXPECT_LE(bench_.relative_error(), kTolerance) << k;
    EXPECT_EQ(results()[k].refreshes, k < 3 ? 0U : 1U) << k;
  }
}

TEST_F(JobStepsThatDrift, FailWithoutARefresh) {
  device_.config.contexts_base = 0;  // one after the other here, too
  start();
  run_and_drift_before(3);
  EXPECT_EQ(results()[2].status, MHO_JOB_STATUS_CONVERGED);
  for (std::uint32_t k = 3; k < kRhs; ++k) EXPECT_NE(results()[k].status, MHO_JOB_STATUS_CONVERGED) << k;
}

TEST_F(JobStepsThatDrift, AreRefreshedOnceForARightHandSideAndThenGivenUp) {
  bench_.dru.inject = nullptr;  // programming does not help
  start();
  mho_job_refresh(&job_, UINT64_MAX);
  run_and_drift_before(5);
  EXPECT_EQ(results()[4].status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_NE(results()[5].status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(mho_job_usage(&job_).refreshes, 1U);
}

/// Two jobs on contexts of their own, each with half of the chip and of the memory.
class TwoJobs : public JobSteps {
 protected:
  static constexpr std::uint32_t kHalf = kMemory / 2;
  TwoJobs() : JobSteps(3) {
    blocks_[0] = blocks_[1] = bench_.job;
    blocks_[0].workspace_bytes = (kHalf - (bench_.job.workspace_address - ReferenceDru::kRamAddress)) & ~63U;
    const std::uint32_t second = ReferenceDru::kRamAddress + kHalf;
    const Eigen::VectorXd b = random_vector(20, 99);
    std::memcpy(bench_.dru.ram.data() + kHalf, b.data(), 20 * sizeof(double));
    blocks_[1].rhs_address = second;
    blocks_[1].result_address = second + 1024;
    blocks_[1].workspace_address = second + 4096;
    blocks_[1].workspace_bytes = kHalf - 4096 - 1024;
    blocks_[1].method = MHO_JOB_METHOD_GMRES;
    for (std::uint32_t i = 0; i < 2; ++i) open(i);
  }
  void open(std::uint32_t i) {
    const std::uint32_t end = ReferenceDru::kRamAddress + kMemory;
    ASSERT_EQ(mho_context_open(&contexts_[i], &device_, 1 + i, end - 512 * (1 + i), 4), MHO_OK);
    ASSERT_EQ(mho_macro_set_add(&avoided_[i], MHO_MACRO_INV, i == 0 ? 32 : 0, 32), MHO_OK);
    ASSERT_EQ(mho_macro_set_add(&avoided_[i], MHO_MACRO_MVM, i == 0 ? 352 : 0, 352), MHO_OK);
    mho_share_t share{};
    share.avoided = &avoided_[i];
    share.first_tile = 8192 * i;
    share.tiles = 8192;
    share.first_list_id = MHO_JOB_LISTS * i;
    ASSERT_EQ(mho_device_set_share(&contexts_[i], &share), MHO_OK);
  }
  mho_job_result_t* result(std::uint32_t i) {
    return reinterpret_cast<mho_job_result_t*>(bench_.dru.ram.data() +
                                               (blocks_[i].result_address - ReferenceDru::kRamAddress));
  }
  void start(std::uint32_t i) { mho_job_start(&jobs_[i], &contexts_[i], &blocks_[i], result(i)); }
  void expect_right(std::uint32_t i) {
    EXPECT_EQ(result(i)->status, MHO_JOB_STATUS_CONVERGED);
    bench_.job = blocks_[i];
    EXPECT_LE(bench_.relative_error(), kTolerance);
  }
  std::array<mho_job_block_t, 2> blocks_{};
  std::array<mho_device_t, 2> contexts_{};
  std::array<mho_macro_set_t, 2> avoided_{};
  std::array<mho_job_t, 2> jobs_{};
};

TEST_F(TwoJobs, ConvergeStepByStepInTurns) {
  start(0);
  start(1);
  bool both_waited = false;
  for (unsigned rounds = 0; rounds < 10000; ++rounds) {
    const auto first = mho_job_step(&jobs_[0]), second = mho_job_step(&jobs_[1]);
    both_waited |= first == MHO_JOB_IS_WAITING && second == MHO_JOB_IS_WAITING;
    if (first == MHO_JOB_HAS_ENDED && second == MHO_JOB_HAS_ENDED) break;
    if (first != MHO_JOB_GOES_ON && second != MHO_JOB_GOES_ON) bench_.dru.step();
  }
  EXPECT_TRUE(both_waited);
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
