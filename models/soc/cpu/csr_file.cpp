// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/csr_file.hpp"

namespace mho::soc::riscv {
namespace {

constexpr std::uint32_t kFflags = 0x001, kFrm = 0x002, kFcsr = 0x003;
constexpr std::uint32_t kMstatus = 0x300, kMisa = 0x301, kMie = 0x304, kMtvec = 0x305, kMcounteren = 0x306,
                        kMstatush = 0x310, kMcountinhibit = 0x320, kMhpmevent3 = 0x323, kMhpmevent31 = 0x33f,
                        kMscratch = 0x340, kMepc = 0x341, kMcause = 0x342, kMtval = 0x343, kMip = 0x344,
                        kMcycle = 0xb00, kMinstret = 0xb02, kMhpmcounter3 = 0xb03, kMhpmcounter31 = 0xb1f,
                        kCycle = 0xc00, kTime = 0xc01, kInstret = 0xc02, kMvendorid = 0xf11, kMarchid = 0xf12,
                        kMimpid = 0xf13, kMhartid = 0xf14, kMconfigptr = 0xf15;
/// Added to the number of a counter for its upper half.
constexpr std::uint32_t kUpper = 0x80;

constexpr std::uint32_t kStatusMie = 1u << 3, kStatusMpie = 1u << 7, kStatusMprv = 1u << 17,
                        kStatusTw = 1u << 21, kStatusDirty = 1u << 31;
constexpr unsigned kStatusMpp = 11, kStatusFs = 13;
/// In fcsr, frm lies above fflags.
constexpr unsigned kFcsrRounding = 5;
constexpr std::uint32_t kInhibitCycle = 1u << 0, kInhibitInstret = 1u << 2;
constexpr std::uint32_t kLines = 1u << cause::kSoftware | 1u << cause::kTimer | 1u << cause::kExternal;
/// 32 bits, with extensions A, C, F, I, M and user mode.
constexpr std::uint32_t kIsa = 1u << 30 | 1u << 0 | 1u << 2 | 1u << 5 | 1u << 8 | 1u << 12 | 1u << 20;

std::uint32_t half(std::uint64_t value, bool is_upper) {
  return static_cast<std::uint32_t>(is_upper ? value >> 32 : value);
}

std::uint64_t with_half(std::uint64_t value, bool is_upper, std::uint32_t part) {
  return is_upper ? (value & 0xffff'ffff) | std::uint64_t{part} << 32
                  : (value & ~std::uint64_t{0xffff'ffff}) | part;
}

bool is_event_counter(std::uint32_t number) {
  const std::uint32_t lower = number & ~kUpper;
  return lower >= kMhpmcounter3 && lower <= kMhpmcounter31;
}
bool is_event_shadow(std::uint32_t number) {
  return is_event_counter(number - kCycle + kMcycle);
}

}  // namespace

void CsrFile::reset() {
  CsrFile initial(hart_id_);
  initial.mip_ = mip_;
  initial.pmp_ = pmp_;
  initial.triggers_ = triggers_;
  initial.pmp_.reset();
  initial.triggers_.reset();
  *this = initial;
}

std::optional<std::uint32_t> CsrFile::read_counter(std::uint32_t number, const RawCounters& raw,
                                                   std::optional<std::uint64_t> mtime) const {
  const bool is_upper = (number & kUpper) != 0;
  switch (number & ~kUpper) {
    case kCycle:
    case kMcycle:
      return half(cycle_.value(raw.cycles), is_upper);
    case kInstret:
    case kMinstret:
      return half(instret_.value(raw.instructions), is_upper);
    case kTime:
      if (!mtime) return std::nullopt;
      return half(*mtime, is_upper);
    default:
      break;
  }
  if (is_event_counter(number) || is_event_shadow(number)) return 0;
  return std::nullopt;
}

std::optional<std::uint32_t> CsrFile::read_float(std::uint32_t number) const {
  if (float_.is_off()) return std::nullopt;
  switch (number) {
    case kFflags:
      return float_.flags();
    case kFrm:
      return float_.rounding();
    default:
      return float_.rounding() << kFcsrRounding | float_.flags();
  }
}

bool CsrFile::write_float(std::uint32_t number, std::uint32_t value) {
  if (float_.is_off()) return false;
  if (number != kFrm) float_.set_flags(value);
  if (number != kFflags) float_.set_rounding(number == kFrm ? value : value >> kFcsrRounding);
  float_.set_dirty();
  return true;
}

std::uint32_t CsrFile::status() const {
  return (mstatus_ie_ ? kStatusMie : 0) | (mstatus_pie_ ? kStatusMpie : 0) |
         static_cast<std::uint32_t>(previous_mode_) << kStatusMpp | (is_lent_ ? kStatusMprv : 0) |
         (traps_wait_ ? kStatusTw : 0) | float_.status() << kStatusFs |
         (float_.is_dirty() ? kStatusDirty : 0);
}

void CsrFile::set_status(std::uint32_t value) {
  mstatus_ie_ = (value & kStatusMie) != 0;
  mstatus_pie_ = (value & kStatusMpie) != 0;
  is_lent_ = (value & kStatusMprv) != 0;
  traps_wait_ = (value & kStatusTw) != 0;
  const auto mode = static_cast<Mode>(value >> kStatusMpp & 3);
  if (mode == Mode::kUser || mode == Mode::kMachine) previous_mode_ = mode;
  float_.set_status(value >> kStatusFs);
}

std::optional<std::uint32_t> CsrFile::read(std::uint32_t number, const RawCounters& raw,
                                           std::optional<std::uint64_t> mtime) const {
  switch (number) {
    case kFflags:
    case kFrm:
    case kFcsr:
      return read_float(number);
    case kMstatus:
      return status();
    case kMisa:
      return kIsa;
    case kMcounteren:
      return mcounteren_;
    case kMie:
      return mie_;
    case kMip:
      return mip_;
    case kMtvec:
      return mtvec_;
    case kMscratch:
      return mscratch_;
    case kMepc:
      return mepc_;
    case kMcause:
      return mcause_;
    case kMtval:
      return mtval_;
    case kMcountinhibit:
      return (cycle_.is_inhibited ? kInhibitCycle : 0) | (instret_.is_inhibited ? kInhibitInstret : 0);
    case kMhartid:
      return hart_id_;
    case kMstatush:
    case kMvendorid:
    case kMarchid:
    case kMimpid:
    case kMconfigptr:
      return 0;
    default:
      break;
  }
  if (Pmp::is_register(number)) return pmp_.read(number);
  if (Triggers::is_register(number)) return triggers_.read(number);
  if (number >= kMhpmevent3 && number <= kMhpmevent31) return 0;
  return read_counter(number, raw, mtime);
}

void CsrFile::inhibit(std::uint32_t value, const RawCounters& after) {
  cycle_.inhibit((value & kInhibitCycle) != 0, after.cycles);
  instret_.inhibit((value & kInhibitInstret) != 0, after.instructions);
}

bool CsrFile::write_counter(std::uint32_t number, std::uint32_t value, const RawCounters& after) {
  const bool is_upper = (number & kUpper) != 0;
  switch (number & ~kUpper) {
    case kMcycle:
      cycle_.set(with_half(cycle_.value(after.cycles), is_upper, value), after.cycles);
      return true;
    case kMinstret:
      instret_.set(with_half(instret_.value(after.instructions), is_upper, value), after.instructions);
      return true;
    default:
      return is_event_counter(number);
  }
}

bool CsrFile::write(std::uint32_t number, std::uint32_t value, const RawCounters& after) {
  constexpr std::uint32_t kReadOnlyNumbers = 0xc00;
  if ((number & kReadOnlyNumbers) == kReadOnlyNumbers) return false;
  switch (number) {
    case kFflags:
    case kFrm:
    case kFcsr:
      return write_float(number, value);
    case kMstatus:
      set_status(value);
      return true;
    case kMcounteren:
      mcounteren_ = value;
      return true;
    case kMie:
      mie_ = value & kLines;
      return true;
    case kMtvec:
      // Modes above 1 are reserved: the register keeps what it had.
      if ((value & 3) < 2) mtvec_ = value;
      return true;
    case kMscratch:
      mscratch_ = value;
      return true;
    case kMepc:
      mepc_ = value & ~1u;
      return true;
    case kMcause:
      mcause_ = value;
      return true;
    case kMtval:
      mtval_ = value;
      return true;
    case kMcountinhibit:
      inhibit(value, after);
      return true;
    case kMip:
    case kMisa:
    case kMstatush:
      return true;
    default:
      break;
  }
  if (Pmp::is_register(number)) {
    pmp_.write(number, value);
    return true;
  }
  if (Triggers::is_register(number)) {
    triggers_.write(number, value);
    return true;
  }
  if (number >= kMhpmevent3 && number <= kMhpmevent31) return true;
  return write_counter(number, value, after);
}

bool CsrFile::is_accessible(std::uint32_t number) const {
  if (mode_ == Mode::kMachine) return true;
  constexpr std::uint32_t kCountersPerHalf = 32;
  const bool is_privileged = (number >> 8 & 3) != 0;
  const bool is_counter = (number & ~kUpper) >= kCycle && (number & ~kUpper) < kCycle + kCountersPerHalf;
  const bool is_enabled = (mcounteren_ >> number % kCountersPerHalf & 1) != 0;
  return !is_privileged && (!is_counter || is_enabled);
}

std::uint32_t CsrFile::interrupt_cause() const {
  const std::uint32_t ready = pending_and_enabled();
  for (const unsigned bit : {cause::kExternal, cause::kSoftware, cause::kTimer}) {
    if ((ready & 1u << bit) != 0) return cause::kInterrupt | bit;
  }
  return 0;
}

std::uint32_t CsrFile::enter_trap(std::uint32_t cause, std::uint32_t value, std::uint32_t pc) {
  mepc_ = pc;
  mcause_ = cause;
  mtval_ = value;
  mstatus_pie_ = mstatus_ie_;
  mstatus_ie_ = false;
  previous_mode_ = mode_;
  mode_ = Mode::kMachine;
  triggers_.enter_trap();
  const std::uint32_t base = mtvec_ & ~3u;
  const bool is_vectored = (mtvec_ & 1) != 0 && (cause & cause::kInterrupt) != 0;
  return is_vectored ? base + 4 * (cause & ~cause::kInterrupt) : base;
}

std::uint32_t CsrFile::leave_trap() {
  mstatus_ie_ = mstatus_pie_;
  mstatus_pie_ = true;
  mode_ = previous_mode_;
  previous_mode_ = Mode::kUser;
  triggers_.leave_trap();
  if (mode_ != Mode::kMachine) is_lent_ = false;
  return mepc_;
}

}  // namespace mho::soc::riscv
