// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What the generated table of all blocks (registers/block_table.hpp) is made of: the whole description, for
// programs that go through it without knowing a block.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "models/registers/register_info.hpp"

namespace mho::registers {

struct ValueInfo {
  std::string_view name;
  std::uint32_t value;
};

struct EnumInfo {
  std::string_view name;
  std::span<const ValueInfo> values;
};

/// A bit field. A register that is described without fields has one of its whole width, with an empty name.
struct FieldInfo {
  std::string_view name;
  std::uint64_t mask;
  Access access;
  const EnumInfo* values;  ///< null: numbers
};

struct DescribedRegister {
  const RegisterInfo* info;
  std::span<const FieldInfo> fields;
  /// The register is reached only while this field, of the 8-bit register at this offset, is not 0, and those
  /// that it overlaps only while it is; mask 0: always.
  std::uint32_t selector_offset;
  std::uint64_t selector_mask;
};

/// A data memory inside a block.
struct WindowInfo {
  std::string_view name;
  std::uint32_t offset;  ///< bytes from the base of the block
  std::uint32_t size;    ///< bytes
  Access access;
};

struct BlockInfo {
  std::string_view name;
  std::span<const DescribedRegister> registers;
  std::span<const WindowInfo> windows;
};

}  // namespace mho::registers
