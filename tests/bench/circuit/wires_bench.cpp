// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What resistive lines cost: one drive, a batch, the reduction to ports, the INV operating point from
// scratch, and the compensation of a pair. r = 1 Ω a segment, cells 1 … 100 µS. Beside them, in the same run,
// a sparse Cholesky factorisation (Eigen) and ngspice on the same network, where they finish in seconds.
// Times of ngspice are those of the program, reading the netlist included.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "models/circuit/wires/compensation.hpp"
#include "models/circuit/wires/first_order.hpp"
#include "models/circuit/wires/inv_operating_point.hpp"
#include "models/circuit/wires/line_solver.hpp"
#include "models/circuit/wires/nonlinear_array.hpp"
#include "models/circuit/wires/port_reduction.hpp"
#include "tests/models/circuit/wires/nodal_array.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr LineParams kLines{.row_segment_ohm = 1.0, .column_segment_ohm = 1.0};
constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

MatrixXd cells(Index n) {
  return random_cells(n, n, 1);
}

void WiresOneDrive(benchmark::State& state) {
  const Index n = state.range(0);
  const MatrixXd g = cells(n);
  const VectorXd u = uniform_matrix(n, 1, 2), zero = VectorXd::Zero(n);
  VectorXd row_ampere, column_ampere;
  for (auto _ : state) {
    const LineSolver solver(g, kLines);
    benchmark::DoNotOptimize(solver.solve_ports(u, zero, {}, row_ampere, column_ampere));
  }
  const VectorXd exact = LineSolver(g, kLines).solve(u, zero, {.tolerance = 1e-15}).column_ampere;
  state.counters["error"] = relative_difference(column_ampere, exact);
}
BENCHMARK(WiresOneDrive)->RangeMultiplier(2)->Range(16, 512)->Unit(benchmark::kMicrosecond);

void WiresBatchOf64Drives(benchmark::State& state) {
  const Index n = state.range(0);
  const MatrixXd g = cells(n), u = uniform_matrix(n, 64, 2);
  for (auto _ : state) {
    const ArrayPorts ports = reduce_ports(g, kLines);
    benchmark::DoNotOptimize((ports.transfer_siemens.transpose() * u).eval());
  }
  state.SetItemsProcessed(state.iterations() * 64);
}
BENCHMARK(WiresBatchOf64Drives)->Arg(64)->Arg(256)->Unit(benchmark::kMicrosecond);

void WiresReduction(benchmark::State& state) {
  const MatrixXd g = cells(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(reduce_ports(g, kLines).transfer_siemens.data());
}
BENCHMARK(WiresReduction)->RangeMultiplier(2)->Range(8, 512)->Unit(benchmark::kMicrosecond);

void WiresReductionBySparseCholesky(benchmark::State& state) {
  const MatrixXd g = cells(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(sparse_nodal_ports(g, kLines).transfer_siemens.data());
}
BENCHMARK(WiresReductionBySparseCholesky)->RangeMultiplier(2)->Range(16, 128)->Unit(benchmark::kMicrosecond);

/// Arguments: N, and whether the negative array has cells too.
void WiresInvOperatingPoint(benchmark::State& state) {
  const Index n = state.range(0);
  const device::DifferentialPair pair{
      .positive = cells(n),
      .negative = state.range(1) == 0 ? MatrixXd::Zero(n, n).eval() : random_cells(n, n, 3)};
  const VectorXd input = 1e-6 * normal_matrix(n, 1, 4);
  InvPoint point;
  for (auto _ : state) point = inv_operating_point(pair, kLines, {}, input);
  state.counters["iterations"] = point.iterations;
}
BENCHMARK(WiresInvOperatingPoint)
    ->ArgsProduct({{16, 32, 64, 128, 256, 512}, {0, 1}})
    ->ArgNames({"N", "pair"})
    ->Unit(benchmark::kMicrosecond);

void WiresCompensation(benchmark::State& state) {
  const Index n = state.range(0);
  const MatrixXd levels = (15.0 * uniform_matrix(n, n, 5).array()).floor() - 7.0;
  Compensation result;
  for (auto _ : state) result = compensate_lines(levels, {}, kChip);
  state.counters["scale"] = result.scale_siemens[0] / device::step_siemens({});
  state.counters["iterations"] = result.iterations;
}
BENCHMARK(WiresCompensation)->Arg(8)->Arg(16)->Arg(32)->Arg(64)->Unit(benchmark::kMicrosecond);

void WiresTransferChange(benchmark::State& state) {
  const Index n = state.range(0);
  const MatrixXd before = cells(n), after = 1.01 * before;
  for (auto _ : state) benchmark::DoNotOptimize(transfer_change(before, after, kChip).data());
}
BENCHMARK(WiresTransferChange)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);

void WiresNonlinearCells(benchmark::State& state) {
  const Index n = state.range(0);
  const MatrixXd g = cells(n);
  const VectorXd u = 0.2 * uniform_matrix(n, 1, 2), zero = VectorXd::Zero(n);
  constexpr double kV0 = 0.5;
  const CellLaw law = [&](const Eigen::ArrayXXd& volt, Eigen::ArrayXXd& ampere, Eigen::ArrayXXd& slope) {
    ampere = g.array() * kV0 * (volt / kV0).sinh();
    slope = g.array() * (volt / kV0).cosh();
  };
  NonlinearSolution solution;
  for (auto _ : state) solution = solve_nonlinear_array(n, n, law, kLines, u, zero);
  state.counters["iterations"] = solution.iterations;
}
BENCHMARK(WiresNonlinearCells)->Arg(16)->Arg(64)->Unit(benchmark::kMicrosecond);

/// Row ports at `u`, column ports in ideal virtual grounds: nodes w<i>_<j>, b<i>_<j>.
void write_netlist(const std::filesystem::path& path, const MatrixXd& g, const VectorXd& u) {
  std::ofstream out(path);
  const Index n = g.rows();
  out << "array\n";
  for (Index i = 0; i < n; ++i) {
    out << fmt::format("Vu{0} u{0} 0 {1:.17g}\nVb{0} v{0} 0 0\n", i, u[i]);
    for (Index j = 0; j < n; ++j) {
      out << fmt::format("Rc{0}_{1} w{0}_{1} b{0}_{1} {2:.17g}\n", i, j, 1.0 / g(i, j));
      out << (j == 0 ? fmt::format("Rw{0}_0 u{0} w{0}_0 1\n", i)
                     : fmt::format("Rw{0}_{1} w{0}_{2} w{0}_{1} 1\n", i, j, j - 1));
      out << (i == n - 1 ? fmt::format("Rb{0}_{1} b{0}_{1} v{1} 1\n", i, j)
                         : fmt::format("Rb{0}_{1} b{0}_{1} b{2}_{1} 1\n", i, j, i + 1));
    }
  }
  out << ".control\nop\nprint i(Vb0)\nquit\n.endc\n.end\n";
}

void WiresOneDriveByNgspice(benchmark::State& state) {
  if (std::system("ngspice --version > /dev/null 2>&1") != 0) {
    state.SkipWithError("ngspice is not installed");
    return;
  }
  const Index n = state.range(0);
  std::string name = (std::filesystem::temp_directory_path() / "mho-bench-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) {
    state.SkipWithError("no temporary directory");
    return;
  }
  const std::filesystem::path netlist = std::filesystem::path(name) / "array.cir";
  write_netlist(netlist, cells(n), uniform_matrix(n, 1, 2));
  const std::string command = fmt::format("timeout 60 ngspice -b {} > {}/log 2>&1", netlist.string(), name);
  for (auto _ : state) {
    if (std::system(command.c_str()) != 0) state.SkipWithError("ngspice failed, or took more than 60 s");
  }
  std::filesystem::remove_all(name);
}
BENCHMARK(WiresOneDriveByNgspice)
    ->Arg(16)
    ->Arg(32)
    ->Arg(64)
    ->Iterations(1)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace mho::circuit
