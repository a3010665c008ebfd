// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Random programs that terminate and whose outcome is all in memory, for comparison of two machines.
//
// A program sets every register to a random value, runs a few thousand random items and stores all registers.
// Its trap handler logs mcause, mepc, mtval and mstatus of every trap and goes on behind the instruction.
// Items are single instructions of every group, floating point among them, 32 and 16 bits wide; branches and
// jumps forward over other items; counted loops; traps of every cause; CSR accesses; sections in user mode;
// memory protection that changes; code that is written and then executed; software interrupts; wfi. Registers
// that hold addresses (sp, s0, s1, gp, tp) and the loop counter (s11) are never written by random items.
//
// What a program masks, because two machines may differ in it or QEMU 7.2 is wrong: counters, the timer's bit
// of mip, FS between initial and dirty, MPP where mstatus is read, the cause of an atomic on unreadable
// memory (a load fault in QEMU), and MPRV on return to user mode (which QEMU does not clear).
#pragma once

#include <cstdint>
#include <vector>

namespace mho::test {

struct RandomProgram {
  std::vector<std::uint8_t> image;  ///< memory from kQemuRam on
  std::uint32_t log_start = 0;      ///< address of the trap log: 16 bytes per trap
  std::uint32_t registers =
      0;  ///< address of x0 (not stored) … x31, f0 … f31 and fcsr as the program left them
};

/// Devices that a program uses, where QEMU's `virt` machine has them.
inline constexpr std::uint32_t kFinisher = 0x0010'0000, kClintMsip = 0x0200'0000;
/// Nothing is there.
inline constexpr std::uint32_t kNowhere = 0x1800'0000;

/// A program of about `items` random items; a pure function of its arguments.
RandomProgram make_random_program(std::uint64_t seed, unsigned items);

/// A program that executes every 16-bit encoding of the `part`-th quarter that the decoder calls illegal, and
/// `words` random 32-bit ones.
RandomProgram make_illegal_program(std::uint64_t seed, unsigned part, unsigned words);

}  // namespace mho::test
