// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A solve on the simulated chip beside digital comparators: the figures as counters of Google Benchmark, and
// the tables that people read.
#pragma once

#include <benchmark/benchmark.h>

#include <vector>

#include "platform/solve/solve_run.hpp"

namespace mho::bench {

/// Simulated time and energy of each phase, what each comparator takes for dense LU of the same size, and the
/// wall time of Eigen's.
/// @param eigen_s  [second] Eigen's PartialPivLU of the same matrix with one right-hand side, here
void count(benchmark::UserCounters& counters, const platform::SolveReport& report, double eigen_s);

/// Prints a table for each solve and the comparators with their sources at the end.
class ComparisonReporter final : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;
  void Finalize() override;

 private:
  bool has_solves_ = false;
};

}  // namespace mho::bench
