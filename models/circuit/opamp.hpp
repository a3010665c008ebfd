// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The operational amplifier of the array macros: one pole, finite gain, input offset, output saturation, slew
// limit, and what it draws from the supply.
// Not modelled here: a second pole, input capacitance, output resistance (loop_effects.hpp). Nowhere: input
// bias current, flicker noise.
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include "models/base/random.hpp"

namespace mho::circuit {

/// Nothing was published for the amplifiers of the chip: every default is our assumption (A) unless stated.
struct OpampParams {
  /// DC gain A0, > 1; infinity is allowed and means an ideal amplifier (A).
  double gain = 1e5;
  /// Gain-bandwidth product f_T [Hz], > 0. 500 MHz: that of the OPA690 of the published transient runs (S).
  double gbw_hz = 500e6;
  /// Outputs are limited to ± this [volt], > 0, around mid-supply: 1.1 V supply less 50 mV at each rail (A).
  double v_sat_volt = 0.5;
  /// Slew rate [V/s], > 0: tail current over load, 2·(2π f_T)/(gm/ID), at the defaults (D).
  double slew_rate_volt_per_s = 4.19e8;
  /// Standard deviation of the input offset after auto-zeroing [volt], >= 0 (A).
  double offset_sigma_volt = 10e-6;
  /// White input noise, one-sided density [volt/√hertz], >= 0; 0 = none (A). amplifier_noise.hpp says what it
  /// leaves on the outputs.
  double noise_volt_per_sqrt_hz = 0.0;
  /// Supply [volt], > 0: 40 nm core (components.md).
  double supply_volt = 1.1;
  /// Load of the compensation [farad], > 0 (components.md, derived default).
  double load_farad = 0.2e-12;
  /// Transconductance efficiency gm/ID [1/V], > 0 (components.md).
  double gm_over_id_per_volt = 15.0;
  /// Branches: two of the input pair, bias and second stage count as one each, > 0 (components.md, k).
  double branches = 4.0;
};

/// Throws InputError if a field is out of the range stated above.
void validate(const OpampParams& opamp);

/// Supply power of one idle amplifier [watt]: VDD · k · 2π·GBW·C_L / (gm/ID); 184 µW at the defaults.
/// The load adds VDD · |I_load| (see SupplyPower). Source: components.md (derived, single-pole OTA).
double bias_power_watt(const OpampParams& opamp);

/// Input offsets of `count` amplifiers [volt] of block `unit`: offset_sigma_volt · N(0,1), fixed for its
/// life.
Eigen::VectorXd draw_offsets(const OpampParams& opamp, Eigen::Index count, const Random& random,
                             std::uint32_t unit);

/// Power of an analogue block while an operation lasts. Multiply with the duration for the energy.
struct SupplyPower {
  double bias_watt = 0.0;   ///< all amplifiers, idle
  double load_watt = 0.0;   ///< VDD · Σ |load currents| out of the amplifiers
  double cells_watt = 0.0;  ///< Σ G·V² in the cells. If amplifiers drive them it is a part of load_watt.
};

/// Settling of a step of `step_volt` through one pole of time constant `tau_s` under a slew limit, which
/// bends as tanh: dv/dt = SR·tanh((step − v)/(SR·τ)), so that u = (step − v)/(SR·τ) obeys sinh u = sinh
/// u₀·e^(−t/τ):
///     t = τ·ln(sinh u₀ / sinh(ε·u₀)),   u₀ = |step|/(SR·τ)
/// τ·ln(1/ε) for small steps. At least (1 − ε)·|step|/SR.
double settling_with_slew_s(const OpampParams& opamp, double tau_s, double step_volt, double epsilon);

/// What is left of a distance `error_volt` (of either sign) to the rest after `duration_s` >= 0, by the same
/// law [volt].
double remaining_with_slew_volt(const OpampParams& opamp, double tau_s, double error_volt, double duration_s);

}  // namespace mho::circuit
