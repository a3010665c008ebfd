// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Arrays whose cells are not plain conductances: a sinh in place of Ohm's law (device/iv_curve.hpp), or an
// access transistor in series (access/nmos1.hpp), or both. What write-verify left is what a cell with all
// that belongs to it conducts at the voltage of the verify read, column positive, row at 0 V (our
// assumption).
#pragma once

#include <Eigen/Core>

#include <optional>

#include "models/circuit/access/cell_model.hpp"
#include "models/circuit/access/nonohmic_array.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

/// Currents into the array at its ports, near the voltages where it was taken [volt]:
///     rows    = row_by_row u + row_by_column v + row_ampere
///     columns = column_by_row u + column_by_column v + column_ampere
/// Transistors see gate and bulk, so this need not be reciprocal and rows do not sum to 0.
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

/// The cell behind a conductance that was read, without its transistor: of a sinh its slope at 0 V. Infinite
/// if the transistor alone conducts less than was read.
/// @param g_read_siemens  >= 0; a negative one, as noise may leave, counts as 0
/// @param v_read_volt     > 0
double bare_siemens(const CellModel& model, double g_read_siemens, double v_read_volt);
/// The same for every cell; where the transistor does not allow it, the cell is as good as shorted (1 S).
device::DifferentialPair bare_pair(const CellModel& model, const device::DifferentialPair& read_siemens,
                                   double v_read_volt);

/// One array near given port voltages [volt].
/// @param bare_siemens  [rows x cols], bare_pair()
/// @throws InputError   sizes or voltages out of range
/// Cost: Newton's method on the lines, and a reduction to the ports.
ArrayLinearization linearize(const CellModel& model, const Eigen::MatrixXd& bare_siemens,
                             const LineParams& lines, const Eigen::VectorXd& row_volt,
                             const Eigen::VectorXd& column_volt);

/// One array for a circuit around it that seeks its port voltages: the circuit solves its own equations with
/// linearization() and moves the ports, round by round. Cells with a sinh are solved in full at every move.
/// Transistors are followed along the slopes last renewed, which costs much less than new ones.
class SoughtArray {
 public:
  /// All ports at 0 V: move_to() comes first. Throws as linearize().
  SoughtArray(CellModel model, Eigen::MatrixXd bare_siemens, const LineParams& lines);

  /// @returns the largest change of a voltage, ports included [volt]
  double move_to(const Eigen::VectorXd& row_volt, const Eigen::VectorXd& column_volt);
  /// Takes the slopes of the present voltages.
  void renew_slopes();
  bool has_present_slopes() const { return has_present_slopes_; }
  /// Currents at the present voltages; `has_converged` as linearize(), true for transistors, whose rounds are
  /// the circuit's.
  const ArrayLinearization& linearization() const { return linearization_; }

 private:
  CellModel model_;
  Eigen::MatrixXd bare_siemens_;
  LineParams lines_;
  Eigen::VectorXd row_volt_, column_volt_;
  std::optional<NonohmicArray> transistors_;
  ArrayLinearization linearization_;
  bool has_present_slopes_ = false;
};

/// Currents into the array at its ports [ampere], without the reduction.
struct PortCurrents {
  Eigen::VectorXd row, column;
  bool has_converged = false;
};
PortCurrents port_currents(const CellModel& model, const Eigen::MatrixXd& bare_siemens,
                           const LineParams& lines, const Eigen::VectorXd& row_volt,
                           const Eigen::VectorXd& column_volt);

}  // namespace mho::circuit
