// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Framing of gdb's remote serial protocol (gdb manual, appendix E.1): $payload#checksum, acknowledgements,
// the interrupt byte 0x03; and the hexadecimal numbers inside payloads. Knows neither sockets nor commands.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mho::platform::gdb {

enum class IncomingKind : std::uint8_t {
  kPacket,
  kDamaged,    ///< a packet with a wrong checksum
  kInterrupt,  ///< 0x03
  kAccepted,   ///< +
  kRefused,    ///< -: the last packet is wanted again
};

struct Incoming {
  IncomingKind kind = IncomingKind::kPacket;
  std::string payload = {};  ///< of kPacket, without escapes
};

/// Takes a stream apart, in whatever pieces it arrives.
class PacketReader {
 public:
  void push(std::string_view bytes) { buffer_ += bytes; }
  /// The next complete item, if there is one. Bytes between items are skipped.
  std::optional<Incoming> next();

 private:
  std::string buffer_;
};

/// $payload#checksum, with $, #, } and * escaped.
std::string framed(std::string_view payload);

std::string to_hex(std::span<const std::uint8_t> bytes);
std::string to_hex(std::string_view text);
/// A 32-bit register: eight digits, least significant byte first.
std::string to_hex(std::uint32_t value);
/// Empty when it is not an even number of digits.
std::optional<std::vector<std::uint8_t>> bytes_from_hex(std::string_view digits);
std::optional<std::uint32_t> register_from_hex(std::string_view digits);
/// A number, most significant digit first; empty when it is none or exceeds 32 bits.
std::optional<std::uint32_t> number_from_hex(std::string_view digits);

}  // namespace mho::platform::gdb
