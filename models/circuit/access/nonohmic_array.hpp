// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// An array with resistive lines whose cells are not ohmic (cell_model.hpp), for a circuit around it that
// seeks its port voltages. The array keeps the voltages of all its lines, the currents there and a
// linearisation with the inside eliminated:
//
//     port currents into the array = port_siemens() · port voltages + constant_ampere()
//
// The circuit solves its own equations with it and hands the port voltages to move_to(), which lets the lines
// follow and evaluates the cells again. With linearize() after every move that is Newton's method for circuit
// and array together; without, the matrices of an earlier point serve on (and the currents are still those of
// the cells, so that only the number of rounds suffers): much cheaper where voltages move little.
#pragma once

#include <Eigen/Core>
#include <Eigen/SparseCore>
#include <Eigen/SparseLU>

#include <memory>
#include <vector>

#include "models/circuit/access/cell_model.hpp"
#include "models/circuit/wires/line_params.hpp"

namespace mho::circuit {

/// Numbers of the line nodes: ports first (rows, then columns), then what is inside.
class LineNodes {
 public:
  LineNodes(Eigen::Index rows, Eigen::Index cols, const LineParams& lines);

  Eigen::Index count() const { return count_; }
  Eigen::Index n_ports() const { return rows_ + cols_; }
  /// Where cell (i, j) meets its row line and its column line.
  Eigen::Index row(Eigen::Index i, Eigen::Index j) const;
  Eigen::Index column(Eigen::Index i, Eigen::Index j) const;

 private:
  Eigen::Index rows_, cols_, count_ = 0, row_count_ = 1, column_count_ = 1;
  bool row_is_port_ = true, column_is_port_ = true;
  std::vector<Eigen::Index> row_first_, column_first_;
};

class NonohmicArray {
 public:
  /// All lines at 0 V, linearised there.
  /// @param g_siemens    [rows x cols] conductances of the cells at 0 V, finite, >= 0
  /// @throws InputError  a parameter is out of range
  NonohmicArray(Eigen::MatrixXd g_siemens, const LineParams& lines, CellModel cell);

  Eigen::Index n_rows() const { return g_siemens_.rows(); }
  Eigen::Index n_ports() const { return nodes_.n_ports(); }

  /// Every line at the voltage of its port, linearised there.
  /// @param port_volt  [rows, then columns]
  void reset(const Eigen::VectorXd& port_volt);
  /// The lines follow the ports along the linearisation; then the cells are evaluated.
  /// @returns the largest change of a voltage [volt]
  double move_to(const Eigen::VectorXd& port_volt);
  /// Linearises at the present voltages. Cost: a sparse LU of the line nodes, one solution for each port.
  void linearize();
  /// Newton's method for given port voltages, from the present state; ends linearised.
  /// @returns false: not to rounding after many steps
  [[nodiscard]] bool settle(const Eigen::VectorXd& port_volt);

  /// [ports x ports]. Transistors see gate and bulk, so it is not symmetric and rows do not sum to 0.
  const Eigen::MatrixXd& port_siemens() const { return port_siemens_; }
  Eigen::VectorXd constant_ampere() const;
  /// Into the array at its ports, if the inside is settled [ports].
  Eigen::VectorXd port_ampere() const { return current_.head(n_ports()); }
  Eigen::VectorXd port_volt() const { return volt_.head(n_ports()); }

 private:
  using Sparse = Eigen::SparseMatrix<double>;
  Eigen::Index n_inside() const { return nodes_.count() - n_ports(); }
  void evaluate();
  void correct();

  Eigen::MatrixXd g_siemens_;
  CellModel cell_;
  LineNodes nodes_;
  std::vector<Eigen::Triplet<double>> metal_;  // conductances of segments and ports
  Eigen::VectorXd volt_, current_;             // of every line node; currents out of it into the array
  std::vector<BranchCurrent> cells_;           // at volt_, by columns
  // The linearisation: inside follows the ports by −follow_ and its own residual by −correction_.
  std::unique_ptr<Eigen::SparseLU<Sparse>> inside_;
  Sparse port_by_inside_;
  Eigen::MatrixXd follow_, port_siemens_;
  Eigen::VectorXd correction_;
};

}  // namespace mho::circuit
