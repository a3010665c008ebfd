// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/cell.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "models/base/error.hpp"

namespace mho::device {
namespace {

TEST(Cell, RejectsParametersOutOfRange) {
  CellParams cell;
  cell.levels = 1;
  EXPECT_THROW(validate(cell), InputError);
  cell.levels = 129;
  EXPECT_THROW(validate(cell), InputError);
  cell = {};
  cell.g_min_siemens = 40e-6;
  EXPECT_THROW(validate(cell), InputError);
  cell.g_min_siemens = -1e-9;
  EXPECT_THROW(validate(cell), InputError);
  cell = {};
  cell.g_max_siemens = std::numeric_limits<double>::infinity();
  EXPECT_THROW(validate(cell), InputError);
  cell = {};
  cell.v_read_volt = 0.0;
  EXPECT_THROW(validate(cell), InputError);
  EXPECT_NO_THROW(validate(CellParams{}));
}

TEST(Cell, StepOfEightLevelsIsThePublishedOne) {
  // (35 − 0.5) µS / 7 = 4.92857 µS: "4.93 µS per step".
  EXPECT_NEAR(step_siemens({}), 4.93e-6, 0.005e-6);
}

TEST(Cell, LevelsAreEvenBetweenTheEnds) {
  const CellParams cell;
  EXPECT_DOUBLE_EQ(level_conductance(cell, 0), 0.5e-6);
  EXPECT_DOUBLE_EQ(level_conductance(cell, 7), 35e-6);
  for (unsigned k = 1; k < 8; ++k) {
    EXPECT_NEAR(level_conductance(cell, k) - level_conductance(cell, k - 1), step_siemens(cell), 1e-18);
  }
  EXPECT_THROW((void)level_conductance(cell, 8), InputError);
}

TEST(Cell, BitsGiveEvenLevelsInTheSameWindow) {
  for (unsigned bits = 1; bits <= 6; ++bits) {
    const CellParams cell = cell_of_bits(bits);
    validate(cell);
    EXPECT_EQ(cell.levels, 1U << bits);
    EXPECT_DOUBLE_EQ(level_conductance(cell, 0), 0.5e-6);
    EXPECT_DOUBLE_EQ(level_conductance(cell, cell.levels - 1), 35e-6);
  }
  EXPECT_THROW((void)cell_of_bits(0), InputError);
  EXPECT_THROW((void)cell_of_bits(7), InputError);
}

TEST(Cell, GeometricLevelsHaveAConstantRatio) {
  CellParams cell;
  cell.spacing = LevelSpacing::kGeometric;
  validate(cell);
  EXPECT_EQ(level_conductance(cell, 0), 0.5e-6);
  EXPECT_EQ(level_conductance(cell, 7), 35e-6);
  const double ratio = std::pow(70.0, 1.0 / 7.0);
  for (unsigned level = 1; level < 8; ++level) {
    EXPECT_NEAR(level_conductance(cell, level) / level_conductance(cell, level - 1), ratio, 1e-12);
  }
  cell.g_min_siemens = 0.0;
  EXPECT_THROW(validate(cell), InputError);
}

TEST(Cell, ListedLevelsAreTakenAsTheyAre) {
  const std::vector<double> list{1e-6, 2e-6, 5e-6, 40e-6};
  const CellParams cell = cell_of_levels(list);
  EXPECT_EQ(cell.levels, 4U);
  for (unsigned level = 0; level < 4; ++level) EXPECT_EQ(level_conductance(cell, level), list[level]);
  EXPECT_DOUBLE_EQ(level_value(cell, 0), 0.0);
  // (2 − 1)/13 steps of (40 − 1)/3 = 13 µS.
  EXPECT_DOUBLE_EQ(level_value(cell, 1), 1.0 / 13.0);
  EXPECT_DOUBLE_EQ(level_value(cell, 3), 3.0);
}

TEST(Cell, RejectsListsThatDoNotFit) {
  EXPECT_THROW((void)cell_of_levels({1e-6}), InputError);
  EXPECT_THROW((void)cell_of_levels({1e-6, 1e-6}), InputError);
  EXPECT_THROW((void)cell_of_levels({2e-6, 1e-6}), InputError);
  EXPECT_THROW((void)cell_of_levels({-1e-6, 1e-6}), InputError);
  EXPECT_THROW((void)cell_of_levels({1e-6, std::numeric_limits<double>::quiet_NaN(), 3e-6}), InputError);
  EXPECT_THROW((void)cell_of_levels({1e-6, std::numeric_limits<double>::infinity()}), InputError);
  CellParams cell;
  cell.listed_siemens = {0.5e-6, 35e-6};
  EXPECT_THROW(validate(cell), InputError);  // listed, but spacing says even
  cell.spacing = LevelSpacing::kListed;
  EXPECT_THROW(validate(cell), InputError);  // eight levels, two listed
  cell.levels = 2;
  EXPECT_NO_THROW(validate(cell));
  cell.g_max_siemens = 36e-6;
  EXPECT_THROW(validate(cell), InputError);
}

TEST(Cell, EvenLevelsAreWorthTheirNumberExactly) {
  for (unsigned level = 0; level < 64; ++level) EXPECT_EQ(level_value(cell_of_bits(6), level), level);
}

TEST(Cell, NearestLevelUndoesLevelConductance) {
  CellParams geometric = cell_of_bits(4);
  geometric.spacing = LevelSpacing::kGeometric;
  for (const CellParams& cell : {CellParams{}, geometric, cell_of_levels({1e-6, 2e-6, 5e-6, 40e-6})}) {
    for (unsigned level = 0; level < cell.levels; ++level) {
      EXPECT_EQ(nearest_level(cell, level_conductance(cell, level)), level);
    }
    EXPECT_EQ(nearest_level(cell, 0.0), 0U);
    EXPECT_EQ(nearest_level(cell, 1.0), cell.levels - 1);
    EXPECT_THROW((void)nearest_level(cell, std::nan("")), InputError);
  }
}

}  // namespace
}  // namespace mho::device
