// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/cli/trace_options.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <systemc>

#include "models/base/error.hpp"
#include "models/tlm/time.hpp"
#include "platform/cli/units.hpp"

namespace mho::platform::cli {

void add_trace_options(CLI::App& command, TraceOptions& options) {
  const std::string group = kTraceGroup;
  command.add_option("--vcd", options.vcd, "write waveforms for GTKWave to FILE")
      ->option_text("FILE")
      ->group(group);
  command
      .add_option("--transactions", options.transactions, "write every bus transaction to the CSV file FILE")
      ->option_text("FILE")
      ->group(group);
  command
      .add_option(
          "--trace-signals", options.signals,
          "also record the detailed signals whose path matches GLOB, such as 'soc.cpu.*'; '!GLOB' leaves "
          "signals out; may be repeated")
      ->option_text("GLOB")
      ->expected(1)
      ->take_all()
      ->group(group);
  command
      .add_option("--trace-window", options.window,
                  "record waveforms only between these simulated times, such as 10us:20us")
      ->option_text("FROM:TO")
      ->group(group);
}

std::vector<NamedFile> outputs_of(const TraceOptions& options) {
  std::vector<NamedFile> outputs{{"--vcd", options.vcd}, {"--transactions", options.transactions}};
  for (const NamedFile& output : outputs) expect_no_stdout(output);
  return outputs;
}

TraceFiles::TraceFiles(const TraceOptions& options) {
  require(!options.vcd.empty() || (options.signals.empty() && options.window.empty()),
          "--trace-signals and --trace-window select what a waveform file holds; add --vcd FILE");
  trace::VcdOptions vcd;
  vcd.filter = trace::SignalFilter(options.signals);
  if (!options.window.empty()) window_ = parse_window(options.window, "--trace-window");
  vcd.window = window_;
  if (!options.vcd.empty()) vcd_ = std::make_unique<trace::VcdWriter>(options.vcd, std::move(vcd));
  if (!options.transactions.empty()) {
    transactions_ = std::make_unique<trace::TransactionCsv>(options.transactions);
  }
}

void TraceFiles::start(cost::Ledger& ledger) {
  if (vcd_ != nullptr) {
    const auto unused = vcd_->filter().unused_patterns();
    require(unused.empty(), "--trace-signals '{}': no signal has such a path; paths look like soc.cpu.pc",
            unused.empty() ? std::string() : unused.front());
    vcd_->open();
    vcd_->set_clock([] { return tlm_base::to_ps(sc_core::sc_time_stamp()); });
  }
  if (transactions_ != nullptr) {
    transactions_->open();
    ledger.on_booking([this](cost::ComponentId, cost::EnergyKind, Energy amount, cost::Purpose purpose) {
      transactions_->add_energy(purpose.transaction, purpose.job, amount);
    });
  }
}

void TraceFiles::set_recording(bool is_on) {
  if (vcd_ == nullptr) return;
  const std::uint64_t now_ps = tlm_base::to_ps(sc_core::sc_time_stamp());
  is_on ? vcd_->resume(now_ps) : vcd_->pause(now_ps);
}

void TraceFiles::close(std::uint64_t end_ps) {
  if (vcd_ != nullptr) {
    vcd_->close(end_ps);
    if (window_.from_ps > end_ps) {
      fmt::print(stderr,
                 "mho: --trace-window begins after the end of the run at {} s; the waveforms hold initial "
                 "values only\n",
                 static_cast<double>(end_ps) * 1e-12);
    }
  }
  if (transactions_ != nullptr) transactions_->close();
}

}  // namespace mho::platform::cli
