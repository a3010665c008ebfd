// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The options that every command with a simulated chip has: which chip, and how far and how finely it is
// simulated.
#pragma once

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

#include "platform/config/settings.hpp"
#include "platform/machine.hpp"

namespace mho::platform::cli {

/// The headings of these options in --help.
inline constexpr const char* kChipGroup = "Chip";
inline constexpr const char* kSimulationGroup = "Simulation";

/// As given on the command line; empty: as configured.
struct ChipOptions {
  std::string file;                      ///< YAML
  std::vector<std::string> assignments;  ///< key=value, in this order on top of the file
  std::string seed;
};

struct SimulationOptions {
  std::string quantum = "10us";
  std::string max_time;  ///< empty: no limit
  bool no_dmi = false, no_block_cache = false, no_native_code = false;
};

/// Adds -c, --set and --seed.
void add_chip_options(CLI::App& command, ChipOptions& options);

/// Adds --max-time, --quantum and the switches of the CPU's accelerations.
void add_simulation_options(CLI::App& command, SimulationOptions& options);

/// The defaults, then the file, the assignments and the seed.
/// @throws InputError  a file, key or value that is wrong, with its place
Settings settings_of(const ChipOptions& options);

/// @throws InputError  a time that is none, or 0
MachineOptions machine_options_of(const SimulationOptions& options);

}  // namespace mho::platform::cli
