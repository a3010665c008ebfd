// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Memory for the driver's arenas, with a canary behind it that shows writes past the end.
#pragma once

#include <boost/align/aligned_allocator.hpp>
#include <cstdint>
#include <vector>

#include "firmware/libmho/memory.h"

namespace mho::test {

class Workspace {
 public:
  /// @param bytes  what the arena may hand out; the canary comes on top
  explicit Workspace(std::uint32_t bytes) : memory_(bytes + kCanaryBytes, kCanary), bytes_(bytes) {
    arena = {memory_.data(), memory_.data() + bytes};
  }
  Workspace(const Workspace&) = delete;
  Workspace& operator=(const Workspace&) = delete;

  /// True while nothing behind the arena was written.
  bool is_intact() const {
    for (std::size_t i = bytes_; i < memory_.size(); ++i) {
      if (memory_[i] != kCanary) return false;
    }
    return true;
  }

  /// The whole memory as a window of physical addresses, as on the target.
  mho_memory_t window() { return {memory_.data(), kAddress, static_cast<std::uint32_t>(bytes_)}; }

  static constexpr std::uint32_t kAddress = 0x80000000u;
  mho_arena_t arena;

 private:
  static constexpr std::uint32_t kCanaryBytes = 4096;
  static constexpr std::uint8_t kCanary = 0xA5;
  std::vector<std::uint8_t, boost::alignment::aligned_allocator<std::uint8_t, 64>> memory_;
  std::size_t bytes_;
};

}  // namespace mho::test
