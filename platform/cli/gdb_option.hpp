// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// --gdb PORT, which every command with a guest has.
#pragma once

#include <CLI/CLI.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>

#include "platform/gdb/session.hpp"

namespace mho::platform::cli {

using GdbPort = std::optional<std::uint16_t>;

void add_gdb_option(CLI::App& command, GdbPort& port);

/// Says where, and waits until a debugger is there or a signal comes. Null without a port. Arguments as of
/// gdb::Session.
std::unique_ptr<gdb::Session> wait_for_gdb(const GdbPort& port, Chip& chip, const soc::ElfImage& image,
                                           std::uint32_t a1, gdb::TraceSwitch trace,
                                           const std::atomic<int>& signal);

}  // namespace mho::platform::cli
