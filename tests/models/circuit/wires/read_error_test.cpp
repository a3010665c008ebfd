// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/read_error.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "models/base/error.hpp"
#include "models/base/random.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {
namespace {

constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

TEST(ReadError, IdealLinesCauseNone) {
  EXPECT_EQ(worst_read_error_steps(16, {}, {}).maxCoeff(), 0.0);
}

TEST(ReadError, OneCellLosesWhatItsTwoSegmentsTake) {
  const device::CellParams cell;
  const double with_lines = 1.0 / (1.0 / cell.g_max_siemens + 2 * 1.73);
  EXPECT_NEAR(worst_read_error_steps(1, cell, kChip)[0],
              (cell.g_max_siemens - with_lines) / device::step_siemens(cell), 1e-9);
}

TEST(ReadError, AgreesWithTheReferenceFiguresOfTheMacros) {
  // facts.md §4: one row of a dense 64x64 array errs by about 0.9 of a step on average over levels and
  // columns, 16 rows by 9, a 16x16 array by 0.5. Here every cell is at its highest level and the worst rows
  // are driven.
  const Eigen::VectorXd large = worst_read_error_steps(64, {}, kChip);
  EXPECT_GT(large[0], 0.9);
  EXPECT_GT(large[15], 9.0);
  const Eigen::VectorXd small = worst_read_error_steps(16, {}, kChip);
  EXPECT_GT(small[15], 0.5);
  EXPECT_LT(small[15], 4.0);
}

TEST(ReadError, NoLevelsAndRowsAreWorse) {
  const device::CellParams cell;
  constexpr int kSize = 12, kRows = 5;
  const double bound = worst_read_error_steps(kSize, cell, kChip)[kRows - 1];
  const Random random(7);
  for (std::uint32_t draw = 0; draw < 200; ++draw) {
    SCOPED_TRACE(draw);
    Eigen::MatrixXd g(kSize, kSize);
    for (int i = 0; i < kSize; ++i) {
      for (int j = 0; j < kSize; ++j) {
        const RandomCoordinates at{
            .unit = draw, .row = static_cast<std::uint16_t>(i), .column = static_cast<std::uint16_t>(j)};
        g(i, j) = device::level_conductance(
            cell, static_cast<unsigned>(8 * random.uniform(RandomPurpose::kTest, at, 0)));
      }
    }
    Eigen::VectorXd v = Eigen::VectorXd::Zero(kSize);
    for (int k = 0; k < kRows; ++k) v[(static_cast<int>(draw) * 5 + k * 7) % kSize] = 1.0;
    const Eigen::VectorXd error =
        (g.transpose() * v - reduce_ports(g, kChip).transfer_siemens.transpose() * v) /
        device::step_siemens(cell);
    EXPECT_LE(error.maxCoeff(), bound);
  }
}

TEST(ReadError, RefusesAnEmptyArray) {
  EXPECT_THROW((void)worst_read_error_steps(0, {}, kChip), InputError);
}

}  // namespace
}  // namespace mho::circuit
