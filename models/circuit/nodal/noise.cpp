// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/noise.hpp"

#include <Eigen/Eigenvalues>

#include <complex>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXcd;
using Eigen::MatrixXd;
using Eigen::VectorXcd;
using Eigen::VectorXd;

namespace {

constexpr double kBoltzmann = 1.380649e-23;  // J/K, exact

}  // namespace

MatrixXd solve_lyapunov(const MatrixXd& j, const MatrixXd& q, bool& is_stable) {
  const Eigen::ComplexSchur<MatrixXd> schur(j);
  const MatrixXcd& t = schur.matrixT();
  is_stable = schur.info() == Eigen::Success && t.diagonal().real().maxCoeff() < 0.0;
  if (!is_stable) return {};
  // With J = U T Uᴴ: T X + X Tᴴ = −Uᴴ Q U, column by column from the last.
  const MatrixXcd& u = schur.matrixU();
  MatrixXcd x = -(u.adjoint() * q * u);
  const Index n = j.rows();
  for (Index column = n - 1; column >= 0; --column) {
    VectorXcd right = x.col(column);
    for (Index k = column + 1; k < n; ++k) right -= std::conj(t(column, k)) * x.col(k);
    MatrixXcd shifted = t;
    shifted.diagonal().array() += std::conj(t(column, column));
    x.col(column) = shifted.triangularView<Eigen::Upper>().solve(right);
  }
  const MatrixXd p = (u * x * u.adjoint()).real();
  return 0.5 * (p + p.transpose());
}

NoiseCovariance noise_at(const AmplifierCircuit& circuit, const VectorXd& z, const VectorXd& q,
                         const std::vector<Index>& nodes, double temperature_kelvin) {
  require(temperature_kelvin >= 0.0, "noise: temperature is {} K; it must not be negative",
          temperature_kelvin);
  const Index n_c = circuit.n_capacitors(), m = circuit.n_amplifiers();
  // Intensities are two-sided: half of the one-sided densities.
  const double thermal = 2.0 * kBoltzmann * temperature_kelvin;
  MatrixXd at_inputs = thermal * circuit.thermal_e;
  VectorXd gain(m), dv(m);
  const VectorXd drives = circuit.drives(z);
  const VectorXd e =
      circuit.e_u * z.head(n_c) + circuit.e_v * circuit.outputs(z) + circuit.e_q * q + circuit.offset_volt;
  for (Index k = 0; k < m; ++k) {
    const AmplifierModel& a = circuit.amplifiers[static_cast<std::size_t>(k)];
    at_inputs(k, k) += 0.5 * a.noise_volt_per_sqrt_hz * a.noise_volt_per_sqrt_hz;
    gain[k] = input_slope(a, e[k]).derivative;
    dv[k] = output_voltage(a, drives[k]).derivative;
  }
  MatrixXd intensity = MatrixXd::Zero(circuit.n_states(), circuit.n_states());
  intensity.topLeftCorner(n_c, n_c) = thermal * circuit.thermal_u;
  intensity.block(n_c, n_c, m, m) = gain.asDiagonal() * at_inputs * gain.asDiagonal();

  NoiseCovariance result;
  const MatrixXd p = solve_lyapunov(circuit.jacobian(z, q), intensity, result.is_computed);
  if (!result.is_computed) return result;
  // What the nodes see of the state: capacitors directly, amplifiers through their outputs.
  MatrixXd view = MatrixXd::Zero(static_cast<Index>(nodes.size()), circuit.n_states());
  view.leftCols(n_c) = circuit.n_u(nodes, Eigen::all);
  for (Index k = 0; k < m; ++k) {
    Index at = n_c + k;
    for (std::size_t i = 0; i < circuit.second_pole.size(); ++i)
      if (circuit.second_pole[i] == k) at = n_c + m + static_cast<Index>(i);
    view.col(at) += circuit.n_v(nodes, k) * dv[k];
  }
  result.volt2 = view * p * view.transpose();
  return result;
}

}  // namespace mho::circuit
