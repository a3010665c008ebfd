// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// RISC-V semihosting as the core sees it: calls that the guest makes with slli x0,x0,0x1f; ebreak; srai
// x0,x0,7 in machine mode, the operation in a0 and its parameter in a1. A call takes the cycles of an ebreak,
// whatever it does, and no energy beyond it. What the operations do is in semihost_calls.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

namespace mho::soc {

/// What a semihosting call may do to the machine.
class SemihostTarget {
 public:
  virtual ~SemihostTarget() = default;
  /// Copies guest memory without side effects or time. False when any byte is not memory: devices are not.
  virtual bool read_guest(std::uint32_t address, std::span<std::uint8_t> data) = 0;
  virtual bool write_guest(std::uint32_t address, std::span<const std::uint8_t> data) = 0;
  virtual std::uint64_t local_time_ps() const = 0;
};

struct SemihostResult {
  std::uint32_t value = 0;            ///< into a0
  std::optional<int> exit_code = {};  ///< set: the guest ends with it
};

class SemihostHandler {
 public:
  virtual ~SemihostHandler() = default;
  /// Performs `operation` with `parameter`. Wrong parameters yield value 0xffffffff, never an exception.
  virtual SemihostResult call(SemihostTarget& target, std::uint32_t operation, std::uint32_t parameter) = 0;
};

}  // namespace mho::soc
