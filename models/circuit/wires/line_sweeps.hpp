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

/// y of the column lines for the currents in `vector`, in place (by row).
void descend_columns(const SweepCoefficients& array, double* vector);

/// Turns y of the column lines (in `vector`) into their voltages, in place, for column ports at `column_volt`
/// [stride].
void ascend_columns(const SweepCoefficients& array, double* vector, const double* column_volt);

/// Solves the row lines, with their cells grounded at the far side, for the currents `injected` into their
/// nodes (by row) and row ports at `row_volt` [rows]: `coupled` returns g·w (by row).
void couple_through_rows(const SweepCoefficients& array, const double* injected, const double* row_volt,
                         double* coupled);

/// Vectors of one conjugate-gradient iteration, by row.
struct ConjugateGradientVectors {
  double* z;         ///< preconditioned residual
  double* sz;        ///< operator applied to z
  double* p;         ///< direction
  double* sp;        ///< operator applied to p
  double* solution;  //
  double* residual;
};

/// p = z + beta p, sp = sz + beta sp, solution += alpha p, residual −= alpha sp, and z becomes y of the
/// column lines for the new residual: one pass over the memory.
void update_and_descend(const SweepCoefficients& array, double alpha, double beta,
                        const ConjugateGradientVectors& cg);

/// z from y, sz = residual − g·w(z), for ports at 0 V; dots = {residual·z, z·sz}.
void precondition_and_apply(const SweepCoefficients& array, const ConjugateGradientVectors& cg,
                            double (&dots)[2]);

}  // namespace mho::circuit
