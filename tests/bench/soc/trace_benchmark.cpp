// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What recording costs: host time per change of a signal and per bus transaction, file output included.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <filesystem>

#include "models/trace/transaction_csv.hpp"
#include "models/trace/vcd_writer.hpp"

namespace mho {
namespace {

const std::string kFile = (std::filesystem::temp_directory_path() / "mho_trace_benchmark.out").string();
constexpr unsigned kSignals = 64;

/// One change per signal and nanosecond, 100 ns ahead of the kernel, as a decoupled CPU makes them.
void vcd_bits(benchmark::State& state) {
  trace::VcdWriter vcd(kFile, {});
  std::uint64_t now_ps = 0;
  vcd.set_clock([&] { return now_ps; });
  std::vector<trace::SignalId> signals;
  for (unsigned i = 0; i < kSignals; ++i) {
    signals.push_back(vcd.declare_bits(fmt::format("s{}", i), 32, trace::Detail::kDefault));
  }
  std::uint64_t value = 0;
  for (auto _ : state) {
    for (const auto signal : signals) vcd.change(signal, now_ps + 100'000, value += 0x9e3779b9);
    now_ps += 1'000;
  }
  vcd.close(now_ps + 100'000);
  state.SetItemsProcessed(state.iterations() * kSignals);
  state.counters["bytes_per_change"] = static_cast<double>(std::filesystem::file_size(kFile)) /
                                       static_cast<double>(state.iterations() * kSignals);
}
BENCHMARK(vcd_bits);

void vcd_reals(benchmark::State& state) {
  trace::VcdWriter vcd(kFile, {});
  std::uint64_t now_ps = 0;
  vcd.set_clock([&] { return now_ps; });
  std::vector<trace::SignalId> signals;
  for (unsigned i = 0; i < kSignals; ++i) {
    signals.push_back(vcd.declare_real(fmt::format("s{}", i), trace::Detail::kDefault));
  }
  double value = 0.1;
  for (auto _ : state) {
    for (const auto signal : signals) vcd.change_real(signal, now_ps + 100'000, value += 0.0123456789);
    now_ps += 1'000;
  }
  vcd.close(now_ps + 100'000);
  state.SetItemsProcessed(state.iterations() * kSignals);
}
BENCHMARK(vcd_reals);

void csv_rows(benchmark::State& state) {
  trace::TransactionCsv csv(kFile);
  std::uint64_t id = 0;
  for (auto _ : state) {
    ++id;
    csv.add_energy(id, 1, Energy::femtojoules(5'716));
    csv.add_energy(id, 1, Energy::femtojoules(400));
    csv.record({.id = id,
                .job = 1,
                .initiator = "dru",
                .target = "amc.mvm12",
                .is_write = true,
                .address = 0x4200'0000,
                .bytes = 64,
                .start_ps = id * 12'345,
                .end_ps = id * 12'345 + 9'000,
                .is_ok = true});
  }
  csv.close();
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(csv_rows);

}  // namespace
}  // namespace mho

extern "C" int sc_main(int, char**) {
  return 0;
}

BENCHMARK_MAIN();
