// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One operational amplifier as the circuit engine sees it: a transconductance into R‖C, then what limits it.
//
//     e = v₊ − v₋ + V_os                                differential input
//     dx/dt = SR·tanh(2π f_T e / SR) − 2π (f_T/A0) x    dominant pole, slew limit (none: 2π f_T e)
//     dy/dt = 2π f_2 (x − y)                            second pole (none: y = x)
//     v_out = V_sat·tanh(c(y)/V_sat)                    soft saturation (none: c(y)), in series with r_out
//     c(y)  = (y + √(y² + 4k²))/2 if the output is clamped at 0 from below, y if not
//
// An integrator that does not wind up stops with its output: v_out = y, the leak is what keeps x in range,
// and the slew limit is one of the whole slope,
//     dx/dt = SR·tanh(2π f_T [e − V_sat·artanh(x/V_sat)/A0] / SR)
// which rests where amplifiers without slew limit do, and gets there as fast as the loop around it.
//
// Not modelled: input bias current, supply rejection, temperature. Input capacitance belongs to the node
// (CircuitBuilder::add_node), because it loads the network.
#pragma once

#include <limits>

namespace mho::circuit {

struct AmplifierModel {
  static constexpr double kNone = std::numeric_limits<double>::infinity();

  double gain = kNone;                  ///< A0 > 1; infinity: an integrator without leak
  double gbw_hz = 100e6;                ///< f_T > 0
  double v_sat_volt = kNone;            ///< > 0; infinity: no saturation
  double slew_rate_volt_per_s = kNone;  ///< > 0; infinity: no limit
  double second_pole_hz = kNone;        ///< f_2 > 0; infinity: none
  double output_ohm = 0.0;              ///< r_out >= 0
  double offset_volt = 0.0;             ///< V_os, in series with the non-inverting input
  double noise_volt_per_sqrt_hz = 0.0;  ///< one-sided white density at the input, >= 0
  bool is_clamped = false;              ///< the output does not go below 0
  bool winds_up = true;                 ///< false: as above, also without v_sat; not with a clamp
  double clamp_knee_volt = 1e-5;        ///< k > 0, half-width of the rounding of the clamp (A)

  /// True if v_out is proportional to the state and the slope is not limited.
  bool is_linear() const { return v_sat_volt == kNone && slew_rate_volt_per_s == kNone && !is_clamped; }
};

/// Throws InputError naming `name` and the field that is out of the range stated above.
void validate(const AmplifierModel& amplifier, const char* name);

/// A function value and its derivative.
struct Slope {
  double value = 0.0;
  double derivative = 0.0;
};

/// v_out(y) [volt] without load, and dv_out/dy.
Slope output_voltage(const AmplifierModel& amplifier, double y);

/// The part of dx/dt that the input causes [V/s], and its derivative by e [1/s].
Slope input_slope(const AmplifierModel& amplifier, double e);

/// The input that holds the state of an amplifier that winds up at x, and its derivative by x. States that
/// the slew limit does not let it hold, |x| >= slew·A0/(2π f_T), get the straight line of the state 1e-15
/// before.
Slope input_that_holds(const AmplifierModel& amplifier, double x);

/// dx/dt [V/s] and its derivatives [1/s].
struct StateSlope {
  double value = 0.0;
  double by_input = 0.0;  ///< by e
  double by_state = 0.0;  ///< by x
};
StateSlope state_slope(const AmplifierModel& amplifier, double e, double x);

/// The input e that holds the output of an unloaded amplifier, not clamped, at `v_out` [volt]. Not finite if
/// nothing does: beyond v_sat, or where the leak of one that winds up is more than the slew rate.
double input_at_rest(const AmplifierModel& amplifier, double v_out);

/// 2π f_T [rad/s].
double unity_gain_rad_per_s(const AmplifierModel& amplifier);
/// 2π f_T/A0 [rad/s], 0 for infinite gain.
double leak_rad_per_s(const AmplifierModel& amplifier);

}  // namespace mho::circuit
