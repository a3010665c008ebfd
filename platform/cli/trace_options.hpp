// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The options about traces that every command with a machine shares, and the files behind them.
//
//     TraceOptions options;              // add_trace_options(app, options) while setting up the command line
//     TraceFiles traces(options);
//     Machine machine(…, {console, traces.sink(), traces.transactions()});
//     traces.start(machine.ledger());    // creates the files, after everything has declared its signals
//     … machine.run() …
//     traces.close(result.simulated_time_ps);
//
// Without close() no file appears and none changes: wrong input leaves nothing behind.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "models/cost/ledger.hpp"
#include "models/trace/transaction_csv.hpp"
#include "models/trace/vcd_writer.hpp"
#include "platform/cli/output_check.hpp"

namespace mho::platform::cli {

struct TraceOptions {
  std::string vcd;                   ///< file, empty: none
  std::string transactions;          ///< file, empty: none
  std::vector<std::string> signals;  ///< patterns
  std::string window;                ///< FROM:TO, empty: everything
};

/// The heading of these options in --help.
inline constexpr const char* kTraceGroup = "Traces (none of them changes the result)";

/// The files among them, for check_outputs().
/// @throws InputError if one is to go to stdout
std::vector<NamedFile> outputs_of(const TraceOptions& options);

/// Adds --vcd, --transactions, --trace-signals and --trace-window.
void add_trace_options(CLI::App& command, TraceOptions& options);

class TraceFiles {
 public:
  /// @throws InputError for a malformed window and for signals without a file
  explicit TraceFiles(const TraceOptions& options);
  TraceFiles(const TraceFiles&) = delete;
  TraceFiles& operator=(const TraceFiles&) = delete;

  /// Null when not asked for.
  trace::TraceSink* sink() { return vcd_.get(); }
  trace::TransactionLog* transactions() { return transactions_.get(); }

  /// Creates the files and connects them to the ledger and the kernel's clock.
  /// @throws InputError when a pattern matches no signal or a file cannot be created
  void start(cost::Ledger& ledger);

  /// Whether there is anything for set_recording().
  bool has_waveforms() const { return vcd_ != nullptr; }
  /// Leaves a gap in the waveforms, or ends it, at the kernel's time.
  void set_recording(bool is_on);

  /// Says on stderr when the window of the waveforms lay beyond the end.
  /// @throws InputError when a file could not be written completely
  void close(std::uint64_t end_ps);

 private:
  trace::TimeWindow window_;
  std::unique_ptr<trace::VcdWriter> vcd_;
  std::unique_ptr<trace::TransactionCsv> transactions_;
};

}  // namespace mho::platform::cli
