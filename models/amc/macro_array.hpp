// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The cells of one macro and the network that they form: written for levels, with targets that cancel the
// lines where that is configured; drifting; noisy. The network is reduced to its ports once per programming,
// by the threads of a pool while simulation goes on, and again when drift has moved a cell far enough to
// matter. Read noise acts to first order in the wires (circuit/wires/first_order.hpp).
#pragma once

#include <Eigen/Core>

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/amc/compensated_targets.hpp"
#include "models/amc/macro_params.hpp"
#include "models/amc/slice_cells.hpp"
#include "models/base/random.hpp"
#include "models/circuit/network.hpp"
#include "models/circuit/topology/topology.hpp"
#include "models/device/cell_array.hpp"
#include "models/fault/fault.hpp"

namespace mho::amc {

struct ProgramOutcome {
  /// A level beyond the cells' range, more slices than there are, or the array was written too often.
  bool is_rejected = false;
  /// The lines are too resistive for the cells to cancel: a read would be off by more than a tenth of a step.
  bool is_uncompensated = false;
  std::uint64_t pulses = 0;
  std::uint64_t failed_cells = 0;
  double time_s = 0;
  double energy_J = 0;
};

/// Of two pairs of arrays that are written at the same time: each has row drivers and verify converters of
/// its own.
ProgramOutcome in_parallel(const ProgramOutcome& one, const ProgramOutcome& other);

/// What the cells of a macro are at their ports. Of the macro's kind only; the arrays, all slices together,
/// where GINV, loop effects or two slices ask for them.
struct MacroNetworks {
  std::optional<circuit::InvNetwork> inv;
  std::optional<circuit::MvmNetwork> mvm;
  circuit::CrossbarArray positive, negative;
};

class MacroArray {
 public:
  /// @param params   outlives the array
  /// @param number   of the macro on the chip, for its random draws
  /// @param targets  shared with other macros of these parameters; null: its own
  MacroArray(const MacroParams& params, const Random& random, std::uint32_t number,
             std::shared_ptr<CompensatedTargets> targets = nullptr);

  bool is_programmed() const { return slices_.front().cells.is_programmed(); }
  std::uint32_t writes() const { return slices_.front().cells.writes(); }
  /// Those of the last program().
  unsigned slices_in_use() const { return in_use_; }

  /// @param levels  size² signed levels, output c of driven line r at r · size + c; with two slices in
  ///                use the numbers that both hold together (device/level_slices.hpp); on the diagonal up to
  ///                1 + diagonal_cells times the others
  /// @param slices  to be used, 1 … MacroParams::slices, or 0 for all; those beyond are disconnected and keep
  ///                their cells
  /// @param time_s  when the write begins, from where the age of its cells counts
  ProgramOutcome program(std::span<const std::int8_t> levels, double time_s, unsigned slices = 0);

  /// Moves cells of the upper slice that were written at `time_s`, as upsets do: rows are driven lines.
  /// Needs is_programmed() and cells of the array.
  void disturb(std::span<const fault::CellFault> cells, double time_s);
  /// Cells of the upper slice that the next writes do not move from their levels, in the place of those named
  /// before; of several that are the same cell the last. Needs cells and levels of the array.
  void stick(std::span<const fault::CellFault> cells);

  /// Brings the networks to `time_s`, at or after the write. True if they are not what they were: circuits
  /// made from them are to be made again. Needs is_programmed().
  bool refresh(double time_s);

  /// Of the macro's kind only; since the last refresh().
  const circuit::InvNetwork& inv_network() const { return *networks().inv; }
  const circuit::MvmNetwork& mvm_network() const { return *networks().mvm; }
  /// The two arrays of a GINV macro, or of one whose loop effects are on, all slices together.
  const circuit::CrossbarArray& positive_array() const { return networks().positive; }
  const circuit::CrossbarArray& negative_array() const { return networks().negative; }

  /// What the cells of each slice in use conduct, upper first, with the noise of one more read if there is
  /// any [siemens].
  std::vector<device::DifferentialPair> read_slices(double time_s);

  bool has_read_noise() const;
  /// What the noise of one read adds to the transfer matrix of the network [its shape, siemens]. Every call
  /// is another read.
  Eigen::MatrixXd transfer_noise(double time_s);

 private:
  /// One pair of arrays. The lower slice comes second.
  struct Slice {
    SliceCells cells;
    device::DifferentialPair target;  ///< of the last write; this and the next at the crossings
    device::DifferentialPair now;     ///< conductances that the networks are made of
    device::DifferentialPair gain;    ///< first-order share of each cell, made when first asked for
  };

  ProgramOutcome program_slice(Slice& slice, const Eigen::MatrixXd& steps, double time_s);
  ProgramOutcome program_slices(const device::LevelMatrix& levels, double time_s);
  Eigen::MatrixXd upper_errors(ProgramOutcome& outcome);
  bool are_within_cells(const device::LevelMatrix& levels, unsigned slices) const;
  Eigen::MatrixXd within_cells(Eigen::MatrixXd steps) const;
  void reduce(double time_s);
  const MacroNetworks& networks() const;
  std::span<Slice> used() { return std::span(slices_).first(in_use_); }

  const MacroParams& params_;
  Random random_;
  std::uint32_t number_;
  std::shared_ptr<CompensatedTargets> targets_;
  std::vector<Slice> slices_;
  unsigned in_use_ = 1;
  device::ReadConditions reduced_at_;
  bool has_gain_ = false;
  bool has_changed_ = false;
  std::uint32_t reads_ = 0;
  mutable MacroNetworks networks_;
  mutable std::future<MacroNetworks> coming_;  ///< networks that are being made of the cells
};

}  // namespace mho::amc
