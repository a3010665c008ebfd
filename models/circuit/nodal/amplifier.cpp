// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/amplifier.hpp"

#include <cmath>

#include "models/base/error.hpp"
#include "models/circuit/nodal/amplifier_slopes.hpp"

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
  return output_of(amplifier, y);
}

Slope input_slope(const AmplifierModel& amplifier, double e) {
  return input_slope(amplifier, rates_of(amplifier), e);
}

double input_at_rest(const AmplifierModel& amplifier, double v_out) {
  const double v_sat = amplifier.v_sat_volt, slew = amplifier.slew_rate_volt_per_s;
  const double x = v_sat == AmplifierModel::kNone ? v_out : v_sat * std::atanh(v_out / v_sat);
  if (slew == AmplifierModel::kNone || !amplifier.winds_up) return x / amplifier.gain;
  return slew / unity_gain_rad_per_s(amplifier) * std::atanh(leak_rad_per_s(amplifier) * x / slew);
}

double unity_gain_rad_per_s(const AmplifierModel& amplifier) {
  return rates_of(amplifier).omega;
}

double leak_rad_per_s(const AmplifierModel& amplifier) {
  return rates_of(amplifier).leak;
}

Slope input_that_holds(const AmplifierModel& amplifier, double x) {
  const double slew = amplifier.slew_rate_volt_per_s, leak = leak_rad_per_s(amplifier);
  if (slew == AmplifierModel::kNone || leak == 0.0)
    return {.value = x / amplifier.gain, .derivative = 1.0 / amplifier.gain};
  const Slope held = extended_atanh(leak * x / slew, 1.0 - 1e-15);
  return {.value = slew / unity_gain_rad_per_s(amplifier) * held.value,
          .derivative = held.derivative / amplifier.gain};
}

StateSlope state_slope(const AmplifierModel& amplifier, double e, double x) {
  return state_slope(amplifier, rates_of(amplifier), e, x);
}

}  // namespace mho::circuit
