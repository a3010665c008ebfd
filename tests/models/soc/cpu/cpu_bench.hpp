// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A core on a bench: RAM, read-only memory, and a region of test devices behind one socket.
#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <tlm_utils/simple_target_socket.h>

#include "models/soc/cpu/cpu.hpp"
#include "models/tlm/time.hpp"
#include "models/tlm/transaction_tag.hpp"
#include "tests/models/soc/cpu/assembler.hpp"
#include "tests/support/simulation.hpp"

namespace mho::test {

inline constexpr std::uint32_t kRam = 0x8000'0000, kRamBytes = 1u << 20;
inline constexpr std::uint32_t kRom = 0x2000'0000, kRomBytes = 1u << 16;
/// Writing n here ends the run with exit code n.
inline constexpr std::uint32_t kExitDevice = 0x1000'0000;
/// A page of 32-bit scratch registers; each access takes kScratchDelayPs.
inline constexpr std::uint32_t kScratch = 0x1000'1000;
inline constexpr std::uint64_t kScratchDelayPs = 7'300;
/// Further devices are added by tests from here on.
inline constexpr std::uint32_t kDevices = 0x1100'0000;

/// Everything a core can reach.
class TestTarget final : public sc_core::sc_module {
 public:
  struct Access {
    bool is_write;
    std::uint32_t address;
    std::span<std::uint8_t> data;
    sc_core::sc_time& delay;
    tlm_base::TransactionTag* tag;
  };
  using Device = std::function<bool(const Access&)>;

  explicit TestTarget(sc_core::sc_module_name name)
      : sc_module(name), socket("socket"), ram(kRamBytes), rom(kRomBytes) {
    socket.register_b_transport(this, &TestTarget::b_transport);
    socket.register_transport_dbg(this, &TestTarget::transport_dbg);
    socket.register_get_direct_mem_ptr(this, &TestTarget::get_direct_mem_ptr);
  }

  tlm_utils::simple_target_socket<TestTarget> socket;
  std::vector<std::uint8_t> ram, rom;
  /// Devices by first address; each answers for a page.
  std::map<std::uint32_t, Device> devices;
  std::uint64_t memory_transports = 0, dmi_requests = 0, tagged_memory_transports = 0;
  /// Delay that the memory claims; the core must not count it.
  std::uint64_t memory_delay_ps = 123;
  bool grants_dmi = true;

  std::span<std::uint8_t> memory_at(std::uint64_t address, std::size_t bytes) {
    if (address >= kRam && address + bytes <= std::uint64_t{kRam} + kRamBytes) {
      return std::span(ram).subspan(address - kRam, bytes);
    }
    if (address >= kRom && address + bytes <= std::uint64_t{kRom} + kRomBytes) {
      return std::span(rom).subspan(address - kRom, bytes);
    }
    return {};
  }

 private:
  static constexpr std::uint32_t kPage = 0x1000;

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay) {
    const auto address = static_cast<std::uint32_t>(payload.get_address());
    const std::span data(payload.get_data_ptr(), payload.get_data_length());
    auto* const tag = payload.get_extension<tlm_base::TransactionTag>();
    payload.set_response_status(tlm::TLM_ADDRESS_ERROR_RESPONSE);
    if (const auto memory = memory_at(address, data.size()); !memory.empty()) {
      ++memory_transports;
      if (tag != nullptr) ++tagged_memory_transports;
      if (payload.is_write() && address < kRam) return;
      if (payload.is_write()) {
        std::ranges::copy(data, memory.begin());
      } else {
        std::ranges::copy(memory, data.begin());
      }
      delay += tlm_base::from_ps(memory_delay_ps);
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
      return;
    }
    const auto device = devices.find(address / kPage * kPage);
    if (device == devices.end()) return;
    if (device->second(
            {.is_write = payload.is_write(), .address = address, .data = data, .delay = delay, .tag = tag})) {
      payload.set_response_status(tlm::TLM_OK_RESPONSE);
    }
  }

  unsigned transport_dbg(tlm::tlm_generic_payload& payload) {
    const auto memory = memory_at(payload.get_address(), payload.get_data_length());
    if (memory.empty()) return 0;
    if (payload.is_write()) {
      std::copy_n(payload.get_data_ptr(), memory.size(), memory.begin());
    } else {
      std::ranges::copy(memory, payload.get_data_ptr());
    }
    return payload.get_data_length();
  }

  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi) {
    ++dmi_requests;
    const auto address = static_cast<std::uint32_t>(payload.get_address());
    if (!grants_dmi || memory_at(address, 1).empty()) return false;
    const bool is_ram = address >= kRam;
    dmi.set_start_address(is_ram ? kRam : kRom);
    dmi.set_end_address(is_ram ? kRam + kRamBytes - 1 : kRom + kRomBytes - 1);
    dmi.set_dmi_ptr(is_ram ? ram.data() : rom.data());
    if (is_ram) {
      dmi.allow_read_write();
    } else {
      dmi.allow_read();
    }
    return true;
  }
};

/// Programs of tests are short: they get host code at once unless the test says otherwise.
inline soc::CpuOptions eager(soc::CpuOptions options) {
  if (options.native_after == soc::kNativeAfterDefault) options.native_after = 1;
  return options;
}

/// One simulation: construct, load(), add devices, run(), look.
class CpuBench {
 public:
  explicit CpuBench(soc::CpuOptions options = {}, soc::CpuParams params = {})
      : memories_{{.base = kRam, .size = kRamBytes}, {.base = kRom, .size = kRomBytes}},
        target("target"),
        cpu("cpu", params, bench.context, memories_, eager(options)) {
    sc_core::sc_report_handler::set_actions(sc_core::SC_INFO, sc_core::SC_DO_NOTHING);
    cpu.socket.bind(target.socket);
    cpu.on_stop([this](const soc::StopReport& report) {
      stop = report;
      sc_core::sc_stop();
    });
    target.devices[kExitDevice] = [this](const TestTarget::Access& access) {
      if (!access.is_write) return false;
      cpu.request_stop(soc::StopCause::kGuestExit, access.data[0], "exit device");
      return true;
    };
    target.devices[kScratch] = [this](const TestTarget::Access& access) {
      const std::uint32_t at = access.address - kScratch;
      access_log.push_back({access.is_write, access.address, static_cast<unsigned>(access.data.size()),
                            tlm_base::now_ps(access.delay),
                            access.tag != nullptr ? access.tag->purpose : cost::Purpose{}});
      if (access.is_write) {
        std::ranges::copy(access.data, scratch.begin() + at);
      } else {
        std::copy_n(scratch.begin() + at, access.data.size(), access.data.begin());
      }
      access.delay += tlm_base::from_ps(kScratchDelayPs);
      return true;
    };
    cpu.reset(kRam);
  }

  void load(Assembler& code) { load(code.origin(), code.finish()); }
  void load(std::uint32_t address, const std::vector<std::uint8_t>& bytes) {
    std::ranges::copy(bytes, target.memory_at(address, bytes.size()).begin());
  }
  std::uint32_t word(std::uint32_t address) {
    std::uint32_t value = 0;
    std::memcpy(&value, target.memory_at(address, 4).data(), 4);
    return value;
  }

  void run() { sc_core::sc_start(); }

  /// Kernel and ledger first: modules die before them.
  Bench bench;

 private:
  std::vector<soc::MemoryRange> memories_;

 public:
  struct LoggedAccess {
    bool is_write;
    std::uint32_t address;
    unsigned bytes;
    std::uint64_t time_ps;
    cost::Purpose purpose;
  };
  TestTarget target;
  soc::Cpu cpu;
  soc::StopReport stop;
  std::vector<LoggedAccess> access_log;
  std::vector<std::uint8_t> scratch = std::vector<std::uint8_t>(0x1000);
};

/// Ends the guest with the code in a0 (clobbers t6).
inline void emit_exit(Assembler& code) {
  code.li(t6, kExitDevice);
  code.sw(a0, t6, 0);
}

}  // namespace mho::test
