// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The files that are made from every instruction that the CPU executes. Watching costs host time only.
//
//     InstructionOptions options;        // add_instruction_options(app, options) while setting up the
//     command line InstructionFiles files(options, "firmware.elf", machine.cpu()); … machine.run() …
//     files.close(result.simulated_time_ps);
//
// Without close() no file appears.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/soc/cpu/cpu.hpp"
#include "platform/cli/instruction_trace.hpp"
#include "platform/cli/output_check.hpp"
#include "platform/profile/coverage.hpp"
#include "platform/profile/profiler.hpp"

namespace mho::platform::cli {

/// Names of files, empty: none.
struct InstructionOptions {
  std::string trace, profile, coverage;
};

/// Adds --trace-instructions, --profile and --coverage.
void add_instruction_options(CLI::App& command, InstructionOptions& options);

/// The files, for check_outputs(). @throws InputError if one is to go to stdout
std::vector<NamedFile> outputs_of(const InstructionOptions& options);

class InstructionFiles {
 public:
  /// Creates the files and listens to `cpu`, which must not execute after the object's end.
  /// @param program  reads what the firmware's file says about its code; called if a file needs it
  /// @throws InputError  a file that cannot be created, a program without the symbols that one needs
  InstructionFiles(const InstructionOptions& options, const std::function<profile::ProgramInfo()>& program,
                   soc::Cpu& cpu);
  InstructionFiles(const InstructionFiles&) = delete;
  InstructionFiles& operator=(const InstructionFiles&) = delete;

  /// Whether there is anything for set_recording().
  bool has_trace() const { return trace_ != nullptr; }
  /// Leaves a gap in the trace, or ends it. Profile and coverage are of the whole run.
  void set_recording(bool is_on);

  /// Says on stderr what the coverage leaves out, unless `is_quiet`.
  /// @throws InputError when a file could not be written completely
  void close(std::uint64_t end_ps, bool is_quiet);

 private:
  profile::ProgramInfo program_;
  std::unique_ptr<InstructionTrace> trace_;
  std::unique_ptr<profile::Profiler> profiler_;
  std::unique_ptr<profile::Coverage> coverage_;
};

}  // namespace mho::platform::cli
