// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The same guest on QEMU with an instruction counter (-icount shift=0), for comparison: instructions per
// second of QEMU's user time, its start taken off. Best of three.
#include <benchmark/benchmark.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/bench/cpu/bench_time.hpp"
#include "tests/models/soc/cpu/cpu_bench.hpp"

namespace {

using namespace mho;

constexpr const char* kQemu = "qemu-system-riscv32";
constexpr std::uint32_t kRepetitions = 100;

/// @returns user seconds; negative: it cannot be started, or the guest did not end it
double run_qemu(std::uint32_t repetitions) {
  std::vector<std::string> words{kQemu,
                                 "-machine",
                                 "virt",
                                 "-bios",
                                 "none",
                                 "-display",
                                 "none",
                                 "-serial",
                                 "none",
                                 "-monitor",
                                 "none",
                                 "-icount",
                                 "shift=0",
                                 "-kernel",
                                 MHO_BENCH_GUEST ".elf",
                                 "-device",
                                 "loader,addr=0x800f0000,data-len=4,data=" + std::to_string(repetitions)};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const double start = bench::user_seconds(RUSAGE_CHILDREN);
  pid_t child = 0;
  if (posix_spawnp(&child, kQemu, nullptr, nullptr, argv.data(), environ) != 0) return -1;
  int status = 0;
  while (waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return -1;
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return -1;
  return bench::user_seconds(RUSAGE_CHILDREN) - start;
}

/// What our core counts for the same work.
double instructions_of(std::uint32_t repetitions) {
  std::ifstream file(MHO_BENCH_GUEST ".bin", std::ios::binary);
  const std::vector<std::uint8_t> image{std::istreambuf_iterator<char>(file),
                                        std::istreambuf_iterator<char>()};
  test::CpuBench bench;
  bench.load(test::kRam, image);
  bench.cpu.reset(test::kRam, repetitions, 0);
  bench.run();
  return static_cast<double>(bench.cpu.counters().instructions);
}

void qemu_matmul_crc_sort(benchmark::State& state) {
  const double start_up = run_qemu(0);
  if (start_up < 0) {
    state.SkipWithError("qemu-system-riscv32 is not installed or does not run: no figure beside ours");
    return;
  }
  const double instructions = instructions_of(kRepetitions);
  bench::BestRate rate;
  for (auto _ : state) {
    const double took = run_qemu(kRepetitions);
    if (took < 0) {
      state.SkipWithError("a run of qemu-system-riscv32 failed");
      return;
    }
    rate.add(instructions, took - start_up);
  }
  state.counters["user_MIPS"] = rate.per_second() * 1e-6;
  state.counters["instructions"] = instructions;
}

}  // namespace

BENCHMARK(qemu_matmul_crc_sort)->Iterations(3)->Unit(benchmark::kMillisecond);
