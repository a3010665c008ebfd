// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/register_coverage/coverage_log.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "models/base/error.hpp"
#include "registers/block_table.hpp"  // generated
#include "registers/dru.hpp"          // generated

namespace mho::platform::register_coverage {
namespace {

namespace dru = registers::dru;
using registers::Access;

constexpr std::array<std::pair<std::uint32_t, const char*>, 3> kCauses{
    {{3, "software"}, {7, "timer"}, {11, "external"}}};

bool allows(Access allowed, bool is_write) {
  return allowed != (is_write ? Access::kReadOnly : Access::kWriteOnly);
}

std::uint64_t end_of(const registers::InstanceInfo& instance) {
  return std::uint64_t{instance.base} + std::uint64_t{instance.count - 1} * instance.stride + instance.size;
}

/// The index of the place that holds the address; the number of places: none.
std::size_t place_at(std::uint64_t address) {
  const auto all = places();
  const auto found = std::ranges::find_if(all, [&](const Place& place) {
    return address >= place.instance->base && address < end_of(*place.instance);
  });
  return static_cast<std::size_t>(found - all.begin());
}

std::uint64_t value_of(std::span<const std::uint8_t> data) {
  std::uint64_t value = 0;
  std::memcpy(&value, data.data(), std::min(sizeof value, data.size()));
  return value;
}

std::uint64_t width_mask(const registers::RegisterInfo& info) {
  return ~std::uint64_t{0} >> (64 - info.width);
}

}  // namespace

CoverageLog::CoverageLog() {
  for (const Place& place : places()) {
    Offsets& offsets = offsets_.emplace_back();
    for (std::size_t r = 0; r < place.block->registers.size(); ++r) {
      const registers::RegisterInfo& info = *place.block->registers[r].info;
      for (std::uint32_t i = 0; i < info.count; ++i) offsets[info.offset + i * info.stride].push_back(r);
    }
  }
}

void CoverageLog::accessed(const trace::Access& access) {
  if (!access.is_ok || access.initiator == "debugger") return;
  const std::size_t place = place_at(access.address);
  if (place == places().size()) return find_status(access);
  const registers::InstanceInfo& instance = *places()[place].instance;
  const auto from_base = static_cast<std::uint32_t>(access.address - instance.base);
  const std::uint32_t offset = instance.count > 1 ? from_base % instance.stride : from_base;
  if (!count_in_window(place, offset, access)) count_in_registers(place, offset, access);
}

void CoverageLog::count_in_registers(std::size_t place, std::uint32_t offset, const trace::Access& access) {
  const auto& all = places()[place].block->registers;
  const Initiator initiator = access.initiator == "cpu" ? Initiator::kCpu : Initiator::kUnit;
  const auto base = static_cast<std::uint32_t>(access.address) - offset;
  for (std::uint32_t at = 0; at < access.data.size();) {
    const std::size_t index = reached(place, offset + at, access.is_write);
    if (index == all.size()) {
      ++at;
      continue;
    }
    const registers::RegisterInfo& info = *all[index].info;
    const std::uint64_t value = value_of(access.data.subspan(at)) & width_mask(info);
    count(place, index, value, initiator, access.is_write);
    if (access.is_write) follow(place, base, info, value);
    at += info.width / 8;
  }
}

bool CoverageLog::count_in_window(std::size_t place, std::uint32_t offset, const trace::Access& access) {
  const auto& all = places()[place].block->windows;
  for (std::size_t w = 0; w < all.size(); ++w) {
    if (offset < all[w].offset || offset - all[w].offset >= all[w].size) continue;
    WindowUse& use = coverage_.places[place].windows[w];
    Accesses& accesses = access.initiator == "cpu" ? use.cpu : use.units;
    ++(access.is_write ? accesses.writes : accesses.reads);
    return true;
  }
  return false;
}

std::size_t CoverageLog::reached(std::size_t place, std::uint32_t offset, bool is_write) const {
  const Place& where = places()[place];
  const auto& all = where.block->registers;
  const auto found = offsets_[place].find(offset);
  if (found == offsets_[place].end()) return all.size();
  std::size_t best = all.size();
  for (const std::size_t index : found->second) {
    const registers::DescribedRegister& reg = all[index];
    if (!allows(reg.info->access, is_write)) continue;
    if (reg.selector_mask == 0) {
      if (best == all.size()) best = index;
      continue;
    }
    const auto selector = selectors_.find(where.instance->base + reg.selector_offset);
    if (selector != selectors_.end() && (selector->second & reg.selector_mask) != 0) best = index;
  }
  return best;
}

void CoverageLog::count(std::size_t place, std::size_t index, std::uint64_t value, Initiator initiator,
                        bool is_write) {
  const registers::DescribedRegister& reg = places()[place].block->registers[index];
  RegisterUse& use = coverage_.places[place].registers[index];
  Accesses& accesses = initiator == Initiator::kCpu ? use.cpu : use.units;
  ++(is_write ? accesses.writes : accesses.reads);
  if (initiator != Initiator::kCpu) return;
  (is_write ? use.written_ones : use.read_ones) |= value;
  (is_write ? use.written_zeros : use.read_zeros) |= ~value & width_mask(*reg.info);
  for (std::size_t f = 0; f < reg.fields.size(); ++f) {
    const registers::FieldInfo& field = reg.fields[f];
    if (field.values == nullptr || !allows(field.access, is_write)) continue;
    ++use.values[f][value_name(field.values, (value & field.mask) >> std::countr_zero(field.mask))];
  }
  const bool is_claim = places()[place].block->name == "plic" && reg.info->name == "CLAIM" && !is_write;
  if (!is_claim || value == 0) return;
  for (const Place& source : places()) {
    if (source.instance->irq == value) ++coverage_.interrupts[std::string(source.instance->name)].taken;
  }
}

void CoverageLog::follow(std::size_t place, std::uint32_t base, const registers::RegisterInfo& info,
                         std::uint64_t value) {
  if (info.width == 8) selectors_[base + info.offset] = value;
  if (places()[place].block->name != "dru") return;
  if (info.offset == dru::kRingBaseOffset) rings_[base].base = static_cast<std::uint32_t>(value);
  if (info.offset == dru::kRingEntriesOffset) rings_[base].entries = static_cast<std::uint32_t>(value);
}

void CoverageLog::find_status(const trace::Access& access) {
  const bool is_status_word =
      access.initiator == "dru" && access.is_write && access.data.size() == sizeof dru::DruDescriptor::status;
  if (!is_status_word) return;
  for (const auto& [context, ring] : rings_) {
    const std::uint64_t offset = access.address - ring.base;
    if (offset >= std::uint64_t{ring.entries} * sizeof(dru::DruDescriptor)) continue;
    if (offset % sizeof(dru::DruDescriptor) != offsetof(dru::DruDescriptor, status)) continue;
    ++coverage_.dru_status[value_name(&registers::kDruStatusEnum, value_of(access.data))];
    return;
  }
}

void CoverageLog::raised(std::string_view line) {
  ++coverage_.interrupts[std::string(line)].raised;
}

void CoverageLog::taken(std::uint32_t cause) {
  for (const auto& [number, name] : kCauses) {
    if (number == cause) ++coverage_.interrupts[name].taken;
  }
}

void CoverageLog::job_ended(std::uint32_t status) {
  ++coverage_.job_status[value_name(&registers::kJobStatusEnum, status)];
}

}  // namespace mho::platform::register_coverage
