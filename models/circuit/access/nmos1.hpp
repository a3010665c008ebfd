// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The access transistor of a cell: a level-1 (Shichman–Hodges) NMOS whose bulk is at 0 V.
//
//     β = kp·W/L,  v_th = vto + γ(√(φ + v_s) − √φ)   [below v_s = 0: √φ − |v_s|/(2√φ), not below 0, as SPICE]
//     v_gs <= v_th:           i = 0
//     v_ds <= v_gs − v_th:    i = β (1 + λ v_ds) (v_gs − v_th − v_ds/2) v_ds
//     otherwise:              i = β (1 + λ v_ds) (v_gs − v_th)²/2
//
// Drain is the terminal with the higher voltage. Not modelled: junctions to the bulk, capacitances, weak
// inversion.
#pragma once

namespace mho::circuit {

struct Nmos1Params {
  double width_metre = 1e-6;            ///< W > 0 (A)
  double length_metre = 0.1e-6;         ///< L > 0 (A)
  double vto_volt = 0.4;                ///< threshold at v_s = 0 (A)
  double kp_ampere_per_volt2 = 200e-6;  ///< > 0 (A)
  double lambda_per_volt = 0.0;         ///< channel length modulation, >= 0
  double gamma_sqrt_volt = 0.0;         ///< body effect, >= 0
  double phi_volt = 0.6;                ///< surface potential, > 0 (SPICE default)
  double v_gate_volt = 1.1;             ///< of the selected word line
  bool is_at_row = true;                ///< between row line and cell; false: between cell and column line
};

/// Throws InputError if a field is out of the range stated above or not finite.
void validate(const Nmos1Params& params);

/// A current and its derivatives by the voltages of its two terminals.
struct BranchCurrent {
  double ampere = 0.0;
  double by_first_siemens = 0.0;
  double by_second_siemens = 0.0;
};

/// Channel current from terminal a to terminal b.
BranchCurrent channel_current(const Nmos1Params& params, double v_a, double v_b);

}  // namespace mho::circuit
