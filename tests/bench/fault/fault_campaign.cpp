// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Faults of every kind in small solves, and what became of each: a Markdown table, a row for each kind.
// Exit code 1 when one inside the protected path hung, crashed mho or went unnoticed.
//
//     build/release/bench/fault_campaign --runs 2000 --seed 1
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <iostream>
#include <iterator>
#include <map>

#include "models/base/error.hpp"
#include "tests/bench/fault/campaign.hpp"

namespace mho::bench {
namespace {

struct Options {
  std::uint32_t runs = 2000;
  std::uint64_t seed = 1;
  std::uint32_t systems = 4;
  unsigned timeout_s = 300;
};

struct Tally {
  std::uint32_t runs = 0, struck = 0;
  std::array<std::uint32_t, kVerdicts> verdicts{};
  std::map<std::string, std::uint32_t> statuses;

  std::uint32_t of(Verdict verdict) const { return verdicts[static_cast<std::size_t>(verdict)]; }
  void add(const RunOutcome& outcome) {
    ++runs;
    struck += outcome.has_struck ? 1 : 0;
    ++verdicts[static_cast<std::size_t>(outcome.verdict)];
    if (outcome.verdict == Verdict::kReported) ++statuses[outcome.status.data()];
  }
  void add(const Tally& other) {
    runs += other.runs;
    struck += other.struck;
    for (std::size_t i = 0; i < kVerdicts; ++i) verdicts[i] += other.verdicts[i];
  }
};

/// Wilson (1927), 95 %.
std::pair<double, double> wilson(std::uint32_t hits, std::uint32_t trials) {
  constexpr double kZ = 1.959963984540054;
  const double n = trials, p = hits / n, z2 = kZ * kZ;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kZ / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {std::max(0.0, centre - half), std::min(1.0, centre + half)};
}

std::string statuses_of(const Tally& tally) {
  std::vector<std::string> parts;
  for (const auto& [status, count] : tally.statuses) parts.push_back(fmt::format("{} {}", status, count));
  return fmt::format("{}", fmt::join(parts, ", "));
}

void print_row(const std::string& name, const Tally& t) {
  fmt::print("| {} | {} | {} | {} | {} | {} | {} | {} | {} | {} |\n", name, t.runs, t.struck,
             t.of(Verdict::kHarmless), t.of(Verdict::kRecovered), t.of(Verdict::kReported),
             t.of(Verdict::kHang), t.of(Verdict::kCrash), t.of(Verdict::kSilent), statuses_of(t));
}

/// @returns all of them together
Tally print_table(const std::vector<Tally>& tallies, bool is_protected) {
  fmt::print("\n{}:\n\n", is_protected ? "Inside the protected path" : "Outside");
  fmt::print(
      "| fault | runs | struck | harmless | recovered | reported | hang | crash | silent error | reported as "
      "|\n");
  fmt::print("|---|---:|---:|---:|---:|---:|---:|---:|---:|---|\n");
  Tally all;
  for (std::size_t k = 0; k < tallies.size(); ++k) {
    if (kinds()[k].is_protected != is_protected) continue;
    print_row(kinds()[k].name, tallies[k]);
    all.add(tallies[k]);
  }
  print_row("all", all);
  return all;
}

int campaign(const Options& options) {
  std::vector<Subject> subjects;
  for (std::uint32_t i = 0; i < options.systems; ++i) subjects.push_back(make_subject(options.seed, i));
  std::vector<Tally> tallies(kinds().size());
  for (std::uint32_t run = 0; run < options.runs; ++run) {
    const std::size_t kind = run % kinds().size();
    const Subject& subject = subjects[run / kinds().size() % subjects.size()];
    Draws draws(options.seed, run);
    const std::string fault = kinds()[kind].draw(draws, subject);
    const RunOutcome outcome = run_with(subject, kinds()[kind].workload, fault, options.timeout_s);
    tallies[kind].add(outcome);
    if (outcome.verdict >= Verdict::kHang) {
      constexpr std::array kNames{"hang", "crash", "silent error"};
      std::cerr << fmt::format(
          "{}: run {}, {}: {}, error {:.1e}\n", kinds()[kind].name, run, fault,
          kNames[static_cast<std::size_t>(outcome.verdict) - static_cast<std::size_t>(Verdict::kHang)],
          outcome.error);
    }
  }
  fmt::print("{} runs, seed {}, {} systems of {} to {} unknowns\n", options.runs, options.seed,
             options.systems, 4, 12);
  const Tally inside = print_table(tallies, true);
  const Tally outside = print_table(tallies, false);
  const auto [least, most] = wilson(outside.of(Verdict::kSilent), std::max(outside.runs, 1u));
  fmt::print("\nSilent errors outside: {} of {}, 95 % interval {:.2f} to {:.2f} %\n",
             outside.of(Verdict::kSilent), outside.runs, 100 * least, 100 * most);
  const auto [inside_least, inside_most] = wilson(inside.of(Verdict::kSilent), std::max(inside.runs, 1u));
  fmt::print("Silent errors inside: {} of {}, 95 % interval {:.2f} to {:.2f} %\n",
             inside.of(Verdict::kSilent), inside.runs, 100 * inside_least, 100 * inside_most);
  const bool has_held =
      inside.of(Verdict::kHang) + inside.of(Verdict::kCrash) + inside.of(Verdict::kSilent) == 0;
  return has_held && outside.of(Verdict::kCrash) == 0 ? 0 : 1;
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Faults of every kind in small solves, and what became of each");
  app.add_option("--runs", options.runs, "faults, dealt to the kinds in turn")->check(CLI::PositiveNumber);
  app.add_option("--seed", options.seed, "of systems and faults");
  app.add_option("--systems", options.systems, "that are solved in turn")->check(CLI::PositiveNumber);
  app.add_option("--timeout", options.timeout_s, "seconds on the wall after which a run has hung")
      ->check(CLI::PositiveNumber);
  CLI11_PARSE(app, argc, argv);
  return campaign(options);
}

}  // namespace
}  // namespace mho::bench

int sc_main(int argc, char** argv) {
  return mho::bench::run(argc, argv);
}

int main(int argc, char** argv) {
  return sc_main(argc, argv);
}
