// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/device/endurance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "models/base/error.hpp"
#include "tests/models/device/distribution.hpp"

namespace mho::device {
namespace {

constexpr std::uint64_t kSeed = 61;

EnduranceParams alike() {
  return {.half_window_writes = 1e6, .device_sigma = 0.0};
}

CellLimits limits_after(const EnduranceParams& endurance, std::uint32_t writes, std::uint32_t unit = 2) {
  return worn_limits(endurance, {}, 64, 64, Random(kSeed), unit, writes);
}

TEST(Endurance, RejectsParametersOutOfRange) {
  const std::vector<std::function<void(EnduranceParams&)>> mistakes{
      [](auto& e) { e.half_window_writes = 0.5; },
      [](auto& e) { e.half_window_writes = -1.0; },
      [](auto& e) { e.half_window_writes = std::numeric_limits<double>::infinity(); },
      [](auto& e) { e.exponent = 0.0; },
      [](auto& e) { e.device_sigma = 3.0; },
      [](auto& e) { e.margin = -0.1; },
      [](auto& e) { e.top_share = 1.1; },
      [](auto& e) { e.variability_growth = std::nan(""); },
  };
  for (std::size_t i = 0; i < mistakes.size(); ++i) {
    EnduranceParams wrong = alike();
    mistakes[i](wrong);
    EXPECT_THROW(validate(wrong), InputError) << "mistake " << i;
  }
  EXPECT_NO_THROW(validate(EnduranceParams{}));
}

TEST(Endurance, IsOffByDefault) {
  const CellLimits limits = limits_after({}, 1U << 23);
  EXPECT_TRUE((limits.low_siemens.array() == 0.0).all());
  EXPECT_TRUE(limits.high_siemens.array().isInf().all());
  EXPECT_EQ(worn_write({}, {}, 1U << 23), WriteVerifyParams{});
}

TEST(Endurance, FreshCellsReachTheWindowAndItsMargin) {
  const CellLimits limits = limits_after(alike(), 0);
  EXPECT_EQ(limits.low_siemens(3, 4), 0.0);  // 0.5 µS − 3.45 µS
  EXPECT_DOUBLE_EQ(limits.high_siemens(3, 4), 38.45e-6);
  EXPECT_EQ(worn_write(alike(), {}, 0), WriteVerifyParams{});
}

TEST(Endurance, HalfOfTheWindowIsLeftAfterTheStatedWrites) {
  EnduranceParams endurance = alike();
  for (const double share : {0.0, 0.5, 1.0}) {
    endurance.top_share = share;
    const CellLimits limits = limits_after(endurance, 1000000);
    const double width = limits.high_siemens(0, 0) - limits.low_siemens(0, 0);
    EXPECT_NEAR(width, 0.5 * 38.45e-6, 1e-16);
    EXPECT_NEAR(limits.high_siemens(0, 0), 38.45e-6 * (1.0 - 0.5 * share), 1e-16);
  }
}

TEST(Endurance, WindowClosesMonotonically) {
  EnduranceParams endurance{.half_window_writes = 1e5};
  CellLimits before = limits_after(endurance, 0);
  for (std::uint32_t writes = 1; writes < (1U << 24); writes *= 8) {
    const CellLimits now = limits_after(endurance, writes);
    EXPECT_TRUE((now.low_siemens.array() >= before.low_siemens.array()).all());
    EXPECT_TRUE((now.high_siemens.array() <= before.high_siemens.array()).all());
    EXPECT_TRUE((now.low_siemens.array() <= now.high_siemens.array()).all());
    before = now;
  }
}

TEST(Endurance, LifetimesAreLogNormalAndFixedForEachCell) {
  const EnduranceParams endurance{.half_window_writes = 1e6, .device_sigma = 0.4, .top_share = 1.0};
  const CellLimits limits = limits_after(endurance, 1000000);
  std::vector<double> z;
  for (const double high : limits.high_siemens.reshaped()) {
    const double damage = 38.45e-6 / high - 1.0;  // (n/N)^1
    z.push_back(-std::log(damage) / 0.4);
  }
  EXPECT_LT(test::ks_ratio(z, test::normal_cdf), 1.0) << "seed " << kSeed;
  EXPECT_EQ(limits_after(endurance, 1000000).high_siemens, limits.high_siemens);
  EXPECT_NE(limits_after(endurance, 1000000, 3).high_siemens, limits.high_siemens);
}

TEST(Endurance, CellsDoNotDependOnTheSizeOfTheArray) {
  const EnduranceParams endurance{.half_window_writes = 1e6};
  const CellLimits whole = limits_after(endurance, 300000);
  const CellLimits corner = worn_limits(endurance, {}, 9, 7, Random(kSeed), 2, 300000);
  EXPECT_EQ(corner.low_siemens, whole.low_siemens.topLeftCorner(9, 7));
  EXPECT_EQ(corner.high_siemens, whole.high_siemens.topLeftCorner(9, 7));
}

TEST(Endurance, ACellWornOutCompletelyHoldsOneConductance) {
  const EnduranceParams endurance{
      .half_window_writes = 1.0, .exponent = 4.0, .device_sigma = 2.0, .top_share = 0.3};
  const CellLimits limits = limits_after(endurance, (1U << 24) - 1);
  EXPECT_TRUE((limits.low_siemens.array() <= limits.high_siemens.array()).all());
  EXPECT_LT((limits.high_siemens - limits.low_siemens).maxCoeff(), 1e-9 * 35e-6);
}

TEST(Endurance, VariabilityGrowsWithTheDamageOfTheMedianCell) {
  EnduranceParams endurance = alike();
  endurance.variability_growth = 2.0;
  WriteVerifyParams write;
  EXPECT_DOUBLE_EQ(worn_write(endurance, write, 1000000).pulse_sigma, 3.0 * write.pulse_sigma);
  EXPECT_DOUBLE_EQ(worn_write(endurance, write, 500000).pulse_sigma, 2.0 * write.pulse_sigma);
  // Rounded to powers of 2^(1/8) for the statistical mode: 3 lies between 2^(12/8) and 2^(13/8).
  write.mode = WriteMode::kStatistical;
  EXPECT_DOUBLE_EQ(worn_write(endurance, write, 1000000).pulse_sigma,
                   std::exp2(13.0 / 8.0) * write.pulse_sigma);
  EXPECT_EQ(worn_write(endurance, write, 1000), write);
}

TEST(Endurance, WornCellsFailAndTakeMorePulses) {
  const EnduranceParams endurance{.half_window_writes = 1e5, .variability_growth = 0.5};
  const CellParams cell;
  const Eigen::MatrixXd target = Eigen::MatrixXd::NullaryExpr(32, 32, [&](Eigen::Index r, Eigen::Index c) {
    return level_conductance(cell, static_cast<unsigned>(r + c) % cell.levels);
  });
  WriteVerifyParams write;
  write.pulse_limit = 50;
  std::uint64_t pulses = 0, failed = 0;
  for (const std::uint32_t writes : {0U, 30000U, 100000U, 1000000U}) {
    const CellLimits limits = worn_limits(endurance, cell, 32, 32, Random(kSeed), 0, writes);
    const auto result = program_array(target, cell, worn_write(endurance, write, writes), Random(kSeed), 0, 0,
                                      {.limits = &limits});
    EXPECT_GT(result.pulses, pulses);
    if (writes == 0) {
      EXPECT_EQ(result.failed_cells, 0U);
    } else {
      EXPECT_GT(result.failed_cells, failed);
    }
    pulses = result.pulses;
    failed = result.failed_cells;
  }
}

}  // namespace
}  // namespace mho::device
