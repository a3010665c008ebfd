// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The open loop that multiplies: rows are driven, each column ends in the virtual ground of a transimpedance
// amplifier with feedback conductance G_f; rows of the negative array get the inverted voltage.
//
//     column c     Σ_r T_cr v_r − (Y s)_c + G_f (v − s)_c = 0,   s = V_os − v/A0
//     at rest      [ G_f + (Y + G_f)/A0 ] v = −T v_r + (Y + G_f) V_os
//     with ideal lines Y = diag(S), S_c = Σ_r (G⁺ + G⁻)_rc: noise gain a_c = 1 + S_c/G_f and
//     v_c = [ −Σ_r (G⁺ − G⁻)_rc v_r / G_f + a_c V_os ] / (1 + a_c/A0)
//     with an output resistance r_o the amplifier sees its load: v + r_o G_f (v − s) takes the place of v in
//     s slowest pole f_T · G_f/(G_f + largest eigenvalue of Y), so settling grows with the column sum
//
// (facts.md §3; D.) Rows at 0 V are grounded, never floating: they carry no signal and still load the
// amplifier. The values are those at rest; what is left of the transient after the settling time is not
// added. Not modelled: read noise of the cells.
#pragma once

#include <Eigen/Core>

#include <optional>

#include "models/circuit/column_batch.hpp"
#include "models/circuit/network.hpp"
#include "models/circuit/opamp.hpp"
#include "models/device/differential_pair.hpp"

namespace mho::circuit {

struct [[nodiscard]] MvmResult {
  Eigen::MatrixXd v_out;          ///< [cols x reads, volt], clipped to ± V_sat
  std::uint64_t n_saturated = 0;  ///< outputs that were clipped
  /// Powers summed over the reads: times the duration of *one* read = energy of all reads. cells_watt is
  /// Σ (G⁺ + G⁻)·V², delivered by the row drivers, not by the amplifiers.
  SupplyPower power_sum;
};

class MvmCircuit {
 public:
  /// @param pair          [rows x cols] programmed conductances: rows are driven, columns are read
  /// @param offsets_volt  [cols] input offsets of the amplifiers (draw_offsets()), or empty for none
  /// @throws InputError   sizes differ, a parameter out of range, a conductance negative or not finite
  MvmCircuit(const device::DifferentialPair& pair, const OpampParams& opamp,
             const Eigen::VectorXd& offsets_volt);
  /// The same from a reduced network, for lines that are not ideal.
  /// @param output_ohm    of the amplifiers, >= 0; counts at rest only (mvm_loop.hpp: in time)
  MvmCircuit(MvmNetwork network, const OpampParams& opamp, const Eigen::VectorXd& offsets_volt,
             double output_ohm = 0.0);

  Eigen::Index rows() const { return network_.drive_siemens.size(); }
  Eigen::Index cols() const { return network_.transfer_siemens.rows(); }

  /// What one feedback conductance makes of the loop of this circuit, for all evaluations with it; made by
  /// feedback().
  struct Feedback {
    double siemens = 0.0;
    // Ideal lines: v = scale · (currents into the nodes) + shift. Others: loop · v = shift − (currents into
    // the nodes).
    Eigen::ArrayXd scale;                       ///< [cols, ohm] empty for lines that are not ideal
    Eigen::ArrayXd shift;                       ///< [cols, volt], for lines that are not ideal ampere
    std::optional<BatchCholesky> loop_siemens;  ///< [cols x cols] none for ideal lines
  };
  /// @throws InputError  g_feedback_siemens <= 0
  /// Cost: with resistive lines a Cholesky factorisation [cols x cols].
  Feedback feedback(double g_feedback_siemens) const;

  /// Outputs for a batch of reads, one per column of `v_rows` [rows x reads, volt]. Const and thread-safe.
  /// @param noise_ampere  [cols x reads] what the noise of each read adds to the currents into the summing
  /// nodes;
  ///                      empty: none
  /// @throws InputError  a size differs
  /// Cost: one matrix product; with resistive lines as much again.
  MvmResult evaluate(const Eigen::Ref<const Eigen::MatrixXd>& v_rows, const Feedback& feedback,
                     const Eigen::MatrixXd& noise_ampere = {}) const;
  /// The same with feedback(g_feedback_siemens).
  MvmResult evaluate(const Eigen::Ref<const Eigen::MatrixXd>& v_rows, double g_feedback_siemens,
                     const Eigen::MatrixXd& noise_ampere = {}) const;

  /// Time constant of each column [cols, second], what lines couple among columns left out.
  Eigen::VectorXd time_constants_s(double g_feedback_siemens) const;

  /// Time until the slowest column is within ε of a step from rest to `step_volt` [second].
  double settling_time_s(double epsilon, double g_feedback_siemens, double step_volt = 0.0) const;

 private:
  OpampParams opamp_;
  MvmNetwork network_;
  Eigen::VectorXd offsets_volt_;
  double output_ohm_ = 0.0;
  bool has_diagonal_self_ = true;  // ideal lines
  double largest_self_siemens_ = 0.0;
};

/// What an output resistance r_o makes of an amplifier whose only load is its feedback G_f:
///     s = offset_gain·V_os − v/gain
struct LoadedAmplifier {
  double gain = 0.0;
  double offset_gain = 1.0;
};
/// Throws InputError if r_o·G_f reaches the gain A0.
LoadedAmplifier loaded_amplifier(const OpampParams& opamp, double output_ohm, double g_feedback_siemens);

/// Feedback conductance at which one level step driven by `v_read_volt` moves the output by one ADC step:
/// an integer read. step_siemens · v_read / lsb.
double integer_read_feedback_siemens(double step_siemens, double v_read_volt, double lsb_volt);

}  // namespace mho::circuit
