// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How a device asks for the end of the simulation on behalf of the guest.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace mho::soc {

enum class ExitCause : std::uint8_t {
  kNone,             ///< still running
  kFinisher,         ///< the guest wrote to the finisher
  kHtif,             ///< the guest wrote to its `tohost`
  kSemihosting,      ///< the guest called the semihosting exit
  kHang,             ///< the guest can never do anything again
  kMaxInstructions,  ///< --max-instructions reached
  kMaxTime,          ///< --max-time reached
  kSignal,           ///< the user or the system ended mho by a signal
  kDebugger,         ///< the debugger killed the guest
};

struct ExitRequest {
  ExitCause cause = ExitCause::kNone;
  std::uint32_t code = 0;     ///< the guest's code, unclipped
  std::uint64_t time_ps = 0;  ///< simulated time of the request
  std::string message;        ///< one line for the user when the cause alone does not say it; may be empty
};

/// Ends the simulation at the request's time. The first request counts, later ones are ignored.
using ExitHandler = std::function<void(const ExitRequest&)>;

}  // namespace mho::soc
