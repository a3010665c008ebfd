// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One TCP connection from this machine to this machine, with packets on it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/gdb/packet.hpp"

namespace mho::platform::gdb {

class Connection {
 public:
  /// Listens on the loopback interface; 0 chooses a port.
  /// @throws InputError when the port is taken
  explicit Connection(std::uint16_t port);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  std::uint16_t port() const { return port_; }
  /// Waits for one client; no other is let in.
  void accept();

  bool is_open() const { return socket_ >= 0; }
  void close();

  /// The next item; waits for it up to `timeout_ms`, for ever when that is negative. Empty: none came, or the
  /// client is gone (is_open()).
  std::optional<Incoming> receive(int timeout_ms);
  void send(std::string_view bytes);

 private:
  int listener_ = -1, socket_ = -1;
  std::uint16_t port_ = 0;
  PacketReader reader_;
};

}  // namespace mho::platform::gdb
