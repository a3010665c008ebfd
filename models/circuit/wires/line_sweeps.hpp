// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Inner loops of the iterative wire solver (line_solver.hpp). A line of resistances is solved in two sweeps,
// from its open end to the port and back. With s the conductance that is seen from a node towards the open
// end (its own cell included) and ρ_k the resistance between node k and its neighbour on the port's side,
//     s_k = g_k + c_{k+1} s_{k+1},      c_k = 1/(1 + ρ_k s_k)
//     y_k = f_k + c_{k+1} y_{k+1}       current f_k into each node, gathered towards the port
//     w_k = c_k (ρ_k y_k + w_{k−1})     voltage; w_{−1} is the port
// Resistances may be 0, and nothing is subtracted.
#pragma once

#include <Eigen/Core>

namespace mho::circuit {

/// Coefficients of an array whose ports are at row 0 and column 0, extended by open cells to `rows` and
/// `stride`, both multiples of kSweepRows. "By row" is row-major [rows x stride]; "tiled" is
/// [rows/4][stride][4], so that four row lines lie side by side. All arrays are LaneVectors or begin a
/// multiple of kSweepRows into one.
struct SweepCoefficients {
  Eigen::Index rows;
  Eigen::Index stride;
  const double* column_factor;     ///< c of the column lines, by row
  const double* row_factor_tiled;  ///< c of the row lines
  const double* cell_tiled;        ///< [siemens]
  double row_segment_ohm;
  double row_end_ohm;  ///< between the first node and the port
  double column_segment_ohm;
  double column_end_ohm;
};

inline constexpr Eigen::Index kSweepRows = 8;

/// Resistances of the lines of one direction, and their second connection to the port, at node `last`.
struct LineSweep {
  double segment_ohm;
  double end_ohm;
  Eigen::Index last;
  double far_siemens;
};

/// c of the column lines, by row as the cells. `carried` [stride] is 0 at first.
void factor_columns(const LineSweep& lines, Eigen::Index rows, Eigen::Index stride, const double* cells,
                    double* carried, double* factors);

/// c of the row lines, and the cells, both tiled, from the cells by row.
void factor_rows(const LineSweep& lines, Eigen::Index rows, Eigen::Index stride, const double* cells,
                 double* cells_tiled, double* factors_tiled);

/// y of the column lines for `currents` into their nodes (both by row; may be the same).
void descend_columns(const SweepCoefficients& array, const double* currents, double* gathered);

/// Turns y of the column lines (in `vector`) into their voltages, in place, for column ports at `column_volt`
/// [stride].
void ascend_columns(const SweepCoefficients& array, double* vector, const double* column_volt);

/// Solves the row lines, with their cells grounded at the far side, for the currents `injected` into their
/// nodes (by row) and row ports at `row_volt` [rows]: `coupled` returns g·w (by row).
void couple_through_rows(const SweepCoefficients& array, const double* injected, const double* row_volt,
                         double* coupled);

/// As ascend_columns() for ports at 0 V, and row_sums [rows] = the sums of weight ∘ voltage over each row.
void ascend_and_weigh(const SweepCoefficients& array, double* vector, const double* weight, double* row_sums);

/// What an array is to first order (first_order_array.hpp), by row.
struct PortGains {
  const double* from_column;  ///< voltage of the column lines' nodes for 1 V at their ports
  const double* to_column;    ///< current into them for 1 V at the row ports
};

/// `vector`, voltages of the column lines' nodes for ports at 0 V, becomes the current into these nodes
/// through the cells when the ports are at `column_volt` [stride] and `row_volt` [rows].
void couple_with_ports(const SweepCoefficients& array, const PortGains& gains, const double* column_volt,
                       const double* row_volt, double* vector);

/// Vectors of one conjugate-gradient iteration, by row.
struct ConjugateGradientVectors {
  double* z;         ///< preconditioned residual
  double* cz;        ///< C z
  double* p;         ///< direction
  double* sp;        ///< operator applied to p
  double* solution;  //
  double* residual;
};

/// p = z + beta p, sp = residual − cz + beta sp, solution += alpha p, residual −= alpha sp, and z becomes y
/// of the column lines for the new residual: one pass over the memory. With beta = 0 neither p nor sp is
/// read.
void update_and_descend(const SweepCoefficients& array, double alpha, double beta,
                        const ConjugateGradientVectors& cg);

/// z from y, cz from z, for ports at 0 V; dots = {residual·z, z·(residual − cz)}. The first is Σ ρ c y² of
/// the column lines, so that the residual is not needed.
void precondition_and_apply(const SweepCoefficients& array, const ConjugateGradientVectors& cg,
                            double (&dots)[2]);

}  // namespace mho::circuit
