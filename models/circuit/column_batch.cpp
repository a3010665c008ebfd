// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/column_batch.hpp"

#include <algorithm>

#include "models/circuit/wires/lanes.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;

namespace {

constexpr Index kPanel = 4;
// Up to here Eigen does not divide a solution into blocks that fit a cache.
constexpr Index kMostRows = 64;

// -- Product: lanes are rows ------------------------------------------------------------------------------

struct ProductOperands {
  const double* a;
  Index rows, depth;
  const double* x;
  Index x_stride;
  double* result;  ///< [rows x …]
};

/// Of kLanes·kGroups rows from `row` and kColumns columns from `column` on.
template <int kGroups, int kColumns>
MHO_ALWAYS_INLINE void multiply_tile(const ProductOperands& of, Index row, Index column) {
  Lanes sum[kColumns][kGroups] = {};
  const double* a = of.a + row;
  const double* x = of.x + column * of.x_stride;
  for (Index k = 0; k < of.depth; ++k, a += of.rows, ++x) {
    for (int j = 0; j < kColumns; ++j)
      for (int g = 0; g < kGroups; ++g) sum[j][g] += free_lanes_at(a + kLanes * g) * x[j * of.x_stride];
  }
  for (int j = 0; j < kColumns; ++j)
    for (int g = 0; g < kGroups; ++g)
      free_lanes_at(of.result + (column + j) * of.rows + row + kLanes * g) = sum[j][g];
}

template <int kColumns>
MHO_ALWAYS_INLINE void multiply_columns(const ProductOperands& of, Index column) {
  Index row = 0;
  for (; row + 2 * kLanes <= of.rows; row += 2 * kLanes) multiply_tile<2, kColumns>(of, row, column);
  if (row < of.rows) multiply_tile<1, kColumns>(of, row, column);
}

MHO_ALWAYS_INLINE void multiply_all_kernel(const ProductOperands& of, Index columns) {
  Index column = 0;
  for (; column + 4 <= columns; column += 4) multiply_columns<4>(of, column);
  for (; column < columns; ++column) multiply_columns<1>(of, column);
}

MHO_DISPATCH_AVX2(multiply_all, (const ProductOperands& of, Index columns), (of, columns))

// -- Solution: lanes are columns --------------------------------------------------------------------------

struct Factor {
  const double* l;  ///< [n x n], its lower triangle
  const double* reciprocal;
  Index n;
  double operator()(Index i, Index j) const { return l[i + j * n]; }
};

/// Two rows of kGroups·kLanes columns.
template <int kGroups>
struct RowPair {
  Lanes of[2][kGroups];
};

/// x −= Σ l(·, k) x_k over the four rows k of a panel, the sum taken first; `is_transposed`: l(k, ·).
template <int kGroups, bool is_transposed>
MHO_ALWAYS_INLINE void subtract_panel(const Factor& factor, const double* x, Index panel, Index row,
                                      RowPair<kGroups>& target) {
  RowPair<kGroups> sum = {};
  for (Index k = panel; k < panel + kPanel; ++k) {
    for (Index r = 0; r < 2; ++r) {
      const double weight = is_transposed ? factor(k, row + r) : factor(row + r, k);
      for (int g = 0; g < kGroups; ++g) sum.of[r][g] += lanes_at(x + (k * kGroups + g) * kLanes) * weight;
    }
  }
  for (int r = 0; r < 2; ++r)
    for (int g = 0; g < kGroups; ++g) target.of[r][g] -= sum.of[r][g];
}

template <int kGroups>
MHO_ALWAYS_INLINE void load(const double* x, Index row, RowPair<kGroups>& pair) {
  for (Index r = 0; r < 2; ++r)
    for (int g = 0; g < kGroups; ++g) pair.of[r][g] = lanes_at(x + ((row + r) * kGroups + g) * kLanes);
}

template <int kGroups>
MHO_ALWAYS_INLINE void store(const RowPair<kGroups>& pair, Index row, double* x) {
  for (Index r = 0; r < 2; ++r)
    for (int g = 0; g < kGroups; ++g) lanes_at(x + ((row + r) * kGroups + g) * kLanes) = pair.of[r][g];
}

/// L x = b in place.
template <int kGroups>
MHO_ALWAYS_INLINE void descend(const Factor& factor, double* x) {
  for (Index top = 0; top < factor.n; top += kPanel) {
    for (Index row = top; row < top + kPanel; row += 2) {
      RowPair<kGroups> pair;
      load(x, row, pair);
      for (Index panel = 0; panel < top; panel += kPanel)
        subtract_panel<kGroups, false>(factor, x, panel, row, pair);
      store(pair, row, x);
    }
    for (Index i = top; i < top + kPanel; ++i) {
      for (int g = 0; g < kGroups; ++g) {
        Lanes& solved = lanes_at(x + (i * kGroups + g) * kLanes);
        solved *= factor.reciprocal[i];
        for (Index below = i + 1; below < top + kPanel; ++below)
          lanes_at(x + (below * kGroups + g) * kLanes) -= solved * factor(below, i);
      }
    }
  }
}

/// Lᵀ x = b in place.
template <int kGroups>
MHO_ALWAYS_INLINE void ascend(const Factor& factor, double* x) {
  for (Index top = factor.n - kPanel; top >= 0; top -= kPanel) {
    for (Index row = top; row < top + kPanel; row += 2) {
      RowPair<kGroups> pair;
      load(x, row, pair);
      for (Index panel = factor.n - kPanel; panel > top; panel -= kPanel)
        subtract_panel<kGroups, true>(factor, x, panel, row, pair);
      store(pair, row, x);
    }
    for (Index i = top + kPanel - 1; i >= top; --i) {
      for (int g = 0; g < kGroups; ++g) {
        Lanes sum = {};
        for (Index below = i + 1; below < top + kPanel; ++below)
          sum += lanes_at(x + (below * kGroups + g) * kLanes) * factor(below, i);
        Lanes& solved = lanes_at(x + (i * kGroups + g) * kLanes);
        solved = (solved - sum) * factor.reciprocal[i];
      }
    }
  }
}

/// Solves `columns` columns, at most kGroups·kLanes, of which `scratch` takes the transpose.
template <int kGroups>
MHO_ALWAYS_INLINE void solve_some(const Factor& factor, double* columns_of_x, Index columns,
                                  double* scratch) {
  constexpr Index kWidth = kGroups * kLanes;
  for (Index i = 0; i < factor.n; ++i)
    for (Index j = 0; j < kWidth; ++j)
      scratch[i * kWidth + j] = j < columns ? columns_of_x[j * factor.n + i] : 0.0;
  descend<kGroups>(factor, scratch);
  ascend<kGroups>(factor, scratch);
  for (Index j = 0; j < columns; ++j)
    for (Index i = 0; i < factor.n; ++i) columns_of_x[j * factor.n + i] = scratch[i * kWidth + j];
}

MHO_ALWAYS_INLINE void solve_all_kernel(const Factor& factor, double* x, Index columns) {
  alignas(kLanes * sizeof(double)) double scratch[kMostRows * 2 * kLanes];
  Index column = 0;
  for (; column + kLanes < columns; column += 2 * kLanes)
    solve_some<2>(factor, x + column * factor.n, std::min<Index>(columns - column, 2 * kLanes), scratch);
  if (column < columns) solve_some<1>(factor, x + column * factor.n, columns - column, scratch);
}

MHO_DISPATCH_AVX2(solve_all, (const Factor& factor, double* x, Index columns), (factor, x, columns))

}  // namespace

MatrixXd multiply(const MatrixXd& a, const Eigen::Ref<const MatrixXd>& x) {
  MatrixXd result(a.rows(), x.cols());
  // Eigen sums more in blocks.
  constexpr Index kColumnsInOneBlock = 127;
  if (a.rows() % kLanes != 0 || a.cols() > kColumnsInOneBlock) {
    result.noalias() = a * x;
    return result;
  }
  multiply_all({.a = a.data(),
                .rows = a.rows(),
                .depth = a.cols(),
                .x = x.data(),
                .x_stride = x.outerStride(),
                .result = result.data()},
               x.cols());
  return result;
}

BatchCholesky::BatchCholesky(const MatrixXd& a)
    : llt_(a), reciprocal_(llt_.matrixLLT().diagonal().cwiseInverse()) {}

void BatchCholesky::solve_in_place(MatrixXd& x) const {
  const MatrixXd& factor = llt_.matrixLLT();
  if (factor.rows() % kPanel != 0 || factor.rows() > kMostRows) {
    llt_.solveInPlace(x);
    return;
  }
  solve_all({.l = factor.data(), .reciprocal = reciprocal_.data(), .n = factor.rows()}, x.data(), x.cols());
}

}  // namespace mho::circuit
