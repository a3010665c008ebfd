// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/matrix_vector.hpp"

#include "models/circuit/wires/lanes.hpp"

namespace mho::circuit {

using Eigen::Index;

namespace {

/// Of rows from `row` on, four for each of the sums.
template <int kSums>
MHO_ALWAYS_INLINE void add_rows(const double* a, Index rows, Index columns, Index row, const double* x,
                                double* y) {
  Lanes sums[kSums] = {};
  const double* column = a + row;
  for (Index j = 0; j < columns; ++j, column += rows)
    for (int k = 0; k < kSums; ++k) sums[k] += free_lanes_at(column + kLanes * k) * x[j];
  for (int k = 0; k < kSums; ++k) free_lanes_at(y + row + kLanes * k) += sums[k];
}

MHO_ALWAYS_INLINE void add_small_product_kernel(const double* a, Index rows, Index columns, const double* x,
                                                double* y) {
  Index row = 0;
  for (; row + 4 * kLanes <= rows; row += 4 * kLanes) add_rows<4>(a, rows, columns, row, x, y);
  for (; row + 2 * kLanes <= rows; row += 2 * kLanes) add_rows<2>(a, rows, columns, row, x, y);
  for (; row + kLanes <= rows; row += kLanes) add_rows<1>(a, rows, columns, row, x, y);
  for (; row < rows; ++row) {
    double sum = 0.0;
    for (Index j = 0; j < columns; ++j) sum += a[row + j * rows] * x[j];
    y[row] += sum;
  }
}

MHO_DISPATCH_AVX2(add_small_product, (const double* a, Index rows, Index columns, const double* x, double* y),
                  (a, rows, columns, x, y))

}  // namespace

void add_product(const Eigen::MatrixXd& a, const double* x, double* y) {
  // Eigen sums a single row in lanes, and many columns in blocks.
  constexpr Index kColumnsInOneBlock = 127;
  if (a.rows() == 1 || a.cols() > kColumnsInOneBlock) {
    Eigen::Map<Eigen::VectorXd>(y, a.rows()).noalias() += a * Eigen::Map<const Eigen::VectorXd>(x, a.cols());
    return;
  }
  add_small_product(a.data(), a.rows(), a.cols(), x, y);
}

}  // namespace mho::circuit
