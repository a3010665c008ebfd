// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Where models report the changes of their signals. Event-driven: a model calls change() when something
// changes, with the exact simulated time, which for a temporally decoupled CPU lies ahead of the kernel's.
// What is not here: files (vcd_writer.hpp), selection (signal_filter.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mho::trace {

using SignalId = std::uint32_t;
/// What declare_*() returns for a signal that nobody wants: change() on it is free.
inline constexpr SignalId kUntraced = 0xffffffff;

/// kDefault signals are always in a trace; kDetail ones (every DAC and ADC code, every pc) only when a
/// --trace-signals pattern names them.
enum class Detail : std::uint8_t { kDefault, kDetail };

class TraceSink {
 public:
  virtual ~TraceSink() = default;

  /// Declares a vector of `width` bits (1 … 64) under a dotted path such as "soc.bus.address". Paths are
  /// unique.
  virtual SignalId declare_bits(std::string_view path, unsigned width, Detail detail = Detail::kDefault) = 0;
  /// Declares a real-valued signal; the unit belongs into the path: "amc.inv0.output3_volt".
  virtual SignalId declare_real(std::string_view path, Detail detail = Detail::kDefault) = 0;

  /// The signal takes `value` at `time_ps` since reset. Times may come out of order as long as none lies
  /// before the kernel's present. Never affects the simulation.
  virtual void change(SignalId signal, std::uint64_t time_ps, std::uint64_t value) = 0;
  virtual void change_real(SignalId signal, std::uint64_t time_ps, double value) = 0;

  /// False when nothing is recorded at all: a model may skip the work of preparing values.
  virtual bool enabled() const = 0;
};

/// Records nothing.
class NullTrace final : public TraceSink {
 public:
  SignalId declare_bits(std::string_view, unsigned, Detail) override { return kUntraced; }
  SignalId declare_real(std::string_view, Detail) override { return kUntraced; }
  void change(SignalId, std::uint64_t, std::uint64_t) override {}
  void change_real(SignalId, std::uint64_t, double) override {}
  bool enabled() const override { return false; }
};

}  // namespace mho::trace
