// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The analogue matrix computer as one part: macros, DAC bank, ADC bank, refinement unit and telemetry, at the
// addresses of the memory map on the given bus. It holds no behaviour of its own.
//
//     amc::Subsystem amc("amc", params, context, bus);
//     amc.irq().connect([&](bool level, std::uint64_t time_ps) { plic.set(map::kDruIrq, level, time_ps); });
//     amc.on_cpu_job([&](std::uint32_t job) { cpu.set_job(job); });
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <systemc>
#include <vector>

#include "models/amc/adc_bank.hpp"
#include "models/amc/amc_params.hpp"
#include "models/amc/array_macro.hpp"
#include "models/amc/dac_banks.hpp"
#include "models/amc/dru.hpp"
#include "models/amc/telemetry.hpp"
#include "models/soc/bus.hpp"
#include "models/tlm/context.hpp"
#include "models/tlm/irq.hpp"

namespace mho::amc {

class Subsystem : public sc_core::sc_module {
 public:
  /// Before the simulation starts. Costs some microseconds per macro; arrays and buffers are allocated when
  /// they are first used. Ledger components: amc.inv_macros, amc.mvm_macros, amc.ginv_macros (if there are
  /// any), amc.dac, amc.adc, amc.dru, amc.telemetry.
  /// @throws InputError  a parameter out of range
  Subsystem(sc_core::sc_module_name name, const AmcParams& params, const tlm_base::Context& context,
            soc::Bus& bus);

  /// The refinement unit's interrupt line.
  tlm_base::IrqLine& irq() { return irq_; }

  /// Called when firmware changes the job that the CPU's own transactions are charged to (register CPU_JOB).
  void on_cpu_job(std::function<void(std::uint32_t)> listener) { telemetry_.on_cpu_job(std::move(listener)); }

  /// Energy of the whole chip into its waveform; by itself at phases, iterations and ends of lists.
  void show_energy(std::uint64_t time_ps) { dru().show_energy(time_ps); }

  /// All blocks as after reset, lists under way dropped. What macros hold, data buffers, times and energies
  /// stay.
  void reset(std::uint64_t time_ps);

  const AmcParams& params() const { return params_; }
  /// A context of the refinement unit, the first by default.
  Dru& dru(unsigned context = 0) { return *dru_.at(context); }
  DacBanks& dacs() { return dacs_; }
  AdcBank& adc() { return adc_; }
  Telemetry& telemetry() { return telemetry_; }
  ArrayMacro& inv_macro(unsigned index) { return *inv_.at(index); }
  ArrayMacro& mvm_macro(unsigned index) { return *mvm_.at(index); }
  ArrayMacro& ginv_macro(unsigned index) { return *ginv_.at(index); }

  /// Macros of a kind that were programmed at least once.
  unsigned programmed_macros(MacroKind kind) const;

 private:
  const std::vector<std::unique_ptr<ArrayMacro>>& macros_of(MacroKind kind) const;
  const HeldOutputs* outputs_of(std::uint32_t source) const;
  void add_macros(std::vector<std::unique_ptr<ArrayMacro>>& macros, const MacroShared& shared, soc::Bus& bus);
  void add_contexts(const tlm_base::Context& context, soc::Bus& bus);
  void reset_dru(const tlm_base::Access& access);

  AmcParams params_;
  MacroShared inv_shared_, mvm_shared_;
  std::optional<MacroShared> ginv_shared_;  ///< only if there are any, so that the ledger knows of none
  DacBanks dacs_;
  AdcBank adc_;
  std::vector<std::unique_ptr<ArrayMacro>> inv_, mvm_, ginv_;
  Telemetry telemetry_;
  DruShared dru_shared_;
  std::vector<std::unique_ptr<Dru>> dru_;  ///< a context each
  tlm_base::IrqLine irq_;
};

}  // namespace mho::amc
