// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What `mho circuit` takes for the operating point of an INV circuit with resistive lines, from the problem
// as it was read to the result: the figure solve_s, and how much of it the verdict on stability is.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <limits>

#include "platform/circuit/problem.hpp"
#include "platform/circuit/solution.hpp"
#include "tests/spice/random_problem.hpp"

namespace mho::platform {
namespace {

/// Arguments: N, whether there is a negative array, and whether speeds are asked for, which takes
/// eigenvalues.
void ProblemInvPoint(benchmark::State& state) {
  const auto n = static_cast<std::size_t>(state.range(0));
  spice::ProblemMaker make(7);
  nlohmann::json json{{"kind", "inv"},
                      {"G", make.conductances(n, n, true)},
                      {"I_in", make.vector(n, -5e-6, 5e-6)},
                      {"r_wire", 1.0},
                      {"opamp", {{"gain", 1e5}}}};
  if (state.range(1) != 0) json["G_neg"] = make.conductances(n, n, false);
  if (state.range(2) != 0) json["opamp"]["gbw"] = 100e6;
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
BENCHMARK(ProblemInvPoint)
    ->ArgsProduct({{16, 32, 64, 128, 256, 512}, {0, 1}, {0}})
    ->ArgsProduct({{16, 32, 64, 128}, {0, 1}, {1}})
    ->ArgNames({"N", "pair", "speed"})
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace mho::platform
