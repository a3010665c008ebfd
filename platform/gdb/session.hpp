// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One debugging session over TCP: waits for gdb, serves it whenever the core stands still, and listens for
// its interrupt meanwhile. A client that goes away without a word has detached: the run goes on.
//
//     Session session(port, chip, image, a1, {});
//     session.connect();              // blocks until gdb is there
//     … machine.run() …
//     session.finish(exit_code);      // W packet
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "models/soc/cpu/debugger.hpp"
#include "platform/gdb/chip_target.hpp"
#include "platform/gdb/connection.hpp"
#include "platform/gdb/stub.hpp"

namespace mho::platform::gdb {

class Session final : public soc::Debugger {
 public:
  /// Listens. Before the simulation starts; chip and image outlive the object, which outlives the run.
  /// @param signal  when it is not 0 the session lets go of the core, which ends the run; may be null
  /// @throws InputError when the port is taken
  Session(std::uint16_t port, Chip& chip, const soc::ElfImage& image, std::uint32_t a1, TraceSwitch trace,
          const std::atomic<int>* signal);

  std::uint16_t port() const { return connection_.port(); }
  void connect();
  /// Tells gdb how the guest ended.
  void finish(const RunResult& result);

  bool wants_halt() override;
  soc::Resumption halted(const soc::Halt& halt) override;
  void stalled(const std::string& why) override;

 private:
  void send(std::string_view payload);
  /// A line on gdb's console.
  void tell(std::string_view text);
  /// Answers packets until one resumes the guest; kNone: until a signal came.
  Action serve();
  void look_for_interrupt(int timeout_ms);

  Chip& chip_;
  Connection connection_;
  ChipTarget target_;
  Stub stub_;
  std::string last_sent_;
  bool is_interrupted_ = false;
  bool awaits_stop_ = false;  ///< gdb has resumed the guest and waits for a stop reply
  std::chrono::steady_clock::time_point last_look_{};
};

}  // namespace mho::platform::gdb
