// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/macro_array.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>
#include <cmath>
#include <cstdlib>
#include <utility>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/circuit/inv_circuit.hpp"

namespace mho::amc {
namespace {

constexpr unsigned kSize = 64;
constexpr std::uint32_t kNumber = 3;

std::vector<std::int8_t> random_levels(unsigned size, std::uint32_t seed) {
  std::vector<std::int8_t> levels;
  for (unsigned k = 0; k < size * size; ++k) {
    const double u = Random(seed).uniform(RandomPurpose::kTest, {}, k);
    levels.push_back(static_cast<std::int8_t>(std::floor(15.0 * u) - 7.0));
  }
  return levels;
}

/// Largest error of the transfer matrix against the levels, in steps.
double error_steps(const MacroArray& array, const MacroParams& params,
                   const std::vector<std::int8_t>& levels) {
  const Eigen::MatrixXd& transfer = array.mvm_network().transfer_siemens;
  double worst = 0;
  for (Eigen::Index r = 0; r < transfer.cols(); ++r) {
    for (Eigen::Index c = 0; c < transfer.rows(); ++c) {
      const int level = levels[static_cast<std::size_t>(r * transfer.cols() + c)];
      worst = std::max(worst, std::abs(transfer(c, r) / params.step_siemens - level));
    }
  }
  return worst;
}

TEST(MacroArray, CompensatedLinesLeaveWhatWriteVerifyLeaves) {
  const AmcParams chip;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  const auto levels = random_levels(kSize, 1);
  MacroArray array(params, Random(1), kNumber);
  const ProgramOutcome outcome = array.program(levels, 0);
  EXPECT_FALSE(outcome.is_rejected);
  EXPECT_FALSE(outcome.is_uncompensated);
  EXPECT_EQ(outcome.failed_cells, 0U);
  // Both cells of a pair may be off by the tolerance, which counts in the span of seven steps.
  EXPECT_LT(error_steps(array, params, levels), 2 * 7 * chip.mvm_write.tolerance + 0.002);
}

TEST(MacroArray, WithoutCompensationFarCellsDoNotRoundToTheirLevel) {
  AmcParams chip;
  chip.mvm_compensated = false;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  const auto levels = random_levels(kSize, 1);
  MacroArray array(params, Random(1), kNumber);
  EXPECT_FALSE(array.program(levels, 0).is_uncompensated);
  EXPECT_GT(error_steps(array, params, levels), 0.5);
}

TEST(MacroArray, EveryCellAtItsHighestLevelFitsTheHeadroom) {
  const AmcParams chip;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  MacroArray array(params, Random(1), kNumber);
  EXPECT_FALSE(array.program(std::vector<std::int8_t>(kSize * kSize, 7), 0).is_uncompensated);
}

TEST(MacroArray, StuckCellsFailAndOfTwoForOneCellTheLastHolds) {
  const AmcParams chip;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  std::vector<std::int8_t> levels(kSize * kSize, 0);
  MacroArray array(params, Random(1), kNumber);
  const fault::CellFault off{.row = 2, .column = 5, .is_negative = false, .levels = 0};
  const fault::CellFault at_four{.row = 2, .column = 5, .is_negative = false, .levels = 4};
  const fault::CellFault negative{.row = 6, .column = 1, .is_negative = true, .levels = 7};
  array.stick(std::vector{off, at_four, negative});
  EXPECT_EQ(array.program(levels, 0).failed_cells, 2U);
  // Steps of the cell: those of the matrix leave headroom for the lines.
  const double step_siemens = device::step_siemens(params.cell);
  EXPECT_NEAR(array.mvm_network().transfer_siemens(5, 2) / step_siemens, 4.0, 0.5);
  EXPECT_NEAR(array.mvm_network().transfer_siemens(4, 2) / step_siemens, 0.0, 0.5);
  EXPECT_NEAR(array.mvm_network().transfer_siemens(1, 6) / step_siemens, -7.0, 0.5);
  array.stick({});
  EXPECT_EQ(array.program(levels, 1).failed_cells, 0U);
}

TEST(MacroArray, LinesBeyondTheHeadroomAreReported) {
  AmcParams chip;
  chip.lines.row_segment_ohm = 10;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  MacroArray array(params, Random(1), kNumber);
  EXPECT_TRUE(array.program(std::vector<std::int8_t>(kSize * kSize, 7), 0).is_uncompensated);
}

TEST(MacroArray, LevelsBeyondTheCellsAreRejected) {
  const AmcParams chip;
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  MacroArray array(params, Random(1), kNumber);
  std::vector<std::int8_t> levels(chip.inv_size * chip.inv_size, 0);
  levels[5] = -8;
  EXPECT_TRUE(array.program(levels, 0).is_rejected);
  EXPECT_FALSE(array.is_programmed());
}

/// INV cells with levels at these conductances, which write-verify meets exactly, and lines without
/// resistance.
AmcParams listed_chip(std::vector<double> siemens) {
  AmcParams chip;
  chip.lines = {};
  chip.inv_spacing = device::LevelSpacing::kListed;
  chip.inv_listed_siemens = std::move(siemens);
  chip.inv_write.bounded = false;
  return chip;
}

TEST(MacroArray, CellsOfUnevenLevelsConductWhatIsListed) {
  const std::vector<double> siemens{0.5e-6, 1e-6, 3e-6, 4e-6, 20e-6, 35e-6};
  const AmcParams chip = listed_chip(siemens);
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  std::vector<std::int8_t> levels;
  for (int k = 0; k < 64; ++k) levels.push_back(static_cast<std::int8_t>(k % 11 - 5));
  MacroArray array(params, Random(1), kNumber);
  EXPECT_EQ(array.program(levels, 0).failed_cells, 0U);
  for (int r = 0; r < 8; ++r) {
    for (int c = 0; c < 8; ++c) {
      const int level = levels[static_cast<std::size_t>(8 * r + c)];
      const double above_siemens = siemens[static_cast<std::size_t>(std::abs(level))] - siemens[0];
      EXPECT_NEAR(array.inv_network().transfer_siemens(r, c), level < 0 ? -above_siemens : above_siemens,
                  1e-15);
    }
  }
}

TEST(MacroArray, AMacroOfUnevenLevelsSolvesWhatIsListed) {
  const std::vector<double> siemens{0.5e-6, 1e-6, 3e-6, 4e-6, 20e-6, 35e-6};
  AmcParams chip = listed_chip(siemens);
  chip.opamp.gain = 1e9;
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  std::vector<std::int8_t> levels;
  Eigen::MatrixXd g_siemens(8, 8);
  for (int k = 0; k < 64; ++k) {
    const int level = k % 9 == 0 ? 5 : k % 7 - 3;
    levels.push_back(static_cast<std::int8_t>(level));
    const double above = siemens[static_cast<std::size_t>(std::abs(level))] - siemens[0];
    g_siemens(k / 8, k % 8) = level < 0 ? -above : above;
  }
  MacroArray array(params, Random(1), kNumber);
  (void)array.program(levels, 0);
  const Eigen::VectorXd in_ampere = Eigen::VectorXd::LinSpaced(8, -5e-6, 8e-6);
  const auto result = circuit::InvCircuit(array.inv_network(), params.opamp, {}).solve(in_ampere);
  ASSERT_EQ(result.status, circuit::InvStatus::kOk);
  const Eigen::VectorXd expected = -g_siemens.partialPivLu().solve(in_ampere);
  EXPECT_LT((result.v - expected).norm(), 1e-6 * expected.norm());
}

TEST(MacroArray, CompensatedLinesMeetUnevenLevelsToo) {
  AmcParams chip;
  chip.inv_spacing = device::LevelSpacing::kGeometric;
  chip.inv_size = 64;
  chip.inv_compensated = true;
  chip.inv_write.bounded = false;
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  const auto levels = random_levels(kSize, 1);
  MacroArray array(params, Random(1), kNumber);
  EXPECT_FALSE(array.program(levels, 0).is_uncompensated);
  const Eigen::MatrixXd& transfer = array.inv_network().transfer_siemens;
  for (int r = 0; r < 64; ++r) {
    for (int c = 0; c < 64; ++c) {
      const int level = levels[static_cast<std::size_t>(64 * r + c)];
      const double steps = (std::pow(70.0, std::abs(level) / 7.0) - 1) * 0.5 / (34.5 / 7);
      EXPECT_NEAR(transfer(r, c) / params.step_siemens, level < 0 ? -steps : steps, 2e-3);
    }
  }
}

TEST(MacroArray, StuckCellsMissTheirTargets) {
  AmcParams chip;
  chip.effects.faults.on_rate = 0.1;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  MacroArray array(params, Random(1), kNumber);
  const auto outcome = array.program(std::vector<std::int8_t>(kSize * kSize, 0), 0);
  // Every cell of both arrays should be at g_min; a tenth is stuck at g_max.
  EXPECT_NEAR(static_cast<double>(outcome.failed_cells), 0.1 * 2 * kSize * kSize, 4 * 27.0);
}

TEST(MacroArray, DriftChangesTheNetworkOnceItMatters) {
  AmcParams chip;
  chip.effects.retention = device::kCmoHfoxRetention;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  MacroArray array(params, Random(1), kNumber);
  (void)array.program(random_levels(kSize, 1), 0);
  EXPECT_TRUE(array.refresh(0));
  const Eigen::MatrixXd fresh = array.mvm_network().transfer_siemens;
  EXPECT_FALSE(array.refresh(1e-6));
  EXPECT_EQ(array.mvm_network().transfer_siemens, fresh);
  EXPECT_TRUE(array.refresh(1e4));
  EXPECT_GT((array.mvm_network().transfer_siemens - fresh).cwiseAbs().maxCoeff(), 0.1e-6);
}

TEST(MacroArray, AReadWithoutDriftNeedsNoNewNetwork) {
  const AmcParams chip;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  MacroArray array(params, Random(1), kNumber);
  (void)array.program(random_levels(kSize, 1), 0);
  EXPECT_FALSE(array.has_read_noise());
  EXPECT_TRUE(array.refresh(0));
  EXPECT_FALSE(array.refresh(1e6));
}

TEST(MacroArray, EveryReadHasNoiseOfItsOwn) {
  AmcParams chip;
  chip.effects.thermal.bandwidth_hz = 5e6;
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  MacroArray array(params, Random(1), kNumber);
  (void)array.program(random_levels(chip.inv_size, 1), 0);
  (void)array.refresh(0);
  ASSERT_TRUE(array.has_read_noise());
  const Eigen::MatrixXd first = array.transfer_noise(0), second = array.transfer_noise(0);
  EXPECT_GT((first - second).norm(), 0);
  // sqrt(4·k·T·G·B)/v of 20 µS: 6.4 nS.
  const double rms = std::sqrt(first.squaredNorm() / static_cast<double>(first.size()));
  EXPECT_GT(rms, 1e-9);
  EXPECT_LT(rms, 2e-8);
}

}  // namespace
}  // namespace mho::amc
