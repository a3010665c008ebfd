// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// An array whose cells have access transistors, with resistive lines: Newton's method on the full network for
// given port voltages, and its linearisation at the ports there. A circuit around it is solved by
// linearising, solving the circuit and repeating until the port voltages stand: Newton's method for the
// whole.
#pragma once

#include <Eigen/Core>

#include "models/circuit/access/nmos1.hpp"
#include "models/circuit/wires/line_params.hpp"

namespace mho::circuit {

/// Currents into the array at its ports, near the voltages where it was taken [volt]:
///     rows    = row_by_row u + row_by_column v + row_ampere
///     columns = column_by_row u + column_by_column v + column_ampere
/// Transistors see gate and bulk, so this is not reciprocal and rows do not sum to 0.
struct ArrayLinearization {
  Eigen::MatrixXd row_by_row, row_by_column;        ///< [rows x …, siemens]
  Eigen::MatrixXd column_by_row, column_by_column;  ///< [cols x …, siemens]
  Eigen::VectorXd row_ampere, column_ampere;
  bool has_converged = false;  ///< Newton's method inside the array reached rounding

  Eigen::VectorXd row_current(const Eigen::VectorXd& u, const Eigen::VectorXd& v) const {
    return row_by_row * u + row_by_column * v + row_ampere;
  }
  Eigen::VectorXd column_current(const Eigen::VectorXd& u, const Eigen::VectorXd& v) const {
    return column_by_row * u + column_by_column * v + column_ampere;
  }
};

/// @param g_siemens    [rows x cols] cells, finite, >= 0
/// @param row_volt, column_volt  port voltages
/// @throws InputError  a size differs or a parameter is out of range
/// Cost: per Newton step (some five) one sparse LU of the line nodes.
ArrayLinearization linearize_array(const Eigen::MatrixXd& g_siemens, const LineParams& lines,
                                   const Nmos1Params& access, const Eigen::VectorXd& row_volt,
                                   const Eigen::VectorXd& column_volt);

}  // namespace mho::circuit
