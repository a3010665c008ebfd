// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The operations of semihosting. They and their parameter blocks are those of "Semihosting for AArch32 and
// AArch64" (Arm), 32-bit column, which RISC-V adopts.
#pragma once

#include <cstdint>
#include <istream>
#include <optional>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include "models/soc/cpu/semihost_files.hpp"
#include "models/soc/cpu/semihosting.hpp"

namespace mho::soc {

/// What a guest gets of the host.
struct SemihostServices {
  std::ostream& out;                        ///< ":tt" opened for writing, SYS_WRITEC, SYS_WRITE0
  std::ostream& err;                        ///< ":tt" opened for appending; may be the same as `out`
  std::istream* in = nullptr;               ///< ":tt" opened for reading, SYS_READC; null: at its end
  std::string command_line = {};            ///< of SYS_GET_CMDLINE
  std::optional<SemihostFiles> files = {};  ///< empty: no file can be opened
};

/// SYS_OPEN, CLOSE, WRITEC, WRITE0, WRITE, READ, READC, ISERROR, ISTTY, SEEK, FLEN, REMOVE, RENAME, CLOCK,
/// TIME, ERRNO, GET_CMDLINE, HEAPINFO, EXIT, EXIT_EXTENDED, ELAPSED, TICKFREQ. Any other operation yields
/// 0xffffffff. Clocks count simulated time, TIME seconds since reset, so that a run can be repeated. HEAPINFO
/// says "unknown": the guest's linker script knows better. ":semihosting-features" can be read. The console
/// is always open, as handle 1 for output, 2 for errors and 3 for input; files get the lowest free number
/// behind them. ERRNO is the error of the last call that failed, numbered as on Linux.
class SemihostCalls final : public SemihostHandler {
 public:
  explicit SemihostCalls(SemihostServices services);
  SemihostResult call(SemihostTarget& target, std::uint32_t operation, std::uint32_t parameter) override;

 private:
  enum class Kind : std::uint8_t { kClosed, kIn, kOut, kErr, kFile, kFeatures };
  struct Stream {
    Kind kind = Kind::kClosed;
    FileDescriptor file = FileDescriptor();
    std::size_t position = 0;  ///< of kFeatures
  };

  std::uint32_t value_of(SemihostTarget& target, std::uint32_t operation, std::uint32_t parameter);
  std::uint32_t fail(int error);
  std::uint32_t answer(int error) { return error == 0 ? 0 : fail(error); }
  /// The open stream of a handle, or null and the error is set.
  Stream* stream_of(std::uint32_t handle);
  /// Text of `length` bytes at `address`; empty, and the error set, when it is not memory or too long.
  std::optional<std::string> name_at(SemihostTarget& target, std::uint32_t address, std::uint32_t length);
  std::uint32_t add(Stream stream);

  std::uint32_t open(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t close(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t write_character(SemihostTarget& target, std::uint32_t address);
  std::uint32_t write_string(SemihostTarget& target, std::uint32_t address);
  std::uint32_t write(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t read(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t is_terminal(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t seek(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t length_of(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t remove(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t rename(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t get_command_line(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t heap_info(SemihostTarget& target, std::uint32_t parameter);
  std::uint32_t elapsed(SemihostTarget& target, std::uint32_t parameter);

  bool write_some(const Stream& stream, std::span<const std::uint8_t> data);
  /// @returns bytes read; fewer than asked for at the end, or behind a line of the console
  std::size_t read_some(Stream& stream, std::span<std::uint8_t> data);

  SemihostServices services_;
  std::vector<Stream> streams_;  ///< of handle 1, 2, …; the first three are the console's
  int error_ = 0;
};

}  // namespace mho::soc
