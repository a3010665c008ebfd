// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/gdb_option.hpp"

#include <fmt/format.h>

#include <charconv>
#include <iostream>
#include <string>
#include <utility>

#include "platform/cli/chip_options.hpp"

namespace mho::platform::cli {
namespace {

/// What is wrong with a port number; empty: nothing.
std::string port_number(const std::string& text) {
  unsigned long port = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (parsed.ec == std::errc() && parsed.ptr == end && port <= 65535) return "";
  return fmt::format("'{}' is no port; allowed: 0 to 65535", text);
}

}  // namespace

void add_gdb_option(CLI::App& command, GdbPort& port) {
  command
      .add_option(
          "--gdb", port,
          "wait for gdb on this port of 127.0.0.1 before the first instruction (0: choose one and print "
          "it); results are those of a run without it")
      ->option_text("PORT")
      ->check(port_number)
      ->group(kSimulationGroup);
}

std::unique_ptr<gdb::Session> wait_for_gdb(const GdbPort& port, Chip& chip, const soc::ElfImage& image,
                                           std::uint32_t a1, gdb::TraceSwitch trace,
                                           const std::atomic<int>& signal) {
  if (!port) return nullptr;
  auto session = std::make_unique<gdb::Session>(*port, chip, image, a1, std::move(trace), &signal);
  std::cerr << fmt::format("mho: waiting for gdb on 127.0.0.1:{} (in gdb: target remote :{})\n",
                           session->port(), session->port())
            << std::flush;
  session->connect();
  return session;
}

}  // namespace mho::platform::cli
