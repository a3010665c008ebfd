// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Programming of one array by write-verify: read a cell, pulse it towards its target, read again, until the
// read lies inside the tolerance. Large errors get coarse pulses, small ones fine pulses.
//
// One round on one cell, with e = (target − read) / full scale:
//     read    = g + full scale · verify_sigma · ξ_v                          ξ bounded, see below
//     accept    if |e| <= tolerance − guard,  guard = verify_sigma · kDrawBound
//     Δg      = full scale · s · (1 + pulse_sigma · ξ_p) · response · k,   s = aim · e clipped to ± max_step
//     g       ← g + Δg, limited to what the cell can reach (from 0 S on, unless CellLimits say otherwise)
// coarse pulse (voltage, width, max_step) if |e| > coarse_threshold, otherwise fine; SET if s > 0, otherwise
// RESET.
//     response = d · set_response · (1 − saturation · p)           SET,   p = (g − g_min)/full scale in 0 … 1
//                d · reset_response · (1 − saturation · (1 − p))   RESET
// with d = exp(device_sigma · ξ_d) fixed for each cell, whatever the write. k is the controller's own: it
// begins at 1 for each write; a pulse that moved the read by less than half of what was commanded makes it
// 1/(1 − adapt) times larger, one that overshot (1 − adapt) times; always in 1/8 … 8.
// ξ are sums of four uniform numbers (Irwin–Hall), mean 0, variance 1, never beyond ±kDrawBound: because the
// verify noise is bounded, the guard makes |g − target| <= tolerance · full scale certain for every cell that
// the loop accepted.
//
// Reading, pulsing and giving up go cell by cell; the draws of a cell depend on its own coordinates only.
// write_statistics.hpp draws the outcome of this loop without running it.
//
// Not modelled: pulses of opposite sign in separate phases, forming, half-select disturb, line charging
// (about 25 fJ against some pJ for a pulse), wire drop during the write, telegraph noise during verify reads.
// A stronger command (k) is charged like any other pulse. Wear and faults enter as CellLimits (endurance.hpp,
// faults.hpp).
#pragma once

#include <Eigen/Core>

#include <array>
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

  bool operator==(const PulseParams&) const = default;
};

/// How program_array() finds the outcome.
enum class WriteMode : std::uint8_t {
  kLoop,         ///< pulse by pulse
  kStatistical,  ///< drawn from what the loop does on a sample (write_statistics.hpp)
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

  /// Effect of a SET / RESET pulse relative to the command, 0.05 … 20. TaOx resets more abruptly than it
  /// sets; no figure published, so 1 (A).
  double set_response = 1.0;
  double reset_response = 1.0;
  /// Share of its effect that a pulse loses at the end of the window towards which it drives, 0 … 0.99: soft
  /// bounds. 0 = every state responds alike (A).
  double saturation = 0.0;
  /// Spread of ln(response) from cell to cell, 0 … 1; 0 = all cells alike (A).
  double device_sigma = 0.0;
  /// How fast the controller corrects its pulse strength, 0 … 0.9; 0 = never (A).
  double adapt = 0.0;
  /// |voltage| of RESET relative to SET pulses, for their energy, > 0 (A).
  double reset_voltage_factor = 1.0;
  /// A cell whose read stays within the verify noise for this many pulses in a row is given up before
  /// pulse_limit; 0 = never (A).
  unsigned stall_limit = 0;

  WriteMode mode = WriteMode::kLoop;

  bool operator==(const WriteVerifyParams&) const = default;
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

/// What each cell of an array can reach [rows x cols, siemens], 0 <= low <= high. A stuck cell has low =
/// high.
struct CellLimits {
  Eigen::MatrixXd low_siemens;
  Eigen::MatrixXd high_siemens;
};

/// What the write did to each cell [rows x cols].
struct CellRecords {
  Eigen::MatrixXi pulses;
  Eigen::MatrixXi coarse_pulses;
  Eigen::MatrixXd energy_J;
  Eigen::Matrix<bool, Eigen::Dynamic, Eigen::Dynamic> has_failed;
};

/// What may be known of the array beside its targets. Pointers may be null and are not kept.
struct ProgramContext {
  /// What the cells hold before, >= 0 [rows x cols, siemens]; null: unknown, spread evenly over the window.
  const Eigen::MatrixXd* start_siemens = nullptr;
  /// Null: from 0 S on, every conductance can be reached. A start beyond them is brought to the limit.
  const CellLimits* limits = nullptr;
  /// Filled if not null.
  CellRecords* records = nullptr;
};

/// Programs one array whose cells start at unknown states, spread evenly over the window.
/// @param target_siemens [rows x cols], up to 65535 each way; entries finite, >= 0
/// @param unit           number of the array: arrays with different numbers are independent
/// @param write_counter  how often this array was written before, below 2^24: writes are independent
/// @returns a pure function of its arguments.
/// @throws InputError    a parameter out of range, a bad target, limits or a start of another size
/// Cost: about 0.13 µs per cell; a fraction of it with WriteMode::kStatistical. Thread-safe.
ProgramResult program_array(const Eigen::Ref<const Eigen::MatrixXd>& target_siemens, const CellParams& cell,
                            const WriteVerifyParams& write, const Random& random, std::uint32_t unit,
                            std::uint32_t write_counter, const ProgramContext& context = {});

/// The same, from a known state: re-writing an array that holds `start_siemens` [rows x cols, siemens, >= 0].
/// Always runs the loop.
ProgramResult program_array_from(const Eigen::Ref<const Eigen::MatrixXd>& start_siemens,
                                 const Eigen::Ref<const Eigen::MatrixXd>& target_siemens,
                                 const CellParams& cell, const WriteVerifyParams& write, const Random& random,
                                 std::uint32_t unit, std::uint32_t write_counter);

/// What remains after the loop is a Gaussian, on top of its error or instead of it
/// (WriteVerifyParams::bounded, write_sigma): applied to `g` [siemens] in place, within the limits if there
/// are any.
void add_final_error(Eigen::MatrixXd& g, const Eigen::Ref<const Eigen::MatrixXd>& target,
                     const CellParams& cell, const WriteVerifyParams& write, const Random& random,
                     std::uint32_t unit, std::uint32_t write_counter, const CellLimits* limits);

/// ξ_d of four neighbouring cells of a row, from which their fixed responses follow: d = exp(device_sigma ·
/// ξ_d).
/// @param block  the first of them, whose column is a multiple of four
std::array<double, 4> response_variates(const Random& random, RandomCoordinates block);

}  // namespace mho::device
