// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Cell targets that cancel the resistance of the lines. The network of an array pair is linear, so if the
// transfer matrix of the programmed pair (wires included) is a multiple of the wanted one,
//     T(G⁺) − T(G⁻) = scale · wanted,
// every input is multiplied rightly at once, whichever lines are driven, as long as the others are held at 0
// V. Cells must be analogue for this: targets lie between the levels of the grid. Far cells need more
// conductance than near ones, so the scale has to leave headroom below g_max.
//
// Method (D): quasi-Newton. With d = G⁺ − G⁻, the lighter cell of a pair at g_min,
//     d ← d + (scale · wanted − T⁺ + T⁻) / a,    a = gain of the cell
// where the gain is right to first order in the wires (first_order.hpp) and T is exact (port_reduction.hpp).
// Not modelled: what programming adds to the error, cells that cannot be programmed, ports that are not at 0
// V because an amplifier's gain is finite (that is some 10⁻⁵ of the wires' effect).
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/line_params.hpp"
#include "models/circuit/wires/port_reduction.hpp"
#include "models/device/cell.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

/// What may be undone digitally, and need not be the same for the whole array.
enum class ScaleFreedom {
  kUniform,    ///< one scale
  kPerRow,     ///< one a row: INV, where the input current of the row is multiplied by it
  kPerColumn,  ///< one a column: MVM, where the read of the column is divided by it
};

enum class CompensationStatus {
  kOk,
  kHeadroom,      ///< the given scale needs cells above g_max; they were limited
  kNotConverged,  ///< the lines are too resistive: the residual is still above the tolerance
};

struct CompensationParams {
  ScaleFreedom freedom = ScaleFreedom::kUniform;
  /// Effective conductance of one step [siemens]: > 0 and at most step_siemens(cell), or 0 for the largest
  /// that every cell allows, limited to step_siemens(cell).
  double scale_siemens = 0.0;
  /// Largest error of any entry of the transfer matrix [steps], 1e-9 … 0.5. The default keeps the sum of 64
  /// rows within 0.01 step.
  double tolerance_steps = 1.5e-4;
  int max_iterations = 40;  ///< 1 … 1000
};

struct [[nodiscard]] Compensation {
  CompensationStatus status = CompensationStatus::kOk;
  device::DifferentialPair target;  ///< [rows x cols, siemens] within g_min … g_max
  /// Effective conductance of one step [siemens]: [1], [rows] or [cols], as the freedom says.
  Eigen::VectorXd scale_siemens;
  double residual_steps = 0.0;       ///< largest error of an entry of the transfer matrix
  double uncompensated_steps = 0.0;  ///< the same for cells on their levels, at step_siemens(cell)
  int iterations = 0;
  ArrayPorts positive, negative;  ///< of the targets
};

/// @param wanted_steps  [rows x cols] signed matrix in steps, |entry| <= levels − 1, need not be integer
/// @throws InputError   empty, an entry out of range, a parameter out of range
/// Cost: two reductions an iteration, 3 to 6 iterations at 1.73 ohm.
Compensation compensate_lines(const Eigen::Ref<const Eigen::MatrixXd>& wanted_steps,
                              const device::CellParams& cell, const LineParams& lines,
                              const CompensationParams& params = {});

}  // namespace mho::circuit
