// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Ten thousand random jobs on the reference DRU, most of them with wrong high-precision reads, in the solve
// and in Schur complements that macros form: none may be called converged with an error above twice the
// tolerance.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "tests/firmware/libmho/driver_bench.hpp"

namespace mho::test {
namespace {

constexpr int kJobs = 10'000;
constexpr int kWideJobs = 1'000;
constexpr int kRectangularJobs = 1'000;

enum class Wrong { kNone, kSometimes, kCell, kPair };

/// Falsifies the products of one job, as wrong reads of an array do.
/// @param cell_bits, read_bits  errors are less than that of a cell and of a read
void falsify(ReferenceDru& dru, Wrong kind, std::uint64_t seed, std::int64_t n, int cell_bits,
             int read_bits) {
  Draws draws(seed);
  const auto any = [&] { return static_cast<std::size_t>(draws.integer(0, n - 1)); };
  const auto sign = [&] { return draws.uniform() < 0.5 ? -1 : 1; };
  if (kind == Wrong::kSometimes) {
    const double probability = std::pow(10.0, -3 * draws.uniform());
    const int128_t error = (int128_t{1} << draws.integer(0, read_bits)) * sign();
    dru.corrupt = [=](std::size_t, int128_t& value) mutable {
      if (draws.uniform() < probability) value += error;
    };
  }
  if (kind != Wrong::kCell && kind != Wrong::kPair) return;
  const ReferenceDru::WrongCell cell{
      .row = any(), .column = any(), .error = (std::int64_t{1} << draws.integer(0, cell_bits)) * sign()};
  dru.wrong_cells.push_back(cell);
  // Sums over all rows stay right.
  if (kind == Wrong::kPair)
    dru.wrong_cells.push_back({.row = any(), .column = cell.column, .error = -cell.error});
}

Eigen::MatrixXd random_system(Draws& draws, std::uint64_t seed) {
  const auto n =
      static_cast<Eigen::Index>(std::round(std::exp(std::log(3.0) + draws.uniform() * std::log(8.0))));
  const double kappa = 2.0 * std::pow(500.0, draws.uniform());
  Eigen::MatrixXd a;
  switch (draws.integer(0, 3)) {
    case 0:
      a = random_general(n, kappa, seed);
      break;
    case 1:
      a = random_spd(n, kappa, seed);
      break;
    case 2:
      a = random_dominant(n, 0.3, seed);
      break;
    default:
      a = random_matrix(n, n, seed);
  }
  // Rows and columns in units of their own.
  const double spread = draws.uniform() < 0.5 ? 0.0 : 12.0 * draws.uniform();
  for (Eigen::Index i = 0; i < n; ++i) {
    a.row(i) *= std::exp2(spread * draws.symmetric());
    a.col(i) *= std::exp2(spread * draws.symmetric());
  }
  return a;
}

/// Up to 20 rows or columns more than there are of the others.
Eigen::MatrixXd random_rectangle(Draws& draws, std::uint64_t seed) {
  const Eigen::Index less = draws.integer(1, 8), more = less + draws.integer(1, 20);
  Eigen::MatrixXd a = random_matrix(more, less, seed);
  for (Eigen::Index j = 1; j < less; ++j) a.col(j) += draws.symmetric() * a.col(j - 1);
  if (draws.uniform() < 0.5) {
    for (Eigen::Index j = 0; j < less; ++j) a.col(j) *= std::exp2(6.0 * draws.symmetric());
  }
  return draws.uniform() < 0.7 ? a : Eigen::MatrixXd(a.transpose());
}

enum class Kind { kNarrow, kWide, kRectangular };

struct Tally {
  int jobs = 0, converged = 0, wrong_residual = 0;
  double worst = 0;
  std::uint64_t worst_seed = 0, iterations = 0;
};

/// @param form  kWide: a matrix of 48 bits and tolerances beyond 32-bit words
void run_job(std::uint64_t seed, Kind form, std::array<Tally, 12>& tallies) {
  const bool is_wide = form == Kind::kWide;
  Draws draws(seed);
  const auto kind = static_cast<Wrong>(draws.integer(0, 3));
  const bool has_slices = draws.uniform() < 0.7;
  ReferenceDruOptions options{.ram_bytes = 4 << 20};
  options.levels = has_slices ? 61 : 8;
  options.cell_tolerance = has_slices ? 0.003 : 0.02;
  options.seed = seed;
  const bool is_square = form != Kind::kRectangular;
  if (!is_square) options.ginv_count = 1;
  DriverBench bench(options);
  const Eigen::MatrixXd a = is_square ? random_system(draws, seed) : random_rectangle(draws, seed);
  bench.load(a, is_square ? a * random_vector(a.rows(), seed) : random_vector(a.rows(), seed));
  bench.job.method = static_cast<std::uint32_t>(draws.integer(0, 2));
  bench.job.tolerance_bits = static_cast<std::uint32_t>(draws.uniform() < 0.7 ? 24 : draws.integer(8, 24));
  bench.job.split_leaves = 1;
  bench.job.reorder_rows = is_square ? static_cast<std::uint32_t>(seed % 2) : 1;
  if (is_wide) {
    bench.job.bits = 48;
    bench.job.tolerance_bits += 20;
  }
  bench.job.schur_unit = static_cast<std::uint32_t>(draws.integer(0, 2));
  bench.job.least_squares = is_square ? 0 : static_cast<std::uint32_t>(draws.integer(0, 1));
  falsify(bench.dru, kind, seed, is_square ? a.rows() : a.rows() + a.cols(), is_wide ? 46 : 22,
          is_wide ? 80 : 50);
  const mho_job_result_t& result = bench.run();
  Tally& tally = tallies[bench.job.method * 4 + static_cast<std::size_t>(kind)];
  ++tally.jobs;
  tally.wrong_residual += result.status == MHO_JOB_STATUS_WRONG_RESIDUAL ? 1 : 0;
  if (result.status != MHO_JOB_STATUS_CONVERGED) return;
  ++tally.converged;
  tally.iterations += result.iterations;
  const double error = std::ldexp(bench.relative_error(), static_cast<int>(bench.job.tolerance_bits));
  if (error > tally.worst) {
    tally.worst = error;
    tally.worst_seed = seed;
  }
  EXPECT_LE(error, 2.0) << "seed " << seed << ", method " << bench.job.method << ", n = " << a.rows() << ", "
                        << result.iterations << " iterations, t = " << bench.job.tolerance_bits;
}

void show_and_check(const std::array<Tally, 12>& tallies) {
  constexpr std::array<const char*, 3> kMethods{"refine", "gmres", "auto"};
  constexpr std::array<const char*, 4> kKinds{"no wrong read", "some", "a wrong cell", "a cancelling pair"};
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const Tally& t = tallies[i];
    std::printf(
        "%-7s %-18s jobs %5d  converged %5d  wrong_residual %5d  iterations %6.2f  worst error %.2f (seed "
        "%llu)\n",
        kMethods[i / 4], kKinds[i % 4], t.jobs, t.converged, t.wrong_residual,
        static_cast<double>(t.iterations) / std::max(t.converged, 1), t.worst,
        static_cast<unsigned long long>(t.worst_seed));
    if (i % 4 == 0) {
      EXPECT_GT(t.converged, t.jobs / 3);
    }
  }
}

TEST(SilentErrors, AreNoneInTenThousandJobs) {
  std::array<Tally, 12> tallies{};
  for (std::uint64_t seed = 1; seed <= kJobs; ++seed) run_job(seed, Kind::kNarrow, tallies);
  show_and_check(tallies);
}

TEST(SilentErrors, AreNoneBeyondThe32BitWords) {
  std::array<Tally, 12> tallies{};
  for (std::uint64_t seed = 1; seed <= kWideJobs; ++seed) run_job(seed, Kind::kWide, tallies);
  show_and_check(tallies);
}

TEST(SilentErrors, AreNoneInLeastSquaresAndShortestSolutions) {
  std::array<Tally, 12> tallies{};
  for (std::uint64_t seed = 1; seed <= kRectangularJobs; ++seed) run_job(seed, Kind::kRectangular, tallies);
  show_and_check(tallies);
}

}  // namespace
}  // namespace mho::test
