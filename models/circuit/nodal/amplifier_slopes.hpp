// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The functions of amplifier.hpp that an integrator calls for every amplifier of every slope: inline, so that
// a caller pays for the value only where it reads no derivative, and with the rates worked out before.
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include "models/circuit/nodal/amplifier.hpp"

namespace mho::circuit {

struct AmplifierRates {
  double omega = 0.0;  ///< unity_gain_rad_per_s()
  double leak = 0.0;   ///< leak_rad_per_s()
};
inline AmplifierRates rates_of(const AmplifierModel& amplifier) {
  const double omega = 2.0 * std::numbers::pi * amplifier.gbw_hz;
  return {.omega = omega, .leak = omega / amplifier.gain};
}

/// True if output_voltage() is y.
inline bool follows_its_state(const AmplifierModel& amplifier) {
  return !amplifier.is_clamped && !(amplifier.winds_up && amplifier.v_sat_volt != AmplifierModel::kNone);
}

/// output_voltage()
inline Slope output_of(const AmplifierModel& amplifier, double y) {
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

/// input_slope()
inline Slope input_slope(const AmplifierModel& amplifier, const AmplifierRates& rates, double e) {
  const double slew = amplifier.slew_rate_volt_per_s;
  if (slew == AmplifierModel::kNone) return {.value = rates.omega * e, .derivative = rates.omega};
  const double ratio = std::tanh(rates.omega * e / slew);
  return {.value = slew * ratio, .derivative = rates.omega * (1.0 - ratio) * (1.0 + ratio)};
}

/// artanh up to `largest_ratio` of either sign and straight from there on: it has no values beyond 1, to
/// where a step of an integrator may reach.
inline Slope extended_atanh(double ratio, double largest_ratio) {
  const double at = std::clamp(ratio, -largest_ratio, largest_ratio);
  const double slope = 1.0 / ((1.0 - at) * (1.0 + at));
  return {.value = std::atanh(at) + slope * (ratio - at), .derivative = slope};
}

/// What keeps the state of an integrator that does not wind up within ± V_sat [volt], and its derivative.
inline Slope held_back(const AmplifierModel& amplifier, double x) {
  const double v_sat = amplifier.v_sat_volt;
  if (v_sat == AmplifierModel::kNone) return {.value = x, .derivative = 1.0};
  const Slope held = extended_atanh(x / v_sat, 1.0 - 1e-12);
  return {.value = v_sat * held.value, .derivative = held.derivative};
}

/// state_slope()
inline StateSlope state_slope(const AmplifierModel& amplifier, const AmplifierRates& rates, double e,
                              double x) {
  const double omega = rates.omega, leak = rates.leak;
  if (amplifier.winds_up) {
    const Slope input = input_slope(amplifier, rates, e);
    return {.value = input.value - leak * x, .by_input = input.derivative, .by_state = -leak};
  }
  const double slew = amplifier.slew_rate_volt_per_s;
  const Slope held = held_back(amplifier, x);
  const double wanted = omega * e - leak * held.value;
  if (slew == AmplifierModel::kNone)
    return {.value = wanted, .by_input = omega, .by_state = -leak * held.derivative};
  const double ratio = std::tanh(wanted / slew), share = (1.0 - ratio) * (1.0 + ratio);
  return {.value = slew * ratio, .by_input = omega * share, .by_state = -leak * held.derivative * share};
}

}  // namespace mho::circuit
