// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/bench/solve/comparison.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <array>
#include <cmath>
#include <ostream>
#include <string>
#include <string_view>

#include "models/cost/digital_baselines.hpp"
#include "models/cost/ledger.hpp"

namespace mho::bench {
namespace {

constexpr double kSecondsPerPicosecond = 1e-12;

std::string key(std::string_view what, std::string_view unit) {
  return fmt::format("{}_{}", what, unit);
}

std::string with_prefix(double value, std::string_view unit) {
  constexpr std::array<std::string_view, 6> kPrefixes{"p", "n", "µ", "m", "", "k"};
  double scaled = value * 1e12;
  std::size_t prefix = 0;
  while (scaled >= 1000 && prefix + 1 < kPrefixes.size()) {
    scaled /= 1000;
    ++prefix;
  }
  return fmt::format("{:.4g} {}{}", scaled, kPrefixes[prefix], unit);
}

/// What a user waits for once the matrix is on the chip.
struct Cost {
  double s, J;
};

class Table {
 public:
  Table(std::ostream& out, const benchmark::UserCounters& counters) : out_(out), counters_(counters) {}

  double value(const std::string& name) const {
    const auto found = counters_.find(name);
    return found == counters_.end() ? std::nan("") : found->second.value;
  }

  void print(const std::string& name) const {
    fmt::print(out_, "\n{}: n = {:.0f}, {:.0f} iterations, relative error {:.2g}\n", name, value("n"),
               value("iterations"), value("relative_error"));
    fmt::print(out_, "  {:<50}{:>12}{:>12}\n", "simulated chip", "time", "energy");
    for (std::size_t i = 0; i < cost::kPhases; ++i) {
      print_chip(std::string(cost::to_string(static_cast<cost::Phase>(i))));
    }
    print_chip("total");
    const Cost solve{.s = value("solve_s") + value("reprogram_s"),
                     .J = value("solve_J") + value("reprogram_J")};
    const Cost total{.s = value("total_s"), .J = value("total_J")};
    fmt::print(out_, "  {:<50}{:>12}{:>12}   the chip beside it: time, energy\n", "dense LU of the same size",
               "time", "energy");
    for (const cost::DigitalBaseline& b : cost::digital_baselines()) {
      const std::string prefix(b.key);
      const double energy = value(key(prefix, "J"));
      if (b.parts > 1) {
        print_comparator(fmt::format("{}, one {}", b.name, b.part), {value(prefix + "_part_s"), energy},
                         solve, total);
      }
      print_comparator(b.parts > 1 ? fmt::format("{}, all {}", b.name, b.parts) : std::string(b.name),
                       {value(prefix + "_device_s"), energy}, solve, total);
    }
    fmt::print(out_, "  wall: this simulation {:.3g} s, Eigen's PartialPivLU of the same matrix {:.3g} s\n",
               value("wall_s"), value("eigen_lu_s"));
  }

 private:
  void print_chip(const std::string& phase) const {
    fmt::print(out_, "    {:<48}{:>12}{:>12}\n", phase, with_prefix(value(key(phase, "s")), "s"),
               with_prefix(value(key(phase, "J")), "J"));
  }

  void print_comparator(const std::string& name, Cost digital, Cost solve, Cost total) const {
    fmt::print(out_, "    {:<48}{:>12}{:>12}   solve x{:.3g}, x{:.3g}; total x{:.3g}, x{:.3g}\n", name,
               with_prefix(digital.s, "s"), with_prefix(digital.J, "J"), solve.s / digital.s,
               solve.J / digital.J, total.s / digital.s, total.J / digital.J);
  }

  std::ostream& out_;
  const benchmark::UserCounters& counters_;
};

}  // namespace

void count(benchmark::UserCounters& counters, const platform::SolveReport& report, double eigen_s) {
  counters["n"] = report.n;
  counters["nonzeros"] = static_cast<double>(report.nonzeros);
  counters["iterations"] = report.answer.block.iterations;
  counters["relative_error"] = report.assessment.relative_error.value_or(std::nan(""));
  counters["total_s"] = static_cast<double>(report.run.simulated_time_ps) * kSecondsPerPicosecond;
  counters["total_J"] = report.run.energy.in_joules();
  for (std::size_t i = 0; i < report.phases.size(); ++i) {
    const std::string phase(cost::to_string(static_cast<cost::Phase>(i)));
    counters[key(phase, "s")] = static_cast<double>(report.phases[i].time_ps) * kSecondsPerPicosecond;
    counters[key(phase, "J")] = report.phases[i].energy.in_joules();
  }
  for (const cost::DigitalBaseline& b : cost::digital_baselines()) {
    const cost::BaselineCost digital = cost::cost_of_lu(b, report.n);
    const std::string prefix(b.key);
    counters[prefix + "_part_s"] = digital.part_s;
    counters[prefix + "_device_s"] = digital.device_s;
    counters[key(prefix, "J")] = digital.energy_J;
  }
  counters["wall_s"] = report.run.wall_s;
  counters["eigen_lu_s"] = eigen_s;
}

bool ComparisonReporter::ReportContext(const Context&) {
  return true;
}

void ComparisonReporter::ReportRuns(const std::vector<Run>& runs) {
  std::ostream& out = GetOutputStream();
  for (const Run& run : runs) {
    if (run.error_occurred) {
      fmt::print(out, "\n{}: {}\n", run.run_name.function_name, run.error_message);
      continue;
    }
    Table(out, run.counters).print(run.run_name.function_name);
    has_solves_ = true;
  }
  out << std::flush;
}

void ComparisonReporter::Finalize() {
  if (!has_solves_) return;
  std::ostream& out = GetOutputStream();
  fmt::print(
      out,
      "\nx2 means twice as much on the chip. solve: phases solve and reprogram, the matrix being on the "
      "chip;\ntotal: all phases, planning and writing included. A part has its share of its device's "
      "power.\n");
  for (const cost::DigitalBaseline& b : cost::digital_baselines()) {
    fmt::print(out, "{}, {}, {:.4g} GOP/s at {:.4g} W: {}\n", b.name, b.numbers, b.operations_per_s * 1e-9,
               b.watts, b.source);
  }
}

}  // namespace mho::bench
