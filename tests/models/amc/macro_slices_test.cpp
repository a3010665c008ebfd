// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/amc/macro_array.hpp"
#include "models/base/error.hpp"

namespace mho::amc {
namespace {

AmcParams two_slices() {
  AmcParams chip;
  chip.inv_slices = 2;
  chip.lines = {};
  return chip;
}

std::vector<std::int8_t> random_levels(unsigned count, int top) {
  std::vector<std::int8_t> levels;
  for (unsigned k = 0; k < count; ++k) {
    const double u = Random(5).uniform(RandomPurpose::kTest, {}, k);
    levels.push_back(static_cast<std::int8_t>(std::floor((2 * top + 1) * u) - top));
  }
  return levels;
}

/// Largest error of the transfer matrix against levels up to 60, which leave room for corrections.
double error_levels(const AmcParams& chip, ProgramOutcome& outcome) {
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  MacroArray array(params, Random(1), 3);
  const auto levels = random_levels(params.size * params.size, 60);
  outcome = array.program(levels, 0);
  double worst = 0;
  for (unsigned r = 0; r < params.size; ++r) {
    for (unsigned c = 0; c < params.size; ++c) {
      const double held = array.inv_network().transfer_siemens(r, c) * 8.0 / params.step_siemens;
      worst = std::max(worst, std::abs(held - levels[r * params.size + c]));
    }
  }
  return worst;
}

TEST(MacroSlices, HoldSixBitsWithCellsThatMissByTwoPercent) {
  AmcParams chip = two_slices();
  ProgramOutcome outcome;
  const double corrected = error_levels(chip, outcome);
  EXPECT_EQ(outcome.failed_cells, 0U);
  // Both cells of a lower pair may miss by the tolerance of seven steps, which are lower levels; the verify
  // read of both upper cells errs by up to five sigma of 56 lower levels each.
  const double limit = 2 * 7 * chip.inv_write.tolerance + 2 * 56 * 5 * chip.inv_write.verify_sigma;
  EXPECT_LT(corrected, limit);
  chip.inv_slice_correction = false;
  const double plain = error_levels(chip, outcome);
  EXPECT_GT(plain, 1.0);
  EXPECT_LT(plain, 2 * (56 + 7) * chip.inv_write.tolerance);
}

TEST(MacroSlices, PayForBothWrites) {
  AmcParams chip = two_slices();
  ProgramOutcome corrected, parallel, single;
  (void)error_levels(chip, corrected);
  chip.inv_slice_correction = false;
  (void)error_levels(chip, parallel);
  chip.inv_slices = 1;
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  MacroArray array(params, Random(1), 3);
  single = array.program(random_levels(64, 7), 0);
  EXPECT_GT(parallel.pulses, 1.5 * static_cast<double>(single.pulses));
  EXPECT_GT(parallel.energy_J, 1.5 * single.energy_J);
  EXPECT_GT(corrected.time_s, 1.5 * parallel.time_s);
  // The read of 128 cells: 8 rows of 100 ns.
  EXPECT_GT(corrected.energy_J, 128 * chip.inv_write.verify_conversion_energy_J);
}

TEST(MacroSlices, RejectLevelsBeyondBoth) {
  const MacroParams params = macro_params(two_slices(), MacroKind::kInv);
  MacroArray array(params, Random(1), 3);
  std::vector<std::int8_t> levels(64, 63);
  EXPECT_FALSE(array.program(levels, 0).is_rejected);
  levels[5] = -64;
  EXPECT_TRUE(array.program(levels, 0).is_rejected);
}

TEST(MacroSlices, ActAsOnePairWhereOneIsInUse) {
  const MacroParams params = macro_params(two_slices(), MacroKind::kInv);
  AmcParams single_chip = two_slices();
  single_chip.inv_slices = 1;
  const MacroParams single_params = macro_params(single_chip, MacroKind::kInv);
  MacroArray array(params, Random(1), 3), single(single_params, Random(1), 3);
  const auto levels = random_levels(64, 7);
  (void)array.program(std::vector<std::int8_t>(64, 63), 0);
  const ProgramOutcome outcome = array.program(levels, 1, 1);
  EXPECT_EQ(array.slices_in_use(), 1U);
  (void)single.program(std::vector<std::int8_t>(64, 7), 0);
  EXPECT_EQ(outcome.pulses, single.program(levels, 1).pulses);
  EXPECT_EQ(array.inv_network().transfer_siemens, single.inv_network().transfer_siemens);
  EXPECT_EQ(array.inv_network().self_siemens, single.inv_network().self_siemens);
  EXPECT_TRUE(array.program(std::vector<std::int8_t>(64, 8), 2, 1).is_rejected);
  EXPECT_TRUE(array.program(levels, 2, 3).is_rejected);
}

TEST(MacroSlices, HaveFaultsAndNoiseOfTheirOwn) {
  AmcParams chip = two_slices();
  chip.inv_slice_correction = false;
  chip.faults[pair_number(3, 1)].positive.push_back(
      {.row = 2, .column = 4, .kind = device::FaultKind::kStuckOn, .level = 0});
  chip.effects.thermal.bandwidth_hz = 5e6;
  const MacroParams params = macro_params(chip, MacroKind::kInv);
  MacroArray array(params, Random(1), 3);
  const auto outcome = array.program(std::vector<std::int8_t>(64, 0), 0);
  EXPECT_EQ(outcome.failed_cells, 1U);
  // Stuck at seven steps, an eighth of which reaches the node.
  const double steps = array.inv_network().transfer_siemens(2, 4) / params.step_siemens;
  EXPECT_NEAR(steps, 7.0 / 8.0, 2 * 7 * params.write.tolerance * (1 + 1.0 / 8.0));
  EXPECT_GT((array.transfer_noise(0) - array.transfer_noise(0)).norm(), 0);
}

TEST(MacroSlices, AreRefusedWhereALevelHasNoByteOrOutputsHaveResistance) {
  AmcParams chip = two_slices();
  EXPECT_NO_THROW(validate(chip));
  chip.inv_levels = 16;
  EXPECT_THROW(validate(chip), InputError);
  chip = two_slices();
  chip.loop.output_ohm = 10;
  EXPECT_THROW(validate(chip), InputError);
  chip = two_slices();
  chip.inv_slices = 3;
  EXPECT_THROW(validate(chip), InputError);
}

}  // namespace
}  // namespace mho::amc
