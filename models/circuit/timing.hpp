// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How long an analogue operation lasts: either what the circuit model computes from its poles ("theory"), or
// what was measured on the published hardware, board parasitics included ("measured"), where that is longer:
// the published circuits were faster than their boards, which a slow matrix need not be (our assumption). The
// two differ by a factor of four to ten for those circuits, so that both are kept (facts.md §3).
#pragma once

namespace mho::circuit {

struct TimingParams {
  enum class Mode { kTheory, kMeasured };
  Mode mode = Mode::kMeasured;
  double measured_inv_s = 120e-9;  ///< INV response, > 0 (S, facts.md §1)
  double measured_mvm_s = 60e-9;   ///< MVM response, > 0 (S, facts.md §1)
  /// Relative error at which an INV output counts as settled: half a step of 8 bits. In (0, 1) (D).
  double settle_epsilon = 0x1p-9;
  /// The same for reads that must round to an integer: 0.03 of an 8-bit step at full scale. In (0, 1) (D).
  double settle_epsilon_read = 0x1p-12;
};

/// Throws InputError if a field is out of the range stated above.
void validate(const TimingParams& timing);

/// Duration of an INV operation [second] whose circuit model says `theory_s` (InvResult::settling_time_s).
double inv_duration_s(const TimingParams& timing, double theory_s);

/// Duration of one MVM read [second] whose circuit model says `theory_s` (MvmCircuit::settling_time_s).
double mvm_duration_s(const TimingParams& timing, double theory_s);

}  // namespace mho::circuit
