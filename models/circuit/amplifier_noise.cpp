// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/amplifier_noise.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <numbers>

#include "models/base/error.hpp"
#include "models/circuit/nodal/noise.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd covariance_factor(const MatrixXd& covariance) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solver(covariance);
  return solver.eigenvectors() * solver.eigenvalues().cwiseMax(0.0).cwiseSqrt().asDiagonal();
}

MatrixXd inv_noise_factor(const InvNetwork& network, const OpampParams& opamp) {
  const double e = opamp.noise_volt_per_sqrt_hz;
  if (e == 0.0) return {};
  const Index n = network.self_siemens.rows();
  const double unity_rad_per_s = 2.0 * std::numbers::pi * opamp.gbw_hz;
  MatrixXd m = network.self_siemens.partialPivLu().solve(network.transfer_siemens);
  m.diagonal().array() += 1.0 / opamp.gain;
  bool is_stable = false;
  // In units of 1/ω_T, so that the numbers are of order one.
  const MatrixXd p = solve_lyapunov(-m, MatrixXd::Identity(n, n), is_stable);
  if (!is_stable) return {};
  return covariance_factor(p * (0.5 * e * e * unity_rad_per_s));
}

MatrixXd mvm_noise_factor(const MvmNetwork& network, const OpampParams& opamp, double g_feedback_siemens) {
  require(g_feedback_siemens > 0.0, "amplifier noise: feedback conductance is {} S; it must be positive",
          g_feedback_siemens);
  const double e = opamp.noise_volt_per_sqrt_hz;
  if (e == 0.0) return {};
  MatrixXd node = network.self_siemens;
  node.diagonal().array() += g_feedback_siemens;
  MatrixXd loop = node / opamp.gain;
  loop.diagonal().array() += g_feedback_siemens;
  const MatrixXd inverse = loop.llt().solve(node);
  const double scale = 0.5 * std::numbers::pi * opamp.gbw_hz * e * e;
  return covariance_factor(0.5 * scale * (inverse + inverse.transpose()));
}

}  // namespace mho::circuit
