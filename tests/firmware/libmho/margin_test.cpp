// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// When a job plans anew with more margin for its leaves.
#include <gtest/gtest.h>

#include <array>

#include "firmware/libmho/job_run.h"

namespace mho::test {
namespace {

/// A job that has made 96 of 500 iterations, with two leaves.
class Margin : public testing::Test {
 protected:
  Margin() {
    job_.method = MHO_JOB_METHOD_AUTO;
    job_.max_iterations = 500;
    job_.split_leaves = 1;
    result_.iterations = 96;
    leaves_[0].margin = 5000;
    leaves_[1].margin = kNarrow;
    run_.job = &job_;
    run_.result = &result_;
    run_.plan.leaves = leaves_.data();
    run_.plan.leaf_count = leaves_.size();
  }
  bool lacks(mho_job_status_t status) { return mho_run_lacks_margin(&run_, status); }

  /// Below the first margin asked for, 2^-7 in units of 2^-16.
  static constexpr std::int32_t kNarrow = 306;
  mho_job_block_t job_{};
  mho_job_result_t result_{};
  std::array<mho_leaf_t, 2> leaves_{};
  mho_run_t run_{};
};

TEST_F(Margin, IsLackingWhereALeafIsUnstable) {
  leaves_[1].margin = 5000;
  EXPECT_TRUE(lacks(MHO_JOB_STATUS_UNSTABLE));
}

TEST_F(Margin, IsLackingWhereTheMethodMakesNoWayWithALeafThatHardlySettles) {
  EXPECT_TRUE(lacks(MHO_JOB_STATUS_NOT_CONVERGED));
  leaves_[1].margin = 5000;
  EXPECT_FALSE(lacks(MHO_JOB_STATUS_NOT_CONVERGED)) << "all leaves settle well";
}

TEST_F(Margin, IsAskedForTwiceAtMost) {
  unsigned times = 0;
  while (lacks(MHO_JOB_STATUS_NOT_CONVERGED) &&
         mho_run_take_more_margin(&run_, MHO_JOB_STATUS_NOT_CONVERGED)) {
    ASSERT_LE(++times, 2u);
  }
  EXPECT_EQ(times, 2u);
}

TEST_F(Margin, IsNotLackingWhereIterationsRunOut) {
  result_.iterations = job_.max_iterations;
  EXPECT_FALSE(lacks(MHO_JOB_STATUS_NOT_CONVERGED));
}

TEST_F(Margin, IsWhatItIsInThePublishedMethod) {
  job_.method = MHO_JOB_METHOD_REFINE;
  EXPECT_FALSE(lacks(MHO_JOB_STATUS_NOT_CONVERGED));
  EXPECT_TRUE(lacks(MHO_JOB_STATUS_UNSTABLE));
}

}  // namespace
}  // namespace mho::test
