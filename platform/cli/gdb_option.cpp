// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/gdb_option.hpp"

#include <fmt/format.h>

#include <iostream>
#include <utility>

#include "platform/cli/chip_options.hpp"

namespace mho::platform::cli {

void add_gdb_option(CLI::App& command, GdbPort& port) {
  command
      .add_option(
          "--gdb", port,
          "wait for gdb on this port of 127.0.0.1 before the first instruction (0: choose one and print "
          "it); results are those of a run without it")
      ->option_text("PORT")
      ->group(kSimulationGroup);
}

std::unique_ptr<gdb::Session> wait_for_gdb(const GdbPort& port, Chip& chip, const soc::ElfImage& image,
                                           std::uint32_t a1, gdb::TraceSwitch trace) {
  if (!port) return nullptr;
  auto session = std::make_unique<gdb::Session>(*port, chip, image, a1, std::move(trace));
  std::cerr << fmt::format("mho: waiting for gdb on 127.0.0.1:{} (in gdb: target remote :{})\n",
                           session->port(), session->port())
            << std::flush;
  session->connect();
  return session;
}

}  // namespace mho::platform::cli
