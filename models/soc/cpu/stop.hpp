// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Why and where a CPU stopped for good.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mho::soc {

enum class StopCause : std::uint8_t {
  kNone,              ///< still running
  kGuestExit,         ///< the guest asked for it: finisher, tohost, semihosting
  kHostRequest,       ///< the host asked for it: time limit
  kSignal,            ///< a signal asked the host to end: CpuOptions::signal
  kSleepsForever,     ///< wfi, and nothing can ever wake the core
  kJumpsToItself,     ///< a jump or branch to itself that no interrupt can end
  kTrapLoop,          ///< the trap handler traps, for ever
  kInstructionLimit,  ///< CpuOptions::max_instructions reached
  kDebugger,          ///< the debugger killed the guest
};

/// "guest exit", "instruction limit", …: for reports.
std::string_view to_string(StopCause cause);

struct StopReport {
  StopCause cause = StopCause::kNone;
  std::uint32_t pc = 0;       ///< of the next instruction; for hangs of the one that hangs
  int exit_code = 0;          ///< of kGuestExit; of kSignal 128 and its number; 0 otherwise
  std::uint64_t time_ps = 0;  ///< simulated time
  std::string text;           ///< one line for the user
};

}  // namespace mho::soc
