// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/swept_array.hpp"

#include <algorithm>

namespace mho::circuit {
namespace {

using Eigen::Index;

Index round_up(Index n, Index multiple) {
  return (n + multiple - 1) / multiple * multiple;
}

/// A row length at which neighbouring rows do not fall on the same lines of a cache.
Index row_stride(Index columns) {
  const Index stride = round_up(columns, kSweepRows);
  return stride % 64 == 0 ? stride + kSweepRows : stride;
}

/// Conductance of the second connection of a line whose voltage is not the port's anyway.
double far_siemens(LineEnd end, double end_ohm) {
  return end == LineEnd::kBoth && end_ohm > 0.0 ? 1.0 / end_ohm : 0.0;
}

}  // namespace

SweptArray::SweptArray(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines)
    : n_(g_siemens.rows()),
      m_(g_siemens.cols()),
      rows_(round_up(n_, kSweepRows)),
      stride_(row_stride(m_)),
      lines_(lines),
      flips_rows_(lines.column_end == LineEnd::kLast),
      flips_columns_(lines.row_end == LineEnd::kLast),
      row_far_siemens_(far_siemens(lines.row_end, row_end_ohm(lines))),
      column_far_siemens_(far_siemens(lines.column_end, column_end_ohm(lines))) {
  require_cells(g_siemens);
  validate(lines);
  largest_drop_ = g_siemens.maxCoeff() * std::max({lines.row_segment_ohm, lines.column_segment_ohm,
                                                   lines.row_port_ohm, lines.column_port_ohm});
  size_ = static_cast<std::size_t>(rows_ * stride_);
  storage_.resize(kVectors * (size_ + kVectorOffset));
  double* const cell = vector(kCell);
  std::fill_n(cell, size_, 0.0);
  // By bands of rows, so that what is read of a column and what is written stays in the cache.
  for (Index i0 = 0; i0 < n_; i0 += kSweepRows) {
    const Index end = std::min(i0 + kSweepRows, n_);
    for (Index j = 0; j < m_; ++j) {
      for (Index i = i0; i < end; ++i) cell[place(i, j)] = g_siemens(i, j);
    }
  }
  LaneVector carried(static_cast<std::size_t>(stride_), 0.0);
  const LineSweep columns{.segment_ohm = lines.column_segment_ohm,
                          .end_ohm = column_end_ohm(lines),
                          .last = n_ - 1,
                          .far_siemens = column_far_siemens_};
  const LineSweep rows{.segment_ohm = lines.row_segment_ohm,
                       .end_ohm = row_end_ohm(lines),
                       .last = m_ - 1,
                       .far_siemens = row_far_siemens_};
  factor_columns(columns, rows_, stride_, cell, carried.data(), vector(kColumnFactor));
  factor_rows(rows, rows_, stride_, cell, vector(kCellTiled), vector(kRowFactorTiled));
}

SweepCoefficients SweptArray::coefficients() const {
  return {.rows = rows_,
          .stride = stride_,
          .column_factor = vector(kColumnFactor),
          .row_factor_tiled = vector(kRowFactorTiled),
          .cell_tiled = vector(kCellTiled),
          .row_segment_ohm = lines_.row_segment_ohm,
          .row_end_ohm = row_end_ohm(lines_),
          .column_segment_ohm = lines_.column_segment_ohm,
          .column_end_ohm = column_end_ohm(lines_)};
}

}  // namespace mho::circuit
