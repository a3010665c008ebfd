// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/operating_point.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr double kSingularReciprocalCondition = 4.0 * std::numeric_limits<double>::epsilon();
constexpr int kMaxIterations = 1000;
// Outputs that move less than this, relative to the largest, no longer move in double precision.
constexpr double kOutputTolerance = 1e-14;
// Steps of the continuation times the fastest unity-gain frequency: shorter ones follow nothing.
constexpr double kShortestStep = 1e-3;

const AmplifierModel& amplifier(const AmplifierCircuit& circuit, Index k) {
  return circuit.amplifiers[static_cast<std::size_t>(k)];
}

RestPoint linear_rest(const AmplifierCircuit& circuit, const VectorXd& q) {
  RestPoint point;
  const Index m = circuit.n_amplifiers();
  MatrixXd loop = -circuit.rest_e_v;
  for (Index k = 0; k < m; ++k) loop(k, k) += 1.0 / amplifier(circuit, k).gain;
  VectorXd v(m);
  if (m > 0) {
    const Eigen::PartialPivLU<MatrixXd> lu(loop);
    if (!(lu.rcond() > kSingularReciprocalCondition)) {
      point.status = RestStatus::kSingular;
      return point;
    }
    v = lu.solve(circuit.rest_e_q * q + circuit.offset_volt);
  }
  point.status = RestStatus::kOk;
  point.state = circuit.state_at_rest(v, q);
  point.node_volt = circuit.nodes(point.state, q);
  return point;
}

/// How far the amplifiers are from rest with the network at rest, and all that its derivative by x needs:
///     f = 2π f_T·(e − input that holds x)
/// Without slew limits that is dx/dt. With them it has the sign of dx/dt and the same zeros, but not the kink
/// of an input stage at its limit, beside which only steps shorter than the time to cross it would do.
class RestEquations {
 public:
  RestEquations(const TangentAtRest& tangent, const std::vector<AmplifierModel>& amplifiers)
      : tangent_at_(tangent), amplifiers_(amplifiers) {}

  /// f and its Jacobian by x at x. False: the network has no voltages there; nothing changes.
  bool evaluate(const VectorXd& x, VectorXd& f, MatrixXd& jacobian) {
    const auto m = static_cast<Index>(amplifiers_.size());
    VectorXd v(m), dv(m);
    for (Index k = 0; k < m; ++k) {
      const Slope out = output_voltage(amplifier(k), x[k]);
      v[k] = out.value;
      dv[k] = out.derivative;
    }
    Tangent tangent = tangent_at_(v);
    if (tangent.circuit == nullptr) return false;
    tangent_ = std::move(tangent);
    const AmplifierCircuit& circuit = *tangent_.circuit;
    const VectorXd e = circuit.rest_e_v * v + circuit.rest_e_q * tangent_.q + circuit.offset_volt;
    for (Index k = 0; k < m; ++k) {
      const Slope held = input_that_holds(amplifier(k), x[k]);
      const double omega = unity_gain_rad_per_s(amplifier(k));
      f[k] = omega * (e[k] - held.value);
      jacobian.row(k) = omega * circuit.rest_e_v.row(k).cwiseProduct(dv.transpose());
      jacobian(k, k) -= omega * held.derivative;
    }
    return true;
  }

  /// At the x evaluated last.
  const Tangent& tangent() const { return tangent_; }

  double largest_output(const VectorXd& x) const {
    double largest = 0.0;
    for (Index k = 0; k < x.size(); ++k)
      largest = std::max(largest, std::abs(output_voltage(amplifier(k), x[k]).value));
    return largest;
  }

  double largest_change(const VectorXd& from, const VectorXd& to) const {
    double largest = 0.0;
    for (Index k = 0; k < from.size(); ++k) {
      const AmplifierModel& a = amplifier(k);
      largest =
          std::max(largest, std::abs(output_voltage(a, to[k]).value - output_voltage(a, from[k]).value));
    }
    return largest;
  }

 private:
  const AmplifierModel& amplifier(Index k) const { return amplifiers_[static_cast<std::size_t>(k)]; }

  const TangentAtRest& tangent_at_;
  const std::vector<AmplifierModel>& amplifiers_;
  Tangent tangent_;
};

}  // namespace

RestPoint rest_point(const TangentAtRest& tangent, const std::vector<AmplifierModel>& amplifiers,
                     const VectorXd& start) {
  const auto m = static_cast<Index>(amplifiers.size());
  require(start.size() == 0 || start.size() == m, "circuit: {} start values for {} amplifiers", start.size(),
          m);
  double omega = 0.0;
  for (const AmplifierModel& a : amplifiers) omega = std::max(omega, unity_gain_rad_per_s(a));

  RestEquations equations(tangent, amplifiers);
  RestPoint point;
  point.status = RestStatus::kNotConverged;
  VectorXd x = start.size() == 0 ? VectorXd::Zero(m) : start;
  VectorXd f(m);
  MatrixXd jacobian(m, m);
  if (!equations.evaluate(x, f, jacobian)) return point;
  double step_s = 1.0 / omega;
  for (point.iterations = 1; point.iterations <= kMaxIterations; ++point.iterations) {
    MatrixXd shifted = -jacobian;
    shifted.diagonal().array() += 1.0 / step_s;
    const VectorXd next = x + shifted.partialPivLu().solve(f);
    if (!next.allFinite()) break;
    if (!equations.evaluate(next, f, jacobian)) {
      step_s *= 0.25;
      if (step_s * omega < kShortestStep) break;
      continue;
    }
    const double change = equations.largest_change(x, next);
    const double scale = equations.largest_output(next);
    x = next;
    point.largest_step = change;
    // A short step moves little anywhere: only a long one that moves nothing is an equilibrium.
    const bool is_newton = step_s * omega > 1e12;
    if (is_newton && change <= kOutputTolerance * std::max(scale, 1e-12)) {
      const Tangent& there = equations.tangent();
      point.status = RestStatus::kOk;
      point.state = there.circuit->state_at_rest(x, there.q);
      point.node_volt = there.circuit->nodes(point.state, there.q);
      return point;
    }
    // Outputs that swing call for time accuracy; quiet ones for haste.
    const double relative = change / std::max(scale, 1e-9);
    step_s *= relative > 0.5 ? 0.5 : (relative > 0.1 ? 1.2 : 3.0);
    step_s = std::clamp(step_s, kShortestStep / omega, 1e15 / omega);
  }
  return point;
}

RestPoint rest_point(const AmplifierCircuit& circuit, const VectorXd& q, const VectorXd& start) {
  require(q.size() == circuit.n_inputs(), "circuit: {} input values for {} inputs", q.size(),
          circuit.n_inputs());
  require(q.allFinite(), "circuit: an input is not finite");
  require(start.size() == 0 || start.size() == circuit.n_amplifiers(),
          "circuit: {} start values for {} amplifiers", start.size(), circuit.n_amplifiers());
  if (circuit.is_linear()) return linear_rest(circuit, q);
  const auto same_everywhere = [&](const VectorXd&) { return Tangent{.circuit = &circuit, .q = q}; };
  return rest_point(same_everywhere, circuit.amplifiers, start);
}

bool Stability::is_stable() const {
  if (!is_computed) return false;
  if (rad_per_s.size() == 0) return true;
  const double rounding = 1e-14 * rad_per_s.cwiseAbs().maxCoeff();
  return critical.real() < -rounding;
}

double Stability::settling_time_s(double epsilon) const {
  require(epsilon > 0.0 && epsilon < 1.0, "circuit: settling epsilon is {}; choose a value in (0, 1)",
          epsilon);
  if (!is_stable()) return std::numeric_limits<double>::infinity();
  return rad_per_s.size() == 0 ? 0.0 : std::log(1.0 / epsilon) / -critical.real();
}

Stability stability(const AmplifierCircuit& circuit, const VectorXd& z, const VectorXd& q) {
  Stability result;
  if (circuit.n_states() == 0) {
    result.is_computed = true;
    return result;
  }
  const Eigen::EigenSolver<MatrixXd> solver(circuit.jacobian(z, q), /*computeEigenvectors=*/false);
  if (solver.info() != Eigen::Success) return result;
  result.is_computed = true;
  result.rad_per_s = solver.eigenvalues();
  Index worst = 0;
  result.rad_per_s.real().maxCoeff(&worst);
  result.critical = result.rad_per_s[worst];
  return result;
}

VectorXd critical_mode(const AmplifierCircuit& circuit, const Stability& stability) {
  VectorXd z = VectorXd::Zero(circuit.n_states());
  const VectorXd q = VectorXd::Zero(circuit.n_inputs());
  const Eigen::EigenSolver<MatrixXd> solver(circuit.jacobian(z, q));
  if (solver.info() != Eigen::Success) return z;
  Index at = 0;
  (solver.eigenvalues().array() - stability.critical).abs().minCoeff(&at);
  const VectorXd mode = solver.eigenvectors().col(at).real();
  const double largest = mode.cwiseAbs().maxCoeff();
  return largest > 0.0 ? VectorXd(mode / largest) : mode;
}

}  // namespace mho::circuit
