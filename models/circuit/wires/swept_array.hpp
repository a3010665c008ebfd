// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The cells of one array in the order and with the factors that the sweeps along its lines take
// (line_sweeps.hpp): ports at row 0 and column 0, extended by open cells to whole bands of lines.
#pragma once

#include <Eigen/Core>

#include "models/circuit/wires/lanes.hpp"
#include "models/circuit/wires/line_params.hpp"
#include "models/circuit/wires/line_sweeps.hpp"

namespace mho::circuit {

/// Doubles between vectors that are swept together, so that equal places do not fall on the same lines of a
/// cache.
inline constexpr std::size_t kVectorOffset = 72;

class SweptArray {
 public:
  /// @param g_siemens  [rows x cols] cells, 0 … 1e9; 0 = open
  /// @throws InputError  as reduce_ports()
  /// Cost: two passes over the cells, each with a division a cell.
  SweptArray(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines);

  Eigen::Index rows() const { return n_; }
  Eigen::Index cols() const { return m_; }
  /// Of the extended array, which a vector "by row" has size() entries of.
  Eigen::Index extended_rows() const { return rows_; }
  Eigen::Index stride() const { return stride_; }
  std::size_t size() const { return size_; }

  SweepCoefficients coefficients() const;
  const double* cells() const { return vector(kCell); }  ///< by row
  /// Second connection of a line to its port, at the last cell; 0 if there is none [siemens].
  double row_far_siemens() const { return row_far_siemens_; }
  double column_far_siemens() const { return column_far_siemens_; }
  /// Largest product of a cell and a segment or port resistance.
  double largest_drop() const { return largest_drop_; }

  /// Where cell (row, column) is in a vector by row.
  std::size_t place(Eigen::Index row, Eigen::Index column) const {
    return static_cast<std::size_t>(swept_row(row) * stride_ + swept_column(column));
  }
  /// A row or column of the array in the order of the sweeps, and back.
  Eigen::Index swept_row(Eigen::Index row) const { return flips_rows_ ? n_ - 1 - row : row; }
  Eigen::Index swept_column(Eigen::Index column) const { return flips_columns_ ? m_ - 1 - column : column; }

 private:
  enum Vector : std::size_t {
    kCell,
    kColumnFactor,
    kCellTiled,
    kRowFactorTiled,
    kVectors
  };  // first two by row
  const double* vector(Vector k) const { return storage_.data() + k * (size_ + kVectorOffset); }
  double* vector(Vector k) { return storage_.data() + k * (size_ + kVectorOffset); }

  Eigen::Index n_, m_;          // cells
  Eigen::Index rows_, stride_;  // extended
  LineParams lines_;
  bool flips_rows_, flips_columns_;
  double row_far_siemens_, column_far_siemens_;
  double largest_drop_ = 0.0;
  std::size_t size_;
  LaneVector storage_;
};

}  // namespace mho::circuit
