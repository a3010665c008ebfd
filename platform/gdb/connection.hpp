// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One TCP connection from this machine to this machine, with packets on it.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/gdb/packet.hpp"

namespace mho::platform::gdb {

class Connection {
 public:
  /// Listens on the loopback interface; 0 chooses a port.
  /// @param signal  waiting for ever ends when it is not 0; outlives the object; null: nothing ends it
  /// @throws InputError when the port is taken
  explicit Connection(std::uint16_t port, const std::atomic<int>* signal = nullptr);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::uint16_t port() const { return port_; }
  /// A signal has told mho to end.
  bool has_signal() const { return signal_ != nullptr && signal_->load(std::memory_order_relaxed) != 0; }
  /// Waits for one client, unless a signal comes first; no other is let in.
  void accept();

  bool is_open() const { return socket_ >= 0; }
  void close();

  /// The next item; waits for it up to `timeout_ms`, for ever when that is negative. Empty: none came, the
  /// client is gone (is_open()), or a signal came (has_signal()).
  std::optional<Incoming> receive(int timeout_ms);
  void send(std::string_view bytes);

 private:
  /// Waits like receive() until there is something to read. False: there is not.
  bool wait_for(int descriptor, int timeout_ms) const;

  int listener_ = -1, socket_ = -1;
  std::uint16_t port_ = 0;
  const std::atomic<int>* signal_;
  PacketReader reader_;
};

}  // namespace mho::platform::gdb
