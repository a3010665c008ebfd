// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Plans of reads. Oracle: the budgets of all pairs of rows and bits, one by one.
#include "models/amc/read_plan.hpp"

#include <gmock/gmock.h>

#include "models/amc/read_budget.hpp"
#include "tests/models/amc/amc_bench.hpp"

namespace mho::amc::test {
namespace {

/// The fewest reads of any exact pair.
unsigned fewest_reads(AmcParams params) {
  unsigned fewest = ~0U;
  for (params.input_bits = 1; params.input_bits <= 4; ++params.input_bits) {
    const ReadBudgets budgets(params);
    for (unsigned rows = 1; rows <= params.mvm_size; ++rows) {
      if (!budgets.of(rows).is_exact()) continue;
      fewest = std::min(
          fewest, ((params.mvm_size + rows - 1) / rows) * ((30 + params.input_bits) / params.input_bits));
    }
  }
  return fewest;
}

TEST(ReadPlan, CountsGroupsTimesDigits) {
  EXPECT_EQ(reads_of_vector({.rows = 16, .input_bits = 1}, 64), 4u * 31);
  EXPECT_EQ(reads_of_vector({.rows = 15, .input_bits = 2}, 64), 5u * 16);
  EXPECT_EQ(reads_of_vector({.rows = 64, .input_bits = 4}, 60), 8u);
}

TEST(ReadPlan, TakesTheFewestReadsThatAreExact) {
  unsigned most_bits = 0;
  for (const double tolerance : {3e-3, 1e-3, 6e-4, 2e-4}) {
    for (const unsigned adc_bits : {8U, 10U, 13U, 15U}) {
      SCOPED_TRACE(std::to_string(tolerance) + ", " + std::to_string(adc_bits));
      AmcParams params = fine_params();
      params.mvm_write.tolerance = tolerance;
      params.adc.bits = adc_bits;
      const auto plan = plan_reads(params, {});
      ASSERT_TRUE(plan);
      params.input_bits = plan->input_bits;
      EXPECT_TRUE(ReadBudgets(params).of(plan->rows).is_exact());
      EXPECT_EQ(reads_of_vector(*plan, params.mvm_size), fewest_reads(params));
      most_bits = std::max(most_bits, plan->input_bits);
    }
  }
  EXPECT_GE(most_bits, 2u) << "otherwise there was nothing to choose";
}

TEST(ReadPlan, KeepsWhatIsGiven) {
  const AmcParams fine = fine_params();
  EXPECT_EQ(plan_reads(fine, {.rows = 3, .input_bits = 2}), (ReadPlan{.rows = 3, .input_bits = 2}));
  EXPECT_EQ(plan_reads(fine, {.rows = 3, .input_bits = {}})->rows, 3u);
  EXPECT_GT(plan_reads(fine, {.rows = 3, .input_bits = {}})->input_bits, 1u);
  AmcParams two = fine;
  two.input_bits = 2;
  EXPECT_EQ(plan_reads(fine, {.rows = {}, .input_bits = 2}),
            (ReadPlan{.rows = ReadBudgets(two).largest_exact_group(), .input_bits = 2}));
}

TEST(ReadPlan, IsNoneWhereNoReadIsExact) {
  EXPECT_FALSE(plan_reads(small_params(), {.rows = {}, .input_bits = 4}));
  EXPECT_FALSE(plan_reads(small_params(), {.rows = 64, .input_bits = {}}));
  AmcParams loose = small_params();
  loose.mvm_write.tolerance = 0.05;
  EXPECT_FALSE(plan_reads(loose, {}));
}

TEST(ReadPlan, DrivesNoMoreBitsThanTheConverterHas) {
  AmcParams params = fine_params();
  params.dac.bits = 3;
  params.dac.offset_sigma_lsb = params.dac.noise_sigma_lsb = 0;
  EXPECT_EQ(plan_reads(params, {})->input_bits, 2u);
}

}  // namespace
}  // namespace mho::amc::test
