// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/nonlinear_transient.hpp"

// The headers of the steppers do not include what they use; this one has to come first.
#include <boost/numeric/odeint/util/unwrap_reference.hpp>

#include <boost/numeric/odeint/stepper/generation/generation_dense_output_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation/generation_runge_kutta_dopri5.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

#include "models/base/error.hpp"
#include "models/circuit/nodal/amplifier_motion.hpp"
#include "models/circuit/nodal/operating_point.hpp"
#include "models/circuit/nodal/rosenbrock.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

// States below this count absolutely: the natural scale of the voltages.
constexpr double kVoltScale = 0.1;

/// A stretch of time in which the inputs are q·(level + rate·t): what follows it does not reach in.
struct Stretch {
  double begin_s, end_s;
  double level, rate_per_s;
  Index first_sample, end_sample;
};

/// Of the Jacobian, in the ∞-norm [1/s].
double largest_rate(const CircuitMotion& motion, const VectorXd& z, const VectorXd& q) {
  MatrixXd jacobian;
  motion.jacobian(z, q, jacobian);
  return jacobian.cwiseAbs().rowwise().sum().maxCoeff();
}

class Integration {
 public:
  Integration(const CircuitMotion& motion, const Stimulus& stimulus, const VectorXd& times_s,
              const IntegratorParams& params, Waveform& waveform)
      : motion_(motion), stimulus_(stimulus), times_s_(times_s), params_(params), waveform_(waveform) {}

  /// Integrates z over a stretch and stores its samples. False: the status says why not.
  bool run(const Stretch& stretch, VectorXd& z, bool is_explicit) {
    if (!(stretch.end_s > stretch.begin_s)) return true;
    return is_explicit ? run_explicit(stretch, z) : run_rosenbrock(stretch, z);
  }

 private:
  /// Until the next call.
  const VectorXd& inputs(const Stretch& stretch, double t) {
    inputs_ = stimulus_.q * (stretch.level + stretch.rate_per_s * t);
    return inputs_;
  }

  void store(const Stretch& stretch, Index i, const VectorXd& z) {
    motion_.slope(z, inputs(stretch, times_s_[i]), slope_);
    waveform_.states.row(i) = z.transpose();
    waveform_.slopes.row(i) = slope_.transpose();
  }

  bool stop(WaveformStatus status) {
    waveform_.status = status;
    return false;
  }

  bool run_explicit(const Stretch& stretch, VectorXd& z) {
    using State = std::vector<double>;
    const Index n = z.size();
    const auto slope = [&](const State& y, State& dy, double t) {
      state_ = Eigen::Map<const VectorXd>(y.data(), n);
      motion_.slope(state_, inputs(stretch, t), slope_);
      std::copy(slope_.begin(), slope_.end(), dy.begin());
    };
    auto stepper =
        boost::numeric::odeint::make_dense_output(params_.tolerance * kVoltScale, params_.tolerance,
                                                  boost::numeric::odeint::runge_kutta_dopri5<State>());
    State y(z.begin(), z.end());
    stepper.initialize(y, stretch.begin_s, first_step(stretch, z));
    Index next = stretch.first_sample;
    double reached = stretch.begin_s;
    while (reached < stretch.end_s) {
      if (++waveform_.n_steps > params_.max_steps) return stop(WaveformStatus::kTooManySteps);
      reached = stepper.do_step(slope).second;
      const State& end = stepper.current_state();
      if (!std::ranges::all_of(end, [](double v) { return std::isfinite(v); }))
        return stop(WaveformStatus::kUnstable);
      for (; next < stretch.end_sample && times_s_[next] <= reached; ++next) {
        stepper.calc_state(times_s_[next], y);
        store(stretch, next, Eigen::Map<const VectorXd>(y.data(), n));
      }
    }
    stepper.calc_state(stretch.end_s, y);
    z = Eigen::Map<const VectorXd>(y.data(), n);
    return true;
  }

  bool run_rosenbrock(const Stretch& stretch, VectorXd& z) {
    const VectorXd input_rate = stimulus_.q * stretch.rate_per_s;
    const StiffSystem system{
        .slope = [&](double t, const VectorXd& y,
                     VectorXd& slope) { motion_.slope(y, inputs(stretch, t), slope); },
        .jacobian = [&](double t, const VectorXd& y,
                        MatrixXd& jacobian) { motion_.jacobian(y, inputs(stretch, t), jacobian); },
        .time_slope =
            [&](double t, const VectorXd& y, VectorXd& change) {
              motion_.slope_by_inputs(y, inputs(stretch, t), input_rate, change);
            }};
    RosenbrockStep step;
    Index next = stretch.first_sample;
    double t = stretch.begin_s, h = first_step(stretch, z);
    if (!std::isfinite(h)) return stop(WaveformStatus::kTooManySteps);
    while (t < stretch.end_s) {
      if (++waveform_.n_steps > params_.max_steps) return stop(WaveformStatus::kTooManySteps);
      h = std::min(h, stretch.end_s - t);
      if (t + h == t) return stop(WaveformStatus::kTooManySteps);
      step.compute(system, t, z, h);
      const double error = relative_error(step, z);
      if (!std::isfinite(error)) {
        h *= 0.1;
        continue;
      }
      const double factor = std::clamp(0.9 * std::pow(std::max(error, 1e-10), -0.25), 0.2, 5.0);
      if (error > 1.0) {
        h *= factor;
        continue;
      }
      // The last step ends exactly there.
      const bool is_last = t + h >= stretch.end_s * (1.0 - 1e-15);
      const double end = is_last ? stretch.end_s : t + h;
      for (; next < stretch.end_sample && times_s_[next] <= end; ++next)
        store(stretch, next, step.at((times_s_[next] - t) / h));
      z = step.end();
      t = end;
      h *= factor;
    }
    return true;
  }

  double relative_error(const RosenbrockStep& step, const VectorXd& from) const {
    const Eigen::ArrayXd scale = kVoltScale + from.array().abs().max(step.end().array().abs());
    return std::sqrt((step.error().array() / scale).square().mean()) / params_.tolerance;
  }

  /// Short against the fastest motion that there is at the start.
  double first_step(const Stretch& stretch, const VectorXd& z) {
    const double rate = largest_rate(motion_, z, inputs(stretch, stretch.begin_s));
    return std::min(stretch.end_s - stretch.begin_s, 0.01 / std::max(rate, 1e-3));
  }

  const CircuitMotion& motion_;
  const Stimulus& stimulus_;
  const VectorXd& times_s_;
  const IntegratorParams& params_;
  Waveform& waveform_;
  VectorXd inputs_, state_, slope_;  ///< scratch
};

/// Whether stability asks for few enough explicit steps. An implicit one costs its factorisation.
bool explicit_is_cheaper(const CircuitMotion& motion, const VectorXd& z, const VectorXd& q,
                         double duration_s) {
  constexpr double kStabilityLimit = 3.3;  // of Dormand–Prince on the negative real axis
  constexpr double kImplicitSteps = 60.0;  // of a typical transient at 1e-7
  const double explicit_steps = largest_rate(motion, z, q) * duration_s / kStabilityLimit;
  // Measured: 3 times the cost of an explicit step at 32 states, 8 times at 128.
  const double cost_of_implicit_step = 2.0 + static_cast<double>(z.size()) / 20.0;
  return explicit_steps < kImplicitSteps * cost_of_implicit_step;
}

void check(const VectorXd& times_s, const IntegratorParams& params) {
  require(params.tolerance >= 1e-12 && params.tolerance <= 1e-2,
          "transient: tolerance is {}; choose 1e-12 ... 1e-2", params.tolerance);
  require(times_s.size() == 0 || (times_s[0] >= 0.0 && times_s.allFinite()),
          "transient: times must be finite and not negative");
  for (Index i = 1; i < times_s.size(); ++i)
    require(times_s[i] >= times_s[i - 1], "transient: times are not ascending");
}

}  // namespace

Waveform nonlinear_transient(const CircuitMotion& motion, const Stimulus& stimulus, const VectorXd& times_s,
                             const IntegratorParams& params) {
  check(times_s, params);
  Waveform waveform;
  VectorXd z = stimulus.start;
  waveform.times_s = times_s;
  waveform.states.resize(times_s.size(), z.size());
  waveform.slopes.resize(times_s.size(), z.size());
  if (z.size() == 0) {
    waveform.status = WaveformStatus::kOk;
    return waveform;
  }
  const double end_s = times_s.size() > 0 ? times_s[times_s.size() - 1] : 0.0;
  const bool is_explicit = params.method == Integrator::kExplicit ||
                           (params.method == Integrator::kAutomatic &&
                            explicit_is_cheaper(motion, z, VectorXd::Zero(stimulus.q.size()), end_s));
  const double* begin = times_s.data();
  const auto n_in_ramp =
      static_cast<Index>(std::upper_bound(begin, begin + times_s.size(), stimulus.t_rise_s) - begin);
  Integration integration(motion, stimulus, times_s, params, waveform);

  const double start_level = stimulus.t_rise_s > 0.0 ? 0.0 : 1.0;
  Index first = 0;
  for (; first < times_s.size() && times_s[first] == 0.0; ++first) {
    VectorXd slope;
    motion.slope(z, stimulus.q * start_level, slope);
    waveform.states.row(first) = z.transpose();
    waveform.slopes.row(first) = slope.transpose();
  }
  if (stimulus.t_rise_s > 0.0) {
    const Stretch ramp{.begin_s = 0.0,
                       .end_s = std::min(stimulus.t_rise_s, end_s),
                       .level = 0.0,
                       .rate_per_s = 1.0 / stimulus.t_rise_s,
                       .first_sample = first,
                       .end_sample = n_in_ramp};
    if (!integration.run(ramp, z, is_explicit)) return waveform;
    first = std::max(first, n_in_ramp);
  }
  const Stretch hold{.begin_s = stimulus.t_rise_s,
                     .end_s = end_s,
                     .level = 1.0,
                     .rate_per_s = 0.0,
                     .first_sample = first,
                     .end_sample = times_s.size()};
  if (!integration.run(hold, z, is_explicit)) return waveform;
  waveform.status = WaveformStatus::kOk;
  return waveform;
}

Waveform nonlinear_transient(const AmplifierCircuit& circuit, const Stimulus& stimulus,
                             const VectorXd& times_s, const IntegratorParams& params) {
  require(stimulus.q.size() == circuit.n_inputs(), "transient: {} input values for {} inputs",
          stimulus.q.size(), circuit.n_inputs());
  require(stimulus.start.size() == 0 || stimulus.start.size() == circuit.n_states(),
          "transient: {} start values for {} states", stimulus.start.size(), circuit.n_states());
  Stimulus from_start = stimulus;
  if (stimulus.start.size() == 0) {
    const RestPoint rest = rest_point(circuit, VectorXd::Zero(circuit.n_inputs()));
    if (rest.status != RestStatus::kOk) {
      Waveform none;
      none.status = WaveformStatus::kSingular;
      return none;
    }
    from_start.start = rest.state;
  }
  AmplifierMotion equations(circuit);
  const CircuitMotion motion{
      .slope = [&](const VectorXd& z, const VectorXd& q, VectorXd& dz) { equations.slope(z, q, dz); },
      .jacobian = [&](const VectorXd& z, const VectorXd& q, MatrixXd& j) { equations.jacobian(z, q, j); },
      .slope_by_inputs = [&](const VectorXd& z, const VectorXd& q, const VectorXd& dq,
                             VectorXd& change) { equations.slope_by_inputs(z, q, dq, change); }};
  return nonlinear_transient(motion, from_start, times_s, params);
}

}  // namespace mho::circuit
