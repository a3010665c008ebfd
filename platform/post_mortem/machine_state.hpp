// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Control and status registers of a core that has stopped.
#pragma once

#include <cstdint>

#include "models/soc/cpu/cpu.hpp"

namespace mho::platform::post_mortem {

inline constexpr std::uint32_t kMstatus = 0x300, kMie = 0x304, kMepc = 0x341, kMcause = 0x342, kMtval = 0x343,
                               kMip = 0x344, kPmpcfg0 = 0x3a0, kPmpaddr0 = 0x3b0;
/// Of mstatus: interrupts are on; the mode before the last trap.
inline constexpr std::uint32_t kMstatusMie = 1u << 3, kMstatusMpp = 3u << 11;

/// One that every core has.
inline std::uint32_t csr_of(const soc::Cpu& cpu, std::uint32_t number) {
  return cpu.csr(static_cast<std::uint16_t>(number)).value_or(0);
}

/// Whether the core has not returned from the handler of a trap in machine mode: mret leaves user mode in
/// MPP. Before the first trap machine mode is there too, but mcause is 0, which is the cause of no trap of
/// this core.
inline bool is_in_handler(const soc::Cpu& cpu) {
  return (csr_of(cpu, kMstatus) & kMstatusMpp) == kMstatusMpp && csr_of(cpu, kMcause) != 0;
}

}  // namespace mho::platform::post_mortem
