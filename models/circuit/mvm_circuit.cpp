// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/mvm_circuit.hpp"

#include <Eigen/Eigenvalues>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

void require_feedback(double g_feedback_siemens) {
  require(g_feedback_siemens > 0.0 && std::isfinite(g_feedback_siemens),
          "MVM circuit: feedback conductance is {} S; it must be positive", g_feedback_siemens);
}

double largest_eigenvalue(const Eigen::MatrixXd& symmetric) {
  return Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(symmetric, Eigen::EigenvaluesOnly)
      .eigenvalues()
      .maxCoeff();
}

}  // namespace

MvmCircuit::MvmCircuit(const device::DifferentialPair& pair, const OpampParams& opamp,
                       const Eigen::VectorXd& offsets_volt)
    : MvmCircuit(mvm_network(pair), opamp, offsets_volt) {}

MvmCircuit::MvmCircuit(MvmNetwork network, const OpampParams& opamp, const Eigen::VectorXd& offsets_volt,
                       double output_ohm)
    : opamp_(opamp), network_(std::move(network)), offsets_volt_(offsets_volt), output_ohm_(output_ohm) {
  validate(opamp);
  require(output_ohm >= 0.0 && std::isfinite(output_ohm),
          "MVM circuit: output resistance is {} ohm; it must not be negative", output_ohm);
  const auto& transfer = network_.transfer_siemens;
  require(cols() > 0 && rows() > 0 && transfer.rows() == cols() && transfer.cols() == rows(),
          "MVM circuit: network of {}x{} (transfer), {} (self) and {} (drive); sizes must agree",
          transfer.rows(), transfer.cols(), cols(), rows());
  require(network_.self_siemens.rows() == cols(), "MVM circuit: self matrix of {}x{} for {} columns",
          network_.self_siemens.rows(), cols(), cols());
  require(transfer.allFinite() && network_.self_siemens.allFinite() && network_.drive_siemens.allFinite(),
          "MVM circuit: a conductance is not finite");
  require(offsets_volt.size() == 0 || offsets_volt.size() == cols(), "MVM circuit: {} offsets for {} columns",
          offsets_volt.size(), cols());
  if (offsets_volt.size() == 0) offsets_volt_ = Eigen::VectorXd::Zero(cols());
  const Eigen::MatrixXd& self = network_.self_siemens;
  has_diagonal_self_ = self.isDiagonal(0.0);
  largest_self_siemens_ = has_diagonal_self_ ? self.diagonal().maxCoeff() : largest_eigenvalue(self);
}

MvmCircuit::Feedback MvmCircuit::feedback(double g_feedback_siemens) const {
  require_feedback(g_feedback_siemens);
  const double g_f = g_feedback_siemens;
  const Eigen::MatrixXd& self = network_.self_siemens;
  const auto [gain, offset_gain] = loaded_amplifier(opamp_, output_ohm_, g_f);
  Feedback feedback;
  feedback.siemens = g_f;
  if (has_diagonal_self_) {
    const Eigen::ArrayXd noise_gain = 1.0 + self.diagonal().array() / g_f;
    const Eigen::ArrayXd closed_loop = 1.0 / (1.0 + noise_gain / gain);
    feedback.scale = -closed_loop / g_f;
    feedback.shift = closed_loop * noise_gain * (offset_gain * offsets_volt_.array());
  } else {
    Eigen::MatrixXd loop = self / gain;
    loop.diagonal().array() += g_f + g_f / gain;
    feedback.shift = offset_gain * (self * offsets_volt_ + g_f * offsets_volt_);
    feedback.loop_siemens.emplace(loop);
  }
  return feedback;
}

MvmResult MvmCircuit::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& v_rows, double g_feedback_siemens,
                               const Eigen::MatrixXd& noise_ampere) const {
  return evaluate(v_rows, feedback(g_feedback_siemens), noise_ampere);
}

MvmResult MvmCircuit::evaluate(const Eigen::Ref<const Eigen::MatrixXd>& v_rows, const Feedback& feedback,
                               const Eigen::MatrixXd& noise_ampere) const {
  require(v_rows.rows() == rows(), "MVM circuit: {} row voltages for {} rows", v_rows.rows(), rows());
  require(noise_ampere.size() == 0 || (noise_ampere.rows() == cols() && noise_ampere.cols() == v_rows.cols()),
          "MVM circuit: noise of {}x{} currents for {} columns and {} reads", noise_ampere.rows(),
          noise_ampere.cols(), cols(), v_rows.cols());
  require(feedback.shift.size() == cols(), "MVM circuit: the feedback of {} columns for {} columns",
          feedback.shift.size(), cols());
  const double rail = opamp_.v_sat_volt;

  MvmResult result;
  result.v_out = multiply(network_.transfer_siemens, v_rows);
  if (noise_ampere.size() > 0) result.v_out += noise_ampere;
  if (feedback.loop_siemens) {
    result.v_out = (-result.v_out).colwise() + feedback.shift.matrix();
    feedback.loop_siemens->solve_in_place(result.v_out);
  } else {
    for (Eigen::Index read = 0; read < v_rows.cols(); ++read) {
      auto out = result.v_out.col(read).array();
      out = out * feedback.scale + feedback.shift;
    }
  }
  double sum_abs_out = 0.0;
  for (Eigen::Index read = 0; read < v_rows.cols(); ++read) {
    auto out = result.v_out.col(read).array();
    // Counted first: after clipping nothing tells what was clipped.
    result.n_saturated += static_cast<std::uint64_t>((out.abs() > rail).count());
    out = out.max(-rail).min(rail);
    sum_abs_out += out.abs().sum();
  }
  result.power_sum = {
      .bias_watt = static_cast<double>(v_rows.cols() * cols()) * bias_power_watt(opamp_),
      .load_watt = opamp_.supply_volt * feedback.siemens * sum_abs_out,
      .cells_watt = v_rows.cols() == 0 ? 0.0 : network_.drive_siemens.dot(v_rows.rowwise().squaredNorm())};
  return result;
}

Eigen::VectorXd MvmCircuit::time_constants_s(double g_feedback_siemens) const {
  require_feedback(g_feedback_siemens);
  const double unity_gain = 2.0 * std::numbers::pi * opamp_.gbw_hz;
  return (1.0 + network_.self_siemens.diagonal().array() / g_feedback_siemens) / unity_gain;
}

double MvmCircuit::settling_time_s(double epsilon, double g_feedback_siemens, double step_volt) const {
  require_feedback(g_feedback_siemens);
  const double slowest = 1.0 + largest_self_siemens_ / g_feedback_siemens;
  return settling_with_slew_s(opamp_, slowest / (2.0 * std::numbers::pi * opamp_.gbw_hz), step_volt, epsilon);
}

LoadedAmplifier loaded_amplifier(const OpampParams& opamp, double output_ohm, double g_feedback_siemens) {
  const double lost = output_ohm * g_feedback_siemens;
  if (lost == 0.0) return {.gain = opamp.gain};
  require(lost < opamp.gain, "MVM circuit: output resistance {} ohm leaves an amplifier of gain {} no gain",
          output_ohm, opamp.gain);
  const double offset_gain = 1.0 / (1.0 - lost / opamp.gain);
  return {.gain = opamp.gain / ((1.0 + lost) * offset_gain), .offset_gain = offset_gain};
}

double integer_read_feedback_siemens(double step_siemens, double v_read_volt, double lsb_volt) {
  require(step_siemens > 0.0 && v_read_volt > 0.0 && lsb_volt > 0.0,
          "MVM circuit: level step {} S, read voltage {} V and ADC step {} V must be positive", step_siemens,
          v_read_volt, lsb_volt);
  return step_siemens * v_read_volt / lsb_volt;
}

}  // namespace mho::circuit
