// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a core asks of whoever debugs it. Guards (Cpu::set_guards) say where it halts. While it halts the host
// waits and no simulated time passes; a halt is one more synchronisation, so that it changes no cycle, time
// or energy of the run.
#pragma once

#include <cstdint>
#include <string>

namespace mho::soc {

enum class HaltCause : std::uint8_t {
  kAttached,    ///< before the first instruction
  kStepped,     ///< the one instruction was executed, or the one trap entered
  kInterrupt,   ///< the debugger wanted it
  kBreakpoint,  ///< before a guarded instruction
  kLoad,        ///< before an instruction that reads guarded data
  kStore,       ///< before one that writes some
};

struct Halt {
  HaltCause cause = HaltCause::kAttached;
  std::uint32_t address = 0;  ///< of the instruction or of the data access, for the last three
  std::uint32_t bytes = 0;    ///< of the data access; 1 for an instruction
};

enum class Resumption : std::uint8_t {
  kContinue,
  kStep,    ///< halt after one instruction or trap
  kDetach,  ///< go on without the debugger and its guards
};

/// Called in the core's process.
class Debugger {
 public:
  virtual ~Debugger() = default;
  /// Asked at least once per quantum; has to be quick.
  virtual bool wants_halt() = 0;
  /// The core stands before the instruction at its pc, or sleeps in the wfi before it; the kernel has caught
  /// up. May inspect and change all state, and take as long as it likes.
  virtual Resumption halted(const Halt& halt) = 0;
  /// The guest cannot go on by itself, which would end a run without a debugger. Returns when wants_halt()
  /// will be true.
  virtual void stalled(const std::string& why) = 0;
};

}  // namespace mho::soc
