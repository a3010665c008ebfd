// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The commands of gdb's remote serial protocol (gdb manual, appendix E): payloads in, payloads out, and what
// follows for the guest. Knows no sockets and no simulation. One thread, all-stop. Not here: non-stop mode,
// reverse execution, tracepoints, file transfer.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mho::platform::gdb {

enum class PointKind : std::uint8_t { kSoftware, kHardware, kWrite, kRead, kAccess };  ///< Z0 … Z4

/// What is debugged, while it stands still. Registers have gdb's numbers (target_description.hpp).
class Target {
 public:
  virtual ~Target() = default;
  /// Empty, false: there is none, or not now, or it cannot be written.
  virtual std::optional<std::uint32_t> read_register(std::uint32_t number) = 0;
  virtual bool write_register(std::uint32_t number, std::uint32_t value) = 0;
  virtual bool read_memory(std::uint32_t address, std::span<std::uint8_t> data) = 0;
  virtual bool write_memory(std::uint32_t address, std::span<const std::uint8_t> data) = 0;
  virtual void insert(PointKind kind, std::uint32_t address, std::uint32_t bytes) = 0;
  virtual void remove(PointKind kind, std::uint32_t address, std::uint32_t bytes) = 0;
  /// Performs a `monitor` command; what the user gets to see, with a newline at the end.
  virtual std::string monitor(std::string_view command) = 0;
};

/// What a command asks of the guest.
enum class Action : std::uint8_t { kNone, kContinue, kStep, kKill, kDetach };

struct Answer {
  std::optional<std::string> reply;  ///< payload; empty: none, the stop will be the reply
  Action action = Action::kNone;
};

/// Why the guest stands still.
struct StopReason {
  std::uint8_t signal = 5;              ///< gdb's number: 5 SIGTRAP, 2 SIGINT
  std::optional<PointKind> point = {};  ///< that was hit
  std::uint32_t address = 0;            ///< of the data, for watchpoints
};

class Stub {
 public:
  explicit Stub(Target& target) : target_(target) {}

  Answer handle(std::string_view payload);
  /// Remembers the stop and returns the payload that reports it.
  std::string stop_reply(const StopReason& reason);
  /// Acknowledgements are wanted until gdb switches them off.
  bool acknowledges() const { return acknowledges_; }

 private:
  Answer resume(std::string_view arguments, Action action);
  Answer resume_by_threads(std::string_view payload);
  std::string query(std::string_view payload);
  std::string transfer(std::string_view arguments);
  std::string read_general();
  std::string write_general(std::string_view digits);
  std::string read_one(std::string_view number);
  std::string write_one(std::string_view arguments);
  std::string read_memory(std::string_view arguments);
  std::string write_memory(std::string_view arguments, bool is_binary);
  std::string change_point(std::string_view arguments, bool is_inserted);

  Target& target_;
  std::string last_stop_ = "S05";
  bool acknowledges_ = true;
  bool reports_breakpoints_ = false;
};

}  // namespace mho::platform::gdb
