// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How many guest instructions the core executes per second of the host's user time, for a mix of matrix
// product, CRC and sort and for a plain loop, at three quanta; best of three.
#include <benchmark/benchmark.h>

#include <fstream>
#include <iterator>

#include "tests/bench/cpu/bench_time.hpp"
#include "tests/models/soc/cpu/cpu_bench.hpp"

extern "C" int sc_main(int, char**) {
  return 0;
}

namespace {

std::vector<std::uint8_t> guest_image() {
  std::ifstream file(MHO_BENCH_GUEST ".bin", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// CpuBench takes the default for "at once", which is as good as this here.
constexpr std::uint32_t kNativeAfter = mho::soc::kNativeAfterDefault + 1;

void run_guest(benchmark::State& state, std::uint32_t repetitions, bool is_plain,
               std::uint32_t native_after = kNativeAfter) {
  const auto image = guest_image();
  if (image.empty()) {
    state.SkipWithError("the guest program is missing");
    return;
  }
  mho::bench::BestRate rate;
  double instructions = 0;
  for (auto _ : state) {
    mho::soc::CpuOptions options;
    options.quantum_ps = static_cast<std::uint64_t>(state.range(0)) * 1000;
    options.native_after = native_after;
    mho::test::CpuBench bench(options);
    bench.load(mho::test::kRam, image);
    bench.cpu.reset(mho::test::kRam, repetitions, is_plain ? 1 : 0);
    const double start = mho::bench::user_seconds();
    bench.run();
    instructions = static_cast<double>(bench.cpu.counters().instructions);
    rate.add(instructions, mho::bench::user_seconds() - start);
    if (bench.stop.cause != mho::soc::StopCause::kGuestExit) state.SkipWithError("the guest did not finish");
  }
  state.counters["user_MIPS"] = rate.per_second() * 1e-6;
  state.counters["instructions"] = instructions;
}

void matmul_crc_sort(benchmark::State& state) {
  run_guest(state, 1000, false);
}
void matmul_crc_sort_interpreted(benchmark::State& state) {
  run_guest(state, 1000, false, 0);
}
void plain_loop(benchmark::State& state) {
  run_guest(state, 3000, true);
}

constexpr int kRuns = 3;
const std::vector<std::vector<std::int64_t>> kQuanta{{100, 10'000, 1'000'000}};  // nanoseconds

}  // namespace

BENCHMARK(matmul_crc_sort)
    ->ArgName("quantum_ns")
    ->ArgsProduct(kQuanta)
    ->Iterations(kRuns)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(matmul_crc_sort_interpreted)
    ->ArgName("quantum_ns")
    ->ArgsProduct(kQuanta)
    ->Iterations(kRuns)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(plain_loop)
    ->ArgName("quantum_ns")
    ->ArgsProduct(kQuanta)
    ->Iterations(kRuns)
    ->Unit(benchmark::kMillisecond);

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
