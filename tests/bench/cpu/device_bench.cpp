// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How many registers of devices the core reads per second of the host's user time, through the bus of the
// default chip with all its macros. Best of three. `device_register_reads`: STATUS of the DRU, as firmware
// polls it; the core repeats such a read itself until something can have changed.
// `device_register_transactions`: STATUS of a macro, which depends on the time, so that each read is a
// transaction of its own.
#include <benchmark/benchmark.h>

#include <array>
#include <cstring>
#include <sstream>

#include "models/soc/elf_loader.hpp"
#include "models/soc/memory_map.hpp"
#include "platform/chip.hpp"
#include "platform/config/settings.hpp"
#include "tests/bench/cpu/bench_time.hpp"

namespace {

using namespace mho;

/// Where guest_start.S finds repetitions and mode.
constexpr std::uint32_t kOrders = 0xf0000;
constexpr std::uint32_t kModeReads = 2, kModeTransactions = 3;
constexpr std::uint32_t kRepetitions = 100'000;

void read_registers(benchmark::State& state, std::uint32_t mode) {
  const soc::ElfImage image = soc::load_elf(MHO_BENCH_GUEST ".elf");
  const platform::ChipConfig config = platform::chip_config(platform::Settings());
  bench::BestRate rate;
  for (auto _ : state) {
    std::ostringstream console;
    platform::Chip chip(config, {.quantum_ps = static_cast<std::uint64_t>(state.range(0)) * 1000},
                        {.console = console});
    chip.machine().load(image);
    const std::array orders{kRepetitions, mode};
    std::memcpy(chip.machine().ram().bytes().data() + kOrders, orders.data(), sizeof orders);
    const double start = bench::user_seconds();
    const platform::RunResult result = chip.machine().run();
    const auto reads = static_cast<double>(chip.machine().cpu().counters().device_accesses);
    rate.add(reads, bench::user_seconds() - start);
    if (result.exit_cause != soc::ExitCause::kFinisher) state.SkipWithError("the guest did not finish");
  }
  state.counters["user_Mreads_per_s"] = rate.per_second() * 1e-6;
}

void device_register_reads(benchmark::State& state) {
  read_registers(state, kModeReads);
}
void device_register_transactions(benchmark::State& state) {
  read_registers(state, kModeTransactions);
}

void quanta(benchmark::internal::Benchmark* bench) {
  bench->ArgName("quantum_ns")
      ->ArgsProduct({{100, 10'000, 1'000'000}})
      ->Iterations(3)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

BENCHMARK(device_register_reads)->Apply(quanta);
BENCHMARK(device_register_transactions)->Apply(quanta);
