// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Times of INV circuits with resistive lines: port reduction to answer, and parts of it.
#include <benchmark/benchmark.h>

#include <Eigen/LU>

#include "models/base/random.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/network.hpp"
#include "models/circuit/nodal/linear_transient.hpp"
#include "models/circuit/nodal/nonlinear_transient.hpp"
#include "models/circuit/nodal/operating_point.hpp"
#include "models/circuit/topology/topology.hpp"

namespace mho::circuit {
namespace {

constexpr double kOhm = 1.0;
constexpr int kPoints = 400;
constexpr double kStop = 100e-9;

Eigen::MatrixXd cells(Eigen::Index n) {
  const Random random(7);
  Eigen::MatrixXd g(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      const RandomCoordinates at{
          .unit = 0, .row = static_cast<std::uint16_t>(i), .column = static_cast<std::uint16_t>(j)};
      g(i, j) = 1e-6 + 34e-6 * random.uniform(RandomPurpose::kTest, at, 0);
    }
    g(i, i) += 12e-6 * static_cast<double>(n);
  }
  return g;
}

Topology topology(Eigen::Index n, AmplifierModel model, double input_farad) {
  TopologyParams params;
  params.amplifiers = {model};
  params.input_farad = input_farad;
  const LineParams lines{.row_segment_ohm = kOhm, .column_segment_ohm = kOhm};
  return inv_topology(make_array(cells(n), lines), std::nullopt, params);
}

Stimulus stimulus(Eigen::Index n) {
  return {.q = Eigen::VectorXd::LinSpaced(n, -5e-6, 5e-6), .t_rise_s = 1e-9, .start = {}};
}

void InvPointThroughPorts(benchmark::State& state) {
  const Eigen::Index n = state.range(0);
  for (auto _ : state) {
    const Topology inv = topology(n, {.gain = 1e5}, 0.0);
    benchmark::DoNotOptimize(rest_point(inv.circuit, stimulus(n).q).node_volt);
  }
}
BENCHMARK(InvPointThroughPorts)->RangeMultiplier(2)->Range(16, 512)->Unit(benchmark::kMillisecond);

InvNetwork network(Eigen::Index n) {
  const LineParams lines{.row_segment_ohm = kOhm, .column_segment_ohm = kOhm};
  return inv_network({.positive = cells(n), .negative = Eigen::MatrixXd::Zero(n, n)}, lines, 0.0);
}

/// The first input after a reduction: factors the loop.
void InvPointFromPorts(benchmark::State& state) {
  const Eigen::Index n = state.range(0);
  const InvNetwork inv = network(n);
  const Eigen::VectorXd input = stimulus(n).q;
  for (auto _ : state) {
    const Eigen::PartialPivLU<Eigen::MatrixXd> loop(inv.transfer_siemens + inv.self_siemens / 1e5);
    benchmark::DoNotOptimize(loop.solve(-input).eval().data());
  }
}
BENCHMARK(InvPointFromPorts)->RangeMultiplier(2)->Range(16, 512)->Unit(benchmark::kMicrosecond);

/// Every further one.
void InvPointAfterReduction(benchmark::State& state) {
  const Eigen::Index n = state.range(0);
  const InvCircuit inv(network(n), {}, {});
  const Eigen::VectorXd input = stimulus(n).q;
  for (auto _ : state) benchmark::DoNotOptimize(inv.solve(input).v.data());
}
BENCHMARK(InvPointAfterReduction)->RangeMultiplier(2)->Range(16, 512)->Unit(benchmark::kMicrosecond);

void InvTransientLinear(benchmark::State& state) {
  const Eigen::Index n = state.range(0);
  const Eigen::VectorXd times = Eigen::VectorXd::LinSpaced(kPoints, 0.0, kStop);
  for (auto _ : state) {
    const Topology inv = topology(n, {.gain = 1e5}, 0.0);
    benchmark::DoNotOptimize(linear_transient(inv.circuit, stimulus(n), times).states);
  }
}
BENCHMARK(InvTransientLinear)->RangeMultiplier(2)->Range(16, 512)->Unit(benchmark::kMillisecond);

void InvTransientNonlinear(benchmark::State& state, Integrator method, double input_farad) {
  const Eigen::Index n = state.range(0);
  const Topology inv =
      topology(n, {.gain = 1e5, .v_sat_volt = 0.5, .slew_rate_volt_per_s = 5e7}, input_farad);
  const Eigen::VectorXd times = Eigen::VectorXd::LinSpaced(kPoints, 0.0, kStop);
  std::size_t n_steps = 0;
  for (auto _ : state)
    n_steps = nonlinear_transient(inv.circuit, stimulus(n), times, {.method = method}).n_steps;
  state.counters["steps"] = static_cast<double>(n_steps);
}
BENCHMARK_CAPTURE(InvTransientNonlinear, explicit_one_pole, Integrator::kExplicit, 0.0)
    ->Arg(16)
    ->Arg(32)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(InvTransientNonlinear, rosenbrock_one_pole, Integrator::kRosenbrock, 0.0)
    ->Arg(16)
    ->Arg(32)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(InvTransientNonlinear, explicit_50fF, Integrator::kExplicit, 50e-15)
    ->Arg(16)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(InvTransientNonlinear, rosenbrock_50fF, Integrator::kRosenbrock, 50e-15)
    ->Arg(16)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(InvTransientNonlinear, automatic_5fF, Integrator::kAutomatic, 5e-15)
    ->Arg(16)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mho::circuit
