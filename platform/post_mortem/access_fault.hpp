// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Why the access failed that a program did not survive.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "models/soc/cpu/cpu.hpp"

namespace mho::platform::post_mortem {

/// An access fault from whose handler the core has not returned.
struct AccessFault {
  std::uint32_t pc = 0;  ///< of the instruction that trapped
  /// One line without its end: what was accessed, as block and register, and why that is refused.
  std::string text;
};

/// Reads the state of a core that has stopped, and looks addresses up in the description of the registers.
/// What a device refuses because of its state, or because it is to fail, has no other reason given than that.
/// @returns  empty when the last trap was another one, came from user mode, or was returned from
std::optional<AccessFault> find_access_fault(soc::Cpu& cpu);

}  // namespace mho::platform::post_mortem
