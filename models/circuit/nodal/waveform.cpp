// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/waveform.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

/// Cubic through two points with their slopes, at fraction f of the interval of length h.
double hermite(double a, double slope_a, double b, double slope_b, double h, double f) {
  const double g = 1.0 - f;
  return g * g * (1.0 + 2.0 * f) * a + f * f * (3.0 - 2.0 * f) * b + h * f * g * (g * slope_a - f * slope_b);
}

}  // namespace

VectorXd inputs_at(const Stimulus& stimulus, double time_s) {
  const bool is_up = time_s >= stimulus.t_rise_s && (time_s > 0.0 || stimulus.t_rise_s > 0.0);
  if (is_up) return stimulus.q;
  return stimulus.t_rise_s > 0.0 ? VectorXd(stimulus.q * (time_s / stimulus.t_rise_s))
                                 : VectorXd::Zero(stimulus.q.size());
}

MatrixXd node_waveform(const AmplifierCircuit& circuit, const Stimulus& stimulus, const Waveform& waveform,
                       const std::vector<Index>& nodes) {
  MatrixXd values(waveform.times_s.size(), static_cast<Index>(nodes.size()));
  const MatrixXd from_u = circuit.n_u(nodes, Eigen::all), from_v = circuit.n_v(nodes, Eigen::all);
  const VectorXd from_q = circuit.n_q(nodes, Eigen::all) * stimulus.q;
  for (Index i = 0; i < values.rows(); ++i) {
    const VectorXd z = waveform.states.row(i).transpose();
    const double level = stimulus.t_rise_s > 0.0 ? std::min(waveform.times_s[i] / stimulus.t_rise_s, 1.0)
                                                 : (waveform.times_s[i] > 0.0 ? 1.0 : 0.0);
    values.row(i) =
        (from_u * z.head(circuit.n_capacitors()) + from_v * circuit.outputs(z) + level * from_q).transpose();
  }
  return values;
}

MatrixXd node_slopes(const AmplifierCircuit& circuit, const Stimulus& stimulus, const Waveform& waveform,
                     const std::vector<Index>& nodes) {
  MatrixXd values(waveform.times_s.size(), static_cast<Index>(nodes.size()));
  const MatrixXd from_u = circuit.n_u(nodes, Eigen::all), from_v = circuit.n_v(nodes, Eigen::all);
  const VectorXd from_q = circuit.n_q(nodes, Eigen::all) * stimulus.q;
  for (Index i = 0; i < values.rows(); ++i) {
    const VectorXd drive = circuit.drives(waveform.states.row(i).transpose());
    const VectorXd dz = waveform.slopes.row(i).transpose();
    VectorXd dv = circuit.drives(dz);
    for (Index k = 0; k < dv.size(); ++k)
      dv[k] *= output_voltage(circuit.amplifiers[static_cast<std::size_t>(k)], drive[k]).derivative;
    const double ramp = waveform.times_s[i] < stimulus.t_rise_s ? 1.0 / stimulus.t_rise_s : 0.0;
    values.row(i) = (from_u * dz.head(circuit.n_capacitors()) + from_v * dv + ramp * from_q).transpose();
  }
  return values;
}

double settling_time_s(const VectorXd& times_s, const MatrixXd& values, const MatrixXd& slopes,
                       const VectorXd& final_values, double epsilon) {
  require(epsilon > 0.0 && epsilon < 1.0, "settling: epsilon is {}; choose a value in (0, 1)", epsilon);
  if (final_values.size() == 0) return 0.0;
  const double band = epsilon * final_values.cwiseAbs().maxCoeff();
  const auto excess = [&](const Eigen::Ref<const VectorXd>& at) {
    return (at - final_values).cwiseAbs().maxCoeff() - band;
  };
  Index last = values.rows() - 1;
  while (last >= 0 && excess(values.row(last).transpose()) <= 0.0) --last;
  if (last < 0) return 0.0;
  if (last == values.rows() - 1) return std::numeric_limits<double>::infinity();
  const double h = times_s[last + 1] - times_s[last];
  const auto at_fraction = [&](double f) {
    VectorXd at(final_values.size());
    for (Index k = 0; k < at.size(); ++k)
      at[k] = hermite(values(last, k), slopes(last, k), values(last + 1, k), slopes(last + 1, k), h, f);
    return at;
  };
  double outside = 0.0, inside = 1.0;
  for (int i = 0; i < 50; ++i) {
    const double middle = 0.5 * (outside + inside);
    (excess(at_fraction(middle)) > 0.0 ? outside : inside) = middle;
  }
  return times_s[last] + inside * h;
}

}  // namespace mho::circuit
