// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/inv_circuit.hpp"

#include <Eigen/Eigenvalues>

#include <cmath>
#include <limits>
#include <numbers>

#include "models/base/error.hpp"
#include "models/circuit/loop_effects.hpp"
#include "models/circuit/saturated_loop.hpp"

namespace mho::circuit {
namespace {

// Below this the solution has no correct digit left, whatever the true matrix is.
constexpr double kSingularReciprocalCondition = 4.0 * std::numeric_limits<double>::epsilon();

double min_real_eigenvalue(const Eigen::MatrixXd& m) {
  const Eigen::EigenSolver<Eigen::MatrixXd> solver(m, /*computeEigenvectors=*/false);
  // Not converged: nothing is known of the stability, so none is claimed.
  if (solver.info() != Eigen::Success) return -1.0;
  return solver.eigenvalues().real().minCoeff();
}

}  // namespace

InvCircuit::InvCircuit(const device::DifferentialPair& pair, const OpampParams& opamp, double g_in_siemens,
                       const Eigen::VectorXd& offsets_volt)
    : InvCircuit(inv_network(pair, g_in_siemens), opamp, offsets_volt) {}

InvCircuit::InvCircuit(const InvNetwork& network, const OpampParams& opamp,
                       const Eigen::VectorXd& offsets_volt)
    : opamp_(opamp), network_(network), offsets_volt_(offsets_volt) {
  validate(opamp);
  const Eigen::Index n = network.drive_siemens.size();
  const auto& transfer = network.transfer_siemens;
  const auto& self = network.self_siemens;
  require(n > 0 && transfer.rows() == n && transfer.cols() == n && self.rows() == n && self.cols() == n,
          "INV circuit: network of {}x{} (transfer), {}x{} (self) and {} (drive); all must have one size",
          transfer.rows(), transfer.cols(), self.rows(), self.cols(), n);
  require(transfer.allFinite() && self.allFinite() && network.drive_siemens.allFinite(),
          "INV circuit: a conductance is not finite");
  require(offsets_volt.size() == 0 || offsets_volt.size() == n, "INV circuit: {} offsets for {} amplifiers",
          offsets_volt.size(), n);

  offset_current_ampere_ = Eigen::VectorXd::Zero(n);
  if (offsets_volt.size() == n) offset_current_ampere_ = self * offsets_volt;

  loop_.compute(transfer + self / opamp.gain);
  reciprocal_condition_ = loop_.rcond();
  const Eigen::PartialPivLU<Eigen::MatrixXd> self_lu(self);
  is_singular_ = !(reciprocal_condition_ > kSingularReciprocalCondition) ||
                 !(self_lu.rcond() > kSingularReciprocalCondition);
  min_re_lambda_ = is_singular_ ? 0.0 : min_real_eigenvalue(self_lu.solve(transfer));
}

double InvCircuit::settling_time_s(double epsilon) const {
  require(epsilon > 0.0 && epsilon < 1.0, "INV circuit: settling epsilon is {}; choose a value in (0, 1)",
          epsilon);
  if (!is_stable()) return std::numeric_limits<double>::infinity();
  return std::log(1.0 / epsilon) / (2.0 * std::numbers::pi * opamp_.gbw_hz * min_re_lambda_);
}

InvResult InvCircuit::solve(const Eigen::Ref<const Eigen::VectorXd>& input_ampere, double epsilon) const {
  require(input_ampere.size() == size(), "INV circuit: {} input currents for {} nodes", input_ampere.size(),
          size());
  require(epsilon > 0.0 && epsilon < 1.0, "INV circuit: settling epsilon is {}; choose a value in (0, 1)",
          epsilon);
  InvResult result;
  const double rail = opamp_.v_sat_volt;
  const Eigen::VectorXd drive = offset_current_ampere_ - input_ampere;
  if (is_singular_ || !is_stable()) {
    result.status = is_singular_ ? InvStatus::kSingular : InvStatus::kUnstable;
    result.v = drive.unaryExpr([rail](double i) { return i > 0.0 ? rail : (i < 0.0 ? -rail : 0.0); });
  } else {
    result.v = loop_.solve(drive);
    const double tau_s = 1.0 / (2.0 * std::numbers::pi * opamp_.gbw_hz * min_re_lambda_);
    const bool saturates = !(result.v.cwiseAbs().maxCoeff() <= rail);
    result.status = saturates ? InvStatus::kSaturated : InvStatus::kOk;
    if (saturates) result.v = saturated(result.v, input_ampere);
    result.settling_time_s = settling_with_slew_s(opamp_, tau_s, result.v.cwiseAbs().maxCoeff(), epsilon);
    result.slowest_tau_s = tau_s;
  }
  if (result.status != InvStatus::kOk) result.n_saturated = count_saturated(result.v, rail);
  result.power = power_at(result.v);
  return result;
}

Topology InvCircuit::loop() const {
  const CrossbarArray arrays{.ports = {.transfer_siemens = network_.transfer_siemens,
                                       .row_self_siemens = network_.self_siemens,
                                       .column_self_siemens = network_.drive_siemens.asDiagonal()},
                             .row_sums_siemens = network_.self_siemens.rowwise().sum(),
                             .column_sums_siemens = network_.drive_siemens};
  TopologyParams params;
  params.amplifiers = amplifiers_with({}, opamp_, size(), offsets_volt_);
  return inv_topology(arrays, std::nullopt, params);
}

Eigen::VectorXd InvCircuit::saturated(const Eigen::VectorXd& v,
                                      const Eigen::Ref<const Eigen::VectorXd>& input_ampere) const {
  return saturated_or_clipped(loop(), opamp_.v_sat_volt, v, input_ampere);
}

SupplyPower InvCircuit::power_at(const Eigen::VectorXd& v) const {
  // One amplifier and one inverter per column; together they carry the currents of both arrays.
  return {.bias_watt = 2.0 * static_cast<double>(size()) * bias_power_watt(opamp_),
          .load_watt = opamp_.supply_volt * network_.drive_siemens.dot(v.cwiseAbs()),
          .cells_watt = network_.drive_siemens.dot(v.cwiseAbs2())};
}

}  // namespace mho::circuit
