// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One array with resistive lines whose cells are not ohmic: Newton's method on the full network. Each step is
// a wire solution (line_solver.hpp) with every cell replaced by its tangent, a conductance and a source
// beside it. A reduction to ports does not exist for such an array, but reduce_ports() of the slopes that
// come out is its small-signal network. Not modelled: cells whose current depends on more than the voltage
// across them (an access transistor).
#pragma once

#include <Eigen/Core>

#include <functional>

#include "models/circuit/wires/line_params.hpp"

namespace mho::circuit {

/// Currents [ampere] and slopes dI/dV [siemens, finite, >= 0] of all cells [rows x cols] at the voltages
/// across them (row line minus column line). Fills both.
using CellLaw =
    std::function<void(const Eigen::ArrayXXd& volt, Eigen::ArrayXXd& ampere, Eigen::ArrayXXd& slope_siemens)>;

enum class NonlinearStatus {
  kOk,
  /// The currents do not follow the law to the tolerance (residual says how well they do), or the lines are
  /// too resistive for the wire solver (line_solver.hpp).
  kNotConverged,
};

struct NonlinearOptions {
  /// Stops when no cell's current differs from the law's by more than this share of the largest one, 1e-13 …
  /// 0.1.
  double tolerance = 1e-10;
  int max_iterations = 50;  ///< >= 1
};

struct [[nodiscard]] NonlinearSolution {
  NonlinearStatus status = NonlinearStatus::kOk;
  int iterations = 0;
  double residual = 0.0;          ///< the quotient of the stopping rule
  Eigen::VectorXd row_ampere;     ///< [rows] into the array at the row ports
  Eigen::VectorXd column_ampere;  ///< [cols] into the array at the column ports
  Eigen::ArrayXXd cell_volt;      ///< [rows x cols] across each cell
  Eigen::ArrayXXd cell_ampere;    ///< [rows x cols]
  Eigen::ArrayXXd slope_siemens;  ///< [rows x cols] at cell_volt
};

/// @param rows, cols   size of the array, >= 1
/// @param row_volt     [rows] at the row ports
/// @param column_volt  [cols] at the column ports
/// Starts from the port voltages themselves, as if the lines were ideal: for passive cells the voltages only
/// fall from there, and on a convex law Newton's method follows them without overshooting.
/// @throws InputError  sizes, voltages, slopes, lines or options out of range
NonlinearSolution solve_nonlinear_array(Eigen::Index rows, Eigen::Index cols, const CellLaw& law,
                                        const LineParams& lines,
                                        const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                                        const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                                        const NonlinearOptions& options = {});

}  // namespace mho::circuit
