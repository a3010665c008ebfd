// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A TraceSink that writes a Value Change Dump (IEEE 1364-2005, clause 18, with its `real` variables),
// readable by GTKWave. Dotted paths become scopes. Changes may arrive out of order: they are kept until the
// kernel has passed them, then sorted by time. Per moment a signal appears at most once, with its last value,
// and only when that differs from the value before. The only line that depends on when and where the program
// ran is `$date`.
//
// Signals without a value yet are `x`, real ones 0, for which the format has no `x`.
// Not here: FST (convert with vcd2fst), strengths, `z`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "models/base/output_file.hpp"
#include "models/trace/signal_filter.hpp"
#include "models/trace/trace_sink.hpp"

namespace mho::trace {

struct VcdOptions {
  SignalFilter filter;
  TimeWindow window;
  /// [picosecond] unit of the file's times: 1, 10, 100, … Changes are rounded down to it.
  std::uint64_t timescale_ps = 1;
};

class VcdWriter final : public TraceSink {
 public:
  /// @throws InputError when the timescale is not 10^0 … 10^12
  VcdWriter(const std::filesystem::path& path, VcdOptions options);

  /// Creates the file, so that a place that cannot be written is noticed before the first change; otherwise
  /// the first write does. Without a close() it does not appear (see OutputFile).
  /// @throws InputError when it cannot be created
  void open();

  /// @param present_ps  the kernel's time: no change() will report an earlier moment. Without it everything
  /// is
  ///                    kept in memory until close().
  void set_clock(std::function<std::uint64_t()> present_ps) { present_ps_ = std::move(present_ps); }

  /// Signals are declared before the first change; later ones are an InternalError, as is a path declared
  /// twice.
  SignalId declare_bits(std::string_view path, unsigned width, Detail detail) override;
  SignalId declare_real(std::string_view path, Detail detail) override;
  void change(SignalId signal, std::uint64_t time_ps, std::uint64_t value) override;
  void change_real(SignalId signal, std::uint64_t time_ps, double value) override;
  bool enabled() const override { return true; }

  /// Leaves a gap in the waveforms: from now on nothing is recorded, until resume() shows where the signals
  /// are by then. Both moments are the kernel's. Repetitions do nothing.
  void pause(std::uint64_t now_ps);
  void resume(std::uint64_t now_ps);

  /// Writes what is left and the time of the end, and closes. Idempotent.
  /// @throws InputError when the file could not be written completely
  void close(std::uint64_t end_ps);

  const SignalFilter& filter() const { return options_.filter; }

 private:
  struct Change {
    std::uint64_t time_ps;
    std::uint64_t value;
    SignalId signal;
  };
  struct Signal {
    std::string path;
    std::string code;    ///< identifier in the file
    unsigned width = 1;  ///< 0: real
    std::uint64_t value = 0;
    std::uint64_t next = 0;
    bool has_value = false;
    bool is_touched = false;
  };

  SignalId declare(std::string_view path, unsigned width, Detail detail);
  void push(SignalId signal, std::uint64_t time_ps, std::uint64_t value);
  void flush(std::uint64_t before_ps);
  void apply(const Change& change);
  void end_of_moment();
  void begin_dump();
  void write_header();
  void write_time(std::uint64_t moment);
  void write_value(const Signal& signal);
  void drain();

  std::filesystem::path path_;
  VcdOptions options_;
  std::function<std::uint64_t()> present_ps_;
  std::optional<OutputFile> file_;
  std::string text_;
  std::vector<Signal> signals_;
  std::unordered_set<std::string> paths_;
  std::vector<Change> pending_;
  std::vector<SignalId> touched_;
  std::map<SignalId, Change> held_;  ///< the latest change of each signal in the gap
  bool is_paused_ = false;
  std::size_t flush_at_ = 0;
  std::uint64_t moment_ = 0;  ///< of the touched signals, in timescale units
  std::uint64_t written_moment_ = 0;
  bool has_header_ = false;
  bool has_dump_ = false;
  bool is_closed_ = false;
};

}  // namespace mho::trace
