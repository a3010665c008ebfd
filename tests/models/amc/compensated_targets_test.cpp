// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/amc/compensated_targets.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/amc/amc_params.hpp"
#include "models/base/random.hpp"
#include "models/circuit/wires/compensation.hpp"

namespace mho::amc {
namespace {

constexpr Eigen::Index kSize = 32;

MacroParams chip_macro() {
  const AmcParams chip;
  return macro_params(chip, MacroKind::kMvm);
}

CompensatedTargets targets(const MacroParams& params,
                           std::size_t most_bytes = CompensatedTargets::kMostBytes) {
  return {params.cell, params.lines, params.step_siemens, most_bytes};
}

Eigen::MatrixXd random_steps(std::uint32_t seed) {
  Eigen::MatrixXd steps(kSize, kSize);
  for (Eigen::Index k = 0; k < steps.size(); ++k) {
    const double u = Random(seed).uniform(RandomPurpose::kTest, {}, static_cast<std::uint32_t>(k));
    steps.data()[k] = std::floor(15.0 * u) - 7.0;
  }
  return steps;
}

void expect_equal(const CompensatedTarget& a, const CompensatedTarget& b) {
  EXPECT_EQ(a.cells.positive, b.cells.positive);
  EXPECT_EQ(a.cells.negative, b.cells.negative);
  EXPECT_EQ(a.is_uncompensated, b.is_uncompensated);
}

TEST(CompensatedTargets, GiveWhatTheSearchFinds) {
  const MacroParams params = chip_macro();
  const Eigen::MatrixXd steps = random_steps(1);
  const auto found = circuit::compensate_lines(
      steps, params.cell, params.lines, {.scale_siemens = params.step_siemens, .tolerance_steps = 1e-3});
  const CompensatedTarget target = targets(params).of(steps);
  EXPECT_EQ(target.cells.positive, found.target.positive);
  EXPECT_EQ(target.cells.negative, found.target.negative);
  EXPECT_FALSE(target.is_uncompensated);
}

TEST(CompensatedTargets, AreTheSameToTheLastBitWhenAskedForAgain) {
  const MacroParams params = chip_macro();
  CompensatedTargets kept = targets(params);
  for (const Eigen::MatrixXd& steps : {random_steps(1), random_steps(2), Eigen::MatrixXd(-random_steps(1))}) {
    const CompensatedTarget first = kept.of(steps);
    expect_equal(kept.of(steps), first);
  }
  EXPECT_EQ(kept.kept(), 3U);
}

TEST(CompensatedTargets, KeepThatLinesWereTooResistive) {
  AmcParams chip;
  chip.lines.row_segment_ohm = 100;
  const MacroParams params = macro_params(chip, MacroKind::kMvm);
  CompensatedTargets kept = targets(params);
  const Eigen::MatrixXd steps = Eigen::MatrixXd::Constant(kSize, kSize, 7.0);
  const CompensatedTarget first = kept.of(steps);
  EXPECT_TRUE(first.is_uncompensated);
  expect_equal(kept.of(steps), first);
}

TEST(CompensatedTargets, MatricesOfOtherShapeAreOthers) {
  const MacroParams params = chip_macro();
  CompensatedTargets kept = targets(params);
  const Eigen::MatrixXd wide = Eigen::MatrixXd::Constant(4, 16, 3.0);
  EXPECT_EQ(kept.of(wide).cells.cols(), 16);
  EXPECT_EQ(kept.of(wide.transpose()).cells.cols(), 4);
}

TEST(CompensatedTargets, FractionsAreFoundButNotKept) {
  const MacroParams params = chip_macro();
  CompensatedTargets kept = targets(params);
  Eigen::MatrixXd steps = random_steps(1);
  const CompensatedTarget whole = kept.of(steps);
  steps(3, 5) = steps(3, 5) > 0 ? steps(3, 5) - 0.5 : steps(3, 5) + 0.5;
  const CompensatedTarget part = kept.of(steps);
  EXPECT_NE(part.cells.positive - part.cells.negative, whole.cells.positive - whole.cells.negative);
  EXPECT_EQ(kept.kept(), 1U);
}

TEST(CompensatedTargets, BeyondTheirRoomAreFoundEachTime) {
  const MacroParams params = chip_macro();
  constexpr std::size_t kOne = kSize * kSize * (sizeof(double) + 1) + 16;
  CompensatedTargets kept = targets(params, kOne);
  const CompensatedTarget first = kept.of(random_steps(1)), second = kept.of(random_steps(2));
  EXPECT_EQ(kept.kept(), 1U);
  expect_equal(kept.of(random_steps(1)), first);
  expect_equal(kept.of(random_steps(2)), second);
}

}  // namespace
}  // namespace mho::amc
