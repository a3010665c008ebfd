// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// How far the outputs of integer reads may lie from their integers, before rounding. In steps of a level
// driven by the digit 1 of a vector, which is a step of the converter too, for n driven lines of pairs at
// whichever digit errs most (one cell up to d levels up, the other at level 0), all driven by the largest
// digit u = 2^bits − 1 of a vector:
//
//     drawn errors, as standard deviations
//         cells           u√(n (σ_w² + σ_0²))  σ: RMS of what programming a sample leaves, of the worst of
//         all
//                         conductances and of level 0
//         noise           telegraph (times u) and thermal, of the conductance with most of it
//         spread of drift u√(2n) · σ · e-folds of the age
//         DAC             gain d·u√n·σ; of more than one bit also offset, noise and code widths, d√n·σ / c
//                         with c codes from digit to digit
//         amplifiers      offset, noise: times noise gain a / step
//         ADC             offset, noise, gain d·u·n·σ, code widths, k_B·T/C, jitter
//     errors of known size, added as they are
//         finite gain d·u·n·a/A0, settling 2d·u·n·ε, DAC limit; INL bow and profile of the ADC, and d·n/c
//         times those of a DAC of more than one bit; lines: u times what compensation may leave, or all of it
//         without; temperature and mean drift, times u, and cells that are not ohmic (moved_reads.hpp)
//     a = 1 + S/G_f, S the sum of all cells on a line of an array whose pairs are all at their largest digit
//
// A read is exact if the known errors and six standard deviations of the drawn ones stay below half a step
// (facts.md §1) and d·u·n within the codes of the converter and the range of the amplifiers.
// tests/models/circuit/ integer_read_test.cpp measures the parts; here they are those of a configuration.
//
// Not in it: faults and wear, amplifiers with a second pole; what a calibration takes away
// (solver.calibrate).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/amc/amc_params.hpp"
#include "models/amc/moved_reads.hpp"

namespace mho::amc {

struct ReadError {
  std::string cause;  ///< as a user would look for it, with the keys
  double steps;       ///< known size, or standard deviation, >= 0
  bool is_drawn;

  /// What it may take of the half step: its size, or six standard deviations.
  double worst_steps() const;
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
  /// @param age_s   from the write of a macro to its reads, >= 0. Drift needs it; a configuration does not
  ///                say how long a job takes
  /// Cost: programs a sample of cells; a reduction of lines where they are not cancelled, and some for each
  /// of temperature and drift.
  explicit ReadBudgets(const AmcParams& params, double age_s = 0.0);

  /// @param rows  driven at once, 1 … mvm_size
  /// Cost: solves arrays if cells are not ohmic, otherwise nothing.
  ReadBudget of(unsigned rows) const;
  /// The largest group that reads exactly, up to mvm_size; 0: not even single rows do.
  unsigned largest_exact_group() const;

 private:
  bool is_in_range(unsigned rows) const;
  void add_cells(ReadBudget& budget, double rows) const;
  void add_moved_cells(ReadBudget& budget, unsigned rows) const;
  void add_amplifiers(ReadBudget& budget, double rows) const;
  void add_dacs(ReadBudget& budget, double rows) const;
  void add_adcs(ReadBudget& budget, double rows) const;
  void add_lines(ReadBudget& budget, unsigned rows) const;

  /// √(E_high² + E_low²) of a pair for the conductance of the heavier cell at which it is largest.
  template <typename Error>
  double worst_pair(Error error) const;

  AmcParams params_;
  MacroParams macro_;
  double adc_step_volt_;
  double digit_, input_;  ///< largest digits of tiles and of vectors
  /// Of largest digits, and of level 0.
  double high_siemens_, low_siemens_;
  /// Of the far cells of a macro that cancels its lines: they are raised beyond their level.
  double highest_siemens_;
  double efolds_;                        ///< of the age, as drift counts
  double write_rms_steps_;               ///< of a pair
  Eigen::VectorXd line_loss_steps_;      ///< [mvm_size], empty if cancelled
  Eigen::VectorXd temperature_, drift_;  ///< [mvm_size, steps], empty if there is none
  std::optional<NonohmicReads> nonohmic_;
};

}  // namespace mho::amc
