// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Arrays of cells that are not ohmic whose ports a circuit sees as those of one array. Their rows end in the
// same nodes; columns of part k are driven with w_k times the voltage v of the bundle's columns, by ideal
// drivers:
//
//     rows      Σ_k R_k(u, w_k v)             R, C: currents into an array at its row and column ports
//     columns   Σ_k sign(w_k) C_k(u, w_k v)
//
// w = 1 is the array itself, w = -1 one behind ideal inverters, which take from the column what they give
// with the sign turned (as difference() in loop_effects.hpp), 0 < |w| < 1 one behind attenuating drivers
// (slices.hpp): of these the columns' current is what the supplies give, not what the bundle's column does.
#pragma once

#include <Eigen/Core>

#include <vector>

#include "models/circuit/access/nonohmic_array.hpp"

namespace mho::circuit {

class ArrayBundle {
 public:
  struct Part {
    NonohmicArray array;
    double drive = 1.0;  ///< w, -1 … 1
  };

  /// One array, all of its lines.
  ArrayBundle(NonohmicArray array);  // NOLINT(google-explicit-constructor): it is a bundle
  /// @param n_rows, n_columns  lines in use, from the first; the others are held at 0 V
  /// @throws InputError        no part, parts of several sizes, lines or a weight out of range
  ArrayBundle(std::vector<Part> parts, Eigen::Index n_rows, Eigen::Index n_columns);

  Eigen::Index n_rows() const { return n_rows_; }
  Eigen::Index n_ports() const { return n_rows_ + n_columns_; }

  /// As those of NonohmicArray, for the ports in use.
  void reset(const Eigen::VectorXd& port_volt);
  double move_to(const Eigen::VectorXd& port_volt);
  void linearize();
  Eigen::MatrixXd port_siemens() const;
  Eigen::VectorXd constant_ampere() const;
  Eigen::VectorXd port_ampere() const;

 private:
  Eigen::VectorXd volt_of(const Part& part, const Eigen::VectorXd& port_volt) const;
  Eigen::VectorXd ampere_of(const Part& part, const Eigen::VectorXd& ampere) const;

  std::vector<Part> parts_;
  Eigen::Index n_rows_, n_columns_;
};

}  // namespace mho::circuit
