// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// mho under a debugger that speaks the remote serial protocol by hand.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "platform/gdb/packet.hpp"
#include "tests/e2e/program.hpp"

namespace mho::test {

/// The port that a mho started with --gdb 0 says it waits at; waits for that.
std::uint16_t announced_port(const RunningProgram& program);

class GdbClient {
 public:
  /// Starts `mho … --gdb 0` and connects.
  explicit GdbClient(std::vector<std::string> arguments);
  ~GdbClient();
  GdbClient(const GdbClient&) = delete;
  GdbClient& operator=(const GdbClient&) = delete;

  void send(std::string_view payload);
  /// Returns when mho has read it. While nothing else is to come.
  void send_and_await_acknowledgement(std::string_view payload);
  void interrupt();
  /// The next packet, console output left out; "closed" when there is none within a minute.
  std::string receive();
  std::string request(std::string_view payload) {
    send(payload);
    return receive();
  }
  /// A 32-bit register by gdb's number.
  std::uint32_t read_register(std::uint32_t number);
  /// A word of memory.
  std::uint32_t read_word(std::uint32_t address);
  std::string monitor(std::string_view command);

  /// Inserts a point by the protocol's digit: 0 and 1 breakpoints, 2 to 4 watchpoints of writes, reads and
  /// both.
  void insert(int kind, std::uint32_t address, std::uint32_t bytes = 4);
  void remove(int kind, std::uint32_t address, std::uint32_t bytes = 4);
  /// Continues to a breakpoint at `address`, which it leaves there.
  void run_to(std::uint32_t address);
  /// Continues, interrupts, and expects that this is what stops the guest.
  void run_and_interrupt();
  void write_memory(std::uint32_t address, std::span<const std::uint8_t> bytes);
  /// What arrived as console output.
  const std::string& console() const { return console_; }

  void disconnect();
  /// To mho, from the shell.
  void send_signal(int number) const { program_.send_signal(number); }
  ProgramResult wait() { return program_.wait(); }

 private:
  RunningProgram program_;
  int socket_ = -1;
  platform::gdb::PacketReader reader_;
  std::string console_;
};

}  // namespace mho::test
