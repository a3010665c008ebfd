// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a bus transaction costs the host: decoding among as many targets as the default chip has, occupancy,
// energy, and the register or memory behind it.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <tlm_utils/simple_target_socket.h>

#include <memory>
#include <vector>

#include "models/soc/bus.hpp"
#include "models/soc/clint.hpp"
#include "models/soc/ram.hpp"
#include "models/tlm/initiator.hpp"
#include "tests/support/simulation.hpp"

namespace mho {
namespace {

constexpr std::uint64_t kClint = 0x0200'0000, kMacros = 0x4200'0000, kRam = 0x8000'0000;
constexpr unsigned kMacroCount = 770;

struct Master : sc_core::sc_module {
  Master(sc_core::sc_module_name name, const tlm_base::Context& context)
      : sc_module(name), initiator("cpu", context) {}
  tlm_base::Initiator initiator;
};

struct Silent : sc_core::sc_module {
  explicit Silent(sc_core::sc_module_name name) : sc_module(name), socket("socket") {
    socket.register_b_transport(this, &Silent::b_transport);
  }
  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time&) {
    payload.set_response_status(tlm::TLM_OK_RESPONSE);
  }
  tlm_utils::simple_target_socket<Silent> socket;
};

struct Setup {
  Setup()
      : bus("bus", {}, bench.context),
        clint("clint", {}, bench.context),
        ram("ram", {}, bench.context),
        master("master", bench.context) {
    for (unsigned i = 0; i < kMacroCount; ++i) {
      macros.push_back(std::make_unique<Silent>(fmt::format("macro{}", i).c_str()));
      bus.attach(kMacros + i * 0x2000ull, 0x2000, macros.back()->socket, fmt::format("macro{}", i));
    }
    bus.attach(kClint, 0x1'0000, clint.socket, "clint");
    bus.attach(kRam, soc::kRamBytesDefault, ram.socket, "ram");
    master.initiator.socket.bind(bus.initiators);
    sc_core::sc_report_handler::set_actions(sc_core::SC_WARNING, sc_core::SC_DO_NOTHING);
    sc_core::sc_start(sc_core::SC_ZERO_TIME);
  }
  test::Bench bench;
  soc::Bus bus;
  soc::Clint clint;
  soc::Ram ram;
  std::vector<std::unique_ptr<Silent>> macros;
  Master master;
};

/// A 32-bit register of a standard device.
void register_read(benchmark::State& state) {
  Setup setup;
  std::uint32_t value = 0;
  sc_core::sc_time delay;
  for (auto _ : state) {
    setup.master.initiator.read32(kClint + 0xbff8, value, 0, delay);
    benchmark::DoNotOptimize(value);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(register_read);

/// A burst of 64 bytes into memory, as DMA and DRU make them.
void burst_write(benchmark::State& state) {
  Setup setup;
  const std::array<std::uint8_t, 64> data{};
  sc_core::sc_time delay;
  std::uint64_t offset = 0;
  for (auto _ : state) {
    setup.master.initiator.write(kRam + offset, data, 1, delay);
    offset = (offset + data.size()) % (1u << 20);
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * 64);
}
BENCHMARK(burst_write);

}  // namespace
}  // namespace mho

extern "C" int sc_main(int, char**) {
  return 0;
}

BENCHMARK_MAIN();
