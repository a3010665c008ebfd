// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/clint.hpp"

#include "models/base/error.hpp"
#include "models/base/int128.hpp"
#include "models/soc/memory_map.hpp"
#include "models/tlm/time.hpp"

namespace mho::soc {
namespace reg = registers::clint;
namespace {

std::uint64_t with_low(std::uint64_t value, std::uint32_t low) {
  return (value >> 32 << 32) | low;
}
std::uint64_t with_high(std::uint64_t value, std::uint32_t high) {
  return (static_cast<std::uint64_t>(high) << 32) | (value & 0xffffffff);
}

}  // namespace

Clint::Clint(sc_core::sc_module_name name, const DeviceCostParams& cost, const tlm_base::Context& context)
    : RegisterTarget(name), cost_(context.ledger, "soc.clint", cost) {
  sc_core::sc_spawn_options options;
  options.spawn_method();
  options.dont_initialize();
  options.set_sensitivity(&compare_event_);
  sc_core::sc_spawn([this] { compare(tlm_base::to_ps(sc_core::sc_time_stamp())); }, "compare", &options);
}

std::uint64_t Clint::mtime_at(std::uint64_t time_ps) const {
  return time_ps / kMtimeTickPs + mtime_offset_;
}

void Clint::reset(std::uint64_t time_ps) {
  software_irq.set(false, time_ps);
  mtimecmp_ = kMtimecmpReset;
  compare(time_ps);
}

void Clint::compare(std::uint64_t time_ps) {
  const std::uint64_t mtime = mtime_at(time_ps);
  timer_irq.set(mtime >= mtimecmp_, time_ps);
  compare_event_.cancel();
  if (mtime >= mtimecmp_) return;
  const uint128_t ticks = static_cast<uint128_t>(mtimecmp_ - mtime) + time_ps / kMtimeTickPs;
  const uint128_t due_ps = ticks * kMtimeTickPs;
  ensure(due_ps > time_ps, "clint: the comparison at mtime {} lies before mtime {}", mtimecmp_, mtime);
  // Beyond the kernel's range of time (213 days) the comparison never happens.
  if (due_ps > ~0ull >> 1) return;
  compare_event_.notify(tlm_base::from_ps(static_cast<std::uint64_t>(due_ps)) - sc_core::sc_time_stamp());
}

bool Clint::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  const std::uint64_t mtime = mtime_at(tlm_base::now_ps(access.delay));
  switch (offset) {
    case reg::kMsipOffset:
      value = software_irq.level() ? 1 : 0;
      break;
    case reg::kMtimecmpLoOffset:
      value = static_cast<std::uint32_t>(mtimecmp_);
      break;
    case reg::kMtimecmpHiOffset:
      value = static_cast<std::uint32_t>(mtimecmp_ >> 32);
      break;
    case reg::kMtimeLoOffset:
      value = static_cast<std::uint32_t>(mtime);
      break;
    case reg::kMtimeHiOffset:
      value = static_cast<std::uint32_t>(mtime >> 32);
      break;
    default:
      return false;
  }
  cost_.book_access(access);
  return true;
}

bool Clint::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  const std::uint64_t time_ps = tlm_base::now_ps(access.delay);
  const std::uint64_t mtime = mtime_at(time_ps);
  switch (offset) {
    case reg::kMsipOffset:
      software_irq.set((value & reg::kMsipPendingMask) != 0, time_ps);
      break;
    case reg::kMtimecmpLoOffset:
      mtimecmp_ = with_low(mtimecmp_, value);
      break;
    case reg::kMtimecmpHiOffset:
      mtimecmp_ = with_high(mtimecmp_, value);
      break;
    case reg::kMtimeLoOffset:
      mtime_offset_ += with_low(mtime, value) - mtime;
      break;
    case reg::kMtimeHiOffset:
      mtime_offset_ += with_high(mtime, value) - mtime;
      break;
    default:
      return false;
  }
  cost_.book_access(access);
  if (offset != reg::kMsipOffset) compare(time_ps);
  return true;
}

}  // namespace mho::soc
