// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// GMRES and the change over to it, by whole jobs on the reference DRU.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr double kTolerance = 0x1p-24;
constexpr double kCellTolerance = 0.02;

struct Settings {
  std::uint32_t method = MHO_JOB_METHOD_GMRES;
  std::uint32_t restart = 0;
  ReferenceDruOptions dru{.cell_tolerance = kCellTolerance, .ram_bytes = 16 << 20};
  /// Products that are too small by far, by their number.
  std::function<bool(std::size_t)> is_small = [](std::size_t) { return false; };
};

class Job {
 public:
  Job(const Eigen::MatrixXd& a, std::uint64_t seed, Settings settings = {})
      : bench_(seeded(settings.dru, seed)) {
    bench_.load(a, a * random_vector(a.rows(), seed));
    bench_.job.method = settings.method;
    bench_.job.restart = settings.restart;
    bench_.job.split_leaves = 1;
    bench_.job.max_iterations = 200;
    bench_.dru.corrupt = [&](std::size_t, int128_t& value) {
      if (settings.is_small(rows_++ / static_cast<std::size_t>(a.rows()))) value /= 1024;
    };
    result = bench_.run();
    products = rows_ / static_cast<std::size_t>(a.rows());
    if (result.x_address != 0) error = bench_.relative_error();
  }
  bool has_converged() const { return result.status == MHO_JOB_STATUS_CONVERGED; }
  std::vector<std::int32_t> x_bits() const { return bench_.x_bits(); }
  std::vector<std::int64_t> history() const { return bench_.history(); }

  mho_job_result_t result{};
  double error = 1.0;
  std::size_t products = 0;

 private:
  static ReferenceDruOptions seeded(ReferenceDruOptions options, std::uint64_t seed) {
    options.seed = seed;
    return options;
  }
  DriverBench bench_;
  std::size_t rows_ = 0;  ///< of products
};

TEST(Gmres, ConvergesInAsManyStepsAsUnknownsWhateverTheCells) {
  // Cells that are off by half their range still give independent directions.
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    Settings sloppy;
    sloppy.dru.cell_tolerance = 0.5;
    const Job job(random_general(6, 4.0, seed), seed, sloppy);
    EXPECT_TRUE(job.has_converged());
    EXPECT_LE(job.error, kTolerance);
    EXPECT_LE(job.result.iterations, 12u);
    EXPECT_EQ(job.result.restart, 6u);
    EXPECT_EQ(job.result.gmres_from, 1u);
  }
}

TEST(Gmres, NeedsNoMoreStepsThanRefinement) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_dominant(40, 0.3, seed);
    const Job plain(a, seed, {.method = MHO_JOB_METHOD_REFINE});
    const Job gmres(a, seed);
    ASSERT_TRUE(plain.has_converged());
    EXPECT_TRUE(gmres.has_converged());
    EXPECT_LE(gmres.result.iterations, plain.result.iterations);
  }
}

TEST(Gmres, SolvesWhatRefinementCannot) {
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_spd(16, 60.0, seed);
    refused += Job(a, seed, {.method = MHO_JOB_METHOD_REFINE}).has_converged() ? 0 : 1;
    const Job job(a, seed);
    EXPECT_TRUE(job.has_converged());
    EXPECT_LE(job.error, kTolerance);
  }
  EXPECT_GE(refused, 5);
}

TEST(Gmres, RestartsAndStillConverges) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_dominant(30, 0.5, seed);
    const Job job(a, seed, {.restart = 3});
    EXPECT_TRUE(job.has_converged());
    EXPECT_LE(job.error, kTolerance);
    EXPECT_EQ(job.result.restart, 3u);
    EXPECT_GT(job.result.iterations, 3u);
  }
}

TEST(Gmres, GivesUpWhenACycleMakesNoProgress) {
  Settings settings{.restart = 1};
  settings.dru.cell_tolerance = 0.5;
  int stalled = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Job job(random_general(20, 50.0, seed), seed, settings);
    if (job.has_converged() || job.result.iterations == 0u) continue;  // 0: refused while planning
    EXPECT_EQ(job.result.status, MHO_JOB_STATUS_NOT_CONVERGED);
    if (job.result.iterations < 200u) ++stalled;
  }
  EXPECT_GE(stalled, 5);
}

// Steps along directions whose images are too small go too far, and the updated residual does not show it.
TEST(Gmres, ForgetsACycleThatLeftMoreThanItFound) {
  constexpr std::uint32_t kRestart = 4;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_spd(16, 60.0, seed);
    const Job usual(a, seed, {.restart = kRestart});
    const Job misled(a, seed, {.restart = kRestart, .is_small = [](std::size_t i) { return i < kRestart; }});
    ASSERT_TRUE(usual.has_converged());
    EXPECT_TRUE(misled.has_converged());
    EXPECT_LE(misled.error, kTolerance);
    // Every v of the careful cycles but the first of each is formed twice, and each has a measurement.
    const std::size_t careful_steps = misled.result.iterations - kRestart;
    EXPECT_GE(misled.products, kRestart + 1 + 2 * careful_steps);
    EXPECT_LT(usual.products, usual.result.iterations * 3 / 2 + 2);
  }
}

TEST(Gmres, ForgetsOneCycleOnly) {
  // Four images and a measurement, then seven and one: all are wrong but the measurements.
  Settings settings{.restart = 4, .is_small = [](std::size_t i) { return i != 4 && i != 12; }};
  const Job job(random_spd(16, 60.0, 1), 1, settings);
  EXPECT_EQ(job.result.status, MHO_JOB_STATUS_NOT_CONVERGED);
  EXPECT_EQ(job.result.iterations, 8u);
}

TEST(Gmres, IsTheSameOnAChipThatReprogramsItsMacros) {
  const Eigen::MatrixXd a = random_dominant(40, 0.4, 3);
  Settings roomy, tight;
  roomy.dru.cell_tolerance = tight.dru.cell_tolerance = 0.0;  // every write gives the same cells
  roomy.dru.mvm_size = tight.dru.mvm_size = 16;
  roomy.dru.mvm_count = 704;
  tight.dru.inv_count = 2;
  tight.dru.mvm_count = 9;
  const Job resident(a, 3, roomy), multiplexed(a, 3, tight);
  ASSERT_TRUE(resident.has_converged());
  ASSERT_TRUE(multiplexed.has_converged());
  EXPECT_EQ(resident.x_bits(), multiplexed.x_bits());
  EXPECT_EQ(resident.history(), multiplexed.history());
}

TEST(Gmres, NeedsVectorMemoryForTwoDirections) {
  // n = 16: 20 vectors beside the directions, 2 a direction.
  Settings settings;
  settings.dru.sram_words = 16 * (20 + 4);
  const Eigen::MatrixXd a = random_dominant(16, 0.5, 1);
  const Job fits(a, 1, settings);
  EXPECT_TRUE(fits.has_converged());
  EXPECT_EQ(fits.result.restart, 2u);
  settings.dru.sram_words -= 1;
  EXPECT_EQ(Job(a, 1, settings).result.status, MHO_JOB_STATUS_TOO_LARGE);
  settings.method = MHO_JOB_METHOD_AUTO;
  const Job refined(a, 1, settings);
  EXPECT_TRUE(refined.has_converged());
  EXPECT_EQ(refined.result.restart, 0u);
}

TEST(Auto, RefinesWhereAStepGainsThreeBits) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Eigen::MatrixXd a = random_dominant(24, 0.3, seed);
    Settings settings{.method = MHO_JOB_METHOD_REFINE};
    settings.dru.levels = 64;
    settings.dru.cell_tolerance = 0.002;
    const Job plain(a, seed, settings);
    settings.method = MHO_JOB_METHOD_AUTO;
    const Job job(a, seed, settings);
    ASSERT_TRUE(plain.has_converged());
    EXPECT_TRUE(job.has_converged());
    EXPECT_EQ(job.result.gmres_from, 0u);
    // The same steps; the last one of refinement only shows that the one before was small.
    std::vector<std::int64_t> history = plain.history();
    EXPECT_LE(job.history().size(), history.size());
    history.resize(job.history().size());
    EXPECT_EQ(job.history(), history);
    EXPECT_LE(job.error, kTolerance);
  }
}

TEST(Auto, ChangesOverWhereRefinementDisappoints) {
  int changed = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Job job(random_spd(16, 60.0, seed), seed, {.method = MHO_JOB_METHOD_AUTO});
    EXPECT_TRUE(job.has_converged());
    EXPECT_LE(job.error, kTolerance);
    changed += job.result.gmres_from > 0 ? 1 : 0;
  }
  EXPECT_GE(changed, 8);
}

}  // namespace
}  // namespace mho::test
