// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A whole chip: the machine with the analogue matrix computer on its bus. Holds no behaviour of its own.
//
//     Chip chip(chip_config(settings), options, {.console = std::cout});
//     chip.machine().load(soc::load_elf("bringup.elf"));
//     const RunResult result = chip.machine().run();
#pragma once

#include "models/amc/subsystem.hpp"
#include "platform/config/chip_config.hpp"
#include "platform/machine.hpp"

namespace mho::platform {

class Chip {
 public:
  /// @throws InputError for a parameter outside its range
  Chip(const ChipConfig& config, const MachineOptions& options, const Observers& observers);

  /// Everything but CPU and memories as after reset; time, energies and what cells hold go on.
  void reset_devices(std::uint64_t time_ps) {
    amc_.reset(time_ps);
    machine_.reset_devices(time_ps);
  }

  Machine& machine() { return machine_; }
  amc::Subsystem& amc() { return amc_; }

 private:
  Machine machine_;
  amc::Subsystem& amc_;  ///< owned by the machine
};

}  // namespace mho::platform
