// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Jobs of several right-hand sides: in flight at once, or one after the other while cells drift.
#include <gtest/gtest.h>

#include "tests/firmware/libmho/job_steps_bench.hpp"

namespace mho::test {
namespace {

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

TEST_F(JobStepsInFlight, NameTheMacrosThatTheLastOneFailedOn) {
  bench_.dru.inject = [this](const registers::dru::DruCommand& c) {
    const bool is_read =
        static_cast<registers::dru::DruOpcode>(c.opcode) == registers::dru::DruOpcode::kHpMvm;
    return is_read && mho_job_answered(&job_) >= 2 ? registers::dru::DruStatus::kWrongRead
                                                   : registers::dru::DruStatus::kNotRun;
  };
  start();
  while (mho_job_step(&job_) != MHO_JOB_HAS_ENDED) bench_.dru.step();
  EXPECT_EQ(results()[1].status, MHO_JOB_STATUS_CONVERGED);
  EXPECT_EQ(results()[kRhs - 1].status, MHO_JOB_STATUS_WRONG_READ);
  const mho_suspects_t suspects = mho_job_suspects(&job_);
  EXPECT_EQ(suspects.kind, MHO_MACRO_MVM);
  EXPECT_GT(suspects.count, 0U);
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

}  // namespace
}  // namespace mho::test
