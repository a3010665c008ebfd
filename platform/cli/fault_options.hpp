// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The options by which every command with a chip lets things go wrong, and the report of what did.
#pragma once

#include <CLI/CLI.hpp>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "models/fault/injector.hpp"
#include "platform/config/chip_config.hpp"

namespace mho::platform::cli {

struct FaultOptions {
  std::vector<std::string> faults;  ///< as parse_fault() takes them
  std::string file;                 ///< YAML, empty: none
};

/// Adds --fault and --faults.
void add_fault_options(CLI::App& command, FaultOptions& options);

/// Puts the faults of the file, then those of the command line, into the chip.
/// @throws InputError  a fault that is none
void apply_faults(const FaultOptions& options, ChipConfig& chip);

/// What happened, a fault an entry: {"fault", "count", "events": [{"time_s", "effect"}]}, the first of many
/// events only.
nlohmann::ordered_json faults_json(const fault::Injector& faults);

/// The same for people, a line for each fault.
std::string faults_text(const fault::Injector& faults);

}  // namespace mho::platform::cli
