// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/linear_transient.hpp"

#include <cmath>
#include <unsupported/Eigen/MatrixFunctions>
#include <utility>
#include <vector>

#include "models/base/error.hpp"
#include "models/circuit/nodal/operating_point.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// Stretches that differ by less are one: their ends are rounded to about this.
constexpr double kSameStretch = 1e-11;

/// d/dt [w; r; c] = [A b 0; 0 0 1; 0 0 0] [w; r; c]: r is the level of the ramp, c its slope.
class RampPropagator {
 public:
  RampPropagator(const MatrixXd& a, const VectorXd& b) {
    const Index n = a.rows();
    generator_ = MatrixXd::Zero(n + 2, n + 2);
    generator_.topLeftCorner(n, n) = a;
    generator_.block(0, n, n, 1) = b;
  }

  /// The state after h seconds. With time in units of h the entries stay comparable.
  void advance(VectorXd& w, double& level, double slope_per_s, double h) {
    const Index n = w.size();
    VectorXd augmented(n + 2);
    augmented << w, level, slope_per_s * h;
    augmented = propagator(h) * augmented;
    w = augmented.head(n);
    level += slope_per_s * h;
  }

 private:
  const MatrixXd& propagator(double h) {
    for (const auto& [length, matrix] : cache_)
      if (std::abs(length - h) <= kSameStretch * h) return matrix;
    MatrixXd scaled = generator_ * h;
    scaled(scaled.rows() - 2, scaled.cols() - 1) = 1.0;
    if (cache_.size() == kMaxCached) cache_.erase(cache_.begin());
    return cache_.emplace_back(h, scaled.exp()).second;
  }

  static constexpr std::size_t kMaxCached = 16;
  MatrixXd generator_;
  std::vector<std::pair<double, MatrixXd>> cache_;
};

}  // namespace

Waveform linear_transient(const AmplifierCircuit& circuit, const Stimulus& stimulus,
                          const VectorXd& times_s) {
  require(circuit.is_linear(), "linear transient: an amplifier saturates, slews or clamps");
  require(stimulus.q.size() == circuit.n_inputs(), "linear transient: {} input values for {} inputs",
          stimulus.q.size(), circuit.n_inputs());
  require(stimulus.start.size() == 0 || stimulus.start.size() == circuit.n_states(),
          "linear transient: {} start values for {} states", stimulus.start.size(), circuit.n_states());
  Waveform waveform;
  const VectorXd none = VectorXd::Zero(circuit.n_inputs());
  const RestPoint rest = rest_point(circuit, none);
  if (rest.status != RestStatus::kOk) {
    waveform.status = WaveformStatus::kSingular;
    return waveform;
  }
  const MatrixXd a = circuit.jacobian(rest.state, none);
  const VectorXd b = circuit.slope(rest.state, stimulus.q) - circuit.slope(rest.state, none);
  RampPropagator propagator(a, b);

  const Index n_times = times_s.size(), n = circuit.n_states();
  waveform.times_s = times_s;
  waveform.states.resize(n_times, n);
  waveform.slopes.resize(n_times, n);
  VectorXd w = VectorXd::Zero(n);
  if (stimulus.start.size() > 0) w = stimulus.start - rest.state;
  double time = 0.0, level = stimulus.t_rise_s > 0.0 ? 0.0 : 1.0;
  const auto go_to = [&](double end) {
    if (!(end > time)) return;
    const bool rises = time < stimulus.t_rise_s;
    propagator.advance(w, level, rises ? 1.0 / stimulus.t_rise_s : 0.0, end - time);
    time = end;
    if (time >= stimulus.t_rise_s) level = 1.0;
    ++waveform.n_steps;
  };
  for (Index i = 0; i < n_times; ++i) {
    require(times_s[i] >= time, "linear transient: times are not ascending");
    if (time < stimulus.t_rise_s && times_s[i] > stimulus.t_rise_s) go_to(stimulus.t_rise_s);
    go_to(times_s[i]);
    if (!w.allFinite()) {
      waveform = Waveform();
      waveform.status = WaveformStatus::kUnstable;
      return waveform;
    }
    waveform.states.row(i) = (rest.state + w).transpose();
    waveform.slopes.row(i) = (a * w + b * level).transpose();
  }
  waveform.status = WaveformStatus::kOk;
  return waveform;
}

}  // namespace mho::circuit
