// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Registers of devices that the engine answers itself, because the answer that it has had once cannot have
// changed. That holds inside one run of the engine: no event of the kernel is due there, no CSR is written,
// no guard moves. What is left is the core's own accesses; any but another read of this kind ends all of
// them. The surroundings are told in sums, as one transaction for many reads, so that all figures are the
// same as if each read had been made.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>

#include "models/soc/cpu/environment.hpp"

namespace mho::soc::riscv {

class RepeatedReads {
 public:
  /// The read of the word at `address`, or nullptr when it has to be made.
  RepeatedRead* find(std::uint32_t address) {
    if (is_empty_) return nullptr;
    for (RepeatedRead& read : reads_) {
      if (read.is_known && read.address == address) return &read;
    }
    return nullptr;
  }

  /// Takes a read that has just been made for one that can be repeated. After settle().
  void expect(std::uint32_t address, std::uint32_t value, std::uint64_t extra_cycles) {
    reads_[next_] = {.is_known = true, .address = address, .value = value, .extra_cycles = extra_cycles};
    next_ = (next_ + 1) % kReads;
    is_empty_ = false;
  }

  /// Accounts for all reads up to now; they can still be repeated. Returns how many there were.
  std::uint64_t settle(Environment& environment) {
    if (is_empty_) return 0;
    // In the order of their last occasions, since the channel remembers the latest.
    std::array<RepeatedRead*, kReads> order{};
    for (std::size_t i = 0; i < kReads; ++i) order[i] = &reads_[i];
    std::ranges::sort(order, {}, &RepeatedRead::last_cycle);
    std::uint64_t sum = 0;
    for (RepeatedRead* const read : order) {
      if (read->count == 0) continue;
      environment.account(*read);
      sum += read->count;
      read->count = 0;
    }
    return sum;
  }

  /// Nothing can be repeated any more. After settle().
  void forget() {
    if (is_empty_) return;
    for (RepeatedRead& read : reads_) read.is_known = false;
    is_empty_ = true;
  }

 private:
  /// As many registers as a driver polls in one loop.
  static constexpr std::size_t kReads = 4;

  std::array<RepeatedRead, kReads> reads_{};
  std::size_t next_ = 0;  ///< that gives way to a new one
  bool is_empty_ = true;
};

}  // namespace mho::soc::riscv
