// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The options about traces that every command with a machine shares, and the files behind them.
//
//     TraceOptions options;              // add_trace_options(app, options) while setting up the command line
//     TraceFiles traces(options);        // opens the files
//     Machine machine(…, {console, traces.sink(), traces.transactions()});
//     traces.start(machine.ledger());    // after everything has declared its signals
//     … machine.run() …
//     traces.close(result.simulated_time_ps);
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/cost/ledger.hpp"
#include "models/trace/transaction_csv.hpp"
#include "models/trace/vcd_writer.hpp"

namespace mho::platform::cli {

struct TraceOptions {
  std::string vcd;                   ///< file, empty: none
  std::string transactions;          ///< file, empty: none
  std::vector<std::string> signals;  ///< patterns
  std::string window;                ///< FROM:TO, empty: everything
};

/// The heading of these options in --help.
inline constexpr const char* kTraceGroup = "Traces (none of them changes the result)";

/// Adds --vcd, --transactions, --trace-signals and --trace-window.
void add_trace_options(CLI::App& command, TraceOptions& options);

class TraceFiles {
 public:
  /// @throws InputError for a file that cannot be created and for a malformed window
  explicit TraceFiles(const TraceOptions& options);
  /// Removes the files unless close() was reached: wrong input leaves nothing behind.
  ~TraceFiles();
  TraceFiles(const TraceFiles&) = delete;
  TraceFiles& operator=(const TraceFiles&) = delete;

  /// Null when not asked for.
  trace::TraceSink* sink() { return vcd_.get(); }
  trace::TransactionLog* transactions() { return transactions_.get(); }

  /// Connects the files to the ledger and the kernel's clock.
  /// @throws InputError when a pattern matches no signal
  void start(cost::Ledger& ledger);

  /// @throws InputError when a file could not be written completely
  void close(std::uint64_t end_ps);

 private:
  TraceOptions options_;
  bool is_closed_ = false;
  std::unique_ptr<trace::VcdWriter> vcd_;
  std::unique_ptr<trace::TransactionCsv> transactions_;
};

}  // namespace mho::platform::cli
