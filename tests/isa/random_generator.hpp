// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What random programs are made of: the random choices, and items by group. random_program.hpp tells what a
// program does.
#pragma once

#include <array>
#include <cstdint>
#include <random>

#include "models/soc/cpu/instruction.hpp"
#include "tests/isa/qemu.hpp"
#include "tests/isa/random_program.hpp"
#include "tests/models/soc/cpu/assembler.hpp"

namespace mho::test {

/// 4 KiB that random loads and stores reach.
inline constexpr std::uint32_t kData = kQemuRam + 0xc'0000;
/// The handler's registers, and behind them, at kResumeSlot, where to go on after a fetch fault.
inline constexpr std::uint32_t kSave = kQemuRam + 0xc'2000;
inline constexpr std::int32_t kResumeSlot = 12;
/// 4 KiB of returns, for calls into memory that may be protected.
inline constexpr std::uint32_t kIsland = kQemuRam + 0xc'1000;

class Generator {
 public:
  explicit Generator(std::uint64_t seed) : random_(seed), code_(kQemuRam) {}

  RandomProgram make(unsigned items);
  RandomProgram make_illegal(unsigned part, unsigned words);

 private:
  // Random choices.
  std::uint32_t bits() { return static_cast<std::uint32_t>(random_()); }
  std::uint32_t below(std::uint32_t n) { return bits() % n; }
  bool chance(unsigned percent) { return below(100) < percent; }
  /// Values at which carries, signs and special cases of division happen turn up often.
  std::uint32_t value();
  /// The same for floating point numbers.
  std::uint32_t float_value();
  Reg any() { return static_cast<Reg>(below(32)); }
  Freg any_float() { return static_cast<Freg>(below(32)); }
  /// A register that random items may write.
  Reg target();
  Reg target_not_zero();
  Reg base();
  static bool is_reserved(std::uint32_t reg);

  // The frame of a program: random_program.cpp.
  void prologue();
  void handler();
  void log_status();
  void mend_atomic_cause();
  RandomProgram epilogue();
  void item(bool may_nest);

  // random_integer.cpp
  void arithmetic();
  void compressed();
  static bool is_safe_compressed(const soc::riscv::Instruction& instruction);
  void memory();
  void atomic();

  // random_float.cpp
  void floating();
  void float_arithmetic();
  std::uint32_t float_word();
  void float_memory();
  void float_refill();
  void float_csr();
  void float_switch();
  void float_set_up();
  void float_store_all(Reg base, std::int32_t offset);

  // random_control.cpp
  void skip();
  void compressed_skip();
  void loop();
  void jump_register();
  void jump_nowhere();
  void patch();

  // random_protection.cpp
  void user_section();
  void lend_permissions(Reg reg);
  void call_island();
  void counter_access();
  void protection_set_up();
  void protection_change();
  std::uint32_t protection_entry(unsigned index);

  // random_privileged.cpp
  void csr_access();
  void status_access();
  void csr_any(std::uint32_t number);
  void trap();
  std::uint32_t illegal_word();
  void interrupt();

  std::mt19937_64 random_;
  Assembler code_;
  Assembler::Label table_ = 0;
  bool may_be_user_ = false;  ///< the item that is being made may be executed in user mode
};

}  // namespace mho::test
