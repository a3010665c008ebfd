// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// An independent solution of the INV and MVM circuits: every cell, input and feedback conductance is stamped
// into a nodal matrix, every amplifier and inverter is one more equation, and the whole is solved at once.
// Shares no formula with models/circuit.
#pragma once

#include <Eigen/Core>

#include "models/device/differential_pair.hpp"

namespace mho::circuit::test {

/// Outputs [N] of the closed loop. Inverters are ideal.
Eigen::VectorXd inv_by_nodal_analysis(const device::DifferentialPair& pair, double g_in, double gain,
                                      const Eigen::VectorXd& offsets, const Eigen::VectorXd& input_ampere);

/// Outputs [cols] of the open loop for one read.
Eigen::VectorXd mvm_by_nodal_analysis(const device::DifferentialPair& pair, double g_feedback, double gain,
                                      const Eigen::VectorXd& offsets, const Eigen::VectorXd& v_rows);

/// A signed random pair: levels −7 … 7 of the default cell, spread by ± `spread` of full scale. With
/// `dominant` the diagonal is +7 and the rest small, which makes the INV loop stable.
device::DifferentialPair random_pair(int rows, int cols, std::uint64_t seed, bool dominant,
                                     double spread = 0.02);

/// Uniform in ± amplitude.
Eigen::MatrixXd random_matrix(int rows, int cols, std::uint64_t seed, double amplitude);

}  // namespace mho::circuit::test
