// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What all macros of a kind have in common.
#pragma once

#include <cstdint>

#include "models/amc/fault_list.hpp"
#include "models/amc/macro_kind.hpp"
#include "models/circuit/loop_effects.hpp"
#include "models/circuit/nonlinear/array_point.hpp"
#include "models/circuit/opamp.hpp"
#include "models/circuit/timing.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/device/cell.hpp"
#include "models/device/cell_array.hpp"
#include "models/device/write_verify.hpp"

namespace mho::amc {

/// Number of a pair of arrays on the chip, for its draws and faults: those of upper slices are the numbers of
/// their macros (chip_number()), those of lower slices follow after all of them, then those of cells in
/// parallel to either (slice_cells.hpp).
std::uint32_t pair_number(std::uint32_t macro, unsigned slice);

struct MacroParams {
  MacroKind kind = MacroKind::kMvm;
  unsigned size = 64;
  bool corrects_slices = true;  ///< see AmcParams
  unsigned slices = 1;          ///< pairs of arrays, 1 or 2; the lower one counts with lower_weight()
  unsigned diagonal_cells = 0;  ///< INV: see AmcParams
  int largest_digit = 7;        ///< MVM: of HP tiles
  device::CellParams cell;
  device::CellEffects effects;
  FaultList faults;  ///< of the whole chip
  circuit::CellModel cell_model;
  double kelvin = 300.0;         ///< of all reads
  double refresh_change = 1e-4;  ///< see AmcParams
  circuit::LineParams lines;
  bool is_compensated = false;  ///< cell targets cancel the lines
  /// Conductance between neighbouring levels as the circuit sees it [siemens].
  double step_siemens = 0;
  device::WriteVerifyParams write;
  circuit::OpampParams opamp;
  circuit::LoopEffects loop;  ///< MVM: the amplifiers only, not the signs
  circuit::TimingParams timing;
  double g_in_siemens = 0;        ///< INV, GINV
  double g_feedback_siemens = 0;  ///< MVM, at output gain 0

  /// GINV: those of rows, then those of columns.
  unsigned amplifiers() const { return kind == MacroKind::kGinv ? 2 * size : size; }

  /// What the attenuating drivers of a lower slice leave of each output.
  double lower_weight() const { return 1.0 / cell.levels; }
};

}  // namespace mho::amc
