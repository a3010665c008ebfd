// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/plic.hpp"

#include "models/base/error.hpp"
#include "models/tlm/time.hpp"

namespace mho::soc {
namespace reg = registers::plic;
namespace {

constexpr std::uint32_t kPriorityEnd = reg::kPriorityOffset + reg::kPriorityStride * reg::kPriorityCount;
constexpr std::uint32_t kBitmapBytes = Plic::kSources / 8;

bool in_bitmap(std::uint32_t offset, std::uint32_t base) {
  return offset >= base && offset - base < kBitmapBytes;
}

}  // namespace

Plic::Plic(sc_core::sc_module_name name, const DeviceCostParams& cost, const tlm_base::Context& context)
    : RegisterTarget(name), cost_(context.ledger, "soc.plic", cost) {}

void Plic::connect(tlm_base::IrqLine& line, unsigned source) {
  ensure(source > 0 && source < kSources, "plic: source {} is not one of 1 … {}", source, kSources - 1);
  line.connect([this, source](bool level, std::uint64_t time_ps) { set_level(source, level, time_ps); });
}

void Plic::set_level(unsigned source, bool level, std::uint64_t time_ps) {
  level_[source] = level;
  update(time_ps);
}

void Plic::reset(std::uint64_t time_ps) {
  priority_ = {};
  enabled_.reset();
  in_service_.reset();
  threshold_ = 0;
  update(time_ps);
}

unsigned Plic::best_source() const {
  unsigned best = 0;
  for (unsigned source = 1; source < kSources; ++source) {
    if (is_pending(source) && enabled_[source] && priority_[source] > priority_[best]) best = source;
  }
  return best;
}

void Plic::update(std::uint64_t time_ps) {
  irq.set(priority_[best_source()] > threshold_, time_ps);
}

std::uint32_t Plic::claim(std::uint64_t time_ps) {
  const unsigned source = best_source();
  if (source != 0) in_service_[source] = true;
  update(time_ps);
  return source;
}

bool Plic::is_repeatable(std::uint32_t offset) const {
  return in_bitmap(offset, reg::kPendingOffset);
}

bool Plic::read_register(std::uint32_t offset, std::uint32_t& value, const tlm_base::Access& access) {
  value = 0;
  if (offset < kPriorityEnd) {
    value = priority_[offset / 4];
  } else if (in_bitmap(offset, reg::kPendingOffset) || in_bitmap(offset, reg::kEnableOffset)) {
    const unsigned first = (offset & 0xfff) * 8;
    for (unsigned i = 0; i < 32; ++i) {
      const bool bit = offset < reg::kEnableOffset ? is_pending(first + i) : enabled_[first + i];
      value |= static_cast<std::uint32_t>(bit) << i;
    }
  } else if (offset == reg::kThresholdOffset) {
    value = threshold_;
  } else if (offset == reg::kClaimOffset) {
    value = access.is_debug ? best_source() : claim(tlm_base::now_ps(access.delay));
  } else {
    return false;
  }
  cost_.book_access(access);
  return true;
}

bool Plic::write_register(std::uint32_t offset, std::uint32_t value, const tlm_base::Access& access) {
  if (offset < kPriorityEnd) {
    // Source 0 keeps priority 0: best_source() relies on it.
    if (offset != 0) priority_[offset / 4] = static_cast<std::uint8_t>(value & reg::kMaxPriority);
  } else if (in_bitmap(offset, reg::kEnableOffset)) {
    const unsigned first = (offset - reg::kEnableOffset) * 8;
    for (unsigned i = 0; i < 32; ++i) enabled_[first + i] = ((value >> i) & 1) != 0;
    enabled_[0] = false;
  } else if (offset == reg::kThresholdOffset) {
    threshold_ = static_cast<std::uint8_t>(value & reg::kMaxPriority);
  } else if (offset == reg::kClaimOffset) {
    if (value < kSources && enabled_[value]) in_service_[value] = false;
  } else if (!in_bitmap(offset, reg::kPendingOffset)) {
    return false;
  }
  cost_.book_access(access);
  update(tlm_base::now_ps(access.delay));
  return true;
}

}  // namespace mho::soc
