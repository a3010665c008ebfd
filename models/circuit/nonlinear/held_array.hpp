// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// An array whose cells are not ohmic, for many drives: the lines follow what the cells conduct along the
// cells' slopes at 0 V, which are held (a chord method). With I the currents of the lines, i(v) those of the
// cells and g₀ the slopes, a round solves the lines with
//     δI = g₀ δv + (i(v) − I)
// so that what is left shrinks by the change of slope times the lines' share of the voltage: a hundredth or
// less in an array that serves. At 0 V every cell is a conductance, transistor or not, and the wire solver
// (line_solver.hpp) applies: a round costs some sweeps and each cell once, no factorisation. Where slopes
// change much rounds do not converge; linearize() and port_currents() (array_point.hpp) take over there.
#pragma once

#include <Eigen/Core>

#include "models/circuit/access/cell_model.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/circuit/wires/line_solver.hpp"

namespace mho::circuit {

class HeldArray {
 public:
  /// Voltages and currents at one set of port voltages, as far as rounds have come.
  struct State {
    Eigen::VectorXd row_ampere;     ///< [rows] into the array at the row ports
    Eigen::VectorXd column_ampere;  ///< [cols] into the array at the column ports

   private:
    friend class HeldArray;
    Eigen::VectorXd row_port_volt, column_port_volt;
    // At each cell: of both lines, across its transistor; from row to column line, and what its law says
    // beyond.
    Eigen::MatrixXd row_volt, column_volt, channel_volt, line_ampere, excess_ampere;
  };

  /// @param bare_siemens  [rows x cols] bare_pair()
  /// @throws InputError   a parameter out of range
  HeldArray(CellModel model, const Eigen::MatrixXd& bare_siemens, const LineParams& lines);

  /// What the cells conduct at 0 V [rows x cols].
  const Eigen::MatrixXd& slope_siemens() const { return slope_siemens_; }

  /// All ports at 0 V.
  State at_rest() const;

  /// One round towards these port voltages.
  /// @returns  by how much the current of a cell is off its law at most, relative to the largest; infinity if
  ///           the lines cannot be solved along these slopes
  [[nodiscard]] double move_to(const Eigen::VectorXd& row_volt, const Eigen::VectorXd& column_volt,
                               State& state) const;

 private:
  double line_tolerance(const Eigen::VectorXd& row_step, const Eigen::VectorXd& column_step,
                        const State& state) const;
  double evaluate(State& state) const;

  CellModel model_;
  Eigen::MatrixXd bare_siemens_, slope_siemens_;
  LineSolver lines_;
  bool has_slopes_;  ///< every cell that conducts does so at 0 V
};

}  // namespace mho::circuit
