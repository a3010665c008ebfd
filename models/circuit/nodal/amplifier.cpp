// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/amplifier.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/base/error.hpp"

namespace mho::circuit {

void validate(const AmplifierModel& amplifier, const char* name) {
  const auto require_above = [name](double value, double bound, const char* field) {
    require(value > bound, "{}: {} is {}; it must be above {}", name, field, value, bound);
  };
  require_above(amplifier.gain, 1.0, "gain");
  require_above(amplifier.gbw_hz, 0.0, "gbw");
  require(std::isfinite(amplifier.gbw_hz), "{}: gbw is not finite; a loop needs a pole", name);
  require_above(amplifier.v_sat_volt, 0.0, "vsat");
  require_above(amplifier.slew_rate_volt_per_s, 0.0, "slew rate");
  require_above(amplifier.second_pole_hz, 0.0, "second pole");
  require_above(amplifier.clamp_knee_volt, 0.0, "clamp knee");
  require(amplifier.winds_up || !amplifier.is_clamped,
          "{}: a clamped output needs an integrator that winds up", name);
  require(amplifier.output_ohm >= 0.0 && std::isfinite(amplifier.output_ohm),
          "{}: output resistance is {} ohm; it must not be negative", name, amplifier.output_ohm);
  require(std::isfinite(amplifier.offset_volt), "{}: offset is not finite", name);
  require(amplifier.noise_volt_per_sqrt_hz >= 0.0 && std::isfinite(amplifier.noise_volt_per_sqrt_hz),
          "{}: noise density is {}; it must not be negative", name, amplifier.noise_volt_per_sqrt_hz);
}

Slope output_voltage(const AmplifierModel& amplifier, double y) {
  Slope out{.value = y, .derivative = 1.0};
  if (amplifier.is_clamped) {
    const double k = amplifier.clamp_knee_volt;
    const double root = std::hypot(y, 2.0 * k);
    // The second form keeps its digits where y and the root cancel.
    out.value = y > 0.0 ? 0.5 * (y + root) : 2.0 * k * k / (root - y);
    out.derivative = out.value / root;
  }
  if (amplifier.winds_up && amplifier.v_sat_volt != AmplifierModel::kNone) {
    const double ratio = std::tanh(out.value / amplifier.v_sat_volt);
    out.value = amplifier.v_sat_volt * ratio;
    out.derivative *= (1.0 - ratio) * (1.0 + ratio);
  }
  return out;
}

Slope input_slope(const AmplifierModel& amplifier, double e) {
  const double omega = unity_gain_rad_per_s(amplifier);
  if (amplifier.slew_rate_volt_per_s == AmplifierModel::kNone)
    return {.value = omega * e, .derivative = omega};
  const double ratio = std::tanh(omega * e / amplifier.slew_rate_volt_per_s);
  return {.value = amplifier.slew_rate_volt_per_s * ratio,
          .derivative = omega * (1.0 - ratio) * (1.0 + ratio)};
}

double input_at_rest(const AmplifierModel& amplifier, double v_out) {
  const double v_sat = amplifier.v_sat_volt, slew = amplifier.slew_rate_volt_per_s;
  const double x = v_sat == AmplifierModel::kNone ? v_out : v_sat * std::atanh(v_out / v_sat);
  if (slew == AmplifierModel::kNone || !amplifier.winds_up) return x / amplifier.gain;
  return slew / unity_gain_rad_per_s(amplifier) * std::atanh(leak_rad_per_s(amplifier) * x / slew);
}

double unity_gain_rad_per_s(const AmplifierModel& amplifier) {
  return 2.0 * std::numbers::pi * amplifier.gbw_hz;
}

double leak_rad_per_s(const AmplifierModel& amplifier) {
  return unity_gain_rad_per_s(amplifier) / amplifier.gain;
}

namespace {

/// artanh up to `largest_ratio` of either sign and straight from there on: it has no values beyond 1, to
/// where a step of an integrator may reach.
Slope extended_atanh(double ratio, double largest_ratio) {
  const double at = std::clamp(ratio, -largest_ratio, largest_ratio);
  const double slope = 1.0 / ((1.0 - at) * (1.0 + at));
  return {.value = std::atanh(at) + slope * (ratio - at), .derivative = slope};
}

/// What keeps the state of an integrator that does not wind up within ± V_sat [volt], and its derivative.
Slope held_back(const AmplifierModel& amplifier, double x) {
  const double v_sat = amplifier.v_sat_volt;
  if (v_sat == AmplifierModel::kNone) return {.value = x, .derivative = 1.0};
  const Slope held = extended_atanh(x / v_sat, 1.0 - 1e-12);
  return {.value = v_sat * held.value, .derivative = held.derivative};
}

}  // namespace

Slope input_that_holds(const AmplifierModel& amplifier, double x) {
  const double slew = amplifier.slew_rate_volt_per_s, leak = leak_rad_per_s(amplifier);
  if (slew == AmplifierModel::kNone || leak == 0.0)
    return {.value = x / amplifier.gain, .derivative = 1.0 / amplifier.gain};
  const Slope held = extended_atanh(leak * x / slew, 1.0 - 1e-15);
  return {.value = slew / unity_gain_rad_per_s(amplifier) * held.value,
          .derivative = held.derivative / amplifier.gain};
}

StateSlope state_slope(const AmplifierModel& amplifier, double e, double x) {
  const double leak = leak_rad_per_s(amplifier);
  if (amplifier.winds_up) {
    const Slope input = input_slope(amplifier, e);
    return {.value = input.value - leak * x, .by_input = input.derivative, .by_state = -leak};
  }
  const double omega = unity_gain_rad_per_s(amplifier), slew = amplifier.slew_rate_volt_per_s;
  const Slope held = held_back(amplifier, x);
  const double wanted = omega * e - leak * held.value;
  if (slew == AmplifierModel::kNone)
    return {.value = wanted, .by_input = omega, .by_state = -leak * held.derivative};
  const double ratio = std::tanh(wanted / slew), share = (1.0 - ratio) * (1.0 + ratio);
  return {.value = slew * ratio, .by_input = omega * share, .by_state = -leak * held.derivative * share};
}

}  // namespace mho::circuit
