// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The system bus: one shared channel between any number of initiators and any number of address-mapped
// targets. Modelled: address decoding, a fixed latency of the address phase, data beats of the bus width that
// occupy the channel, first come first served contention, energy per transfer and per byte, a record and a
// waveform per transaction. Not modelled: priorities, split transactions, byte lanes, back-pressure of a slow
// target (a target that takes longer than the beats delays its own transaction only).
//
// Time of a transaction of n bytes that arrives at t, in cycles of the bus clock:
//     granted = max(t, channel free),  beats = ⌈n / width⌉,  the channel is taken [granted, granted + beats)
//     the target sees it at granted + latency and answers after its own delay d
//     end = granted + latency + max(beats, d)
// A fault may have a transfer end with TLM_GENERIC_ERROR_RESPONSE after the beats and the latency that it
// takes anyway, without its target having seen it.
//
// Payloads without a TransactionTag belong to the CPU's own memory port: they are routed and nothing else.
#pragma once

#include <tlm_utils/multi_passthrough_initiator_socket.h>
#include <tlm_utils/multi_passthrough_target_socket.h>
#include <cstdint>
#include <deque>
#include <string>
#include <systemc>
#include <tlm>
#include <vector>

#include "models/tlm/context.hpp"
#include "models/tlm/time.hpp"
#include "models/tlm/transaction_tag.hpp"
#include "models/trace/access_log.hpp"

namespace mho::soc {

struct BusParams {
  std::uint64_t clock_period_ps = 1000;  ///< [picosecond] > 0. Default: the CPU's clock
  std::uint32_t latency_cycles = 4;      ///< [cycle] arbitration, decoding, return path. Our assumption
  std::uint32_t width_bytes = 8;         ///< [byte] per beat, > 0. Our assumption
  /// [joule] address and control of a transfer: 40 bits. ISAAC's bus takes 0.054 pJ/bit at 32 nm, ×1.32 to 40
  /// nm (components.md).
  double energy_per_transfer_joules = 2.9e-12;
  /// [joule] per data byte: 8 × 0.054 pJ × 1.32 (components.md, as above).
  double energy_per_byte_joules = 0.57e-12;
  double static_power_watts = 200e-6;  ///< [watt] our assumption
};

class Bus : public sc_core::sc_module {
 public:
  /// @throws InputError for a zero clock period or width
  Bus(sc_core::sc_module_name name, const BusParams& params, const tlm_base::Context& context);

  /// Every initiator binds its own socket here, before the simulation starts. The signal soc.bus.initiator
  /// numbers them from 1 in this order.
  tlm_utils::multi_passthrough_target_socket<Bus> initiators;

  /// Maps `socket` to [base, base + bytes); targets see addresses counted from `base`. Before the simulation
  /// starts only. `target_name` appears in the transaction records.
  /// @throws InternalError when empty, beyond 2^32, or overlapping another target
  template <typename TargetSocket>
  void attach(std::uint64_t base, std::uint64_t bytes, TargetSocket& socket, std::string target_name) {
    map(base, bytes, std::move(target_name));
    targets_.bind(socket);
  }

  /// Null (default): nobody watches. Changes nothing. Must outlive the bus's transactions.
  void set_access_log(trace::AccessLog* log) { access_log_ = log; }

  std::uint64_t clock_period_ps() const { return params_.clock_period_ps; }

 private:
  struct Region {
    std::uint64_t base = 0;
    std::uint64_t bytes = 0;
    unsigned target = 0;
    const std::string* name = nullptr;
  };
  struct Signals {
    trace::SignalId address, data, command, initiator, bytes;
  };

  void map(std::uint64_t base, std::uint64_t bytes, std::string target_name);
  const Region* find(std::uint64_t address);
  /// Whoever watches or disturbs transactions wants to see each of them.
  bool is_watched() const {
    return context_.trace.enabled() || access_log_ != nullptr || context_.transactions != nullptr ||
           faults_ != nullptr;
  }
  static bool fits(const Region& region, const tlm::tlm_generic_payload& payload);

  void b_transport(int initiator, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void transport_tagged(const Region* region, tlm_base::TransactionTag& tag, int initiator,
                        tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  void forward(const Region* region, tlm::tlm_generic_payload& payload, sc_core::sc_time& delay);
  unsigned transport_dbg(int initiator, tlm::tlm_generic_payload& payload);
  bool get_direct_mem_ptr(int initiator, tlm::tlm_generic_payload& payload, tlm::tlm_dmi& dmi);
  void invalidate_direct_mem_ptr(int target, sc_dt::uint64 start, sc_dt::uint64 end);
  void show(int initiator, const tlm::tlm_generic_payload& payload, std::uint64_t granted_ps,
            std::uint64_t free_ps);

  tlm_utils::multi_passthrough_initiator_socket<Bus> targets_;
  BusParams params_;
  tlm_base::Context context_;
  fault::Injector* faults_;  ///< null: no transfer is to fail
  trace::AccessLog* access_log_ = nullptr;
  cost::ComponentId component_;
  Energy transfer_energy_, byte_energy_;
  sc_core::sc_time latency_, beat_;
  tlm_base::Occupancy channel_;
  std::vector<Region> regions_;     ///< sorted by base
  const Region* latest_ = nullptr;  ///< that an address was found in: the next one mostly is there, too
  std::vector<Region> by_target_;   ///< indexed by target number
  std::deque<std::string> names_;   ///< stable storage for the records
  Signals signals_{};
};

}  // namespace mho::soc
