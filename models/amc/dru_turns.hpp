// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Which actor of the refinement unit (a context's sequencer or an operation under way) acts when: one at a
// time, the one that is due first, of several the one with the lowest number. The kernel promises no order to
// processes that it wakes at the same moment, and what they share (bus, converters, tiles) depends on who
// comes first; here it depends on nothing but simulated time.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <systemc>

#include "models/amc/dru_limits.hpp"

namespace mho::amc {

class DruTurns : public sc_core::sc_module {
 public:
  explicit DruTurns(sc_core::sc_module_name name);

  /// In the thread of `actor`: returns at `at_ps`, or earlier if wake() says so. Not in the past.
  void sleep_until(unsigned actor, std::uint64_t at_ps);
  /// In the thread of `actor`: returns when wake() says so.
  void sleep(unsigned actor) { sleep_until(actor, kNever); }
  /// Has `actor` return from its sleep at `at_ps` at the latest; nothing if it is not asleep.
  void wake(unsigned actor, std::uint64_t at_ps);

 private:
  static constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

  void arm();
  void next_turn();

  std::array<std::uint64_t, kMostActors> due_ps_{};  ///< of those asleep
  std::uint64_t asleep_ = 0;                         ///< a bit each
  std::array<sc_core::sc_event, kMostActors> turn_;
  sc_core::sc_event next_;
};

}  // namespace mho::amc
