// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/soc/cpu/pmp.hpp"

#include <algorithm>
#include <bit>
#include <span>

namespace mho::soc::riscv {
namespace {

constexpr std::uint32_t kFirstConfiguration = 0x3a0, kFirstAddress = 0x3b0;
constexpr unsigned kEntriesPerRegister = 4, kRegisters = Pmp::kEntries / kEntriesPerRegister;
constexpr unsigned kTor = 1, kNa4 = 2, kNapot = 3;
constexpr std::uint8_t kReadWrite = 3, kWriteOnly = 2, kFields = 0x9f;
constexpr std::uint64_t kAddressSpace = std::uint64_t{1} << 32;

constexpr unsigned matching(std::uint8_t configuration) {
  return configuration >> 3 & 3;
}

}  // namespace

bool Pmp::is_register(std::uint32_t number) {
  return (number >= kFirstConfiguration && number < kFirstConfiguration + kRegisters) ||
         (number >= kFirstAddress && number < kFirstAddress + kEntries);
}

std::uint32_t Pmp::read(std::uint32_t number) const {
  if (number >= kFirstAddress) return entries_[number - kFirstAddress].address;
  std::uint32_t value = 0;
  const unsigned first = (number - kFirstConfiguration) * kEntriesPerRegister;
  for (unsigned i = 0; i < kEntriesPerRegister; ++i) {
    value |= std::uint32_t{entries_[first + i].configuration} << 8 * i;
  }
  return value;
}

bool Pmp::is_address_locked(unsigned index) const {
  if (is_locked(index)) return true;
  const bool has_next = index + 1 < kEntries;
  return has_next && is_locked(index + 1) && matching(entries_[index + 1].configuration) == kTor;
}

void Pmp::write_configuration(unsigned index, std::uint8_t value) {
  if (is_locked(index)) return;
  value &= kFields;
  if ((value & kReadWrite) == kWriteOnly) value &= static_cast<std::uint8_t>(~kWriteOnly);
  entries_[index].configuration = value;
}

void Pmp::write(std::uint32_t number, std::uint32_t value) {
  if (number >= kFirstAddress) {
    const unsigned index = number - kFirstAddress;
    if (!is_address_locked(index)) entries_[index].address = value;
  } else {
    const unsigned first = (number - kFirstConfiguration) * kEntriesPerRegister;
    for (unsigned i = 0; i < kEntriesPerRegister; ++i) {
      write_configuration(first + i, static_cast<std::uint8_t>(value >> 8 * i));
    }
  }
  used_ = 0;
  for (unsigned i = 0; i < kEntries; ++i) {
    update(i);
    if (entries_[i].start != entries_[i].end) used_ = i + 1;
  }
  ++version_;
}

void Pmp::update(unsigned index) {
  Entry& entry = entries_[index];
  const std::uint64_t at = std::uint64_t{entry.address} << 2;
  entry.start = entry.end = 0;
  switch (matching(entry.configuration)) {
    case kTor:
      entry.start = index == 0 ? 0 : std::uint64_t{entries_[index - 1].address} << 2;
      entry.end = std::max(entry.start, at);
      break;
    case kNa4:
      entry.start = at;
      entry.end = at + 4;
      break;
    case kNapot: {
      // The number of ones below the lowest zero is the logarithm of the size in units of 8 bytes.
      const std::uint64_t size = std::uint64_t{8} << std::countr_one(entry.address);
      entry.start = at & ~(size - 1);
      entry.end = entry.start + size;
      break;
    }
    default:
      break;
  }
}

bool Pmp::allows(std::uint32_t address, std::uint64_t bytes, Access access, Mode mode) const {
  const std::uint64_t start = address, end = start + bytes;
  for (const Entry& entry : std::span(entries_).first(used_)) {
    if (entry.start == entry.end || entry.start >= end || start >= entry.end) continue;
    if (entry.start > start || end > entry.end) return false;
    if (mode == Mode::kMachine && (entry.configuration & kLock) == 0) return true;
    return (entry.configuration & static_cast<std::uint8_t>(access)) != 0;
  }
  return mode == Mode::kMachine;
}

Pmp::Span Pmp::span(std::uint32_t address) const {
  Span span{.start = 0, .end = kAddressSpace};
  for (const Entry& entry : entries_) {
    if (entry.start == entry.end) continue;
    if (address < entry.start) {
      span.end = std::min(span.end, entry.start);
    } else if (address >= entry.end) {
      span.start = std::max(span.start, entry.end);
    } else {
      // Entries behind the first that matches do not matter inside it.
      return {.start = std::max(span.start, entry.start), .end = std::min(span.end, entry.end)};
    }
  }
  return span;
}

}  // namespace mho::soc::riscv
