// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The CRC-32 (IEEE 802.3) that protects job and answer, as models/registers/job.yaml has it.
#pragma once

#include <boost/crc.hpp>
#include <cstdint>
#include <span>

namespace mho::platform {

class Crc32 {
 public:
  /// What is added together is as one sequence of bytes.
  void add(std::span<const std::uint8_t> data) { crc_.process_bytes(data.data(), data.size()); }
  /// As it stands in a block, where 0 means that there is none.
  std::uint32_t word() const { return crc_.checksum() == 0 ? 0xffffffff : crc_.checksum(); }

 private:
  boost::crc_32_type crc_;
};

/// The bytes of a block without padding.
template <typename T>
std::span<const std::uint8_t> bytes_of(const T& object) {
  return {reinterpret_cast<const std::uint8_t*>(&object), sizeof object};
}

}  // namespace mho::platform
