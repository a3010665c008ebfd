// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Some hundred random solves of the whole chip, most of them with wrong high-precision reads: cells that are
// loose, noisy, or move when the solve begins, also in pairs that a checksum cannot see. None may be called
// converged with an error above twice the tolerance.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "models/base/random.hpp"
#include "tests/platform/solve/sabotage.hpp"

namespace mho::platform::test {
namespace {

constexpr unsigned kJobs = 320;
constexpr unsigned kToleranceBits = 24;

enum Wrong : unsigned { kNone, kLoose, kNoisy, kCell, kPair, kKinds };
constexpr std::array<const char*, kKinds> kNames{"none", "loose cells", "noise", "a moved cell",
                                                 "a cancelling pair"};

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : random_(seed) {}
  double uniform() { return random_.uniform(RandomPurpose::kTest, {}, counter_++); }
  unsigned below(unsigned end) { return std::min(static_cast<unsigned>(uniform() * end), end - 1); }

 private:
  Random random_;
  std::uint32_t counter_ = 0;
};

Job random_job(Draws& draws, Wrong kind) {
  const auto n = static_cast<Eigen::Index>(3 + draws.below(16));
  const double dominance = 2.0 * draws.uniform();
  Job job;
  job.a = Eigen::MatrixXd::NullaryExpr(n, n, [&] { return 2.0 * draws.uniform() - 1.0; });
  job.a.diagonal().array() += dominance * std::sqrt(static_cast<double>(n));
  job.b = job.a * Eigen::VectorXd::NullaryExpr(n, [&] { return 2.0 * draws.uniform() - 1.0; });
  const auto value = [](double v) { return std::to_string(v); };
  if (kind == kLoose) job.keys.push_back("mvm.write_sigma=" + value(0.004 + 0.006 * draws.uniform()));
  if (kind == kNoisy) job.keys.push_back("noise.thermal_bandwidth_hz=" + value(5e9 * draws.uniform()));
  if (kind == kCell || kind == kPair) {
    const auto size = static_cast<unsigned>(n);
    const MovedCell cell{
        .macro = draws.below(16), .line = draws.below(size), .output = draws.below(size), .change = 1};
    job.moved.push_back(cell);
    if (kind == kPair) {
      const unsigned other = (cell.output + 1 + draws.below(size - 1)) % size;
      job.moved.push_back({.macro = cell.macro, .line = cell.line, .output = other, .change = -1});
    }
  }
  return job;
}

struct Tally {
  int jobs = 0, converged = 0, wrong_read = 0, wrong_residual = 0;
  std::uint64_t mismatches = 0, repeated = 0;
  double worst = 0;
};

void run_job(unsigned seed, std::array<Tally, 2 * kKinds>& tallies) {
  Draws draws(seed);
  const auto kind = static_cast<Wrong>(draws.below(kKinds));
  const bool has_checksum = draws.uniform() < 0.5;
  Job job = random_job(draws, kind);
  job.keys.push_back("seed=" + std::to_string(seed));
  if (has_checksum) job.keys.emplace_back("mvm.checksum=on");
  const SolveReport report = solve(job);
  Tally& tally = tallies[2 * kind + (has_checksum ? 1 : 0)];
  ++tally.jobs;
  tally.wrong_read += report.status == "wrong_read" ? 1 : 0;
  tally.wrong_residual += report.status == "wrong_residual" ? 1 : 0;
  tally.mismatches += report.counters.checksum_mismatches;
  tally.repeated += report.counters.repeated_reads;
  if (!report.has_converged && report.answer.status != registers::job::JobStatus::kConverged) return;
  ++tally.converged;
  ASSERT_TRUE(report.assessment.relative_error.has_value()) << "seed " << seed;
  const double error = std::ldexp(*report.assessment.relative_error, kToleranceBits);
  tally.worst = std::max(tally.worst, error);
  EXPECT_LE(error, 2.0) << "seed " << seed << ", " << kNames[kind] << ", n = " << job.a.rows();
}

TEST(SilentErrors, AreNoneInHundredsOfWholeSolves) {
  std::array<Tally, 2 * kKinds> tallies{};
  for (unsigned seed = 1; seed <= kJobs; ++seed) run_job(seed, tallies);
  for (std::size_t i = 0; i < tallies.size(); ++i) {
    const Tally& t = tallies[i];
    std::printf(
        "%-18s checksum %-3s  jobs %3d  converged %3d  wrong_read %3d  wrong_residual %3d  mismatches %6llu  "
        "repeated %6llu  worst error %.2f\n",
        kNames[i / 2], i % 2 == 0 ? "off" : "on", t.jobs, t.converged, t.wrong_read, t.wrong_residual,
        static_cast<unsigned long long>(t.mismatches), static_cast<unsigned long long>(t.repeated), t.worst);
  }
  const auto checked = [&](Wrong kind) -> const Tally& { return tallies[2 * kind + 1]; };
  EXPECT_GT(checked(kNone).converged, checked(kNone).jobs / 2);
  EXPECT_EQ(checked(kNone).mismatches, 0u);
  EXPECT_GT(checked(kLoose).wrong_read, 0);
  EXPECT_GT(checked(kCell).wrong_read, 0);
  EXPECT_GT(checked(kNoisy).repeated, 0u);
  EXPECT_GT(checked(kNoisy).converged, tallies[2 * kNoisy].converged);
}

}  // namespace
}  // namespace mho::platform::test
