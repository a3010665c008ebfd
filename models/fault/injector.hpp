// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The faults of one run. Blocks that can fail ask it at the point where a fault would strike; a chip without
// faults has no injector, so that a hook costs a comparison with null off every hot path. What happened is on
// record, and the waveform shows it: soc.faults.count rises with every injection, soc.faults.index says which
// fault of the list it was, from 0.
//
// Probabilities are drawn from the seed by fault and occasion: the same run has the same faults.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/base/random.hpp"
#include "models/fault/fault.hpp"
#include "models/trace/trace_sink.hpp"

namespace mho::fault {

/// A transfer on the bus.
struct Transfer {
  std::string_view initiator;
  std::uint64_t address = 0;
  std::uint64_t bytes = 0;
};

/// That a fault happened.
struct Injection {
  std::uint64_t time_ps = 0;
  std::string effect;  ///< what it hit, for people
};

/// All that became of one fault.
struct Record {
  std::uint64_t count = 0;            ///< how often it happened
  std::vector<Injection> injections;  ///< the first kMostInjections of them
};

/// Not thread-safe; used by the processes of one machine.
class Injector {
 public:
  static constexpr std::size_t kMostInjections = 16;

  Injector(std::vector<Fault> faults, std::uint64_t seed, trace::TraceSink& trace);

  bool has(Kind kind) const;
  const std::vector<Fault>& faults() const { return faults_; }
  /// Of each fault, in their order.
  const std::vector<Record>& records() const { return records_; }

  // --- Hooks; each answers for now and counts what it causes ---------------------------------------------
  bool refuses(const Transfer& transfer, std::uint64_t time_ps);
  /// Does the line stay low? Asked when its device raises it.
  bool loses_interrupt(std::string_view line, std::uint64_t time_ps);
  /// For how long the macro that has just been told to work hangs [ps]; 0: it does not.
  std::uint64_t hangs_ps(std::string_view macro_kind, std::uint32_t index, std::uint64_t time_ps);
  /// The cells that stay where they are stuck in the write of a macro that begins now.
  std::vector<CellFault> stuck_cells(std::string_view macro_kind, std::uint32_t index, std::uint64_t time_ps);
  /// The cells that move in the macro that has just been programmed.
  std::vector<CellFault> disturbed_cells(std::string_view macro_kind, std::uint32_t index,
                                         std::uint64_t time_ps);
  /// @param codes  of one lane, `channels` of each read behind each other; kept within ± `limit`
  void change_adc_codes(std::uint32_t lane, std::span<std::int16_t> codes, std::size_t channels, int limit,
                        std::uint64_t time_ps);
  /// @param codes  of one bank, likewise
  void change_dac_codes(std::uint32_t bank, std::span<std::int16_t> codes, std::size_t channels, int limit,
                        std::uint64_t time_ps);

  // --- For whoever carries out a scheduled fault ---------------------------------------------------------
  /// Whether a fault that fits happens at this occasion.
  bool strikes(std::size_t fault, std::uint64_t time_ps);
  /// Where a fault hits that does not say where: another number below `end` with each call.
  std::uint32_t draw_below(std::size_t fault, std::uint32_t end);
  void record(std::size_t fault, std::uint64_t time_ps, std::string effect);

 private:
  /// The first fault of this kind that fits and strikes.
  template <typename Fits>
  std::optional<std::size_t> first(Kind kind, std::uint64_t time_ps, const Fits& fits);
  std::vector<CellFault> cells(Kind kind, std::string_view macro_kind, std::uint32_t index,
                               std::uint64_t time_ps);

  std::vector<Fault> faults_;
  std::vector<Record> records_;
  std::vector<std::uint32_t> occasions_;  ///< of each fault, counter of its draws
  std::vector<std::uint32_t> places_;     ///< likewise, of where it hits
  Random random_;
  trace::TraceSink& trace_;
  trace::SignalId count_signal_, index_signal_;
  std::uint64_t count_ = 0;
};

/// How long a macro that hangs for good is busy: beyond every time-out, within the kernel's range [ps].
inline constexpr std::uint64_t kForGood_ps = 10'000'000'000'000'000;

}  // namespace mho::fault
