// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What a core needs from the world around it. The core counts in clock cycles and knows no SystemC.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "models/soc/cpu/semihosting.hpp"

namespace mho::soc::riscv {

struct Transfer {
  bool is_ok = false;
  std::uint64_t extra_cycles = 0;  ///< that the access took beyond the instruction's own cost
  /// The core may execute on as far as it was allowed to before: nothing is due earlier now, and nobody asked
  /// it to stop.
  bool keeps_limit = false;
  /// Of a read: as long as the core makes no access that is not so, and no event is due, reading this again
  /// would return the same and take as long. Implies keeps_limit.
  bool is_repeatable = false;
};

/// Equal reads of a word of a device that the core has answered itself.
struct RepeatedRead {
  bool is_known = false;
  std::uint32_t address = 0;
  std::uint32_t value = 0;
  std::uint64_t extra_cycles = 0;  ///< of each
  std::uint64_t count = 0;         ///< not accounted for
  std::uint64_t last_cycle = 0;    ///< start of the last of them
};

/// A pointer into memory for the addresses [start, end).
struct DirectRegion {
  std::uint32_t start = 0;
  std::uint64_t end = 0;
  std::uint8_t* host = nullptr;  ///< of `start`
  bool can_read = false, can_write = false;
};

class Environment {
 public:
  virtual ~Environment() = default;

  /// Reads or writes one memory item at the clock edge `cycle`; takes no time beyond the class's cost.
  virtual bool access_memory(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                             std::uint64_t cycle) = 0;
  virtual Transfer access_device(bool is_write, std::uint32_t address, std::span<std::uint8_t> data,
                                 std::uint64_t cycle) = 0;
  /// Accounts for repeated reads, before the core does anything that its surroundings could notice.
  virtual void account(const RepeatedRead& repeated) = 0;
  /// Direct access around `address`; empty when not granted.
  virtual std::optional<DirectRegion> direct_region(std::uint32_t address) = 0;
  /// What the time CSR reads at a clock edge; empty when there is no such clock.
  virtual std::optional<std::uint64_t> mtime(std::uint64_t cycle) = 0;
  /// False when nothing is due any more that could change an interrupt line.
  virtual bool may_be_interrupted() = 0;
  /// Empty: no semihosting; ebreak traps.
  virtual std::optional<SemihostResult> semihost(std::uint32_t operation, std::uint32_t parameter) = 0;
  /// A trap was entered at `cycle`.
  virtual void trapped(std::uint32_t cause, std::uint32_t pc, std::uint32_t handler, std::uint64_t cycle) = 0;
};

}  // namespace mho::soc::riscv
