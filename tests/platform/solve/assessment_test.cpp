// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/assessment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "platform/solve/workload.hpp"
#include "tests/platform/solve/fake_memory.hpp"

namespace mho::platform {
namespace {

using test::FakeMemory;
using test::scalar;

// A = [4 1; 2 -8], b = [6; -14]: x = [1; 2]. On the chip: rows scaled by 2^-1 and 2^-2, columns by 2^1 and
// 2^-1: Â = [4 1/4; 1 -1] = 2^-2 · [16 1; 4 -4],  b̂ = [3; -7/2] = 2^-1 · [6; -7],  x̂ = [1/2; 4].
numeric::SparseMatrix matrix() {
  return {.rows = 2, .columns = 2, .row_start = {0, 2, 4}, .column = {0, 1, 0, 1}, .value = {4, 1, 2, -8}};
}
const std::vector<double> kB{6, -14};

class AssessmentTest : public testing::Test {
 protected:
  AssessmentTest() : memory(matrix(), kB) {
    memory.block.row_scale_address = memory.put<std::int32_t>({-1, -2});
    memory.block.column_scale_address = memory.put<std::int32_t>({1, -1});
    memory.block.a_exponent = -2;
    memory.block.b_address = memory.put<std::int32_t>({6, -7});
    memory.block.b_exponent = -1;
    memory.block.x_exponent = -20;
    set_a({16, 1, 4, -4});
    set_x(1 << 19, 4 << 20);
  }

  void set_a(const std::vector<std::int32_t>& a) { memory.block.a_address = memory.put(a); }
  void set_x(std::int32_t x0, std::int32_t x1) {
    memory.block.x_address = memory.put<std::int32_t>({x0, x1});
  }

  Assessment assessment() {
    const JobAnswer answer = memory.answer();
    EXPECT_TRUE(answer.is_valid) << answer.defect;
    return assess(answer, matrix(), kB);
  }

  FakeMemory memory;
};

TEST_F(AssessmentTest, AnExactAnswerHasNoError) {
  const Assessment result = assessment();
  EXPECT_THAT(rounded(result.x), testing::ElementsAre(1, 2));
  EXPECT_EQ(result.relative_residual_true, 0);
  // The reference is good to 120 bits and more.
  ASSERT_TRUE(result.relative_error.has_value() && result.relative_error_given.has_value());
  EXPECT_LT(*result.relative_error, 0x1p-120);
  EXPECT_LT(*result.relative_error_given, 0x1p-120);
  EXPECT_TRUE(result.remark.empty());
}

TEST_F(AssessmentTest, ErrorsCountInTheUsersUnknowns) {
  // One unit of 2^-20 in x̂_0 is 2^-19 in x_0.
  set_x((1 << 19) + 1, 4 << 20);
  const Assessment result = assessment();
  const double expected = 0x1p-19 / std::sqrt(5.0);
  EXPECT_DOUBLE_EQ(*result.relative_error, expected);
  EXPECT_DOUBLE_EQ(*result.relative_error_given, expected);
  // r = A · (2^-19, 0) = (4, 2) · 2^-19, in the user's rows.
  EXPECT_DOUBLE_EQ(*result.relative_residual_true, 0x1p-19 * std::hypot(4, 2) / std::hypot(6, 14));
}

TEST_F(AssessmentTest, ARoundedMatrixSeparatesTheTwoErrors) {
  // On the chip 17 instead of 16: A_B = [17/4 1; 2 -8]. x is left at the solution of the matrix as given.
  set_a({17, 1, 4, -4});
  const Assessment result = assessment();
  EXPECT_LT(*result.relative_error_given, 0x1p-120);
  // Cramer: det = -36, x*_0 = (-48 + 14) / -36, x*_1 = (17/4 · -14 - 12) / -36.
  const double x0 = 34.0 / 36;
  const double x1 = 71.5 / 36;
  EXPECT_NEAR(*result.relative_error, std::hypot(1 - x0, 2 - x1) / std::hypot(x0, x1), 1e-15);
  EXPECT_GT(*result.relative_residual_true, 0.01);
}

TEST_F(AssessmentTest, WithoutXThereAreNoErrors) {
  memory.block.x_address = 0;
  memory.block.status = static_cast<std::uint32_t>(registers::job::JobStatus::kUnstable);
  const Assessment result = assessment();
  EXPECT_TRUE(result.x.empty());
  EXPECT_FALSE(result.relative_error.has_value());
  EXPECT_FALSE(result.relative_error_given.has_value());
  EXPECT_FALSE(result.relative_residual_true.has_value());
  EXPECT_TRUE(result.condition.has_value());
}

TEST_F(AssessmentTest, WithoutTheSystemOnTheChipOnlyTheGivenOneCounts) {
  memory.block.a_address = 0;
  const Assessment result = assessment();
  EXPECT_FALSE(result.relative_error.has_value());
  EXPECT_TRUE(result.relative_error_given.has_value());
}

TEST_F(AssessmentTest, ASingularSystemOnTheChipIsSaidSo) {
  set_a({16, 8, 8, 4});
  const Assessment result = assessment();
  EXPECT_FALSE(result.relative_error.has_value());
  EXPECT_EQ(result.remark, "the system on the chip is exactly singular");
}

TEST_F(AssessmentTest, ConditionIsThatOfTheEquilibratedMatrix) {
  // MᵀM of [16 1; 4 -4] is [272 0; 0 17]: singular values in the ratio 4.
  EXPECT_NEAR(*assessment().condition, 4, 1e-4);
}

TEST_F(AssessmentTest, AnOverflowIsExplainedByTheInverseOfTheLeadingBlock) {
  // L = [1], ‖L⁻¹‖₁ = 1 and ‖Â‖₁ = 12 in units of 2^-2.
  set_a({1, 8, 8, 4});
  memory.block.x_address = 0;
  memory.block.fault_block_size = 1;
  memory.block.status = static_cast<std::uint32_t>(registers::job::JobStatus::kUnstable);
  EXPECT_FALSE(assessment().leading_condition.has_value());
  memory.block.status = static_cast<std::uint32_t>(registers::job::JobStatus::kOverflow);
  EXPECT_DOUBLE_EQ(assessment().leading_condition.value(), 12);
  // A guest may say anything.
  memory.block.fault_block_start = 0xffffffff;
  EXPECT_FALSE(assessment().leading_condition.has_value());
}

TEST_F(AssessmentTest, TheLastCorrectionIsRelativeToX) {
  memory.block.iterations = 1;
  memory.block.correction_address = memory.put<registers::dru::DruScalar>({scalar(5.0 / 4)});
  EXPECT_DOUBLE_EQ(*assessment().relative_correction, 0.5);
}

TEST(Workload, IsAProductWithARandomXOfTheSeed) {
  const auto a = numeric::compress(std::vector<std::int32_t>{1, 0, 0, 1}, 2, 2);
  const auto x = random_right_hand_side(a, 3);
  EXPECT_EQ(x, random_right_hand_side(a, 3));
  EXPECT_NE(x, random_right_hand_side(a, 4));
  for (const double v : x) EXPECT_TRUE(v > -1 && v < 1 && v != 0);
  const auto twice = numeric::compress(std::vector<std::int32_t>{2, 0, 0, 2}, 2, 2);
  EXPECT_EQ(random_right_hand_side(twice, 3)[1], 2 * x[1]);
}

// A = [1; 2; 2], b = [9; 0; 0]: x = 1, and b − A·x = (8, -2, -2). On the chip [A I; 0 Aᵀ].
class RectangularAssessment : public testing::Test {
 protected:
  const numeric::SparseMatrix tall{
      .rows = 3, .columns = 1, .row_start = {0, 1, 2, 3}, .column = {0, 0, 0}, .value = {1, 2, 2}};
  const numeric::SparseMatrix wide{
      .rows = 1, .columns = 3, .row_start = {0, 3}, .column = {0, 1, 2}, .value = {1, 2, 2}};

  static Assessment assessed(const numeric::SparseMatrix& a, const std::vector<double>& b,
                             const std::vector<std::int32_t>& chip_b, const std::vector<std::int32_t>& x) {
    FakeMemory memory(a, b);
    memory.block.a_address = memory.put<std::int32_t>({1, 1, 0, 0, 2, 0, 1, 0, 2, 0, 0, 1, 0, 1, 2, 2});
    memory.block.b_address = memory.put(chip_b);
    memory.block.x_address = memory.put(x);
    memory.block.x_exponent = -20;
    const JobAnswer answer = memory.answer();
    EXPECT_TRUE(answer.is_valid) << answer.defect;
    return assess(answer, a, b);
  }
};

constexpr std::int32_t kOne = 1 << 20;

TEST_F(RectangularAssessment, ErrorsOfTheLeastSquaresSolutionAreThoseOfX) {
  const auto of = [&](std::int32_t x, std::int32_t s) {
    return assessed(tall, {9, 0, 0}, {9, 0, 0, 0}, {kOne + x, 8 * kOne + s, -2 * kOne, -2 * kOne});
  };
  const Assessment exact = of(0, 0);
  EXPECT_THAT(rounded(exact.x), testing::ElementsAre(1));
  EXPECT_LT(*exact.relative_error, 0x1p-120);
  EXPECT_LT(*exact.relative_error_given, 0x1p-120);
  EXPECT_EQ(exact.relative_residual_true, 0);
  EXPECT_DOUBLE_EQ(exact.unknowns_over_x, std::sqrt(73.0));
  EXPECT_DOUBLE_EQ(*of(1, 0).relative_error, 0x1p-20);
  EXPECT_DOUBLE_EQ(*of(1, 0).relative_error_given, 0x1p-20);
  // An error of the residual is none of x, but leaves a residual of its own: (-1, 0, 0, -1) units.
  EXPECT_LT(*of(0, 1).relative_error, 0x1p-120);
  EXPECT_DOUBLE_EQ(*of(0, 1).relative_residual_true, 0x1p-20 * std::sqrt(2.0) / 9);
}

TEST_F(RectangularAssessment, ErrorsOfTheShortestSolutionAreThoseOfX) {
  const Assessment off = assessed(wide, {9}, {0, 0, 0, 9}, {-kOne, kOne, 2 * kOne, 2 * kOne + 3});
  EXPECT_THAT(rounded(off.x), testing::ElementsAre(1, 2, 2 + 3 * 0x1p-20));
  EXPECT_DOUBLE_EQ(*off.relative_error, 0x1p-20);
  EXPECT_DOUBLE_EQ(*off.relative_error_given, 0x1p-20);
}

}  // namespace
}  // namespace mho::platform
