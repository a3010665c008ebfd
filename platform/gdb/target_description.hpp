// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The registers of the core as gdb numbers and names them (gdb manual, G.5.11 RISC-V Features).
#pragma once

#include <cstdint>
#include <string>

namespace mho::platform::gdb {

/// x0 … x31 are 0 … 31; f0 … f31 and the CSRs follow from these.
inline constexpr std::uint32_t kPcNumber = 32, kFirstFloatNumber = 33, kFirstCsrNumber = 65,
                               kPrivilegeNumber = kFirstCsrNumber + 4096;

/// The document that gdb reads as target.xml.
const std::string& target_description();

/// Whether the description has a register of this number.
bool is_described(std::uint32_t number);

}  // namespace mho::platform::gdb
