// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Programs in machine and user mode, with memory protection.
#pragma once

#include "tests/models/soc/cpu/trap_bench.hpp"

namespace mho::test {

namespace pmp {
inline constexpr std::uint32_t read = 1, write = 2, execute = 4, all = 7, tor = 1 << 3, na4 = 2 << 3,
                               napot = 3 << 3, lock = 0x80;
/// pmpaddr of a NAPOT entry.
constexpr std::uint32_t napot_address(std::uint32_t base, std::uint32_t bytes) {
  return base >> 2 | (bytes / 8 - 1);
}
}  // namespace pmp

/// Writes pmpaddr and the configuration of one entry, the others of its register becoming OFF (clobbers t0).
inline void emit_entry(Assembler& code, unsigned index, std::uint32_t address, std::uint32_t configuration) {
  code.li(t0, address);
  code.csrw(csr::pmpaddr0 + index, t0);
  code.li(t0, configuration << 8 * (index % 4));
  code.csrw(csr::pmpcfg0 + index / 4, t0);
}

/// Lets user mode reach everything that entries 0 … 14 do not cover (clobbers t0).
inline void emit_open(Assembler& code) {
  emit_entry(code, 15, 0xffff'ffff, pmp::napot | pmp::all);
}

/// Goes on in user mode (clobbers t0).
inline void emit_user(Assembler& code) {
  const auto user = code.label();
  code.la(t0, user);
  code.csrw(csr::mepc, t0);
  code.li(t0, 3u << 11);
  code.csrrc(zero, csr::mstatus, t0);
  code.mret();
  code.bind(user);
}

}  // namespace mho::test
