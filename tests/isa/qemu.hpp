// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// qemu-system-riscv32 as an oracle: runs a memory image on the `virt` machine and hands back the memory.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mho::test {

/// Start of RAM and of the guest.
inline constexpr std::uint32_t kQemuRam = 0x8000'0000;

/// Path of the program, or empty when it is not installed.
std::string find_qemu();

struct QemuResult {
  std::string failure;               ///< empty: the guest ended through the finisher
  std::vector<std::uint8_t> memory;  ///< as long as the image
};

/// Runs `image`, placed at kQemuRam, until the guest writes 0x5555 to 0x100000. A guest that takes more than
/// `seconds` is killed.
/// @param log_path  not empty: one block of text per instruction with all registers goes there
QemuResult run_in_qemu(const std::string& qemu, std::span<const std::uint8_t> image, unsigned seconds,
                       const std::string& log_path = {});

}  // namespace mho::test
