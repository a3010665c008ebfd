// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/gdb/packet.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace mho::platform::gdb {
namespace {

constexpr char kInterruptByte = '\x03', kEscape = '}', kEscapeMask = 0x20;
constexpr std::size_t kChecksumDigits = 2;

std::uint8_t checksum(std::string_view text) {
  std::uint8_t sum = 0;
  for (const char c : text) sum = static_cast<std::uint8_t>(sum + static_cast<std::uint8_t>(c));
  return sum;
}

std::string without_escapes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escaped = text[i] == kEscape && i + 1 < text.size();
    result += is_escaped ? static_cast<char>(text[++i] ^ kEscapeMask) : text[i];
  }
  return result;
}

}  // namespace

std::optional<Incoming> PacketReader::next() {
  constexpr std::array kStarts{'$', '+', '-', kInterruptByte, '\0'};
  const std::size_t start = buffer_.find_first_of(kStarts.data());
  buffer_.erase(0, start);
  if (buffer_.empty()) return std::nullopt;
  const char first = buffer_.front();
  if (first != '$') {
    buffer_.erase(0, 1);
    return Incoming{.kind = first == '+'   ? IncomingKind::kAccepted
                            : first == '-' ? IncomingKind::kRefused
                                           : IncomingKind::kInterrupt};
  }
  const std::size_t end = buffer_.find('#');
  if (end == std::string::npos || buffer_.size() < end + 1 + kChecksumDigits) return std::nullopt;
  const std::string body = buffer_.substr(1, end - 1);
  const auto expected = number_from_hex(std::string_view(buffer_).substr(end + 1, kChecksumDigits));
  buffer_.erase(0, end + 1 + kChecksumDigits);
  if (expected != checksum(body)) return Incoming{.kind = IncomingKind::kDamaged};
  return Incoming{.kind = IncomingKind::kPacket, .payload = without_escapes(body)};
}

std::string framed(std::string_view payload) {
  std::string body;
  for (const char c : payload) {
    if (std::string_view("$#}*").find(c) == std::string_view::npos) {
      body += c;
    } else {
      body += kEscape;
      body += static_cast<char>(c ^ kEscapeMask);
    }
  }
  return fmt::format("${}#{:02x}", body, checksum(body));
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::string to_hex(std::string_view text) {
  return to_hex(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string to_hex(std::uint32_t value) {
  const std::array bytes{static_cast<std::uint8_t>(value), static_cast<std::uint8_t>(value >> 8),
                         static_cast<std::uint8_t>(value >> 16), static_cast<std::uint8_t>(value >> 24)};
  return to_hex(std::span<const std::uint8_t>(bytes));
}

std::optional<std::uint32_t> number_from_hex(std::string_view digits) {
  std::uint32_t value = 0;
  const char* const end = digits.data() + digits.size();
  const auto [at, error] = std::from_chars(digits.data(), end, value, 16);
  if (error != std::errc() || at != end) return std::nullopt;
  return value;
}

std::optional<std::vector<std::uint8_t>> bytes_from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    const auto byte = number_from_hex(digits.substr(i, 2));
    if (!byte) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*byte));
  }
  return bytes;
}

std::optional<std::uint32_t> register_from_hex(std::string_view digits) {
  const auto bytes = bytes_from_hex(digits);
  if (!bytes || bytes->size() != sizeof(std::uint32_t)) return std::nullopt;
  std::uint32_t value = 0;
  for (std::size_t i = bytes->size(); i-- > 0;) value = value << 8 | (*bytes)[i];
  return value;
}

}  // namespace mho::platform::gdb
