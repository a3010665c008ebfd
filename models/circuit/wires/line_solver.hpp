// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Voltages and currents of one array for one drive, without reducing it: for large arrays that are used only
// a few times. Row lines are eliminated exactly (each is tridiagonal); what is left is a system S for the
// voltages of the column lines' nodes, solved by conjugate gradients,
//     S = M − C,     M: column lines with their cells grounded at the far side,     C: through the row lines
// preconditioned by M, each column line a tridiagonal system of its own. One iteration is two sweeps over the
// array in each direction; 3 to 12 of them do for N = 16 … 512 at a few ohms a segment (facts.md §3, D), and
// a perfect line in either direction needs one. Cost: O(N²) time and memory a drive. Beyond about N/8 drives
// of the same array reduce_ports() is faster.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/line_params.hpp"
#include "models/circuit/wires/swept_array.hpp"

namespace mho::circuit {

enum class LineStatus {
  kOk,
  kNotConverged,  ///< the tolerance was not reached: the currents are only as good as error_estimate says
  kOutOfRange,    ///< lines beyond kLargestDrop: nothing is known of the error
};

struct LineSolverOptions {
  /// Stops when √(rᵀM⁻¹r) <= tolerance · √(Σ g b²), with r the residual and b the first guess of the column
  /// lines' voltages: the energy norm of the error relative to that of the solution, within a small factor.
  /// Port currents are then as accurate, relative to the largest. 1e-15 … 1.
  double tolerance = 1e-10;
  int max_iterations = 500;  ///< >= 1
};

struct [[nodiscard]] LineSolution {
  LineStatus status = LineStatus::kOk;
  int iterations = 0;
  double error_estimate = 0.0;    ///< the quotient of the stopping rule
  Eigen::VectorXd row_ampere;     ///< [rows] into the array at the row ports
  Eigen::VectorXd column_ampere;  ///< [cols] into the array at the column ports
  Eigen::MatrixXd column_volt;    ///< [rows x cols] voltage of the column line's node at each cell
  Eigen::MatrixXd cell_ampere;    ///< [rows x cols] current from row line to column line
};

class LineSolver {
 public:
  /// Largest product of cell and segment or port resistance for which a solution is called kOk: beyond it the
  /// elimination of the row lines cancels digits that the stopping rule does not see.
  static constexpr double kLargestDrop = 10.0;

  /// @param g_siemens  [rows x cols] cells, 0 … 1e9; 0 = open
  /// @throws InputError  as reduce_ports()
  LineSolver(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines);

  Eigen::Index rows() const { return array_.rows(); }
  Eigen::Index cols() const { return array_.cols(); }

  /// Currents for port voltages. Const and thread-safe.
  /// @param row_volt     [rows] at the row ports, finite
  /// @param column_volt  [cols] at the column ports, finite
  /// @throws InputError  sizes differ, a voltage is not finite, an option out of range
  LineSolution solve(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                     const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                     const LineSolverOptions& options = {}) const;
  /// The same with a current source beside each cell, from row line to column line, whose current is part of
  /// the cell's: for cells that were linearised.
  /// @param cell_source_ampere  [rows x cols], finite
  LineSolution solve_with_sources(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                                  const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                                  const Eigen::Ref<const Eigen::MatrixXd>& cell_source_ampere,
                                  const LineSolverOptions& options = {}) const;
  /// The port currents only, which saves two matrices.
  LineStatus solve_ports(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                         const Eigen::Ref<const Eigen::VectorXd>& column_volt,
                         const LineSolverOptions& options, Eigen::VectorXd& row_ampere,
                         Eigen::VectorXd& column_ampere) const;

 private:
  struct Work;
  void order_ports(const Eigen::Ref<const Eigen::VectorXd>& row_volt,
                   const Eigen::Ref<const Eigen::VectorXd>& column_volt, Work& work) const;
  void inject(const Work& work, double* injected) const;
  double guess(Work& work) const;
  void iterate(const LineSolverOptions& options, Work& work) const;
  void find_cell_currents(Work& work) const;
  LineSolution solution(Work& work) const;

  SweptArray array_;
};

}  // namespace mho::circuit
