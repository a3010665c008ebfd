// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/chip.hpp"

#include "models/soc/memory_map.hpp"
#include "platform/fault_schedule.hpp"

namespace mho::platform {

Chip::Chip(const ChipConfig& config, const MachineOptions& options, const Observers& observers)
    : machine_(config.machine, options, observers),
      amc_(machine_.add<amc::Subsystem>("amc", config.amc, machine_.context(), machine_.bus())) {
  machine_.connect_irq(amc_.irq(), soc::memory_map::kDruIrq, "dru");
  machine_.on_stop([this](std::uint64_t time_ps) { amc_.show_energy(time_ps); });
  if (FaultSchedule::is_needed(machine_)) machine_.add<FaultSchedule>("faults", machine_);
  amc_.on_cpu_job([this](std::uint32_t job) { machine_.cpu().set_current_job(job); });
}

}  // namespace mho::platform
