// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A small AMC on a bus with memory and a host that plays the CPU: it reads and writes like firmware, and
// waits for what each access takes. Blocks of code that access the bus run in a SystemC process:
// bench.run([&] { … }).
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

#include "models/amc/subsystem.hpp"
#include "models/soc/bus.hpp"
#include "models/soc/ram.hpp"
#include "models/tlm/initiator.hpp"
#include "models/tlm/time.hpp"
#include "registers/adc.hpp"
#include "registers/array_macro.hpp"
#include "registers/dac.hpp"
#include "registers/dru.hpp"
#include "registers/memory_map.hpp"
#include "registers/telemetry.hpp"
#include "tests/support/simulation.hpp"

namespace mho::amc::test {

namespace map = registers::memory_map;
namespace dru_reg = registers::dru;
namespace macro_reg = registers::array_macro;
namespace dac_reg = registers::dac;
namespace adc_reg = registers::adc;

/// Two INV and ten MVM macros of the default sizes.
inline AmcParams small_params() {
  AmcParams params;
  params.inv_count = 2;
  params.mvm_count = 10;
  return params;
}

/// Nothing but the levels: no error of cells, amplifiers or converters.
inline AmcParams ideal_params() {
  AmcParams params = small_params();
  params.lines = {};
  for (auto* write : {&params.inv_write, &params.mvm_write}) {
    write->bounded = false;
    write->write_sigma = 0.0;
  }
  params.opamp.gain = 1e9;
  params.opamp.offset_sigma_volt = 0.0;
  params.dac.offset_sigma_lsb = params.dac.gain_sigma = params.dac.noise_sigma_lsb = 0.0;
  for (auto* adc : {&params.adc, &params.adc_low_precision}) {
    adc->offset_sigma_lsb = adc->gain_sigma = adc->noise_sigma_lsb = 0.0;
  }
  return params;
}

/// All errors of the default chip, so much smaller that 64 rows of digits of up to 4 bits leave room for
/// them.
inline AmcParams fine_params() {
  AmcParams params = small_params();
  params.mvm_write.tolerance = 2e-4;
  params.mvm_write.verify_sigma = 2e-5;
  params.opamp.gain = 1e7;
  params.opamp.offset_sigma_volt = 5e-7;
  params.timing.settle_epsilon_read = 1e-6;
  params.dac.bits = 12;
  params.dac.gain_sigma = 2e-5;
  params.adc.bits = 15;
  params.adc.gain_sigma = 2e-6;
  params.adc_low_precision.bits = 12;
  return params;
}

class Host : public sc_core::sc_module {
 public:
  Host(sc_core::sc_module_name name, const tlm_base::Context& context)
      : sc_module(name), port("cpu", context) {}

  tlm_base::Initiator port;
  std::uint32_t job = 0;

  /// Responses of the accesses below; they expect OK unless told otherwise.
  tlm::tlm_response_status read_status(std::uint32_t address, std::span<std::uint8_t> data) {
    sc_core::sc_time delay;
    const auto response = port.read(address, data, job, delay);
    sc_core::wait(delay);
    return response;
  }
  tlm::tlm_response_status write_status(std::uint32_t address, std::span<const std::uint8_t> data) {
    sc_core::sc_time delay;
    const auto response = port.write(address, data, job, delay);
    sc_core::wait(delay);
    return response;
  }
  std::uint32_t read32(std::uint32_t address) {
    std::uint32_t value = 0xdeadbeef;
    EXPECT_EQ(read_status(address, bytes_of(value)), tlm::TLM_OK_RESPONSE) << std::hex << address;
    return value;
  }
  void write32(std::uint32_t address, std::uint32_t value) {
    EXPECT_EQ(write_status(address, bytes_of(value)), tlm::TLM_OK_RESPONSE) << std::hex << address;
  }
  template <typename T>
  void write_all(std::uint32_t address, std::span<const T> data) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(data.data());
    EXPECT_EQ(write_status(address, {bytes, data.size_bytes()}), tlm::TLM_OK_RESPONSE) << std::hex << address;
  }
  template <typename T>
  std::vector<T> read_all(std::uint32_t address, std::size_t count) {
    std::vector<T> data(count);
    EXPECT_EQ(read_status(address, bytes_of(std::span(data))), tlm::TLM_OK_RESPONSE) << std::hex << address;
    return data;
  }
};

class AmcBench {
 public:
  explicit AmcBench(const AmcParams& params = small_params(), trace::TraceSink* trace = nullptr)
      : context{.ledger = base_.ledger,
                .trace = trace != nullptr ? *trace : base_.trace,
                .transactions = nullptr,
                .random = Random{1}},
        bus("bus", {}, context),
        ram("ram", {.bytes = 4U << 20}, context),
        amc("amc", params, context, bus),
        host("host", context) {
    bus.attach(map::kRamBase, 4U << 20, ram.socket, "ram");
    host.port.socket.bind(bus.initiators);
    amc.irq().connect([this](bool level, std::uint64_t time_ps) { irq_edges.emplace_back(level, time_ps); });
  }

  ~AmcBench() { EXPECT_TRUE(base_.ledger.audit()) << "energy was lost or counted twice"; }

  cost::Ledger& ledger() { return base_.ledger; }

  /// Runs `code` as a process, and the simulation until nothing happens any more.
  void run(std::function<void()> code) {
    bool is_done = false;
    sc_core::sc_spawn([&] {
      code();
      is_done = true;
    });
    sc_core::sc_start();
    EXPECT_TRUE(is_done) << "the process waits for something that never happens";
  }

  template <typename T>
  T load(std::uint32_t address) {
    T value;
    std::memcpy(&value, ram.bytes().data() + (address - map::kRamBase), sizeof value);
    return value;
  }
  template <typename T>
  void store(std::uint32_t address, const T& value) {
    std::memcpy(ram.bytes().data() + (address - map::kRamBase), &value, sizeof value);
  }
  template <typename T>
  void store_all(std::uint32_t address, const std::vector<T>& values) {
    std::memcpy(ram.bytes().data() + (address - map::kRamBase), values.data(), values.size() * sizeof(T));
  }

 private:
  mho::test::Bench base_;

 public:
  tlm_base::Context context;
  soc::Bus bus;
  soc::Ram ram;
  Subsystem amc;
  Host host;
  std::vector<std::pair<bool, std::uint64_t>> irq_edges;
};

}  // namespace mho::amc::test
