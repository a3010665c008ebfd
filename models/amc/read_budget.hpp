// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How far the outputs of integer reads may lie from their integers, before rounding. In steps of a level
// driven by the read voltage, which is a step of the converter too, for n driven lines of pairs at their
// largest digit (one cell d = 7 levels up, the other at level 0), where errors are largest:
//
//     drawn errors, as standard deviations           cells √(2n)·σ_w   σ_w: RMS of what programming a sample
//     leaves
//                                                    DAC gain d√n·σ    telegraph and thermal noise of 2n
//                                                    cells amplifier offset, noise: times noise gain a / step
//                                                    ADC offset, noise, gain d·n·σ, code widths, k_B·T/C,
//                                                    jitter
//     errors of known size, added as they are        finite gain d·n·a/A0, settling d·n·ε, lines that are not
//                                                    cancelled, temperature, DAC limit, INL bow and profile
//     a = 1 + S/G_f, S the sum of all cells on a line of an array whose pairs are all like that
//
// A read is exact if the known errors and six standard deviations of the drawn ones stay below half a step
// (facts.md §1) and d·n within the codes of the converter and the range of the amplifiers.
// tests/models/circuit/ integer_read_test.cpp measures the parts; here they are those of a configuration.
//
// Not in it: faults, wear and drift, cells that are not ohmic, amplifiers with a second pole; what a
// calibration takes away (solver.calibrate).
#pragma once

#include <string>
#include <vector>

#include "models/amc/amc_params.hpp"

namespace mho::amc {

struct ReadError {
  std::string cause;  ///< as a user would look for it, with the keys
  double steps;       ///< known size, or standard deviation, >= 0
  bool is_drawn;
};

struct [[nodiscard]] ReadBudget {
  std::vector<ReadError> errors;
  bool is_in_range = false;  ///< of converter and amplifiers

  /// Known errors and six standard deviations of the drawn ones.
  double worst_steps() const;
  bool is_exact() const { return is_in_range && worst_steps() < 0.5; }
  /// The error that takes most of it; errors is not empty.
  const ReadError& largest() const;
};

/// Budgets of a chip for groups of any size.
class ReadBudgets {
 public:
  /// @param params  valid, but for rows_per_read, which is not used
  /// Cost: programs a sample of cells; one reduction of lines where they are not cancelled.
  explicit ReadBudgets(const AmcParams& params);

  /// @param rows  driven at once, 1 … mvm_size
  ReadBudget of(unsigned rows) const;
  /// The largest group that reads exactly, up to mvm_size; 0: not even single rows do.
  unsigned largest_exact_group() const;

 private:
  void add_cells(ReadBudget& budget, double rows) const;
  void add_amplifiers(ReadBudget& budget, double rows) const;
  void add_converters(ReadBudget& budget, double rows) const;

  AmcParams params_;
  MacroParams macro_;
  double adc_step_volt_, high_siemens_, low_siemens_;
  double write_rms_steps_;
  Eigen::VectorXd line_loss_steps_;  ///< [mvm_size], empty if cancelled
};

}  // namespace mho::amc
