// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Control and status registers of a hart with machine and user mode, and what a trap does to them.
// Present: fflags, frm, fcsr (illegal while FS is off), misa, mvendorid, marchid, mimpid, mhartid,
// mconfigptr, mstatus, mstatush, mcounteren, pmpcfg0 … 3, pmpaddr0 … 15, tselect, tdata1 … 3, tinfo,
// tcontrol, mtvec, mie, mip, mscratch, mepc, mcause, mtval, mcountinhibit, mcycle, minstret, cycle, time,
// instret with their upper halves, and the event counters 3 … 31, which read as 0. Everything else is illegal
// to access.
#pragma once

#include <cstdint>
#include <optional>

#include "models/soc/cpu/pmp.hpp"
#include "models/soc/cpu/triggers.hpp"

namespace mho::soc::riscv {

namespace cause {
inline constexpr std::uint32_t kInterrupt = 0x8000'0000;
inline constexpr std::uint32_t kFetchFault = 1, kIllegal = 2, kBreakpoint = 3, kLoadMisaligned = 4,
                               kLoadFault = 5, kStoreMisaligned = 6, kStoreFault = 7, kUserEcall = 8,
                               kEcall = 11;
inline constexpr unsigned kSoftware = 3, kTimer = 7, kExternal = 11;  ///< bits of mip and mie
}  // namespace cause

/// What the counters would read if nobody had written to them.
struct RawCounters {
  std::uint64_t cycles = 0;
  std::uint64_t instructions = 0;
};

/// The floating point unit's registers but f0 … f31.
class FloatState {
 public:
  bool is_off() const { return status_ == kOff; }
  bool is_dirty() const { return status_ == kDirty; }
  void set_dirty() { status_ = kDirty; }
  /// The field FS of mstatus.
  std::uint32_t status() const { return status_; }
  void set_status(std::uint32_t status) { status_ = status & 3; }

  std::uint32_t flags() const { return flags_; }
  std::uint32_t rounding() const { return rounding_; }
  void set_flags(std::uint32_t flags) { flags_ = flags & 0x1f; }
  void set_rounding(std::uint32_t rounding) { rounding_ = rounding & 7; }
  void raise(std::uint32_t flags) { flags_ |= flags; }

 private:
  static constexpr std::uint32_t kOff = 0, kDirty = 3;
  std::uint32_t status_ = kOff, flags_ = 0, rounding_ = 0;
};

class CsrFile {
 public:
  explicit CsrFile(std::uint32_t hart_id) : hart_id_(hart_id) {}

  /// All registers as at the start, but the lines in mip.
  void reset();

  /// Empty: no such register. `mtime` is empty when the hart cannot read time.
  std::optional<std::uint32_t> read(std::uint32_t number, const RawCounters& raw,
                                    std::optional<std::uint64_t> mtime) const;
  /// `after`: the counters at the end of the writing instruction, from which a written counter goes on.
  /// False: no such register, or read-only. Fields that cannot hold a value keep a legal one.
  bool write(std::uint32_t number, std::uint32_t value, const RawCounters& after);

  void set_line(unsigned bit, bool level) { mip_ = level ? mip_ | 1u << bit : mip_ & ~(1u << bit); }
  std::uint32_t pending_and_enabled() const { return mip_ & mie_; }
  /// True if an interrupt is taken at the next instruction boundary.
  bool must_interrupt() const { return interrupts_enabled() && pending_and_enabled() != 0; }
  /// mcause of that interrupt: external before software before timer.
  std::uint32_t interrupt_cause() const;
  /// In user mode always.
  bool interrupts_enabled() const { return mstatus_ie_ || mode_ == Mode::kUser; }
  std::uint32_t enabled_lines() const { return mie_; }

  Mode mode() const { return mode_; }
  /// Of loads and stores: MPRV lends machine mode the mode before the last trap.
  Mode data_mode() const { return is_lent_ ? previous_mode_ : mode_; }
  /// Whether the present mode may use a register that exists.
  bool is_accessible(std::uint32_t number) const;
  bool may_wait() const { return mode_ == Mode::kMachine || !traps_wait_; }
  const Pmp& pmp() const { return pmp_; }
  const Triggers& triggers() const { return triggers_; }

  FloatState& floating() { return float_; }
  const FloatState& floating() const { return float_; }

  /// Enters the handler; returns its address.
  std::uint32_t enter_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc);
  /// mret; returns the address to go on at.
  std::uint32_t leave_trap();

 private:
  std::optional<std::uint32_t> read_counter(std::uint32_t number, const RawCounters& raw,
                                            std::optional<std::uint64_t> mtime) const;
  bool write_counter(std::uint32_t number, std::uint32_t value, const RawCounters& after);
  std::optional<std::uint32_t> read_float(std::uint32_t number) const;
  bool write_float(std::uint32_t number, std::uint32_t value);
  std::uint32_t status() const;
  void set_status(std::uint32_t value);
  void inhibit(std::uint32_t value, const RawCounters& after);

  /// A counter is `raw + offset`, or `held` while inhibited.
  struct Counter {
    std::uint64_t offset = 0, held = 0;
    bool is_inhibited = false;
    std::uint64_t value(std::uint64_t raw) const { return is_inhibited ? held : raw + offset; }
    void set(std::uint64_t value, std::uint64_t raw) {
      held = value;
      offset = value - raw;
    }
    void inhibit(bool inhibited, std::uint64_t raw) {
      set(value(raw), raw);
      is_inhibited = inhibited;
    }
  };

  std::uint32_t hart_id_;
  Mode mode_ = Mode::kMachine, previous_mode_ = Mode::kMachine;
  bool is_lent_ = false;     ///< MPRV
  bool traps_wait_ = false;  ///< TW
  std::uint32_t mcounteren_ = 0;
  Pmp pmp_;
  Triggers triggers_;
  bool mstatus_ie_ = false, mstatus_pie_ = false;
  std::uint32_t mie_ = 0, mip_ = 0, mtvec_ = 0, mscratch_ = 0, mepc_ = 0, mcause_ = 0, mtval_ = 0;
  Counter cycle_, instret_;
  FloatState float_;
};

}  // namespace mho::soc::riscv
