// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The digital refinement unit on the bus: registers, descriptor ring, interrupt, and the thread that takes
// one descriptor after the other from the ring. A descriptor that cannot be executed is completed with its
// status and the next one is taken: nothing a guest writes stops the ring or leaves the thread.
//
// Digital work of the unit is not a bus transaction: it is booked under component amc.dru for its job, as the
// instructions of the CPU are.
#pragma once

#include <cstdint>

#include "models/amc/amc_params.hpp"
#include "models/amc/block_cost.hpp"
#include "models/amc/dru_executor.hpp"
#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_state.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/initiator.hpp"
#include "models/tlm/irq.hpp"
#include "models/tlm/register_target.hpp"

namespace mho::amc {

class Dru final : public tlm_base::RegisterTarget {
 public:
  Dru(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context);

  /// The unit's own access to the bus, initiator "dru".
  tlm_base::Initiator initiator;
  tlm_base::IrqLine irq;

  /// Into the waveform of the energy. It is shown at iterations and completions anyway.
  void show_energy(std::uint64_t time_ps) { monitor_.show_energy(time_ps); }

  const DruCounters& counters() const { return storage_.counters; }
  const DruCapabilities& capabilities() const { return capabilities_; }

 private:
  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;
  bool read_counter(std::uint32_t offset, std::uint32_t& value, bool is_debug);
  bool read_capability(std::uint32_t offset, std::uint32_t& value) const;
  bool read_level_value(std::uint32_t offset, std::uint32_t& value) const;

  void write_control(std::uint32_t value, const tlm_base::Access& access);
  void ring_doorbell(std::uint32_t value, const tlm_base::Access& access);
  void reset(const tlm_base::Access& access);
  void forget();
  void update_irq(std::uint64_t time_ps);
  void raise(std::uint32_t cause, std::uint64_t time_ps);

  void run();
  void process_one();
  ListResult process_descriptor(std::uint32_t address, std::uint64_t start_ps);
  ListResult execute_list(std::uint64_t start_ps);
  Outcome write_completion(std::uint32_t address);
  void complete(const ListResult& result);

  /// What RESET returns to its reset state, besides storage_.
  struct Registers {
    bool is_enabled = false;
    std::uint32_t ring_base, ring_entries, head, doorbell, irq_state, irq_enable, watchdog_us, last_status,
        last_job, fault_command, fault_detail, signal_value, digital_hi;
    Registers();
  };

  tlm_base::Context context_;
  DruCapabilities capabilities_;
  BlockCost cost_;
  DruStorage storage_;
  DruMonitor monitor_;
  DruPort port_;
  DruExecutor executor_;
  Registers registers_;
  registers::dru::DruDescriptor descriptor_;  ///< being served
  sc_core::sc_event wake_;
  bool is_running_ = false;
};

}  // namespace mho::amc
