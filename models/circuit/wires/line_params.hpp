// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The metal of one array: n row lines and m column lines, a cell at each crossing.
//
//     row line i      a node at each column, one segment between neighbours; one more segment and the port
//                     resistance lead from the node at the connected end to row port i; the other end is open
//     column line j   the same with rows and columns exchanged
//     cell (i, j)     conductance between the nodes of row line i and column line j
//
// A port is an ideal voltage: a driver, or the virtual ground of an amplifier. Multiplication drives row
// ports and senses column ports, the closed loop drives column ports and senses row ports: the same two sets.
// Every line is tied to its port by a finite resistance, so no choice of cells (all open included) leaves a
// node floating: the network always has exactly one solution.
//
// Not modelled: capacitance and inductance of the lines, contacts that differ from the segments, lines
// connected at both ends, the access transistor (add its resistance to the cell).
#pragma once

#include <Eigen/Core>

namespace mho::circuit {

/// Which end of a line leads to its port; the other end is open.
enum class LineEnd {
  kFirst,  ///< the end at row or column 0
  kLast,   ///< the end at the last row or column
};

/// Line resistances. All zero = ideal lines: every line is one node and that node is its port.
struct LineParams {
  /// Between neighbouring cells of a row line, and from its connected end to the port [ohm]: 0 (the line is
  /// one node), or 1e-9 … 1e9. Published for the chip: 1.73 (facts.md §1, S). Both directions are the same
  /// there.
  double row_segment_ohm = 0.0;
  double column_segment_ohm = 0.0;  ///< the same for column lines
  /// In series between the end of a row line and its port, a driver or sense switch [ohm]: 0, or 1e-9 … 1e9.
  /// 0 by default, our assumption (A).
  double row_port_ohm = 0.0;
  double column_port_ohm = 0.0;  ///< the same for column lines
  /// Connected ends. The defaults are the reference topology (interface.md).
  LineEnd row_end = LineEnd::kFirst;
  LineEnd column_end = LineEnd::kLast;
};

/// Throws InputError if a resistance is out of the range stated above or not finite.
void validate(const LineParams& lines);

/// True if every line and its port are one node.
bool is_ideal(const LineParams& lines);

/// Throws InputError unless `g_siemens` [rows x cols] has a cell and every entry is finite and >= 0
/// (0 = open cell).
void require_cells(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens);

}  // namespace mho::circuit
