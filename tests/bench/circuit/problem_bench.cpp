// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What `mho circuit` takes for the operating point of an INV circuit with resistive lines, from the problem
// as it was read to the result: the figure solve_s, and how much of it the verdict on stability is. r = 1 Ω a
// segment, all cells within 1 … 100 µS.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "platform/circuit/problem.hpp"
#include "platform/circuit/solution.hpp"
#include "tests/spice/random_problem.hpp"

namespace mho::platform {
namespace {

using Json = nlohmann::json;

constexpr double kLow = 1e-6, kHigh = 100e-6;

enum Arrays : std::int64_t {
  kOne,     ///< no negative array
  kMapped,  ///< of each pair, one cell is at its lowest: how signed matrices are written
  kCommon,  ///< both cells of each pair anywhere in the window
};

/// A matrix with 99 µS on its diagonal and random entries beside it, as large as a stable loop of any size
/// allows (the symmetric part has its eigenvalues above 0.3 of the diagonal).
void add_cells(std::size_t n, std::int64_t arrays, Json& problem) {
  spice::ProblemMaker make(7);
  const double largest = 0.8 / std::sqrt(static_cast<double>(n));
  Json positive = Json::array(), negative = Json::array();
  for (std::size_t i = 0; i < n; ++i) {
    std::vector<double> plus(n), minus(n);
    for (std::size_t j = 0; j < n; ++j) {
      const double entry = i == j ? 1.0 : make.uniform(arrays == kOne ? 0.0 : -largest, largest);
      const double common = arrays == kCommon ? make.uniform(0.0, 1.0 - std::abs(entry)) : 0.0;
      plus[j] = kLow + (kHigh - kLow) * (common + std::max(entry, 0.0));
      minus[j] = kLow + (kHigh - kLow) * (common + std::max(-entry, 0.0));
    }
    positive.push_back(plus);
    negative.push_back(minus);
  }
  problem["G"] = positive;
  if (arrays != kOne) problem["G_neg"] = negative;
}

Json inv_problem(std::size_t n, std::int64_t arrays) {
  spice::ProblemMaker make(8);
  Json problem{{"kind", "inv"},
               {"I_in", make.vector(n, -5e-6, 5e-6)},
               {"r_wire", 1.0},
               {"opamp", {{"gain", 1e5}, {"gbw", 100e6}}}};
  add_cells(n, arrays, problem);
  return problem;
}

void run(benchmark::State& state, const Json& json) {
  const CircuitProblem problem = read_circuit_problem(json.dump(), "benchmark");
  double point_s = std::numeric_limits<double>::infinity(), stability_s = point_s;
  for (auto _ : state) {
    const CircuitSolution solution = solve(problem);
    if (solution.status != CircuitStatus::kOk) state.SkipWithError(solution.message.c_str());
    point_s = std::min(point_s, solution.solve_s - solution.stability_s);
    stability_s = std::min(stability_s, solution.stability_s);
  }
  state.counters["min_point_us"] = 1e6 * point_s;
  state.counters["min_stability_us"] = 1e6 * stability_s;
}

/// Arguments: N, which arrays, and whether the slowest mode is asked for, which takes eigenvalues.
void ProblemInvPoint(benchmark::State& state) {
  Json json = inv_problem(static_cast<std::size_t>(state.range(0)), state.range(1));
  if (state.range(2) != 0) json["modes"] = "slowest";
  run(state, json);
}
BENCHMARK(ProblemInvPoint)
    ->ArgsProduct({{16, 32, 64, 128, 256, 512}, {kOne, kMapped, kCommon}, {0}})
    ->ArgsProduct({{16, 32, 64, 128}, {kOne, kMapped}, {1}})
    ->ArgNames({"N", "arrays", "modes"})
    ->Unit(benchmark::kMicrosecond);

/// Amplifiers that saturate and slew, outputs within their limits.
void ProblemInvPointLimited(benchmark::State& state) {
  Json json = inv_problem(static_cast<std::size_t>(state.range(0)), state.range(1));
  json["opamp"].update({{"vsat", 1.0}, {"slew", 1e8}});
  run(state, json);
}
BENCHMARK(ProblemInvPointLimited)
    ->ArgsProduct({{16, 32, 64, 128, 256, 512}, {kOne, kMapped}})
    ->ArgNames({"N", "arrays"})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mho::platform
