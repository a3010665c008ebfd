// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/chip_options.hpp"

#include "models/base/error.hpp"
#include "platform/cli/units.hpp"

namespace mho::platform::cli {

void add_chip_options(CLI::App& command, ChipOptions& options) {
  command.add_option("-c,--chip", options.file, "configuration of the chip, see mho config")
      ->option_text("chip.yaml")
      ->group(kChipGroup);
  command
      .add_option("--set", options.assignments,
                  "change one key of the configuration, such as inv.count=2; may be repeated")
      ->option_text("KEY=VALUE")
      ->expected(1)
      ->take_all()
      ->group(kChipGroup);
  command
      .add_option("--seed", options.seed,
                  "of every random draw: the chip, faults, and of solve a right-hand side that is not given "
                  "(default 1)")
      ->option_text("N")
      ->group(kChipGroup);
}

void add_simulation_options(CLI::App& command, SimulationOptions& options) {
  command
      .add_option("--max-time", options.max_time,
                  "give up after this simulated time: 2.5 (seconds), 10ms, 300us")
      ->option_text("TIME")
      ->group(kSimulationGroup);
  command
      .add_option("--quantum", options.quantum,
                  "how far the CPU may run ahead of the rest (default 10us); changes speed, never results")
      ->option_text("TIME")
      ->group(kSimulationGroup);
  command
      .add_flag("--no-dmi", options.no_dmi,
                "every memory access as a bus transaction: slower, with the same results")
      ->group(kSimulationGroup);
  command
      .add_flag("--no-block-cache", options.no_block_cache,
                "decode every instruction anew: slower, with the same results")
      ->group(kSimulationGroup);
  command
      .add_flag("--no-native-code", options.no_native_code,
                "interpret all of the guest's code: slower, with the same results")
      ->group(kSimulationGroup);
}

Settings settings_of(const ChipOptions& options) {
  Settings settings;
  if (!options.file.empty()) settings.load(options.file);
  for (const std::string& assignment : options.assignments) settings.assign(assignment);
  if (!options.seed.empty()) settings.set("seed", options.seed, "--seed " + options.seed);
  return settings;
}

MachineOptions machine_options_of(const SimulationOptions& options) {
  MachineOptions machine;
  machine.use_dmi = !options.no_dmi;
  machine.use_block_cache = !options.no_block_cache;
  machine.use_native_code = !options.no_native_code;
  machine.quantum_ps = parse_time_ps(options.quantum, "--quantum");
  require(machine.quantum_ps > 0, "--quantum {}: must be longer than 0", options.quantum);
  if (!options.max_time.empty()) {
    machine.max_time_ps = parse_time_ps(options.max_time, "--max-time");
    require(machine.max_time_ps > 0, "--max-time {}: must be longer than 0", options.max_time);
  }
  return machine;
}

}  // namespace mho::platform::cli
