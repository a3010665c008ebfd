// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/differential_pair.hpp"

#include <gtest/gtest.h>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

TEST(DifferentialPair, RejectsLevelsBeyondTheHighest) {
  LevelMatrix levels = LevelMatrix::Zero(2, 3);
  levels(1, 2) = -8;
  try {
    (void)pair_from_levels(levels, {});
    FAIL() << "no exception";
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "differential pair: level -8 at row 1, column 2 is beyond ±7");
  }
}

TEST(DifferentialPair, SignChoosesTheArrayAndTheOtherHoldsLevelZero) {
  LevelMatrix levels(1, 3);
  levels << 7, -2, 0;
  const CellParams cell;
  const auto pair = pair_from_levels(levels, cell);
  EXPECT_DOUBLE_EQ(pair.positive(0, 0), level_conductance(cell, 7));
  EXPECT_DOUBLE_EQ(pair.negative(0, 0), level_conductance(cell, 0));
  EXPECT_DOUBLE_EQ(pair.positive(0, 1), level_conductance(cell, 0));
  EXPECT_DOUBLE_EQ(pair.negative(0, 1), level_conductance(cell, 2));
  EXPECT_DOUBLE_EQ(pair.positive(0, 2), pair.negative(0, 2));
}

TEST(DifferentialPair, DifferenceIsProportionalToTheLevel) {
  const CellParams cell;
  LevelMatrix levels(3, 5);
  for (int i = 0; i < 15; ++i) levels(i % 3, i / 3) = static_cast<std::int8_t>(i - 7);
  const auto pair = pair_from_levels(levels, cell);
  const Eigen::MatrixXd difference = (pair.positive - pair.negative) / step_siemens(cell);
  EXPECT_LT((difference - levels.cast<double>()).cwiseAbs().maxCoeff(), 1e-12);
}

TEST(DifferentialPair, ProgrammingAddsTheArraysAndTakesTheLongerTime) {
  const CellParams cell;
  const WriteVerifyParams write;
  const Random random(9);
  const auto target = pair_from_levels(LevelMatrix::Constant(5, 6, 3), cell);
  const auto both = program_pair(target, cell, write, random, 21, 4);
  const auto plus = program_array(target.positive, cell, write, random, 42, 4);
  const auto minus = program_array(target.negative, cell, write, random, 43, 4);
  EXPECT_EQ(both.pair.positive, plus.g_siemens);
  EXPECT_EQ(both.pair.negative, minus.g_siemens);
  EXPECT_EQ(both.pulses, plus.pulses + minus.pulses);
  EXPECT_EQ(both.verify_reads, plus.verify_reads + minus.verify_reads);
  EXPECT_EQ(both.max_pulses_per_cell, std::max(plus.max_pulses_per_cell, minus.max_pulses_per_cell));
  EXPECT_DOUBLE_EQ(both.energy_J, plus.energy_J + minus.energy_J);
  EXPECT_DOUBLE_EQ(both.time_s, std::max(plus.time_s, minus.time_s));
}

TEST(DifferentialPair, ProgrammingRejectsArraysOfTwoSizes) {
  const DifferentialPair odd{.positive = Eigen::MatrixXd::Zero(2, 2),
                             .negative = Eigen::MatrixXd::Zero(2, 3)};
  EXPECT_THROW((void)program_pair(odd, {}, {}, Random(1), 0, 0), InputError);
}

}  // namespace
}  // namespace mho::device
