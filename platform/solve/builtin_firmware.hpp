// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The driver that is part of the program.
#pragma once

#include <cstdint>
#include <span>

#include "models/soc/elf_loader.hpp"

namespace mho::platform {

/// How messages call it.
inline constexpr const char* kBuiltinFirmware = "solve.elf (built in)";

/// firmware/apps/solve as built with this program: the file, and what the loader makes of it.
std::span<const std::uint8_t> builtin_firmware_bytes();
soc::ElfImage builtin_firmware();

}  // namespace mho::platform
