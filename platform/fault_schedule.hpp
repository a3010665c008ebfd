// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Carries out the faults that have a moment of their own: flipped bits and spurious interrupts.
//
// A flip in a device register is a write of the value that a debugger reads there, with the bit inverted, by
// a bus initiator "fault": registers whose writes act do act, those that cannot be written stay as they are.
#pragma once

#include <compare>
#include <cstdint>
#include <set>
#include <string>
#include <systemc>

#include "models/tlm/initiator.hpp"
#include "platform/machine.hpp"

namespace mho::platform {

class FaultSchedule : public sc_core::sc_module {
 public:
  /// How long a spurious interrupt holds its line; our assumption: long enough for a claim.
  static constexpr std::uint64_t kPulse_ps = 1'000'000;

  /// Before the simulation starts. `machine` has faults and outlives the schedule.
  FaultSchedule(sc_core::sc_module_name name, Machine& machine);

  /// Whether a fault of the machine needs a schedule.
  static bool is_needed(Machine& machine);

 private:
  /// An occasion of a fault, or the end of its pulse.
  struct Due {
    std::uint64_t time_ps;
    std::size_t fault;  ///< its number in the list of the run
    bool is_end;
    auto operator<=>(const Due&) const = default;
  };

  void run();
  void wait_until(std::uint64_t time_ps);
  void announce(std::uint64_t time_ps);
  /// Whether the core may be woken: flips in memory and in its registers are none that do.
  bool may_wake();
  void meet(const Due& due);
  /// @returns  what it hit, for people
  std::string carry_out(std::size_t index);
  std::string flip_memory(std::size_t index);
  std::string flip_cpu(std::size_t index);
  std::string flip_register(std::size_t index);
  std::string begin_pulse(std::size_t index);
  void end_pulse(std::size_t index);
  const fault::Fault& fault_of(std::size_t index) const { return machine_.faults()->faults()[index]; }
  /// The bit that a flip names, or one from `first` on.
  std::uint32_t bit_of(std::size_t index, std::uint32_t first = 0);

  Machine& machine_;
  tlm_base::Initiator initiator_;
  std::set<Due> due_;
  sc_core::sc_event next_;
};

}  // namespace mho::platform
