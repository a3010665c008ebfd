// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/cell.hpp"

#include <gtest/gtest.h>

#include <limits>

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

}  // namespace
}  // namespace mho::device
