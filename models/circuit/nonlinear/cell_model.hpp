// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Arrays whose cells are not plain conductances: a sinh in place of Ohm's law (device/iv_curve.hpp), or an
// access transistor in series (access/nmos1.hpp). What write-verify left is what a cell with all that belongs
// to it conducts at the voltage of the verify read, column positive, row at 0 V (our assumption).
// Not modelled: both at once.
#pragma once

#include <Eigen/Core>

#include <optional>

#include "models/circuit/access/access_array.hpp"
#include "models/circuit/access/nmos1.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/device/differential_pair.hpp"
#include "models/device/iv_curve.hpp"

namespace mho::circuit {

/// Off by default: cells are conductances, which include their transistor.
struct CellModel {
  device::IvParams iv;
  std::optional<Nmos1Params> access;
};

inline bool is_on(const CellModel& model) {
  return model.iv.v0_volt > 0.0 || model.access.has_value();
}

/// Throws InputError if a field is out of range or both are on.
void validate(const CellModel& model);

/// The cell behind a conductance that was read: of a sinh its slope at 0 V, of a cell with transistor the
/// resistor alone. Infinite if the transistor alone conducts less.
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

/// Currents into the array at its ports [ampere], without the reduction.
struct PortCurrents {
  Eigen::VectorXd row, column;
  bool has_converged = false;
};
PortCurrents port_currents(const CellModel& model, const Eigen::MatrixXd& bare_siemens,
                           const LineParams& lines, const Eigen::VectorXd& row_volt,
                           const Eigen::VectorXd& column_volt);

}  // namespace mho::circuit
