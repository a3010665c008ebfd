// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// RISC-V semihosting: calls that the guest makes with slli x0,x0,0x1f; ebreak; srai x0,x0,7, the operation in
// a0 and its parameter in a1. Here are the interface and the calls that reach no further than the console and
// the end of the run. There is no access to the host's files.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
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

/// SYS_OPEN of ":tt", SYS_CLOSE, SYS_WRITEC, SYS_WRITE0, SYS_WRITE, SYS_ISTTY, SYS_CLOCK (simulated time),
/// SYS_ERRNO, SYS_EXIT, SYS_EXIT_EXTENDED. Any other operation yields 0xffffffff.
class ConsoleSemihost final : public SemihostHandler {
 public:
  /// Both streams must outlive the object; they may be the same.
  ConsoleSemihost(std::ostream& out, std::ostream& err) : out_(out), err_(err) {}
  SemihostResult call(SemihostTarget& target, std::uint32_t operation, std::uint32_t parameter) override;

 private:
  std::uint32_t open(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t write(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t write_string(SemihostTarget& target, std::uint32_t address);

  std::ostream& out_;
  std::ostream& err_;
};

}  // namespace mho::soc
