// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/line_params.hpp"

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

void require_resistance(const char* name, double ohm) {
  require(ohm == 0.0 || (ohm >= 1e-9 && ohm <= 1e9),
          "array lines: {} is {} ohm; choose 0 (ideal) or a value in 1e-9 … 1e9", name, ohm);
}

}  // namespace

void validate(const LineParams& lines) {
  require_resistance("the row segment", lines.row_segment_ohm);
  require_resistance("the column segment", lines.column_segment_ohm);
  require_resistance("the row port", lines.row_port_ohm);
  require_resistance("the column port", lines.column_port_ohm);
}

bool is_ideal(const LineParams& lines) {
  return lines.row_segment_ohm == 0.0 && lines.column_segment_ohm == 0.0 && lines.row_port_ohm == 0.0 &&
         lines.column_port_ohm == 0.0;
}

void require_cells(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens) {
  require(g_siemens.size() > 0, "array: {}x{} cells; it must have at least one", g_siemens.rows(),
          g_siemens.cols());
  // Without a branch a cell, which is what nearly every array takes.
  if ((g_siemens.array() >= 0.0).count() == g_siemens.size() &&
      (g_siemens.array() <= 1e9).count() == g_siemens.size())
    return;
  for (Eigen::Index j = 0; j < g_siemens.cols(); ++j) {
    for (Eigen::Index i = 0; i < g_siemens.rows(); ++i) {
      const double g = g_siemens(i, j);
      require(g >= 0.0 && g <= 1e9, "array: cell ({}, {}) has {} S; choose a conductance in 0 … 1e9", i, j,
              g);
    }
  }
}

}  // namespace mho::circuit
