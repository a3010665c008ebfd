// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The trigger module of the RISC-V debug specification 0.13.2, chapter 5, as software sees it without a
// debugger: 4 triggers of type `mcontrol` that compare an address and raise a breakpoint exception before the
// instruction (action 0, timing 0). A trigger fires when the pc, or any byte of a load or store, equals
// tdata2; mtval is the pc or the address of the access. In machine mode they fire only while tcontrol.mte is
// set, which a trap clears and mret restores from mpte, so that a handler does not trap again. Not here:
// comparison of data, ranges, sizes and chains, debug mode; those fields read as 0. tdata3 is 0.
#pragma once

#include <array>
#include <cstdint>

#include "models/soc/cpu/guard.hpp"
#include "models/soc/cpu/pmp.hpp"

namespace mho::soc::riscv {

class Triggers {
 public:
  static constexpr unsigned kCount = 4;

  Triggers() = default;

  /// Whether a CSR number is one of tselect, tdata1 … 3, tinfo, tcontrol.
  static bool is_register(std::uint32_t number);
  std::uint32_t read(std::uint32_t number) const;
  void write(std::uint32_t number, std::uint32_t value);
  void reset() { *this = Triggers(version_ + 1); }
  /// Changes whenever another address may fire.
  std::uint64_t version() const { return version_; }

  bool fire(Pmp::Access access, std::uint32_t address, std::uint64_t bytes, Mode mode) const;
  /// What may fire in one mode or another.
  void add_to(Guards& guards) const;

  void enter_trap();
  void leave_trap();

 private:
  struct Trigger {
    std::uint32_t control = 0, address = 0;
  };
  explicit Triggers(std::uint64_t version) : version_(version) {}
  Guard guard_of(const Trigger& trigger) const;

  std::array<Trigger, kCount> triggers_{};
  std::uint32_t selected_ = 0;
  bool is_enabled_ = false, was_enabled_ = false;  ///< mte, mpte
  std::uint64_t version_ = 0;
};

}  // namespace mho::soc::riscv
