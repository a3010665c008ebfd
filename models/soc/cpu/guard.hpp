// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Addresses at which something is to happen before an instruction executes or data is accessed: a trigger of
// the guest fires, or a debugger wants to stop. The hot path never tests them; it is kept away from them:
// pointers and decoded code end where a guard begins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "models/soc/cpu/pmp.hpp"

namespace mho::soc::riscv {

/// The addresses [start, end), and what is guarded there.
struct Guard {
  std::uint32_t start = 0;
  std::uint64_t end = 0;
  bool on_execute = false, on_load = false, on_store = false;

  /// Instructions are matched by their first byte, data by every byte.
  bool matches(Pmp::Access access, std::uint32_t address, std::uint64_t bytes) const {
    switch (access) {
      case Pmp::Access::kExecute:
        return on_execute && address >= start && address < end;
      case Pmp::Access::kRead:
        return on_load && address < end && start < address + bytes;
      case Pmp::Access::kWrite:
        return on_store && address < end && start < address + bytes;
    }
    return false;
  }
  bool operator==(const Guard&) const = default;
};

class Guards {
 public:
  bool is_empty() const { return guards_.empty(); }
  void add(const Guard& guard) { guards_.push_back(guard); }
  void clear() { guards_.clear(); }

  bool match(Pmp::Access access, std::uint32_t address, std::uint64_t bytes) const {
    return std::ranges::any_of(guards_,
                               [&](const Guard& guard) { return guard.matches(access, address, bytes); });
  }

  /// `span` as far as it goes around `address` without a byte of guarded data; empty when that is guarded.
  Pmp::Span free_span(std::uint32_t address, Pmp::Span span) const {
    for (const Guard& guard : guards_) {
      if (!guard.on_load && !guard.on_store) continue;
      if (address < guard.start) {
        span.end = std::min<std::uint64_t>(span.end, guard.start);
      } else if (address >= guard.end) {
        span.start = std::max<std::uint64_t>(span.start, guard.end);
      } else {
        return {.start = address, .end = address};
      }
    }
    return span;
  }

 private:
  std::vector<Guard> guards_;
};

}  // namespace mho::soc::riscv
