// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Current through a cell that is not ohmic:
//     I = g · v0 · sinh(v/v0),   dI/dv = g · cosh(v/v0)
// g is the conductance at v → 0. The curve is odd and convex for v > 0: a cell conducts better at a higher
// voltage. One v0 for all states.
//
// Beyond |v| = kMaxRatio · v0 both continue as the tangent, so that an iteration that starts far off stays
// finite.
#pragma once

namespace mho::device {

/// v/v0 up to which the curve is a sinh.
inline constexpr double kMaxRatio = 30.0;

struct IvParams {
  /// Voltage scale of the non-linearity [volt], >= 1 mV; 0 = ohmic. At 0.2 V, 1 V makes a cell conduct 0.67 %
  /// better than at 0 V, 0.5 V 2.7 % (D). No figure published for the chip's cells, so ohmic (A).
  double v0_volt = 0.0;
};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const IvParams& iv);

struct IvPoint {
  double current_ampere;
  double slope_siemens;  ///< dI/dv, for Newton's method
};

/// Current and slope of a cell of small-signal conductance `g_siemens` at `volt` across it. Not checked: the
/// parameters are valid, the arguments finite.
IvPoint iv_point(const IvParams& iv, double g_siemens, double volt);

/// I/(g·v) = sinh(v/v0)/(v/v0): how much better the cell conducts at `volt` than at 0 V. 1 if ohmic.
double conduction_gain(const IvParams& iv, double volt);

/// Small-signal conductance of a cell that was verified to conduct as `g_read_siemens` at `v_read_volt`: what
/// iv_point() takes, for cells that were written by write-verify at that voltage.
double small_signal_siemens(const IvParams& iv, double g_read_siemens, double v_read_volt);

}  // namespace mho::device
