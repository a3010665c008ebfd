// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Carries out the faults that have a moment of their own: flipped bits and spurious interrupts.
//
// A flip in a device register is a write of the value that a debugger reads there, with the bit inverted, by
// a bus initiator "fault": registers whose writes act do act, those that cannot be written stay as they are.
#pragma once

#include <cstdint>
#include <string>
#include <systemc>
#include <vector>

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
  void run();
  void carry_out(std::size_t index);
  void flip_memory(const fault::Fault& fault);
  void flip_cpu(const fault::Fault& fault);
  std::string flip_register(const fault::Fault& fault);
  void pulse(const fault::Fault& fault);

  Machine& machine_;
  tlm_base::Initiator initiator_;
  std::vector<std::size_t> order_;  ///< of the faults, by time
};

}  // namespace mho::platform
