// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// One array, known to first order in its lines and improved by sweeps. With w the voltages of the column
// lines' nodes, v and s those of the column and row ports, and M, C as in line_solver.hpp,
//     M w = q + P v,     q = C w + L s                   q: currents into the column lines through the cells
//     row port i takes   Y₁_i s_i − Σ_j L_ij w_ij        out of its node
// L = G ∘ share of a cell's current that returns through its row port, Y₁ = L 1, and A = M⁻¹P, the share of
// the column port's voltage that arrives: the factors of first_order.hpp, T₁ = L ∘ A. All are non-negative,
// and nothing is subtracted. One sweep takes q to the next: it is off by (M⁻¹C) of what it was off before.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/swept_array.hpp"

namespace mho::circuit {

class FirstOrderArray {
 public:
  /// @param g_siemens  [rows x cols] cells, 0 … 1e9; 0 = open
  /// @throws InputError  as reduce_ports()
  FirstOrderArray(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines);

  const SweptArray& swept() const { return swept_; }
  const Eigen::MatrixXd& transfer() const { return transfer_; }          ///< T₁ [rows x cols, siemens]
  const Eigen::VectorXd& row_self_siemens() const { return row_self_; }  ///< Y₁ [rows]
  /// ‖1 − A‖ [Frobenius]. A current that is fed into a column line's node leaves through that line's port but
  /// for 1 − A of it or less, so ‖1 − A‖ ‖r‖₂ bounds the sum of what currents r send out of the row ports.
  double column_loss() const { return column_loss_; }

  /// M⁻¹q, for column ports at 0 V, and its row sums weighed by L.
  /// @param currents  q, by row (SweptArray); may be `volt`
  /// @param volt      M⁻¹q, by row
  Eigen::VectorXd ground_columns(const double* currents, double* volt) const;
  /// C (z + A∘v) + L s, in place of z.
  /// @param volt  z, by row
  void couple(const Eigen::VectorXd& row_volt, const Eigen::VectorXd& column_volt, double* volt) const;

  /// Upper bounds of E 1 and Eᵀ 1 [siemens], E = T − T₁ >= 0 being what the first order leaves out. No node
  /// is above 1 V if all column ports (or all row ports) are at 1 V; from w = 1 sweeps fall to the true w and
  /// stay above it, and so do the shares at the ports of what they add to the first order. After one sweep,
  /// which serves both bounds, these are too large by about the wires' drop.
  /// @param n_sweeps  >= 1; from 2 on it takes as many for each bound
  void bound_rest(int n_sweeps, Eigen::VectorXd& by_row, Eigen::VectorXd& by_column) const;

 private:
  PortGains gains() const;
  void find_transfer();
  Eigen::VectorXd column_sums(const double* currents) const;
  Eigen::VectorXd in_order(const LaneVector& swept_rows) const;

  SweptArray swept_;
  LaneVector storage_;  // A, L, by row
  Eigen::MatrixXd transfer_;
  Eigen::VectorXd row_self_;
  double column_loss_ = 0.0;
};

}  // namespace mho::circuit
