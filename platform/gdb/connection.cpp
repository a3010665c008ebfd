// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/gdb/connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "models/base/error.hpp"

namespace mho::platform::gdb {

Connection::Connection(std::uint16_t port, const std::atomic<int>* signal) : signal_(signal) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  socklen_t bytes = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (listener_ < 0 || ::bind(listener_, any, bytes) != 0 || ::listen(listener_, 1) != 0 ||
      ::getsockname(listener_, any, &bytes) != 0) {
    const std::string reason = std::strerror(errno);
    if (listener_ >= 0) ::close(listener_);
    throw InputError(fmt::format(
        "--gdb {}: cannot listen on 127.0.0.1: {}; choose another port, or 0 for a free one", port, reason));
  }
  port_ = ntohs(address.sin_port);
}

Connection::~Connection() {
  close();
  if (listener_ >= 0) ::close(listener_);
}

void Connection::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool Connection::wait_for(int descriptor, int timeout_ms) const {
  // A signal between the look at it and the wait would go unnoticed for ever.
  constexpr int kLook_ms = 100;
  const bool is_for_ever = timeout_ms < 0;
  while (!is_for_ever || !has_signal()) {
    pollfd wanted{.fd = descriptor, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wanted, 1, is_for_ever ? kLook_ms : timeout_ms);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return true;
    if (!is_for_ever) return false;
  }
  return false;
}

void Connection::accept() {
  do {
    if (!wait_for(listener_, -1)) break;
    socket_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  } while (socket_ < 0 && errno == EINTR);
  ::close(listener_);
  listener_ = -1;
  if (!is_open()) return;
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

std::optional<Incoming> Connection::receive(int timeout_ms) {
  for (;;) {
    if (auto item = reader_.next()) return item;
    if (!is_open()) return std::nullopt;
    if (!wait_for(socket_, timeout_ms)) return std::nullopt;
    std::array<char, 4096> buffer{};
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      close();
      return std::nullopt;
    }
    reader_.push({buffer.data(), static_cast<std::size_t>(count)});
  }
}

void Connection::send(std::string_view bytes) {
  while (is_open() && !bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      close();
      return;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

}  // namespace mho::platform::gdb
