// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A context of the digital refinement unit on the bus: registers, descriptor ring, interrupt, and the thread
// that takes one descriptor after the other from the ring. A descriptor that cannot be executed is completed
// with its status and the next one is taken: nothing a guest writes stops the ring or leaves the thread.
//
// Digital work of the unit is not a bus transaction: it is booked under component amc.dru for its job, as the
// instructions of the CPU are.
#pragma once

#include <cstdint>
#include <functional>

#include "models/amc/amc_params.hpp"
#include "models/amc/dru_executor.hpp"
#include "models/amc/dru_monitor.hpp"
#include "models/amc/dru_port.hpp"
#include "models/amc/dru_shared.hpp"
#include "models/amc/dru_state.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/irq.hpp"
#include "models/tlm/register_target.hpp"

namespace mho::amc {

class Dru final : public tlm_base::RegisterTarget {
 public:
  /// @param index  of the context; the first one's RESET calls `reset_all`
  Dru(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
      DruShared& shared, unsigned index, std::function<void(const tlm_base::Access&)> reset_all);

  tlm_base::IrqLine irq;

  /// Into the waveform of the energy. It is shown at iterations and completions anyway.
  void show_energy(std::uint64_t time_ps) { monitor_.show_energy(time_ps); }

  /// Drops what it runs and forgets everything that is its own, as its RESET does.
  void reset(const tlm_base::Access& access);

  /// Of all contexts.
  const DruCounters& counters() const { return shared_.counters; }
  const DruCapabilities& capabilities() const { return shared_.capabilities; }
  /// For how long lists have run that began in phase solve [ps]; one that runs does not count yet.
  std::uint64_t solving_ps() const { return solving_ps_; }

 private:
  bool read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) override;
  bool is_repeatable(std::uint32_t offset) const override;
  bool write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) override;
  bool read_counter(std::uint32_t offset, std::uint32_t& value, bool is_debug);
  bool read_capability(std::uint32_t offset, std::uint32_t& value) const;
  bool read_level_value(std::uint32_t offset, std::uint32_t& value) const;

  void write_control(std::uint32_t value, const tlm_base::Access& access);
  void ring_doorbell(std::uint32_t value, const tlm_base::Access& access);
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
  DruShared& shared_;
  unsigned index_;
  std::function<void(const tlm_base::Access&)> reset_all_;
  DruStorage storage_;
  DruMonitor monitor_;
  DruPort port_;
  DruExecutor executor_;
  Registers registers_;
  registers::dru::DruDescriptor descriptor_;  ///< being served
  bool is_running_ = false, is_solving_ = false;
  std::uint64_t running_since_ps_ = 0, solving_ps_ = 0;
};

}  // namespace mho::amc
