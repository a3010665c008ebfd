// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Random telegraph noise: a share of the cells has a trap beside its filament, which catches and releases a
// charge. A trap is a two-state Markov process with rates 1/τ_c (capture) and 1/τ_e (emission); captured, it
// lowers the cell's conductance by the share a:
//     g(t) = g · (1 − a · (s(t) − p)),   s = 1 captured, 0 not;  p = τ_e/(τ_c + τ_e) = the mean of s
// so that the programmed g is the average over time, and noise power is g²a²p(1 − p), Lorentzian with the
// corner rate λ = 1/τ_c + 1/τ_e. Traps are drawn per cell (fixed):
//     ln τ_c and ln τ_e uniform between ln tau_min and ln tau_max, independent
//     a = min(amplitude · (g_max/g)^exponent · exp(spread · N(0,1)), amplitude_limit)
//
// The state is a pure function of (seed, cell, time slot), without history. What makes that possible: such a
// process is the same as one that at the events of a Poisson process of rate λ forgets its state and takes a
// new one, 1 with probability p. The last event at or before a slot is searched in a binary tree of time
// intervals, whose random numbers say which halves contain events; the time of a search grows with the
// logarithm of (event distance / slot). Time is cut into epochs of 2^31 slots, at whose starts every trap
// takes a new state.
//
// Not modelled: more than one trap a cell, a trap's dependence on voltage and temperature.
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <vector>

#include "models/base/random.hpp"
#include "models/device/cell.hpp"

namespace mho::device {

/// No figure published for the chip: all are our assumptions (A), of the order of what is reported for oxide
/// cells (noise of some tenths of a percent in high states, of many percent in low ones).
struct TelegraphParams {
  /// Probability that a cell has a trap, 0 … 1; 0 = no telegraph noise.
  double trap_probability = 0.0;
  double amplitude = 0.005;      ///< relative change at g_max, 0 … 0.5
  double exponent = 0.5;         ///< growth towards low states, 0 … 2
  double spread = 0.5;           ///< log-normal, from trap to trap, 0 … 2
  double amplitude_limit = 0.5;  ///< largest relative change, 0 … 0.9
  double tau_min_s = 1e-6;       ///< shortest mean time, >= slot_s
  double tau_max_s = 1.0;        ///< longest mean time, >= tau_min_s
  double slot_s = 1e-7;          ///< resolution in time, > 0: a state holds for at least that long
};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const TelegraphParams& telegraph);

inline bool is_on(const TelegraphParams& telegraph) {
  return telegraph.trap_probability > 0.0;
}

/// One trap. Which cell, how often, how strong for a cell at g_max.
struct Trap {
  std::uint16_t row;
  std::uint16_t column;
  double capture_s;   ///< τ_c
  double emission_s;  ///< τ_e
  double strength;    ///< exp(spread · N(0,1))

  double mean_state() const { return emission_s / (capture_s + emission_s); }  ///< p
  double rate_hz() const { return 1.0 / capture_s + 1.0 / emission_s; }        ///< λ
};

/// A stretch of slots over which a trap's state is known to hold, first_slot … end_slot − 1. The next stretch
/// may have the same state.
struct Dwell {
  std::uint64_t first_slot = 0;
  std::uint64_t end_slot = 0;
  bool is_captured = false;

  bool contains(std::uint64_t slot) const { return first_slot <= slot && slot < end_slot; }
};

/// The change of one cell.
struct CellChange {
  std::uint16_t row;
  std::uint16_t column;
  double siemens;
};

/// The traps of one array.
class TelegraphNoise {
 public:
  /// Draws the traps. Cost: one generator call per cell.
  /// @throws InputError  a parameter out of range, more than 65535 cells one way
  TelegraphNoise(const TelegraphParams& telegraph, Eigen::Index rows, Eigen::Index cols, const Random& random,
                 std::uint32_t unit);

  const std::vector<Trap>& traps() const { return traps_; }

  /// True if the trap holds a charge at `time_s` [0 … 2^62 slots]. Up to some 30 generator calls.
  /// @throws InputError  time negative or too late
  bool is_captured(const Trap& trap, double time_s) const;

  /// The state at `time_s` and around it: for reads one after the other, which mostly find slow traps as they
  /// were. About twice the cost of is_captured().
  /// @throws InputError  as is_captured()
  Dwell dwell(const Trap& trap, double time_s) const;

  /// Number of the slot of `time_s`.
  /// @throws InputError  time negative or too late
  std::uint64_t slot_of(double time_s) const;

  /// Relative change of a captured trap's cell, for a cell of `g_siemens` > 0.
  double amplitude(const Trap& trap, const CellParams& cell, double g_siemens) const;

  /// The change of every cell with a trap at `time_s`, in the order of traps(), for cells of `g_siemens`
  /// [rows x cols]: for circuits that know how their outputs depend on each cell.
  /// @throws InputError  another size than the array's, time out of range
  std::vector<CellChange> changes(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const CellParams& cell,
                                  double time_s) const;

  /// The change of every cell with a trap at `time_s`, added to `g_siemens` [rows x cols] in place.
  /// @throws InputError  another size than the array's, time out of range
  void add_to(Eigen::MatrixXd& g_siemens, const CellParams& cell, double time_s) const;

 private:
  friend class TelegraphTracker;

  void require_size(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens) const;
  double change(const Trap& trap, const CellParams& cell, double g_siemens, bool is_captured) const;

  TelegraphParams params_;
  Random random_;
  std::uint32_t unit_;
  Eigen::Index rows_, cols_;
  std::vector<Trap> traps_;
};

/// The same changes as TelegraphNoise::changes() at times that mostly ascend, at a fraction of the cost: it
/// remembers how long each trap of one array stays as it is. What it returns does not depend on what it was
/// asked before. Not for several threads at once.
class TelegraphTracker {
 public:
  /// As noise.changes().
  /// @param noise  always the same array's
  std::vector<CellChange> changes(const TelegraphNoise& noise,
                                  const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const CellParams& cell,
                                  double time_s);

 private:
  std::vector<Dwell> dwells_;
};

}  // namespace mho::device
