// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/e2e/gdb_client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <thread>

namespace mho::test {
namespace {

namespace gdb = platform::gdb;

std::vector<std::string> command_line(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), MHO_PROGRAM);
  arguments.insert(arguments.end(), {"--gdb", "0"});
  return arguments;
}

}  // namespace

std::uint16_t announced_port(const RunningProgram& program) {
  constexpr std::string_view kBefore = "127.0.0.1:";
  for (int tries = 0; tries < 6000; ++tries) {
    const std::string text = program.err();
    const std::size_t at = text.find(kBefore);
    if (at != std::string::npos && text.find('\n', at) != std::string::npos) {
      return static_cast<std::uint16_t>(std::stoi(text.substr(at + kBefore.size())));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  ADD_FAILURE() << "mho names no port: " << program.err();
  return 0;
}

GdbClient::GdbClient(std::vector<std::string> arguments) : program_(command_line(std::move(arguments))) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(announced_port(program_));
  socket_ = ::socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
}

GdbClient::~GdbClient() {
  disconnect();
}

void GdbClient::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

void GdbClient::send(std::string_view payload) {
  const std::string bytes = gdb::framed(payload);
  EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
}

void GdbClient::send_and_await_acknowledgement(std::string_view payload) {
  send(payload);
  char answer = 0;
  EXPECT_EQ(::recv(socket_, &answer, 1, 0), 1);
  EXPECT_EQ(answer, '+');
}

void GdbClient::interrupt() {
  EXPECT_EQ(::send(socket_, "\x03", 1, MSG_NOSIGNAL), 1);
}

std::string GdbClient::receive() {
  constexpr int kMinute_ms = 60'000;
  for (;;) {
    while (const auto item = reader_.next()) {
      if (item->kind != gdb::IncomingKind::kPacket) continue;
      if (item->payload.size() > 1 && item->payload.front() == 'O' && item->payload != "OK") {
        const auto text = gdb::bytes_from_hex(std::string_view(item->payload).substr(1));
        if (text) console_.append(text->begin(), text->end());
        continue;
      }
      return item->payload;
    }
    pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
    std::array<char, 4096> buffer{};
    if (::poll(&wanted, 1, kMinute_ms) <= 0) return "closed";
    const ssize_t count = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (count <= 0) return "closed";
    reader_.push({buffer.data(), static_cast<std::size_t>(count)});
  }
}

std::uint32_t GdbClient::read_register(std::uint32_t number) {
  const std::string reply = request(fmt::format("p{:x}", number));
  const auto value = gdb::register_from_hex(reply);
  EXPECT_TRUE(value.has_value()) << reply;
  return value.value_or(0);
}

std::uint32_t GdbClient::read_word(std::uint32_t address) {
  const std::string reply = request(fmt::format("m{:x},4", address));
  const auto value = gdb::register_from_hex(reply);
  EXPECT_TRUE(value.has_value()) << reply;
  return value.value_or(0);
}

std::string GdbClient::monitor(std::string_view command) {
  const std::string reply = request(fmt::format("qRcmd,{}", gdb::to_hex(command)));
  const auto bytes = gdb::bytes_from_hex(reply);
  EXPECT_TRUE(bytes.has_value()) << reply;
  return bytes ? std::string(bytes->begin(), bytes->end()) : std::string();
}

void GdbClient::insert(int kind, std::uint32_t address, std::uint32_t bytes) {
  EXPECT_EQ(request(fmt::format("Z{},{:x},{:x}", kind, address, bytes)), "OK");
}

void GdbClient::remove(int kind, std::uint32_t address, std::uint32_t bytes) {
  EXPECT_EQ(request(fmt::format("z{},{:x},{:x}", kind, address, bytes)), "OK");
}

void GdbClient::run_to(std::uint32_t address) {
  insert(0, address);
  EXPECT_EQ(request("c").substr(0, 3), "T05");
}

void GdbClient::run_and_interrupt() {
  send("c");
  interrupt();
  EXPECT_EQ(receive(), "T02thread:1;");
}

void GdbClient::write_memory(std::uint32_t address, std::span<const std::uint8_t> bytes) {
  EXPECT_EQ(request(fmt::format("M{:x},{:x}:{}", address, bytes.size(), gdb::to_hex(bytes))), "OK");
}

}  // namespace mho::test
