// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/solve/builtin_firmware.hpp"

// By mho_embed().
extern "C" const std::uint8_t mho_solve_firmware_begin[];
extern "C" const std::uint8_t mho_solve_firmware_end[];

namespace mho::platform {

std::span<const std::uint8_t> builtin_firmware_bytes() {
  return {mho_solve_firmware_begin, mho_solve_firmware_end};
}

soc::ElfImage builtin_firmware() {
  return soc::parse_elf(builtin_firmware_bytes(), kBuiltinFirmware);
}

}  // namespace mho::platform
