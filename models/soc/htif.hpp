// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Host-target interface of the RISC-V test suites: the program defines a symbol `tohost`, 8 bytes in memory,
// and ends by storing there 1 (pass) or (n << 1) | 1 (test n failed). Also the console device: device 1,
// command 1 prints the byte in the payload, and `fromhost`, when the program has it, acknowledges. Not
// supported: proxied system calls (an even payload for device 0), which end the run with code 1 and a
// message; console input.
//
// An RV32 program writes the two halves one after the other, the lower one first; writing the upper one makes
// the request. Programs that never write the upper half are recognised too: an odd lower half counts as an
// exit kGracePs later.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <systemc>

#include "models/soc/exit_request.hpp"
#include "models/soc/ram.hpp"

namespace mho::soc {

class Htif final : public sc_core::sc_module {
 public:
  /// How long an exit that lacks its upper half waits for it.
  static constexpr std::uint64_t kGracePs = 1'000'000;
  static constexpr std::uint64_t kTohostBytes = 8;

  /// @param tohost, fromhost  offsets in `ram`, 8 bytes each inside it
  /// @param put  receives the bytes that the console device prints
  Htif(sc_core::sc_module_name name, Ram& ram, std::uint64_t tohost, std::optional<std::uint64_t> fromhost,
       std::function<void(std::uint8_t)> put, ExitHandler request_exit);

  /// An exit that still waits for its upper half: what a program meant that hangs after it.
  const std::optional<ExitRequest>& waiting_exit() const { return waiting_; }

 private:
  void on_store(std::uint64_t offset, std::uint64_t bytes, std::uint64_t time_ps);
  void on_grace_over();
  void handle(std::uint64_t request, std::uint64_t time_ps);
  std::uint64_t load(std::uint64_t offset) const;
  void store(std::uint64_t offset, std::uint64_t value);

  Ram& ram_;
  std::uint64_t tohost_;
  std::optional<std::uint64_t> fromhost_;
  std::function<void(std::uint8_t)> put_;
  ExitHandler request_exit_;
  sc_core::sc_event grace_over_;
  std::optional<ExitRequest> waiting_;
};

}  // namespace mho::soc
