// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/stop.hpp"

namespace mho::soc {

std::string_view to_string(StopCause cause) {
  switch (cause) {
    case StopCause::kNone:
      return "running";
    case StopCause::kGuestExit:
      return "guest exit";
    case StopCause::kHostRequest:
      return "host request";
    case StopCause::kSignal:
      return "signal";
    case StopCause::kSleepsForever:
      return "sleeps forever";
    case StopCause::kJumpsToItself:
      return "jumps to itself";
    case StopCause::kTrapLoop:
      return "trap loop";
    case StopCause::kInstructionLimit:
      return "instruction limit";
    case StopCause::kDebugger:
      return "debugger";
  }
  return "unknown";
}

}  // namespace mho::soc
