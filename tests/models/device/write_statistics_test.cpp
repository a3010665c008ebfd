// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/write_statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/device/distribution.hpp"

namespace mho::device {
namespace {

constexpr int kSize = 64;
constexpr std::uint64_t kSeed = 77;

/// What happened to each cell of some arrays, in three columns.
struct Sample {
  std::vector<double> error, pulses, energy_J;
};

Sample sample(const CellParams& cell, WriteVerifyParams write, WriteMode mode, double target_siemens,
              std::uint32_t first_unit, const ProgramContext& like = {}) {
  write.mode = mode;
  Sample all;
  for (std::uint32_t unit = first_unit; unit < first_unit + 2; ++unit) {
    const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(kSize, kSize, target_siemens);
    CellRecords records;
    ProgramContext context = like;
    context.records = &records;
    const auto result = program_array(target, cell, write, Random(kSeed), unit, 3, context);
    for (Eigen::Index i = 0; i < target.size(); ++i) {
      all.error.push_back((result.g_siemens.reshaped()[i] - target_siemens) / full_scale_siemens(cell));
      all.pulses.push_back(records.pulses.reshaped()[i]);
      all.energy_J.push_back(records.energy_J.reshaped()[i]);
    }
  }
  return all;
}

void expect_same_distributions(const CellParams& cell, const WriteVerifyParams& write,
                               double target_siemens) {
  // Different units: independent samples.
  const Sample loop = sample(cell, write, WriteMode::kLoop, target_siemens, 0);
  const Sample drawn = sample(cell, write, WriteMode::kStatistical, target_siemens, 100);
  EXPECT_LT(test::ks_ratio(loop.error, drawn.error, kSamplesPerTarget), 1.0)
      << target_siemens << " S, seed " << kSeed;
  EXPECT_LT(test::ks_ratio(loop.energy_J, drawn.energy_J, kSamplesPerTarget), 1.0)
      << target_siemens << " S, seed " << kSeed;
  EXPECT_LT(test::chi2_ratio_of_two(loop.pulses, drawn.pulses, kSamplesPerTarget), 1.0)
      << target_siemens << " S, seed " << kSeed;
}

/// A controller and cells that use every feature of the loop.
WriteVerifyParams everything() {
  WriteVerifyParams write;
  write.set_response = 0.8;
  write.reset_response = 1.3;
  write.saturation = 0.6;
  write.device_sigma = 0.3;
  write.adapt = 0.3;
  write.reset_voltage_factor = 1.2;
  write.pulse_limit = 60;
  return write;
}

TEST(WriteStatistics, RejectsParametersOutOfRange) {
  WriteVerifyParams write;
  write.aim = 2.0;
  EXPECT_THROW(WriteStatistics({}, write), InputError);
}

TEST(WriteStatistics, EveryLevelIsCalibratedAndNoGapIsWide) {
  for (const CellParams& cell :
       {CellParams{}, cell_of_bits(1), cell_of_bits(6), cell_of_levels({1e-6, 2e-6, 30e-6})}) {
    const auto targets = WriteStatistics::of(cell, {})->calibrated_siemens();
    for (unsigned level = 0; level < cell.levels; ++level) {
      const double g = level_conductance(cell, level);
      EXPECT_TRUE(std::ranges::any_of(targets, [&](double t) { return std::abs(t - g) < 1e-12 * g; }))
          << level;
    }
    for (std::size_t i = 1; i < targets.size(); ++i) {
      EXPECT_GT(targets[i], targets[i - 1]);
      EXPECT_LE(targets[i] - targets[i - 1], full_scale_siemens(cell) / 16.0 * (1.0 + 1e-5));
    }
  }
}

TEST(WriteStatistics, IsCalibratedOncePerSetOfParameters) {
  WriteVerifyParams write;
  const auto first = WriteStatistics::of({}, write);
  EXPECT_EQ(first, WriteStatistics::of({}, write));
  write.aim = 0.61;
  EXPECT_NE(first, WriteStatistics::of({}, write));
}

TEST(WriteStatistics, MatchesTheLoopAtEveryLevel) {
  const CellParams cell;
  for (unsigned level = 0; level < cell.levels; ++level) {
    expect_same_distributions(cell, {}, level_conductance(cell, level));
  }
}

TEST(WriteStatistics, MatchesTheLoopBetweenTheCalibratedTargets) {
  const CellParams cell;
  for (const double place : {0.02, 0.41, 0.743, 0.99}) {
    expect_same_distributions(cell, {}, cell.g_min_siemens + place * full_scale_siemens(cell));
  }
}

TEST(WriteStatistics, MatchesTheLoopOfLooseCells) {
  WriteVerifyParams write;
  write.tolerance = kInvTolerance;
  for (const unsigned level : {0U, 3U, 7U})
    expect_same_distributions({}, write, level_conductance({}, level));
}

TEST(WriteStatistics, MatchesTheLoopWithVariabilityAsymmetryAndSaturation) {
  for (const unsigned level : {0U, 2U, 7U}) {
    expect_same_distributions({}, everything(), level_conductance({}, level));
  }
}

TEST(WriteStatistics, MatchesTheLoopWhoseCellsFail) {
  WriteVerifyParams write;
  write.pulse_limit = 4;
  expect_same_distributions({}, write, level_conductance({}, 4));
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(kSize, kSize, level_conductance({}, 4));
  const auto loop = program_array(target, {}, write, Random(kSeed), 0, 0);
  write.mode = WriteMode::kStatistical;
  const auto drawn = program_array(target, {}, write, Random(kSeed), 1, 0);
  const auto cells = static_cast<double>(target.size());
  const double share = static_cast<double>(loop.failed_cells) / cells;
  ASSERT_GT(share, 0.1);
  EXPECT_NEAR(static_cast<double>(drawn.failed_cells) / cells, share,
              test::kSignificanceZ * std::sqrt(3.0 * share * (1.0 - share) / cells));
}

TEST(WriteStatistics, DifferentToleranceIsNoticed) {
  // The comparison itself must be able to fail: 2 % instead of 2.2 %.
  WriteVerifyParams a, b;
  a.tolerance = 0.02;
  b.tolerance = 0.022;
  const Sample loop = sample({}, a, WriteMode::kLoop, 20e-6, 0);
  const Sample drawn = sample({}, b, WriteMode::kStatistical, 20e-6, 100);
  EXPECT_GT(test::ks_ratio(loop.error, drawn.error, kSamplesPerTarget), 1.0);
}

TEST(WriteStatistics, TotalsOfAnArrayMatchTheLoop) {
  const CellParams cell;
  WriteVerifyParams wide_coarse;
  wide_coarse.coarse.width_s = 200e-9;
  for (const auto& write : {WriteVerifyParams{}, everything(), wide_coarse}) {
    WriteVerifyParams statistical = write;
    statistical.mode = WriteMode::kStatistical;
    std::vector<double> time[2], energy[2], slowest[2];
    for (std::uint32_t unit = 0; unit < 40; ++unit) {
      const Eigen::MatrixXd target =
          Eigen::MatrixXd::NullaryExpr(16, 16, [&](Eigen::Index r, Eigen::Index c) {
            return level_conductance(cell, static_cast<unsigned>(r * 3 + c * 5) % cell.levels);
          });
      const auto loop = program_array(target, cell, write, Random(kSeed), unit, 0);
      const auto drawn = program_array(target, cell, statistical, Random(kSeed), 1000 + unit, 0);
      EXPECT_EQ(drawn.verify_reads, drawn.pulses + 256U);
      for (const auto& [i, result] : {std::pair{0, &loop}, std::pair{1, &drawn}}) {
        time[i].push_back(result->time_s);
        energy[i].push_back(result->energy_J);
        slowest[i].push_back(result->max_pulses_per_cell);
      }
    }
    EXPECT_LT(test::ks_ratio(time[0], time[1]), 1.0);
    EXPECT_LT(test::ks_ratio(energy[0], energy[1]), 1.0);
    EXPECT_LT(test::ks_ratio(slowest[0], slowest[1]), 1.0);
  }
}

TEST(WriteStatistics, PulsesAndEnergyStayCorrelatedAsInTheLoop) {
  const auto correlation = [](const std::vector<double>& a, const std::vector<double>& b) {
    const double mean_a = test::mean(a), mean_b = test::mean(b);
    double sum = 0.0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - mean_a) * (b[i] - mean_b);
    return sum / static_cast<double>(a.size()) / (test::deviation(a) * test::deviation(b));
  };
  const Sample loop = sample({}, {}, WriteMode::kLoop, 20e-6, 0);
  const Sample drawn = sample({}, {}, WriteMode::kStatistical, 20e-6, 100);
  const double expected = correlation(loop.pulses, loop.energy_J);
  EXPECT_GT(expected, 0.9);
  EXPECT_NEAR(correlation(drawn.pulses, drawn.energy_J), expected, 0.02);
}

TEST(WriteStatistics, CellsEndInsideTheTolerance) {
  WriteVerifyParams write;
  write.mode = WriteMode::kStatistical;
  for (std::uint32_t unit = 0; unit < 20; ++unit) {
    const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(kSize, kSize, level_conductance({}, unit % 8));
    const auto result = program_array(target, {}, write, Random(kSeed), unit, 0);
    EXPECT_EQ(result.failed_cells, 0U);
    EXPECT_LE((result.g_siemens - target).cwiseAbs().maxCoeff(), write.tolerance * full_scale_siemens({}));
  }
}

TEST(WriteStatistics, IsAPureFunctionOfTheCoordinates) {
  WriteVerifyParams write = everything();
  write.mode = WriteMode::kStatistical;
  const Eigen::MatrixXd target = Eigen::MatrixXd::NullaryExpr(
      21, 18, [](Eigen::Index r, Eigen::Index c) { return 1e-6 + 1e-7 * static_cast<double>(r * 7 + c); });
  const auto whole = program_array(target, {}, write, Random(kSeed), 5, 1);
  EXPECT_EQ(program_array(target, {}, write, Random(kSeed), 5, 1).g_siemens, whole.g_siemens);
  EXPECT_EQ(program_array(target.topLeftCorner(7, 9), {}, write, Random(kSeed), 5, 1).g_siemens,
            whole.g_siemens.topLeftCorner(7, 9));
  EXPECT_NE(program_array(target, {}, write, Random(kSeed), 6, 1).g_siemens, whole.g_siemens);
  EXPECT_NE(program_array(target, {}, write, Random(kSeed), 5, 2).g_siemens, whole.g_siemens);
  EXPECT_NE(program_array(target, {}, write, Random(kSeed + 1), 5, 1).g_siemens, whole.g_siemens);
}

TEST(WriteStatistics, SlowCellsStaySlowAndAreThoseOfTheLoop) {
  WriteVerifyParams write;
  write.device_sigma = 0.6;
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(kSize, kSize, 20e-6);
  Eigen::ArrayXd mean_pulses[2];
  for (const auto& [i, mode] : {std::pair{0, WriteMode::kLoop}, std::pair{1, WriteMode::kStatistical}}) {
    write.mode = mode;
    mean_pulses[i] = Eigen::ArrayXd::Zero(target.size());
    for (std::uint32_t counter = 0; counter < 16; ++counter) {
      CellRecords records;
      (void)program_array(target, {}, write, Random(kSeed), 0, counter, {.records = &records});
      mean_pulses[i] += records.pulses.reshaped().array().cast<double>();
    }
    mean_pulses[i] -= mean_pulses[i].mean();
  }
  const double correlation = (mean_pulses[0] * mean_pulses[1]).mean() /
                             std::sqrt(mean_pulses[0].square().mean() * mean_pulses[1].square().mean());
  // Independent cells: 0 ± 1/64.
  EXPECT_GT(correlation, 0.3);
}

TEST(WriteStatistics, GaussianAndUnboundedErrorsAreThoseOfTheLoop) {
  WriteVerifyParams write;
  write.bounded = false;
  write.write_sigma = 0.02;
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(kSize, kSize, 20e-6);
  const auto loop = program_array(target, {}, write, Random(kSeed), 0, 0);
  write.mode = WriteMode::kStatistical;
  EXPECT_EQ(program_array(target, {}, write, Random(kSeed), 0, 0).g_siemens, loop.g_siemens);
}

TEST(WriteStatistics, CellsThatCannotReachTheirTargetCostWhatTheLoopSpends) {
  const Eigen::MatrixXd target = Eigen::MatrixXd::Constant(4, 4, 20e-6);
  CellLimits limits{.low_siemens = Eigen::MatrixXd::Zero(4, 4),
                    .high_siemens = Eigen::MatrixXd::Constant(4, 4, 1.0)};
  limits.low_siemens(1, 2) = limits.high_siemens(1, 2) = 35e-6;
  limits.low_siemens(3, 3) = limits.high_siemens(3, 3) = 20e-6;
  for (const unsigned stall_limit : {0U, 5U}) {
    WriteVerifyParams write;
    write.stall_limit = stall_limit;
    write.pulse_limit = 50;
    CellRecords loop_records, drawn_records;
    const auto loop =
        program_array(target, {}, write, Random(kSeed), 0, 0, {.limits = &limits, .records = &loop_records});
    write.mode = WriteMode::kStatistical;
    const auto drawn =
        program_array(target, {}, write, Random(kSeed), 0, 0, {.limits = &limits, .records = &drawn_records});
    for (const auto* result : {&loop, &drawn}) {
      EXPECT_EQ(result->failed_cells, 1U);
      EXPECT_EQ(result->g_siemens(1, 2), 35e-6);
      EXPECT_EQ(result->g_siemens(3, 3), 20e-6);
    }
    EXPECT_EQ(loop_records.pulses(1, 2), stall_limit == 0 ? 50 : 5);
    EXPECT_EQ(drawn_records.pulses(1, 2), loop_records.pulses(1, 2));
    EXPECT_EQ(drawn_records.pulses(3, 3), 0);
    for (const auto& [row, col] : {std::pair{1, 2}, std::pair{3, 3}}) {
      EXPECT_NEAR(drawn_records.energy_J(row, col), loop_records.energy_J(row, col),
                  1e-6 * loop_records.energy_J(row, col));
    }
  }
}

TEST(WriteStatistics, EmptyArrayCostsNothing) {
  WriteVerifyParams write;
  write.mode = WriteMode::kStatistical;
  const auto result = program_array(Eigen::MatrixXd(3, 0), {}, write, Random(kSeed), 0, 0);
  EXPECT_EQ(result.pulses, 0U);
  EXPECT_EQ(result.time_s, 0.0);
}

}  // namespace
}  // namespace mho::device
