// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The driver that is part of the program.
#pragma once

#include "models/soc/elf_loader.hpp"

namespace mho::platform {

/// firmware/apps/solve as built with this program.
soc::ElfImage builtin_firmware();

}  // namespace mho::platform
