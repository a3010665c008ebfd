// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/claim.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mho::platform {
namespace {

using registers::job::JobStatus;
using testing::HasSubstr;

Assessment answer(double residual, double error) {
  Assessment assessment;
  assessment.relative_residual_true = residual;
  assessment.relative_error = error;
  return assessment;
}

TEST(Claim, IsBelievedUpToTheToleranceAndTwiceIt) {
  EXPECT_FALSE(wrong_claim(answer(0x1p-24, 0x1p-23), 24));
  EXPECT_FALSE(wrong_claim(answer(0, 0), 53));
}

TEST(Claim, IsWrongWithALargerResidual) {
  const auto wrong = wrong_claim(answer(0x1.01p-24, 0), 24);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, JobStatus::kWrongResidual);
  EXPECT_THAT(wrong->message, HasSubstr("relative residual of 5.98e-08"));
}

TEST(Claim, IsWrongWithALargerErrorWhateverTheResidual) {
  const auto wrong = wrong_claim(answer(0, 0x1.01p-23), 24);
  ASSERT_TRUE(wrong);
  EXPECT_EQ(wrong->status, JobStatus::kNotConverged);
  EXPECT_THAT(wrong->message, HasSubstr("relative error of 1.20e-07"));
}

TEST(Claim, IsBelievedWhereNothingIsKnown) {
  EXPECT_FALSE(wrong_claim(Assessment{}, 24));
}

}  // namespace
}  // namespace mho::platform
