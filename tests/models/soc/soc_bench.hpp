// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the tests of the SoC's blocks share: an initiator that is driven from the test itself, with short
// names for the responses, and recorders for what a block reports.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "models/tlm/initiator.hpp"
#include "models/tlm/irq.hpp"
#include "models/tlm/time.hpp"
#include "tests/support/simulation.hpp"

namespace mho::test {

inline constexpr auto kOk = tlm::TLM_OK_RESPONSE;
inline constexpr auto kAddressError = tlm::TLM_ADDRESS_ERROR_RESPONSE;
inline constexpr auto kBurstError = tlm::TLM_BURST_ERROR_RESPONSE;

/// Lets the kernel elaborate, so that sockets can be used from the test.
inline void elaborate() {
  sc_core::sc_report_handler::set_actions(sc_core::SC_ID_NO_SC_START_ACTIVITY_, sc_core::SC_DO_NOTHING);
  sc_core::sc_start(sc_core::SC_ZERO_TIME);
}

/// Advances the kernel to an absolute time; what is due exactly then is still to come.
inline void run_until_ps(std::uint64_t time_ps) {
  sc_core::sc_start(tlm_base::from_ps(time_ps) - sc_core::sc_time_stamp());
}

inline std::uint64_t kernel_ps() {
  return tlm_base::to_ps(sc_core::sc_time_stamp());
}

/// Tagged accesses of an initiator called "cpu" at a chosen local time ahead of the kernel.
class Driver : public sc_core::sc_module {
 public:
  explicit Driver(const tlm_base::Context& context, sc_core::sc_module_name name = "driver")
      : sc_module(name), initiator("cpu", context) {}

  tlm::tlm_response_status write(std::uint64_t address, std::uint32_t value, std::uint64_t offset_ps = 0) {
    delay = tlm_base::from_ps(offset_ps);
    return initiator.write32(address, value, job, delay);
  }
  std::uint32_t read(std::uint64_t address, std::uint64_t offset_ps = 0) {
    std::uint32_t value = 0xdeadbeef;
    delay = tlm_base::from_ps(offset_ps);
    EXPECT_EQ(initiator.read32(address, value, job, delay), kOk) << std::hex << address;
    return value;
  }
  tlm::tlm_response_status status_of_read(std::uint64_t address) {
    std::uint32_t value = 0;
    delay = sc_core::SC_ZERO_TIME;
    return initiator.read32(address, value, job, delay);
  }
  tlm::tlm_response_status write8(std::uint64_t address, std::uint8_t value, std::uint64_t offset_ps = 0) {
    delay = tlm_base::from_ps(offset_ps);
    return initiator.write(address, {&value, 1}, job, delay);
  }
  std::uint8_t read8(std::uint64_t address, std::uint64_t offset_ps = 0) {
    std::uint8_t value = 0xee;
    delay = tlm_base::from_ps(offset_ps);
    EXPECT_EQ(initiator.read(address, {&value, 1}, job, delay), kOk) << std::hex << address;
    return value;
  }

  tlm_base::Initiator initiator;
  sc_core::sc_time delay;  ///< after the latest access
  std::uint32_t job = 0;
};

/// Payloads without a tag, as the CPU makes them for its memory.
struct UntaggedPayload {
  UntaggedPayload(tlm::tlm_command command, std::uint64_t address, std::uint8_t* data, unsigned bytes) {
    payload.set_command(command);
    payload.set_address(address);
    payload.set_data_ptr(data);
    payload.set_data_length(bytes);
    payload.set_streaming_width(bytes);
    payload.set_byte_enable_ptr(nullptr);
  }
  tlm::tlm_generic_payload payload;
};

/// An initiator without tags that remembers what was invalidated.
class UntaggedMaster : public sc_core::sc_module {
 public:
  explicit UntaggedMaster(sc_core::sc_module_name name = "untagged") : sc_module(name), socket("socket") {
    socket.register_invalidate_direct_mem_ptr(this, &UntaggedMaster::invalidate);
  }

  tlm_utils::simple_initiator_socket<UntaggedMaster> socket;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> invalidated;

 private:
  void invalidate(sc_dt::uint64 start, sc_dt::uint64 end) { invalidated.emplace_back(start, end); }
};

/// The changes of an interrupt line as (level, time).
struct IrqRecorder {
  explicit IrqRecorder(tlm_base::IrqLine& line) {
    line.connect([this](bool level, std::uint64_t time_ps) { changes.emplace_back(level, time_ps); });
  }
  std::vector<std::pair<bool, std::uint64_t>> changes;
};

/// Keeps every change in memory.
class RecordingTrace final : public trace::TraceSink {
 public:
  struct Change {
    std::string path;
    std::uint64_t time_ps;
    std::uint64_t value;
    bool operator==(const Change&) const = default;
  };
  trace::SignalId declare_bits(std::string_view path, unsigned, trace::Detail) override {
    paths.emplace_back(path);
    return static_cast<trace::SignalId>(paths.size() - 1);
  }
  trace::SignalId declare_real(std::string_view path, trace::Detail detail) override {
    return declare_bits(path, 64, detail);
  }
  void change(trace::SignalId signal, std::uint64_t time_ps, std::uint64_t value) override {
    changes.push_back({paths.at(signal), time_ps, value});
  }
  void change_real(trace::SignalId signal, std::uint64_t time_ps, double) override {
    changes.push_back({paths.at(signal), time_ps, 0});
  }
  bool enabled() const override { return true; }

  std::vector<std::string> paths;
  std::vector<Change> changes;
};

/// Keeps every transaction in memory.
class RecordingLog final : public trace::TransactionLog {
 public:
  void record(const trace::TransactionRecord& record) override {
    records.push_back(record);
    targets.emplace_back(record.target);
  }
  std::vector<trace::TransactionRecord> records;
  std::vector<std::string> targets;
};

}  // namespace mho::test
