// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/builtin_firmware.hpp"

#include <cstdint>

// By mho_embed().
extern "C" const std::uint8_t mho_solve_firmware_begin[];
extern "C" const std::uint8_t mho_solve_firmware_end[];

namespace mho::platform {

soc::ElfImage builtin_firmware() {
  return soc::parse_elf({mho_solve_firmware_begin, mho_solve_firmware_end}, "solve.elf (built in)");
}

}  // namespace mho::platform
