// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The core's surroundings as SystemC and TLM: transfers through the socket, clock edges as simulated time.
#pragma once

#include "models/soc/cpu/cpu.hpp"
#include "models/soc/cpu/environment.hpp"
#include "models/tlm/transaction_tag.hpp"

namespace mho::soc {

/// What the waveform shows of a core; soc.cpu.pc changes at synchronisations and traps.
struct Cpu::Signals {
  explicit Signals(trace::TraceSink& sink);
  trace::SignalId pc, pc_every, trap_cause, external, timer, software, is_sleeping;
};

class Cpu::Port final : public riscv::Environment, public SemihostTarget {
 public:
  explicit Port(Cpu& cpu);
  ~Port() override;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  bool access_memory(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                     std::uint64_t cycle) override;
  riscv::Transfer access_device(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                                std::uint64_t cycle) override;
  void account(const riscv::RepeatedRead& repeated) override;
  std::optional<riscv::DirectRegion> direct_region(std::uint32_t address) override;
  std::optional<std::uint64_t> mtime(std::uint64_t cycle) override;
  bool may_be_interrupted() override;
  std::optional<SemihostResult> semihost(std::uint32_t operation, std::uint32_t parameter) override;
  void trapped(std::uint32_t cause, std::uint32_t pc, std::uint32_t handler, std::uint64_t cycle) override;

  bool read_guest(std::uint32_t address, std::span<std::uint8_t> data) override;
  bool write_guest(std::uint32_t address, std::span<const std::uint8_t> data) override;
  /// The same for everything on the bus, as it is at the kernel's time: for debuggers, not for guests.
  bool peek(std::uint32_t address, std::span<std::uint8_t> data);
  bool poke(std::uint32_t address, std::span<const std::uint8_t> data);
  std::uint64_t local_time_ps() const override { return cpu_.local_time_ps(); }

  tlm_base::TransactionTag tag;

 private:
  static void fill(tlm::tlm_generic_payload& payload, tlm::tlm_command command, std::uint32_t address,
                   std::span<std::uint8_t> data);
  /// `count` equal accesses, the last of them at `cycle`.
  riscv::Transfer access_devices(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                                 std::uint64_t cycle, std::uint64_t count);
  bool access_debug(tlm::tlm_command command, std::uint32_t address, std::span<std::uint8_t> data);

  Cpu& cpu_;
  tlm::tlm_generic_payload memory_payload_;
  tlm::tlm_generic_payload device_payload_;
};

}  // namespace mho::soc
