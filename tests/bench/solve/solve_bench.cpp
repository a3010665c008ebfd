// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a solve costs on the default chip, for a series of sizes, beside digital hardware and beside Eigen on
// this machine: dense random matrices of condition number 4 with a dominant diagonal, and Trefethen_500.
// `--large` adds 1024 unknowns, which take minutes.
#include <benchmark/benchmark.h>

#include <Eigen/LU>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/base/random.hpp"
#include "models/numeric/matrix_market.hpp"
#include "platform/config/settings.hpp"
#include "platform/solve/builtin_firmware.hpp"
#include "platform/solve/job_image.hpp"
#include "platform/solve/workload.hpp"
#include "tests/bench/solve/comparison.hpp"

namespace mho::bench {
namespace {

using Clock = std::chrono::steady_clock;

/// Identity plus Gaussian entries of standard deviation 0.3/sqrt(n), whose norm is about 0.6: condition about
/// 4 for every n, and so for its leading blocks.
numeric::SparseMatrix random_dense(int n) {
  const Random random(1);
  const double sigma = 0.3 / std::sqrt(n);
  const auto entry = [&](int i, int j) {
    const RandomCoordinates at{0, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(j)};
    const double noise = sigma * random.normal(RandomPurpose::kTest, at, static_cast<std::uint32_t>(n));
    return i == j ? 1 + noise : noise;
  };
  numeric::SparseMatrix matrix;
  matrix.rows = matrix.columns = static_cast<std::uint32_t>(n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      matrix.column.push_back(static_cast<std::uint32_t>(j));
      matrix.value.push_back(entry(i, j));
    }
    matrix.row_start.push_back(static_cast<std::uint32_t>(matrix.value.size()));
  }
  return matrix;
}

Eigen::MatrixXd dense(const numeric::SparseMatrix& a) {
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(a.rows, a.columns);
  for (std::uint32_t i = 0; i < a.rows; ++i) {
    for (auto k = a.row_start[i]; k < a.row_start[i + 1]; ++k) m(i, a.column[k]) = a.value[k];
  }
  return m;
}

/// Factors and one solution, the best of several: what else the machine does only adds to it.
double eigen_s(const numeric::SparseMatrix& a, const std::vector<double>& b) {
  constexpr int kRounds = 5;
  const Eigen::MatrixXd m = dense(a);
  const auto rhs = Eigen::Map<const Eigen::VectorXd>(b.data(), static_cast<Eigen::Index>(b.size()));
  double best = std::numeric_limits<double>::infinity();
  for (int round = 0; round < kRounds; ++round) {
    const auto start = Clock::now();
    Eigen::VectorXd x = Eigen::PartialPivLU<Eigen::MatrixXd>(m).solve(rhs);
    benchmark::DoNotOptimize(x.data());
    best = std::min(best, std::chrono::duration<double>(Clock::now() - start).count());
  }
  return best;
}

void solve(benchmark::State& state, const numeric::SparseMatrix& a) {
  const platform::ChipConfig chip = platform::chip_config(platform::Settings{});
  const std::vector<double> b = platform::random_right_hand_side(a, chip.seed);
  const soc::ElfImage firmware = platform::builtin_firmware();
  platform::MachineOptions options;
  options.command_line = "solve";
  std::ostream silence(nullptr);  // of the guest: without a buffer nothing is written
  platform::SolveReport report;
  for (auto _ : state) {
    platform::SolveRun run({.a = a, .b = b, .chip = chip, .firmware = firmware, .options = options},
                           {.console = silence});
    report = run.run();
  }
  if (!report.has_converged) {
    state.SkipWithError((report.status + ": " + report.message).c_str());
    return;
  }
  count(state.counters, report, eigen_s(a, b));
}

void register_solve(const std::string& name, numeric::SparseMatrix matrix) {
  benchmark::RegisterBenchmark(name.c_str(),
                               [a = std::move(matrix)](benchmark::State& state) { solve(state, a); })
      ->Unit(benchmark::kMillisecond)
      ->Iterations(1);
}

}  // namespace
}  // namespace mho::bench

// libsystemc's own main looks for it.
extern "C" int sc_main(int, char**) {
  return 0;
}

int main(int argc, char** argv) {
  using mho::bench::random_dense;
  using mho::bench::register_solve;
  const auto is_large = [](const char* word) { return std::string_view(word) == "--large"; };
  const bool wants_large = std::any_of(argv, argv + argc, is_large);
  argc = static_cast<int>(std::remove_if(argv, argv + argc, is_large) - argv);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  for (const int n : {16, 64, 256}) register_solve("dense_" + std::to_string(n), random_dense(n));
  register_solve(
      "Trefethen_500",
      mho::numeric::read_matrix(MHO_TEST_DATA "/Trefethen_500.mtx", mho::platform::kLargestSystem).matrix);
  if (wants_large) register_solve("dense_1024", random_dense(1024));
  mho::bench::ComparisonReporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  return 0;
}
