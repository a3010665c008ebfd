// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/profile/byte_reader.hpp"

#include <algorithm>

#include "models/base/error.hpp"

namespace mho::platform::profile {

void ByteReader::need(std::uint64_t bytes) const {
  require(bytes <= bytes_.size() - position_,
          "{} is damaged: {} bytes at offset {} go beyond its {}; link the program anew", what_, bytes,
          position_, bytes_.size());
}

void ByteReader::seek(std::uint64_t position) {
  require(position <= bytes_.size(),
          "{} is damaged: offset {} lies beyond its {} bytes; link the program anew", what_, position,
          bytes_.size());
  position_ = position;
}

void ByteReader::skip(std::uint64_t bytes) {
  need(bytes);
  position_ += bytes;
}

std::uint8_t ByteReader::u8() {
  need(1);
  return bytes_[position_++];
}

std::uint16_t ByteReader::u16() {
  const std::uint16_t low = u8();
  return static_cast<std::uint16_t>(low | u8() << 8);
}

std::uint32_t ByteReader::u32() {
  const std::uint32_t low = u16();
  return low | std::uint32_t{u16()} << 16;
}

std::uint64_t ByteReader::u64() {
  const std::uint64_t low = u32();
  return low | std::uint64_t{u32()} << 32;
}

std::uint64_t ByteReader::uleb() {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const std::uint8_t byte = u8();
    if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
    if ((byte & 0x80u) == 0) return value;
  }
}

std::int64_t ByteReader::sleb() {
  std::uint64_t value = 0;
  for (unsigned shift = 0;;) {
    const std::uint8_t byte = u8();
    if (shift < 64) value |= std::uint64_t{byte & 0x7fu} << shift;
    shift += 7;
    if ((byte & 0x80u) != 0) continue;
    if ((byte & 0x40u) != 0 && shift < 64) value |= ~std::uint64_t{0} << shift;
    return static_cast<std::int64_t>(value);
  }
}

std::string ByteReader::text() {
  const auto rest = bytes_.subspan(position_);
  const auto end = std::ranges::find(rest, std::uint8_t{0});
  need(static_cast<std::uint64_t>(end - rest.begin()) + 1);
  std::string text(rest.begin(), end);
  position_ += text.size() + 1;
  return text;
}

ByteReader ByteReader::part(std::uint64_t bytes) {
  need(bytes);
  ByteReader reader(bytes_.subspan(position_, bytes), what_);
  position_ += bytes;
  return reader;
}

}  // namespace mho::platform::profile
