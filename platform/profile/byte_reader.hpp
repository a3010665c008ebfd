// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Little-endian access to a part of a file, in order and with bounds checked.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace mho::platform::profile {

class ByteReader {
 public:
  /// @param what  for messages: "program.elf: .debug_line"; must outlive the reader
  ByteReader(std::span<const std::uint8_t> bytes, std::string_view what) : bytes_(bytes), what_(what) {}

  std::size_t position() const { return position_; }
  bool at_end() const { return position_ >= bytes_.size(); }
  /// All of these: @throws InputError beyond the end
  void seek(std::uint64_t position);
  void skip(std::uint64_t bytes);
  std::uint8_t u8();
  std::int8_t s8() { return static_cast<std::int8_t>(u8()); }
  std::uint16_t u16();
  std::uint32_t u32();
  std::uint64_t u64();
  std::uint64_t uleb();
  std::int64_t sleb();
  /// Up to its zero, which is passed.
  std::string text();
  /// The next bytes as a reader of its own; this one passes them.
  ByteReader part(std::uint64_t bytes);

 private:
  void need(std::uint64_t bytes) const;

  std::span<const std::uint8_t> bytes_;
  std::string_view what_;
  std::size_t position_ = 0;
};

}  // namespace mho::platform::profile
