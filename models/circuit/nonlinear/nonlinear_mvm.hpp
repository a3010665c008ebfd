// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The MVM circuit (mvm_circuit.hpp) with cells that are not conductances. Rows of the negative array get the
// inverted voltage.
//
//     column c    G_f (v − s)_c − C⁺_c(u, s) − C⁻_c(−u, s) = 0,   s = V_os − v/A0
//     with an output resistance as in mvm_circuit.hpp
//
// C is the current into an array at its column ports. Summing nodes hardly move, so the conductances that
// they see are taken once, without drive, and Newton's method runs with those: it converges by a factor of
// some A0 a step. The arrays converge along with it (held_array.hpp); where they do not, each step solves
// them in full (array_point.hpp).
#pragma once

#include <Eigen/Core>

#include "models/circuit/mvm_circuit.hpp"
#include "models/circuit/nonlinear/array_point.hpp"
#include "models/circuit/nonlinear/held_array.hpp"

namespace mho::circuit {

class NonlinearMvm {
 public:
  /// @param bare          [rows x cols] bare_pair()
  /// @param offsets_volt  [m] of the m <= cols amplifiers in use; other columns are held at 0 V
  /// @param output_ohm    of the amplifiers, >= 0
  /// @throws InputError   a size or parameter out of range
  NonlinearMvm(CellModel cell, device::DifferentialPair bare, const LineParams& lines,
               const OpampParams& opamp, Eigen::VectorXd offsets_volt, double output_ohm = 0.0);

  /// What summing nodes see of both arrays without drive [m x m, siemens].
  const Eigen::MatrixXd& self_siemens() const { return self_siemens_; }

  /// As MvmCircuit::evaluate(). `has_converged` is cleared if a read has no operating point that Newton's
  /// method finds.
  /// @param v_rows  [r x reads, volt] of the first r rows; the others are at 0 V
  /// Cost: per read some five rounds of both arrays; two full solutions where rounds do not converge.
  MvmResult evaluate(const Eigen::Ref<const Eigen::MatrixXd>& v_rows, double g_feedback_siemens,
                     bool& has_converged) const;

 private:
  struct Currents;
  struct Loop;
  struct Read;
  Loop loop_of(double g_feedback_siemens) const;
  /// Newton's method for one read. `currents_at` takes the voltages of the column ports.
  Read seek(const auto& currents_at, const Loop& loop) const;
  Read seek_by_rounds(const Eigen::VectorXd& rows, const Loop& loop) const;
  Read seek_in_full(const Eigen::VectorXd& rows, const Loop& loop) const;

  CellModel cell_;
  device::DifferentialPair bare_;
  LineParams lines_;
  OpampParams opamp_;
  Eigen::VectorXd offsets_volt_;
  double output_ohm_;
  HeldArray positive_, negative_;
  Eigen::MatrixXd self_siemens_;
};

}  // namespace mho::circuit
