// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where a program spends cycles, instructions and energy, by function and line, with the costs of calls: the
// format of callgrind (valgrind manual, "Callgrind Format Specification", version 1), which
// callgrind_annotate and KCachegrind read. Sources below the current folder are named relative to it. Cycles
// are those until the next instruction starts: waits for devices and sleep belong to the instruction that
// waits, the entry into an interrupt to the one before it. Energy is that of the core; buses and devices have
// theirs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "models/base/output_file.hpp"
#include "models/soc/cpu/cpu.hpp"
#include "platform/profile/call_tracker.hpp"
#include "platform/profile/program_info.hpp"

namespace mho::platform::profile {

/// What the instructions at each address cost.
using AddressCosts = std::unordered_map<std::uint32_t, Cost>;

/// @param tracker  finished
std::string callgrind_text(const ProgramInfo& program, const AddressCosts& costs, const CallTracker& tracker);

/// The file behind --profile.
class Profiler {
 public:
  /// Creates the file. `program` and `cpu` must outlive the object. Without a close() the file does not
  /// appear.
  /// @throws InputError  the file cannot be created, or the program has no symbols of functions
  Profiler(const std::string& file, const ProgramInfo& program, const soc::Cpu& cpu);

  /// Every instruction of `cpu`, from the first one on.
  void record(const soc::InstructionRecord& instruction);

  /// Once. @param end_ps  when the program ended  @throws InputError when the file could not be written
  /// completely
  void close(std::uint64_t end_ps);

 private:
  void spend(std::uint32_t pc, const Cost& cost);
  /// The cycles from the last instruction on.
  Cost waited(std::uint64_t until_ps) const;
  void follow(std::uint32_t pc);

  OutputFile file_;
  const ProgramInfo& program_;
  const soc::Cpu& cpu_;
  std::optional<CallTracker> tracker_;
  AddressCosts costs_;
  soc::InstructionRecord last_;
  std::uint64_t interrupts_ = 0;
};

}  // namespace mho::platform::profile
