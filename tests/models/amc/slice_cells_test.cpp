// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cells in parallel on the diagonals of INV macros. Oracles: sums of levels, dense solutions with the level
// matrix, and the statistics of as many independent cells.
#include "models/amc/slice_cells.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/amc/macro_array.hpp"
#include "models/circuit/inv_circuit.hpp"

namespace mho::amc {
namespace {

constexpr Eigen::Index kSize = 8;

AmcParams chip_with(unsigned diagonal_cells, unsigned slices = 1) {
  AmcParams chip;
  chip.lines = {};
  chip.inv_slices = slices;
  chip.inv_diagonal_cells = diagonal_cells;
  return chip;
}

/// Off the diagonal up to ±`top`, on it up to 1 + diagonal_cells times that; row-major.
std::vector<std::int8_t> dominant_levels(int top, unsigned diagonal_cells) {
  std::vector<std::int8_t> levels;
  for (Eigen::Index k = 0; k < kSize * kSize; ++k) {
    const double u = Random(5).uniform(RandomPurpose::kTest, {}, static_cast<std::uint32_t>(k));
    const bool is_diagonal = k % (kSize + 1) == 0;
    const double level = is_diagonal ? top * (1.0 + diagonal_cells) : std::floor((2 * top + 1) * u) - top;
    levels.push_back(static_cast<std::int8_t>(level));
  }
  return levels;
}

Eigen::MatrixXd matrix_of(const std::vector<std::int8_t>& levels) {
  using RowMajor = Eigen::Matrix<std::int8_t, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  return Eigen::Map<const RowMajor>(levels.data(), kSize, kSize).cast<double>();
}

TEST(SliceTarget, FillsCellsInTurn) {
  const device::CellParams cell;
  const double step = device::step_siemens(cell), low = cell.g_min_siemens;
  Eigen::MatrixXd steps = Eigen::MatrixXd::Zero(2, 2);
  steps << 16.5, 3, -7, -9;
  const SliceTarget target = slice_target(steps, cell, 2);
  EXPECT_NEAR(target.grid.positive(0, 0), low + 7 * step, 1e-15);
  EXPECT_NEAR(target.grid.positive(0, 1), low + 3 * step, 1e-15);
  EXPECT_NEAR(target.grid.negative(1, 1), low + 7 * step, 1e-15);
  ASSERT_EQ(target.parallel.positive.rows(), 4);
  EXPECT_NEAR(target.parallel.positive(0, 0), low + 7 * step, 1e-15);
  EXPECT_NEAR(target.parallel.positive(2, 0), low + 2.5 * step, 1e-15);
  EXPECT_NEAR(target.parallel.negative(1, 0), low + 2 * step, 1e-15);
  EXPECT_NEAR(target.parallel.negative(3, 0), low, 1e-15);
  const device::DifferentialPair sum = target.sum();
  EXPECT_TRUE(((sum.positive - sum.negative) / step).isApprox(steps, 1e-12));
  EXPECT_NEAR(sum.negative(0, 0), 3 * low, 1e-15) << "cells at level 0 load the lines";
}

TEST(SliceTarget, IsThePairOfLevelsWithoutCellsInParallel) {
  const device::CellParams cell;
  const SliceTarget target = slice_target(Eigen::MatrixXd::Constant(3, 3, -2.0), cell, 0);
  EXPECT_EQ(target.parallel.positive.size(), 0);
  EXPECT_EQ(target.sum().negative, target.grid.negative);
}

TEST(DiagonalCells, HoldTheirNumbersWithinTheTolerancesOfTheCells) {
  for (const auto& [diagonal_cells, slices, top] : {std::tuple{3U, 1U, 7}, {17U, 1U, 7}, {1U, 2U, 60}}) {
    SCOPED_TRACE(diagonal_cells);
    const AmcParams chip = chip_with(diagonal_cells, slices);
    validate(chip);
    const MacroParams params = macro_params(chip, MacroKind::kInv);
    const auto levels = dominant_levels(top, diagonal_cells);
    MacroArray array(params, Random(1), 3);
    const ProgramOutcome outcome = array.program(levels, 0);
    ASSERT_FALSE(outcome.is_rejected);
    EXPECT_EQ(outcome.failed_cells, 0U);
    const double weight = slices == 2 ? 8.0 : 1.0;
    const Eigen::MatrixXd error =
        array.inv_network().transfer_siemens * (weight / params.step_siemens) - matrix_of(levels);
    // As in macro_slices_test.cpp: with two slices what the lower pair and the read of the upper one leave.
    const double pair_limit =
        slices == 2 ? 2 * 7 * chip.inv_write.tolerance + 2 * 56 * 5 * chip.inv_write.verify_sigma
                    : 2 * 7 * chip.inv_write.tolerance;
    EXPECT_LT(error.diagonal().cwiseAbs().maxCoeff(), (1 + diagonal_cells) * pair_limit);
    Eigen::MatrixXd others = error;
    others.diagonal().setZero();
    EXPECT_LT(others.cwiseAbs().maxCoeff(), pair_limit);
  }
}

TEST(DiagonalCells, ErrLikeAsManyIndependentCells) {
  constexpr unsigned kParallel = 3;
  constexpr int kMacros = 200;
  const auto spread = [](unsigned diagonal_cells) {
    const MacroParams params = macro_params(chip_with(diagonal_cells), MacroKind::kInv);
    const auto levels = dominant_levels(7, diagonal_cells);
    double sum = 0, squares = 0;
    for (std::uint32_t macro = 0; macro < kMacros; ++macro) {
      MacroArray array(params, Random(1), macro);
      (void)array.program(levels, 0);
      const Eigen::VectorXd held = array.inv_network().transfer_siemens.diagonal() / params.step_siemens;
      sum += held.sum();
      squares += held.squaredNorm();
    }
    // Cells at the ends of the window miss to one side: what counts is the spread.
    const double mean = sum / (kMacros * static_cast<double>(kSize));
    return std::sqrt(squares / (kMacros * static_cast<double>(kSize)) - mean * mean);
  };
  // Of 1600 draws a spread is good to 2 %.
  EXPECT_NEAR(spread(kParallel) / spread(0), std::sqrt(1.0 + kParallel), 0.1);
}

TEST(DiagonalCells, LoadTheSummingNodesInFull) {
  AmcParams chip = chip_with(2);
  for (auto* write : {&chip.inv_write, &chip.mvm_write}) {
    write->bounded = false;
    write->write_sigma = 0.0;
  }
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  const auto levels = dominant_levels(7, 2);
  MacroArray array(params, Random(1), 3);
  (void)array.program(levels, 0);
  const Eigen::VectorXd cells = matrix_of(levels).cwiseAbs().rowwise().sum() * params.step_siemens;
  const double at_level_0 = 2 * (kSize + 2) * params.cell.g_min_siemens;
  for (Eigen::Index i = 0; i < kSize; ++i) {
    EXPECT_NEAR(array.inv_network().self_siemens(i, i), cells[i] + at_level_0 + params.g_in_siemens, 1e-12);
  }
  // The loop solves for the numbers that the cells hold together.
  circuit::OpampParams ideal;
  ideal.gain = 1e9;
  const circuit::InvCircuit loop(array.inv_network(), ideal, Eigen::VectorXd::Zero(kSize));
  const Eigen::VectorXd input = Eigen::VectorXd::LinSpaced(kSize, -3e-6, 4e-6);
  const Eigen::VectorXd expected = -(matrix_of(levels) * params.step_siemens).lu().solve(input);
  EXPECT_TRUE(loop.solve(input, 1e-6).v.isApprox(expected, 1e-6));
}

TEST(DiagonalCells, AreWrittenBehindTheArrayAndPaidFor) {
  const auto program = [](unsigned diagonal_cells) {
    const MacroParams params = macro_params(chip_with(diagonal_cells), MacroKind::kInv);
    MacroArray array(params, Random(1), 3);
    return array.program(std::vector<std::int8_t>(kSize * kSize, 0), 0);
  };
  const ProgramOutcome none = program(0), two = program(2);
  // 2 · 8 further cells in each array of 64, one after the other.
  EXPECT_NEAR(static_cast<double>(two.pulses) / static_cast<double>(none.pulses), 1 + 16.0 / 64, 0.08);
  EXPECT_GT(two.energy_J, 1.15 * none.energy_J);
  EXPECT_GT(two.time_s, 1.5 * none.time_s) << "a row of eight cells is written at once";
}

TEST(DiagonalCells, HaveFaultsDriftAndNoiseOfTheirOwn) {
  AmcParams chip = chip_with(2);
  chip.effects.faults.off_rate = 1.0;
  const MacroParams stuck = macro_params(chip, MacroKind::kInv);
  MacroArray faulty(stuck, Random(1), 3);
  EXPECT_GE(faulty.program(dominant_levels(7, 2), 0).failed_cells, 3U * kSize);
  chip = chip_with(2);
  chip.effects.thermal.bandwidth_hz = 1e9;
  const MacroParams noisy = macro_params(chip, MacroKind::kInv);
  MacroArray array(noisy, Random(1), 3);
  (void)array.program(dominant_levels(7, 2), 0);
  double diagonal = 0, beside = 0;
  for (int read = 0; read < 400; ++read) {
    const Eigen::MatrixXd noise = array.transfer_noise(0);
    diagonal += noise.diagonal().squaredNorm();
    beside += noise.diagonal(1).squaredNorm();
  }
  EXPECT_GT(diagonal / kSize, 2 * beside / (kSize - 1)) << "three cells at the top level";
  chip = chip_with(2);
  chip.effects.retention = device::kCmoHfoxRetention;
  chip.effects.retention.high_siemens_per_efold = -0.5e-6;
  const MacroParams drifting = macro_params(chip, MacroKind::kInv);
  MacroArray aged(drifting, Random(1), 3);
  (void)aged.program(dominant_levels(7, 2), 0);
  const double before = aged.inv_network().transfer_siemens(0, 0);
  EXPECT_TRUE(aged.refresh(1e4));
  const double loss = before - aged.inv_network().transfer_siemens(0, 0);
  EXPECT_GT(loss, 2 * 0.5e-6 * std::log(1e4)) << "of all three cells";
}

TEST(DiagonalCells, TakeNoNumberBeyondThem) {
  const MacroParams params = macro_params(chip_with(2), MacroKind::kInv);
  MacroArray array(params, Random(1), 3);
  std::vector<std::int8_t> levels(kSize * kSize, 0);
  levels[0] = -21;
  EXPECT_FALSE(array.program(levels, 0).is_rejected);
  levels[0] = 22;
  EXPECT_TRUE(array.program(levels, 0).is_rejected);
  levels[0] = 0;
  levels[1] = 8;
  EXPECT_TRUE(array.program(levels, 0).is_rejected) << "off the diagonal there is one cell";
}

}  // namespace
}  // namespace mho::amc
