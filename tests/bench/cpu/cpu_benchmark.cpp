// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How many guest instructions the core executes per second of the host's user time, for a mix of matrix
// product, CRC and sort and for a plain loop, at three quanta.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <fstream>
#include <iterator>

#include "tests/models/soc/cpu/cpu_bench.hpp"

extern "C" int sc_main(int, char**) {
  return 0;
}

namespace {

double user_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec) + 1e-6 * static_cast<double>(usage.ru_utime.tv_usec);
}

std::vector<std::uint8_t> guest_image() {
  std::ifstream file(MHO_BENCH_GUEST, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void run_guest(benchmark::State& state, std::uint32_t repetitions, bool is_plain) {
  const auto image = guest_image();
  if (image.empty()) {
    state.SkipWithError("the guest program is missing");
    return;
  }
  double instructions = 0, seconds = 0;
  for (auto _ : state) {
    mho::soc::CpuOptions options;
    options.quantum_ps = static_cast<std::uint64_t>(state.range(0)) * 1000;
    mho::test::CpuBench bench(options);
    bench.load(mho::test::kRam, image);
    bench.cpu.reset(mho::test::kRam, repetitions, is_plain ? 1 : 0);
    const double start = user_seconds();
    bench.run();
    seconds += user_seconds() - start;
    instructions += static_cast<double>(bench.cpu.counters().instructions);
    if (bench.stop.cause != mho::soc::StopCause::kGuestExit) state.SkipWithError("the guest did not finish");
  }
  state.counters["user_MIPS"] = instructions / seconds * 1e-6;
  state.counters["instructions"] = instructions / static_cast<double>(state.iterations());
}

void matmul_crc_sort(benchmark::State& state) {
  run_guest(state, 300, false);
}
void plain_loop(benchmark::State& state) {
  run_guest(state, 1000, true);
}

const std::vector<std::vector<std::int64_t>> kQuanta{{100, 10'000, 1'000'000}};  // nanoseconds

}  // namespace

BENCHMARK(matmul_crc_sort)->ArgName("quantum_ns")->ArgsProduct(kQuanta)->Unit(benchmark::kMillisecond);
BENCHMARK(plain_loop)->ArgName("quantum_ns")->ArgsProduct(kQuanta)->Unit(benchmark::kMillisecond);

int main(int argc, char** argv) {
  setenv("SYSTEMC_DISABLE_COPYRIGHT_MESSAGE", "1", 0);
  sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
