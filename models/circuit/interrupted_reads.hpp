// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// What MVM outputs are when they are taken, each read a given time after the one before: what is left of the
// step from the outputs taken before decays with the time constant of the column, under the slew limit
// (remaining_with_slew_volt()). What lines that end in one node couple among the columns while they settle is
// left out (our assumption; it is a small part of what is left).
#pragma once

#include <Eigen/Core>

#include "models/circuit/opamp.hpp"

namespace mho::circuit {

/// @param tau_s       [cols] > 0
/// @param duration_s  of a read, >= 0
/// @param volts       [cols x reads] at rest, replaced by what is taken; the first read starts from 0 V
/// Cost: nothing where less than 1e-7 of the largest output is left.
void interrupt_reads(const OpampParams& opamp, const Eigen::VectorXd& tau_s, double duration_s,
                     Eigen::MatrixXd& volts);

}  // namespace mho::circuit
