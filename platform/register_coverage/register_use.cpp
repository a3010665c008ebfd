// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/register_coverage/register_use.hpp"

#include <algorithm>

#include "models/base/error.hpp"
#include "registers/block_table.hpp"  // generated
#include "registers/memory_map.hpp"   // generated

namespace mho::platform::register_coverage {
namespace {

std::vector<Place> find_places() {
  std::vector<Place> found;
  for (const registers::InstanceInfo& instance : registers::memory_map::kInstances) {
    const auto block = std::ranges::find(registers::kBlocks, instance.block, &registers::BlockInfo::name);
    if (block != registers::kBlocks.end()) found.push_back({.instance = &instance, .block = &*block});
  }
  return found;
}

void add(Accesses& sum, const Accesses& other) {
  sum.reads += other.reads;
  sum.writes += other.writes;
}

void add(ValueCounts& sum, const ValueCounts& other) {
  for (const auto& [value, count] : other) sum[value] += count;
}

void add(RegisterUse& sum, const RegisterUse& other) {
  add(sum.cpu, other.cpu);
  add(sum.units, other.units);
  sum.read_ones |= other.read_ones;
  sum.read_zeros |= other.read_zeros;
  sum.written_ones |= other.written_ones;
  sum.written_zeros |= other.written_zeros;
  for (std::size_t i = 0; i < sum.values.size(); ++i) add(sum.values[i], other.values[i]);
}

}  // namespace

std::span<const Place> places() {
  static const std::vector<Place> kPlaces = find_places();
  return kPlaces;
}

std::string value_name(const registers::EnumInfo* values, std::uint64_t value) {
  if (values != nullptr) {
    const auto found = std::ranges::find(values->values, value, &registers::ValueInfo::value);
    if (found != values->values.end()) return std::string(found->name);
  }
  return fmt::format("{}", value);
}

RegisterCoverage::RegisterCoverage() {
  for (const char* line : {"software", "timer", "external"}) interrupts[line];
  for (const Place& place : register_coverage::places()) {
    PlaceUse& use = places.emplace_back();
    use.registers.resize(place.block->registers.size());
    for (std::size_t r = 0; r < use.registers.size(); ++r) {
      use.registers[r].values.resize(place.block->registers[r].fields.size());
    }
    use.windows.resize(place.block->windows.size());
    if (place.instance->irq != 0) interrupts[std::string(place.instance->name)];
  }
}

void RegisterCoverage::merge(const RegisterCoverage& other) {
  for (std::size_t p = 0; p < places.size(); ++p) {
    for (std::size_t r = 0; r < places[p].registers.size(); ++r) {
      add(places[p].registers[r], other.places[p].registers[r]);
    }
    for (std::size_t w = 0; w < places[p].windows.size(); ++w) {
      add(places[p].windows[w].cpu, other.places[p].windows[w].cpu);
      add(places[p].windows[w].units, other.places[p].windows[w].units);
    }
  }
  for (const auto& [line, use] : other.interrupts) {
    interrupts[line].raised += use.raised;
    interrupts[line].taken += use.taken;
  }
  add(dru_status, other.dru_status);
  add(job_status, other.job_status);
}

bool is_touched(const registers::DescribedRegister& reg, const registers::FieldInfo& field,
                const RegisterUse& use) {
  if (field.access == registers::Access::kReadOnly) return use.cpu.reads > 0;
  const std::uint64_t differs = (use.written_ones & ~reg.info->reset) | (use.written_zeros & reg.info->reset);
  return (differs & field.mask) != 0;
}

std::uint64_t both_ways(const registers::FieldInfo& field, const RegisterUse& use) {
  return (use.read_ones | use.written_ones) & (use.read_zeros | use.written_zeros) & field.mask;
}

}  // namespace mho::platform::register_coverage
