// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/triggers.hpp"

namespace mho::soc::riscv {
namespace {

constexpr std::uint32_t kTselect = 0x7a0, kTdata1 = 0x7a1, kTdata2 = 0x7a2, kTinfo = 0x7a4, kTcontrol = 0x7a5;

// Fields of mcontrol.
constexpr std::uint32_t kType = 2u << 28, kMachine = 1u << 6, kUser = 1u << 3, kExecute = 1u << 2,
                        kStore = 1u << 1, kLoad = 1u << 0;
constexpr std::uint32_t kFields = kMachine | kUser | kExecute | kStore | kLoad;

constexpr std::uint32_t kOnlyMcontrol = 1u << 2;  ///< tinfo: one bit per type
constexpr std::uint32_t kMte = 1u << 3, kMpte = 1u << 7;

}  // namespace

bool Triggers::is_register(std::uint32_t number) {
  return number >= kTselect && number <= kTcontrol;
}

std::uint32_t Triggers::read(std::uint32_t number) const {
  switch (number) {
    case kTselect:
      return selected_;
    case kTdata1:
      return kType | triggers_[selected_].control;
    case kTdata2:
      return triggers_[selected_].address;
    case kTinfo:
      return kOnlyMcontrol;
    case kTcontrol:
      return (is_enabled_ ? kMte : 0) | (was_enabled_ ? kMpte : 0);
    default:
      return 0;
  }
}

void Triggers::write(std::uint32_t number, std::uint32_t value) {
  switch (number) {
    case kTselect:
      if (value < kCount) selected_ = value;
      return;
    case kTdata1:
      triggers_[selected_].control = value & kFields;
      ++version_;
      return;
    case kTdata2:
      triggers_[selected_].address = value;
      ++version_;
      return;
    case kTcontrol:
      is_enabled_ = (value & kMte) != 0;
      was_enabled_ = (value & kMpte) != 0;
      return;
    default:
      return;
  }
}

Guard Triggers::guard_of(const Trigger& trigger) const {
  return {.start = trigger.address,
          .end = std::uint64_t{trigger.address} + 1,
          .on_execute = (trigger.control & kExecute) != 0,
          .on_load = (trigger.control & kLoad) != 0,
          .on_store = (trigger.control & kStore) != 0};
}

bool Triggers::fire(Pmp::Access access, std::uint32_t address, std::uint64_t bytes, Mode mode) const {
  if (mode == Mode::kMachine && !is_enabled_) return false;
  const std::uint32_t mode_bit = mode == Mode::kMachine ? kMachine : kUser;
  return std::ranges::any_of(triggers_, [&](const Trigger& trigger) {
    return (trigger.control & mode_bit) != 0 && guard_of(trigger).matches(access, address, bytes);
  });
}

void Triggers::add_to(Guards& guards) const {
  for (const Trigger& trigger : triggers_) {
    const bool is_armed =
        (trigger.control & (kMachine | kUser)) != 0 && (trigger.control & ~(kMachine | kUser)) != 0;
    if (is_armed) guards.add(guard_of(trigger));
  }
}

void Triggers::enter_trap() {
  was_enabled_ = is_enabled_;
  is_enabled_ = false;
}

void Triggers::leave_trap() {
  is_enabled_ = was_enabled_;
}

}  // namespace mho::soc::riscv
