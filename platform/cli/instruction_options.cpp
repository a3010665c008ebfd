// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/instruction_options.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "platform/cli/trace_options.hpp"

namespace mho::platform::cli {

void add_instruction_options(CLI::App& command, InstructionOptions& options) {
  command
      .add_option("--trace-instructions", options.trace,
                  "write one line per instruction to FILE: time, pc, code, register written")
      ->option_text("FILE")
      ->group(kTraceGroup);
  command
      .add_option(
          "--profile", options.profile,
          "write to FILE where cycles, instructions and energy of the CPU go, for callgrind_annotate and "
          "KCachegrind")
      ->option_text("FILE")
      ->group(kTraceGroup);
  command
      .add_option("--coverage", options.coverage,
                  "write to FILE which lines of the firmware were executed, for lcov and genhtml")
      ->option_text("FILE")
      ->group(kTraceGroup);
}

std::vector<NamedFile> outputs_of(const InstructionOptions& options) {
  std::vector<NamedFile> outputs{{"--trace-instructions", options.trace},
                                 {"--profile", options.profile},
                                 {"--coverage", options.coverage}};
  for (const NamedFile& output : outputs) expect_no_stdout(output);
  return outputs;
}

InstructionFiles::InstructionFiles(const InstructionOptions& options,
                                   const std::function<profile::ProgramInfo()>& program, soc::Cpu& cpu) {
  if (!options.trace.empty()) trace_ = std::make_unique<InstructionTrace>(options.trace);
  if (!options.profile.empty() || !options.coverage.empty()) program_ = program();
  if (!options.profile.empty()) {
    profiler_ = std::make_unique<profile::Profiler>(options.profile, program_, cpu);
  }
  if (!options.coverage.empty()) coverage_ = std::make_unique<profile::Coverage>(options.coverage, program_);
  if (trace_ == nullptr && profiler_ == nullptr && coverage_ == nullptr) return;
  cpu.set_instruction_listener([this](const soc::InstructionRecord& instruction) {
    if (trace_ != nullptr) trace_->record(instruction);
    if (profiler_ != nullptr) profiler_->record(instruction);
    if (coverage_ != nullptr) coverage_->record(instruction);
  });
}

void InstructionFiles::set_recording(bool is_on) {
  if (trace_ != nullptr) trace_->set_recording(is_on);
}

void InstructionFiles::close(std::uint64_t end_ps, bool is_quiet) {
  if (trace_ != nullptr) trace_->close();
  if (profiler_ != nullptr) profiler_->close(end_ps);
  if (coverage_ == nullptr) return;
  const profile::Tracefile written = coverage_->close();
  if (is_quiet || written.missing_files == 0) return;
  fmt::print(stderr, "mho: --coverage has {} sources; {} others are not on this machine and were left out\n",
             written.files, written.missing_files);
}

}  // namespace mho::platform::cli
