// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Main memory with two ports. The CPU's port (payloads without a TransactionTag, and DMI) is free here: the
// CPU itself counts fixed cycles and energy for its memory accesses, the same with and without DMI. The
// system port (tagged payloads: DMA, DRU) has a latency, a width and an occupancy, and books energy per byte.
// Not modelled: banks, rows, refresh, contention between the two ports, ECC.
//
// Memory is mapped lazily: untouched pages cost nothing and read as zero.
#pragma once

#include <tlm_utils/simple_target_socket.h>
#include <cstdint>
#include <functional>
#include <span>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/soc/memory_map.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/time.hpp"

namespace mho::soc {

struct RamParams {
  std::uint64_t bytes = kRamBytesDefault;  ///< a multiple of 4096, > 0, at most 2 GiB
  std::uint64_t clock_period_ps = 1000;    ///< [picosecond] of the system port, > 0
  std::uint32_t latency_cycles = 10;       ///< [cycle] first word of a burst. Our assumption
  std::uint32_t width_bytes = 8;           ///< [byte] per cycle, > 0. Our assumption
  /// [joule] per byte on the system port: 100 pJ per 64 bit of a 1 MB SRAM at 45 nm × 0.87 to 40 nm
  /// (components.md, Horowitz); that all of the memory is made of such blocks is our assumption.
  double energy_per_byte_joules = 10.9e-12;
  double static_power_watts = 1e-3;  ///< [watt] retention of all of it, whatever its size. Our assumption
};

class Ram : public sc_core::sc_module {
 public:
  /// Something other than the CPU's own stores changed [offset, offset + bytes).
  using ForeignWrite = std::function<void(std::uint64_t offset, std::uint64_t bytes)>;
  /// A store hit a watched range; called after memory has changed, with the moment of the store.
  using Watch = std::function<void(std::uint64_t offset, std::uint64_t bytes, std::uint64_t time_ps)>;

  /// @throws InputError for a size or a port outside the ranges above
  Ram(sc_core::sc_module_name name, const RamParams& params, const tlm_base::Context& context);
  ~Ram() override;
  Ram(const Ram&) = delete;
  Ram& operator=(const Ram&) = delete;

  tlm_utils::simple_target_socket<Ram> socket;

  /// Called for every tagged write and every debug write, at the moment at which memory changes: the CPU
  /// drops what it had decoded there. Pointers granted as DMI stay valid. One at most.
  void on_foreign_write(ForeignWrite listener) { foreign_write_ = std::move(listener); }

  /// Reports every store that overlaps [offset, offset + bytes). The pages concerned are no longer granted as
  /// DMI, so that CPU stores arrive here; their cost does not change.
  void watch(std::uint64_t offset, std::uint64_t bytes, Watch listener);

  /// The whole memory, for loaders and tests. Writing through it reports nothing.
  std::span<std::uint8_t> bytes() { return {memory_, params_.bytes}; }

 private:
  struct WatchedRange {
    std::uint64_t offset, bytes;
    Watch listener;
  };

  void b_transport(tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  bool copy(tlm::tlm_generic_payload& payload);
  void charge_system_port(const tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void report_watches(std::uint64_t offset, std::uint64_t bytes, std::uint64_t time_ps) const;

  RamParams params_;
  cost::Ledger& ledger_;
  cost::ComponentId component_;
  Energy byte_energy_;
  tlm_base::Occupancy port_;
  std::uint8_t* memory_ = nullptr;
  ForeignWrite foreign_write_;
  std::vector<WatchedRange> watches_;
  bool dmi_granted_ = false;
};

}  // namespace mho::soc
