// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Physical memory protection: 16 entries with a granularity of 4 bytes, OFF, TOR, NA4 and NAPOT, locks.
// An entry that matches some bytes of an access and not all refuses it. What no entry matches is machine
// mode's.
#pragma once

#include <array>
#include <cstdint>

namespace mho::soc::riscv {

enum class Mode : std::uint8_t { kUser = 0, kMachine = 3 };

class Pmp {
 public:
  static constexpr unsigned kEntries = 16;

  enum class Access : std::uint8_t { kRead = 1, kWrite = 2, kExecute = 4 };  ///< the bits of a configuration

  /// Whether a CSR number is one of pmpcfg0 … 3, pmpaddr0 … 15.
  static bool is_register(std::uint32_t number);
  std::uint32_t read(std::uint32_t number) const;
  /// Locked fields keep their values; writing without reading is reserved and becomes neither.
  void write(std::uint32_t number, std::uint32_t value);
  /// Switches all entries off, locked ones too.
  void reset() {
    entries_ = {};
    used_ = 0;
    ++version_;
  }
  /// Changes whenever a permission may have changed.
  std::uint64_t version() const { return version_; }

  bool allows(std::uint32_t address, std::uint64_t bytes, Access access, Mode mode) const;

  /// [start, end) around `address`, in which every access is allowed as one to `address` is: as much as is
  /// known without going through combinations of entries.
  struct Span {
    std::uint64_t start = 0, end = 0;
  };
  Span span(std::uint32_t address) const;

 private:
  struct Entry {
    std::uint8_t configuration = 0;
    std::uint32_t address = 0;
    std::uint64_t start = 0, end = 0;  ///< what it matches, in bytes; empty when it is off
  };

  bool is_locked(unsigned index) const { return (entries_[index].configuration & kLock) != 0; }
  bool is_address_locked(unsigned index) const;
  void write_configuration(unsigned index, std::uint8_t value);
  void update(unsigned index);

  static constexpr std::uint8_t kLock = 0x80;
  std::array<Entry, kEntries> entries_{};
  unsigned used_ = 0;  ///< entries from here on are off
  std::uint64_t version_ = 0;
};

}  // namespace mho::soc::riscv
