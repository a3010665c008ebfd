// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which lines of a program's sources were executed, from its instructions: the tracefile of lcov (geninfo(1),
// "FILES"), without branches. A line counts as often as that of its instructions that was executed most; it
// is a line of code if the debug information has a statement there. Functions are those that the linker
// knows, so inlined ones are lines only.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>

#include "models/base/output_file.hpp"
#include "models/soc/cpu/cpu.hpp"
#include "platform/profile/program_info.hpp"

namespace mho::platform::profile {

/// How often the instruction at an address was executed.
using ExecutionCounts = std::unordered_map<std::uint32_t, std::uint64_t>;

struct Tracefile {
  std::string text;
  std::size_t files = 0;  ///< in the text
  std::size_t missing_files =
      0;  ///< left out because this machine does not have them: those of the C library …
};

/// @param program  relative names of its sources are looked for from the current folder on
Tracefile lcov_tracefile(const ProgramInfo& program, const ExecutionCounts& counts);

/// The file behind --coverage.
class Coverage {
 public:
  /// Creates the file. `program` must outlive the object. Without a close() the file does not appear.
  /// @throws InputError  the file cannot be created, or the program has no debug information
  Coverage(const std::string& file, const ProgramInfo& program);

  void record(const soc::InstructionRecord& instruction) { ++counts_[instruction.pc]; }

  /// Once. @returns what was written  @throws InputError when the file could not be written completely
  Tracefile close();

 private:
  OutputFile file_;
  const ProgramInfo& program_;
  ExecutionCounts counts_;
};

}  // namespace mho::platform::profile
