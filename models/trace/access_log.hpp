// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What software does to the devices: accesses on the bus with their data, and interrupts.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace mho::trace {

struct Access {
  std::string_view initiator;  ///< "cpu", "dru", "dma", "debugger"
  bool is_write = false;
  std::uint64_t address = 0;
  std::span<const std::uint8_t> data;  ///< read or written; during the call only
  bool is_ok = true;
};

/// Is told of everything as it happens.
class AccessLog {
 public:
  virtual ~AccessLog() = default;
  /// A transaction has completed; not those of the CPU with its own memory.
  virtual void accessed(const Access& access) = 0;
  /// A line has gone high: that of a device to the PLIC, by the name of the instance in the memory map, or
  /// one of "external", "timer" and "software" to the CPU.
  virtual void raised(std::string_view line) = 0;
  /// The CPU enters the handler of an interrupt; `cause` is mcause without its uppermost bit.
  virtual void taken(std::uint32_t cause) = 0;
};

}  // namespace mho::trace
