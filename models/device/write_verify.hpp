// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Programming of one array by write-verify: read a cell, pulse it towards its target, read again, until the
// read lies inside the tolerance. Large errors get coarse pulses, small ones fine pulses.
//
// One round on one cell, with e = (target − read) / full scale:
//     read    = g + full scale · verify_sigma · ξ_v                          ξ bounded, see below
//     accept    if |e| <= tolerance − guard,  guard = verify_sigma · kDrawBound
//     Δg      = full scale · [ s · (1 + pulse_sigma · ξ_p) ],  s = aim · e clipped to ± max_step
//     g       ← max(g + Δg, 0)
// coarse pulse (voltage, width, max_step) if |e| > coarse_threshold, otherwise fine.
// ξ are sums of four uniform numbers (Irwin–Hall), mean 0, variance 1, never beyond ±kDrawBound: because the
// verify noise is bounded, the guard makes |g − target| <= tolerance · full scale certain for every cell that
// the loop accepted.
//
// Not modelled: separate SET and RESET phases, forming, half-select disturb, line charging (about 25 fJ
// against some pJ for a pulse), wire drop during the write, endurance.
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include "models/base/random.hpp"
#include "models/device/cell.hpp"

namespace mho::device {

/// The draws of the pulse model are bounded at ± this many standard deviations (Irwin–Hall of order four).
inline constexpr double kDrawBound = 3.4641016151377544;  // 2·√3

/// Largest pulse limit: a cell's counters reserve 2^10 reads for each write of the array.
inline constexpr unsigned kMaxPulseLimit = 1000;

/// One kind of pulse. All figures are our assumptions (A) unless stated otherwise.
struct PulseParams {
  double voltage_volt;  ///< > 0
  double width_s;       ///< > 0
  double max_step;      ///< largest commanded change per pulse, fraction of full scale, > 0
};

/// The programming loop. "Full scale" is g_max − g_min.
struct WriteVerifyParams {
  /// Accepted error, fraction of full scale, > verify noise guard (see the top of this file), <= 1.
  /// 0.003 is what HP-MVM needs with 16 rows per read (facts.md §5, D); kInvTolerance suits LP-INV.
  double tolerance = 0.003;

  /// true: the loop's own error. false: every cell ends at target + full scale · write_sigma · N(0,1)
  /// instead, while pulses, time and energy stay those of the loop: for ensembles given as a sigma (facts.md
  /// §5).
  bool bounded = true;
  /// Standard deviation of a Gaussian error put on top after the loop, fraction of full scale, >= 0. The cell
  /// never goes below 0 S.
  double write_sigma = 0.0;

  /// Share of the remaining error that a pulse is meant to remove, in (0, 1]. Below one, so that overshoot is
  /// rare (A).
  double aim = 0.6;
  /// Relative spread of the effect of a pulse from cycle to cycle, >= 0 (A).
  double pulse_sigma = 0.5;
  /// |error| above which pulses are coarse, fraction of full scale, >= 0 (A).
  double coarse_threshold = 0.1;
  /// Energy order: V²Gt = 7 pJ at 2 V, 50 ns, 35 µS (NeuroSim/CiMLoop default cell, components.md).
  PulseParams coarse{.voltage_volt = 2.0, .width_s = 50e-9, .max_step = 0.25};
  PulseParams fine{.voltage_volt = 1.5, .width_s = 50e-9, .max_step = 0.05};
  /// Pulses after which a cell is given up, 1 … kMaxPulseLimit (A).
  unsigned pulse_limit = 200;

  /// Standard deviation of one verify read, fraction of full scale, >= 0. Order of the thermal noise of 20 µS
  /// in 5 MHz (1.3 nA) against full scale at 0.2 V (6.9 µA): 2e-4 (D).
  double verify_sigma = 2e-4;
  double verify_voltage_volt = 0.2;  ///< (A), > 0
  double verify_time_s = 100e-9;     ///< integration and conversion of one verify read (A), > 0
  /// Conversion of one verify read: 12-bit ADC at 10 MS/s, 40 nm, survey regression (components.md).
  double verify_conversion_energy_J = 10.9e-12;
  /// Switching between writing and reading, per round (A), >= 0.
  double round_overhead_s = 10e-9;
};

/// Tolerance of LP-INV macros (facts.md §5: LP-INV lives with 2–5 %).
inline constexpr double kInvTolerance = 0.02;

/// Throws InputError if a field is out of the range stated above.
void validate(const WriteVerifyParams& write);

/// What one programming of one array did.
struct [[nodiscard]] ProgramResult {
  Eigen::MatrixXd g_siemens;  ///< [rows x cols] reached conductances, >= 0
  std::uint64_t pulses = 0;
  std::uint64_t verify_reads = 0;  ///< pulses + one first read per cell
  std::uint32_t max_pulses_per_cell = 0;
  std::uint64_t failed_cells = 0;  ///< cells that hit pulse_limit outside the tolerance
  /// Rows one after the other, the cells of a row in parallel: Σ_rows Σ_rounds (widest pulse of the round +
  /// verify + overhead), plus the first read of each row.
  double time_s = 0.0;
  /// Σ pulses V²·G·width + Σ verify reads (V²·G·time + conversion).
  double energy_J = 0.0;
};

/// Programs one array whose cells start at unknown states, spread evenly over the window.
/// @param target_siemens [rows x cols], up to 65535 each way; entries finite, >= 0
/// @param unit           number of the array: arrays with different numbers are independent
/// @param write_counter  how often this array was written before, below 2^24: writes are independent
/// @returns a pure function of its arguments.
/// @throws InputError    a parameter out of range, a bad target
/// Cost: about 0.15 µs per cell. Thread-safe.
ProgramResult program_array(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens, const CellParams& cell,
                            const WriteVerifyParams& write, const Random& random, std::uint32_t unit,
                            std::uint32_t write_counter);

/// The same, from a known state: re-writing an array that holds `start_siemens` [rows x cols, siemens, >= 0].
ProgramResult program_array_from(const Eigen::Ref<const Eigen::MatrixXd>& start_siemens,
                                 const Eigen::Ref<const Eigen::MatrixXd>& target_siemens,
                                 const CellParams& cell, const WriteVerifyParams& write, const Random& random,
                                 std::uint32_t unit, std::uint32_t write_counter);

}  // namespace mho::device
