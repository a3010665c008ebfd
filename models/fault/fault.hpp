// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A fault that is put into a running chip to see what its driver makes of it: what breaks, where, and when.
// Cells that are stuck from the beginning are no such faults: they belong to the chip (device/faults.hpp).
#pragma once

#include <cstdint>
#include <limits>
#include <string>

namespace mho::fault {

enum class Kind : std::uint8_t {
  kInterruptLost,      ///< a line stays low when its device raises it
  kInterruptSpurious,  ///< a line is high for a microsecond although its device does not raise it
  kAdcDead,            ///< a channel converts to 0 whatever its input
  kAdcCodeError,       ///< `value` is added to a code
  kDacStuck,           ///< a channel drives the code `value` whatever its pattern
  kTransferError,      ///< a transfer on the bus ends with an error and never reaches its target
  kMacroHung,          ///< a macro that is told to work stays busy
  kCellDisturbed,      ///< a cell moves by `value` levels after it was written and verified
  kCellStuck,          ///< a cell that is written stays at level `value`
  kMemoryFlip,         ///< a bit of RAM is inverted
  kCpuFlip,            ///< a bit of a CPU register is inverted
  kRegisterFlip,       ///< a bit of a device register is inverted, as if it had been written so
};

inline constexpr std::uint32_t kAny = std::numeric_limits<std::uint32_t>::max();

/// Fields that a kind does not mention mean nothing to it.
struct Fault {
  std::string text;  ///< as given by the user, for reports
  Kind kind = Kind::kTransferError;

  // When: a fault may happen at each occasion from `from_ps` to `until_ps`, with this probability, and no
  // more than `count` times. Occasions of flips and spurious interrupts are `from_ps` and every `every_ps`
  // from then on; 0: no other.
  std::uint64_t from_ps = 0;
  std::uint64_t until_ps = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t count = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t every_ps = 0;
  double probability = 1.0;  ///< (0, 1]

  // Where.
  std::string name;              ///< interrupt line, kind of macro, file of a CPU register ("x", "f", "pc")
  std::uint32_t index = kAny;    ///< macro, ADC lane, DAC bank: kAny is every one; CPU register: drawn
  std::uint32_t channel = kAny;  ///< of a converter; kAny: every one
  std::uint32_t row = 0;         ///< of a cell: the line that is driven
  std::uint32_t column = 0;      ///< of a cell: the line that is read
  bool is_negative = false;      ///< of a cell: in which array of the pair
  std::string initiator;         ///< of a transfer; empty: every one
  std::uint64_t address = 0;     ///< first byte
  std::uint64_t bytes = 0;       ///< from `address` on; 0: everywhere. Of a flip: from which a word is drawn

  // What.
  std::int32_t value = 0;         ///< codes, levels
  std::uint32_t bit = kAny;       ///< kAny: drawn
  std::uint64_t duration_ps = 0;  ///< for which a macro hangs; 0: for good
};

/// A cell that goes wrong in a write.
struct CellFault {
  std::uint32_t row = 0, column = 0;
  bool is_negative = false;  ///< in which array of the pair
  std::int32_t levels = 0;   ///< by how many it moves behind the write, or the level at which it stays
};

/// Happens at a moment of its own rather than when a hook asks for it.
inline bool is_scheduled(Kind kind) {
  return kind == Kind::kInterruptSpurious || kind == Kind::kMemoryFlip || kind == Kind::kCpuFlip ||
         kind == Kind::kRegisterFlip;
}

}  // namespace mho::fault
