// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/faults.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/device/distribution.hpp"

namespace mho::device {
namespace {

constexpr std::uint64_t kSeed = 71;

TEST(Faults, RejectsRatesOutOfRange) {
  EXPECT_THROW(validate(FaultParams{.on_rate = -0.1}), InputError);
  EXPECT_THROW(validate(FaultParams{.off_rate = 1.1}), InputError);
  EXPECT_THROW(validate(FaultParams{.level_rate = std::nan("")}), InputError);
  EXPECT_THROW(validate(FaultParams{.on_rate = 0.6, .off_rate = 0.6}), InputError);
  EXPECT_NO_THROW(validate(FaultParams{.on_rate = 0.5, .off_rate = 0.5}));
}

TEST(Faults, RejectsMapsThatDoNotFit) {
  const CellParams cell;
  EXPECT_THROW(validate(FaultMap{{2, 0, FaultKind::kStuckOn}}, cell, 2, 2), InputError);
  EXPECT_THROW(validate(FaultMap{{0, 2, FaultKind::kStuckOn}}, cell, 2, 2), InputError);
  EXPECT_THROW(validate(FaultMap{{0, 0, FaultKind::kStuckAtLevel, 8}}, cell, 2, 2), InputError);
  EXPECT_THROW(validate(FaultMap{{0, 1, FaultKind::kStuckOn}, {0, 1, FaultKind::kStuckOff}}, cell, 2, 2),
               InputError);
  EXPECT_NO_THROW(
      validate(FaultMap{{0, 1, FaultKind::kStuckOn}, {1, 1, FaultKind::kStuckAtLevel, 7}}, cell, 2, 2));
}

TEST(Faults, NoneByDefaultAllAtRateOne) {
  EXPECT_TRUE(draw_faults({}, {}, 50, 50, Random(kSeed), 0).empty());
  const auto all = draw_faults({.off_rate = 1.0}, {}, 50, 50, Random(kSeed), 0);
  EXPECT_EQ(all.size(), 2500U);
  for (const Fault& fault : all) EXPECT_EQ(fault.kind, FaultKind::kStuckOff);
}

TEST(Faults, KindsAndLevelsHaveTheirRates) {
  const FaultParams faults{.on_rate = 0.01, .off_rate = 0.03, .level_rate = 0.08};
  const CellParams cell;
  const auto map = draw_faults(faults, cell, 300, 300, Random(kSeed), 5);
  std::vector<double> counts(4, 0.0), levels(cell.levels, 0.0);
  for (const Fault& fault : map) {
    counts[static_cast<std::size_t>(fault.kind)] += 1.0;
    if (fault.kind == FaultKind::kStuckAtLevel) levels.at(fault.level) += 1.0;
  }
  counts[3] = 90000.0 - static_cast<double>(map.size());
  EXPECT_LT(test::chi2_ratio(counts, {900.0, 2700.0, 7200.0, 79200.0}), 1.0) << "seed " << kSeed;
  EXPECT_LT(test::chi2_ratio(levels, std::vector<double>(cell.levels, counts[2] / cell.levels)), 1.0);
  EXPECT_NO_THROW(validate(map, cell, 300, 300));
}

TEST(Faults, AreFixedForEachArrayWhateverItsSize) {
  const FaultParams faults{.on_rate = 0.1, .off_rate = 0.1};
  const auto map = draw_faults(faults, {}, 20, 20, Random(kSeed), 5);
  EXPECT_EQ(draw_faults(faults, {}, 20, 20, Random(kSeed), 5), map);
  EXPECT_NE(draw_faults(faults, {}, 20, 20, Random(kSeed), 6), map);
  FaultMap corner;
  for (const Fault& fault : map) {
    if (fault.row < 7 && fault.column < 9) corner.push_back(fault);
  }
  EXPECT_EQ(draw_faults(faults, {}, 7, 9, Random(kSeed), 5), corner);
}

TEST(Faults, RaisingARateAddsFaultsAndKeepsTheOldOnes) {
  const auto few = draw_faults({.off_rate = 0.01}, {}, 100, 100, Random(kSeed), 5);
  const auto many = draw_faults({.off_rate = 0.02}, {}, 100, 100, Random(kSeed), 5);
  EXPECT_GT(many.size(), few.size());
  for (const Fault& fault : few) EXPECT_TRUE(std::ranges::find(many, fault) != many.end());
}

TEST(Faults, StuckCellsHoldTheirConductance) {
  const CellParams cell;
  const FaultMap map{
      {0, 0, FaultKind::kStuckOn}, {0, 1, FaultKind::kStuckOff}, {1, 0, FaultKind::kStuckAtLevel, 3}};
  CellLimits limits{.low_siemens = Eigen::MatrixXd::Zero(2, 2),
                    .high_siemens = Eigen::MatrixXd::Constant(2, 2, 1.0)};
  pin(limits, map, cell);
  WriteVerifyParams write;
  write.pulse_limit = 20;
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(2, 2, 10e-6);
  const auto result = program_array(target, cell, write, Random(kSeed), 0, 0, {.limits = &limits});
  EXPECT_EQ(result.g_siemens(0, 0), 35e-6);
  EXPECT_EQ(result.g_siemens(0, 1), 0.5e-6);
  EXPECT_EQ(result.g_siemens(1, 0), level_conductance(cell, 3));
  EXPECT_NEAR(result.g_siemens(1, 1), 10e-6, write.tolerance * full_scale_siemens(cell));
  EXPECT_EQ(result.failed_cells, 3U);
  EXPECT_EQ(result.max_pulses_per_cell, 20U);
}

TEST(Faults, CellStuckAtItsTargetDoesNotFail) {
  CellLimits limits{.low_siemens = Eigen::MatrixXd::Zero(1, 1),
                    .high_siemens = Eigen::MatrixXd::Constant(1, 1, 1.0)};
  pin(limits, {{0, 0, FaultKind::kStuckAtLevel, 4}}, {});
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(1, 1, level_conductance({}, 4));
  for (const auto mode : {WriteMode::kLoop, WriteMode::kStatistical}) {
    WriteVerifyParams write;
    write.mode = mode;
    const auto result = program_array(target, {}, write, Random(kSeed), 0, 0, {.limits = &limits});
    EXPECT_EQ(result.failed_cells, 0U);
    EXPECT_EQ(result.pulses, 0U);
  }
}

}  // namespace
}  // namespace mho::device
