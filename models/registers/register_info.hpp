// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the generated C++ headers (registers/<block>.hpp) are made of. Offsets, masks and reset values are not
// here: they come from the descriptions in this folder.
#pragma once

#include <cstdint>
#include <string_view>

namespace mho::registers {

/// What software may do. Fields of a register may be narrower: the masks of RegisterInfo tell.
enum class Access { kReadWrite, kReadOnly, kWriteOnly, kWriteOneToClear };

/// The accesses at which simulated time must be exact.
enum class Sync { kNever, kRead, kWrite, kBoth };

/// One register of a block, or `count` equal ones `stride` bytes apart.
struct RegisterInfo {
  std::string_view name;
  std::uint32_t offset;  ///< bytes from the base of the block
  std::uint32_t width;   ///< bits: 8, 16, 32 or 64
  std::uint32_t count;
  std::uint32_t stride;  ///< bytes
  Access access;
  Sync sync;
  std::uint64_t reset;
  std::uint64_t read_mask;   ///< bits that software can read
  std::uint64_t write_mask;  ///< bits that keep what software writes
  std::uint64_t w1c_mask;    ///< bits that a written one clears
  bool hardware_changes_it;
  bool has_side_effect;
};

/// `count` instances of a block `stride` bytes apart; `block` is empty for a device described by its place
/// only.
struct InstanceInfo {
  std::string_view name;
  std::string_view block;
  std::uint32_t base;
  std::uint32_t size;  ///< bytes of one instance
  std::uint32_t count;
  std::uint32_t stride;  ///< bytes
  std::uint32_t irq;     ///< source number at the PLIC, 0: none
};

/// The value of a field in a register's value.
constexpr std::uint32_t field_of(std::uint32_t value, std::uint32_t mask, unsigned shift) {
  return (value & mask) >> shift;
}

/// A register's value with one field replaced; bits of `field` that do not fit are dropped.
constexpr std::uint32_t with_field(std::uint32_t value, std::uint32_t mask, unsigned shift,
                                   std::uint32_t field) {
  return (value & ~mask) | ((field << shift) & mask);
}

}  // namespace mho::registers
