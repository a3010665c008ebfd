// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What uncompensated lines do to integer reads at worst: every cell at its highest level, the rows that lose
// most driven, all at full voltage. An integer read rounds rightly while all its errors together stay below
// half a step. Not modelled: the other array of the pair, whose loss is subtracted; cells' and converters'
// own errors.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/line_params.hpp"
#include "models/device/cell.hpp"

namespace mho::circuit {

/// Error of a read by the lines [steps] for 1, 2, … `size` driven rows of a dense size x size array;
/// ascending.
/// @throws InputError  size < 1, a parameter out of range
/// Cost: one reduction.
Eigen::VectorXd worst_read_error_steps(Eigen::Index size, const device::CellParams& cell,
                                       const LineParams& lines);

}  // namespace mho::circuit
