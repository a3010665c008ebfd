// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The peer of the INV benchmarks: ngspice on the same circuits, resistive lines included. Times are those of
// the program, reading the netlist included. What takes longer than kLimitSeconds is given up.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "tests/spice/ngspice.hpp"
#include "tests/spice/problem_netlist.hpp"
#include "tests/spice/random_problem.hpp"

namespace mho::spice {
namespace {

constexpr int kLimitSeconds = 60;

Netlist inv_netlist(std::size_t n, bool is_transient) {
  ProblemMaker make(7);
  nlohmann::json problem{{"kind", "inv"},
                         {"G", make.conductances(n, n, true)},
                         {"I_in", make.vector(n, -5e-6, 5e-6)},
                         {"r_wire", 1.0},
                         {"opamp", {{"gain", 1e5}, {"gbw", 100e6}}}};
  if (is_transient)
    problem.update({{"analysis", "tran"}, {"t_rise", 1e-9}, {"tstop", 100e-9}, {"dt", 0.25e-9}});
  return netlist_of(problem);
}

void run_ngspice(benchmark::State& state, const std::string& analysis, bool is_transient) {
  if (!has_ngspice()) {
    state.SkipWithError("ngspice is not installed");
    return;
  }
  const Netlist netlist = inv_netlist(static_cast<std::size_t>(state.range(0)), is_transient);
  for (auto _ : state) {
    if (!run_within(kLimitSeconds, netlist.text, analysis, netlist.answers))
      state.SkipWithError(fmt::format("ngspice failed, or took more than {} s", kLimitSeconds).c_str());
  }
}

void InvPointByNgspice(benchmark::State& state) {
  run_ngspice(state, "op", false);
}
BENCHMARK(InvPointByNgspice)
    ->Arg(16)
    ->Arg(32)
    ->Arg(64)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// 400 points with steps of at most their distance: coarser than what ngspice needs to agree with mho within
/// 1e-5.
void InvTransientByNgspice(benchmark::State& state) {
  run_ngspice(state, "tran 0.25n 100n 0 0.25n", true);
}
BENCHMARK(InvTransientByNgspice)
    ->Arg(16)
    ->Arg(32)
    ->Arg(64)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mho::spice
