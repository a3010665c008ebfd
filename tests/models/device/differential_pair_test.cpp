// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/differential_pair.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>

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

TEST(DifferentialPair, ValuesOfUnevenLevelsAreThoseOfTheConductances) {
  const CellParams cell = cell_of_levels({1e-6, 2e-6, 5e-6, 40e-6});
  LevelMatrix levels(1, 4);
  levels << 3, -2, 0, -1;
  const Eigen::MatrixXd values = pair_values(pair_from_levels(levels, cell), cell);
  for (int i = 0; i < 4; ++i) {
    const int level = levels(0, i);
    const double value = level_value(cell, static_cast<unsigned>(std::abs(level)));
    EXPECT_NEAR(values(0, i), level < 0 ? -value : value, 1e-12);
  }
}

TEST(DifferentialPair, NearestSignedLevelRoundsEvenLevelsToIntegers) {
  const CellParams cell;
  for (const double value : {-9.0, -6.6, -0.4, 0.0, 0.4, 2.6, 100.0}) {
    EXPECT_EQ(nearest_signed_level(cell, value), static_cast<int>(std::clamp(std::round(value), -7.0, 7.0)));
  }
  EXPECT_THROW((void)nearest_signed_level(cell, std::nan("")), InputError);
}

TEST(DifferentialPair, NearestSignedLevelOfUnevenLevelsIsNearestInConductance) {
  // Worth 0, 1/13, 4/13 and 3 steps.
  const CellParams cell = cell_of_levels({1e-6, 2e-6, 5e-6, 40e-6});
  EXPECT_EQ(nearest_signed_level(cell, 0.03), 0);
  EXPECT_EQ(nearest_signed_level(cell, -0.05), -1);
  EXPECT_EQ(nearest_signed_level(cell, 1.6), 2);
  EXPECT_EQ(nearest_signed_level(cell, -1.7), -3);
}

std::uint64_t digest(const DifferentialPair& pair) {
  std::uint64_t hash = 14695981039346656037U;
  for (const Eigen::MatrixXd* array : {&pair.positive, &pair.negative}) {
    for (const double g : array->reshaped()) {
      hash = (hash ^ std::bit_cast<std::uint64_t>(g)) * 1099511628211U;
    }
  }
  return hash;
}

TEST(DifferentialPair, DefaultsKeepTheirDrawsBitByBit) {
  // Whatever is added to the loop must not move what published figures were computed with.
  struct Expected {
    int size;
    double tolerance;
    std::uint64_t conductances, pulses;
    double time_s, energy_J;
  };
  for (const Expected& e :
       {Expected{8, kInvTolerance, 0x74ecb3c06bbf50b6, 444, 0x1.376297cfbff18p-17, 0x1.f1f1ecc95fd2p-28},
        Expected{64, 0.003, 0x18b08296b8725db, 43364, 0x1.e5de40bd8a61p-14, 0x1.59c2419d6d932p-21}}) {
    LevelMatrix levels(e.size, e.size);
    for (int col = 0; col < e.size; ++col) {
      for (int row = 0; row < e.size; ++row) {
        levels(row, col) = static_cast<std::int8_t>((row * 5 + col * 3) % 15 - 7);
      }
    }
    WriteVerifyParams write;
    write.tolerance = e.tolerance;
    const auto result = program_pair(pair_from_levels(levels, {}), {}, write, Random(2024), 3, 1);
    EXPECT_EQ(digest(result.pair), e.conductances);
    EXPECT_EQ(result.pulses, e.pulses);
    EXPECT_EQ(result.time_s, e.time_s);
    EXPECT_EQ(result.energy_J, e.energy_J);
  }
}

}  // namespace
}  // namespace mho::device
