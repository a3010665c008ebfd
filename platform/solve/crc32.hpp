// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// CRC-32 of IEEE 802.3 (polynomial 0x04C11DB7, reflected, start and final inversion): of "123456789" it is
// 0xCBF43926. It protects job and answer (models/registers/job.yaml).
#pragma once

#include <cstdint>
#include <span>

namespace mho::platform {

/// The CRC of nothing, to begin with.
inline constexpr std::uint32_t kCrcStart = 0;

/// The CRC of what `crc` is of, followed by `data`.
std::uint32_t crc32(std::uint32_t crc, std::span<const std::uint8_t> data);

/// As it stands in a block, where 0 means that there is none.
inline std::uint32_t crc_word(std::uint32_t crc) {
  return crc == 0 ? 0xffffffff : crc;
}

/// The bytes of a block without padding.
template <typename T>
std::span<const std::uint8_t> bytes_of(const T& object) {
  return {reinterpret_cast<const std::uint8_t*>(&object), sizeof object};
}

}  // namespace mho::platform
