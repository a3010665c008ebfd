// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nodal/small_lu.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

void SmallLu::compute(const MatrixXd& a) {
  n_ = a.rows();
  if (!is_small()) {
    large_.compute(a);
    return;
  }
  for (Index j = 0; j < n_; ++j) std::copy_n(a.data() + j * n_, n_, lu_[static_cast<std::size_t>(j)].data());
  std::iota(row_.begin(), row_.end(), Index{0});
  for (Index k = 0; k < n_; ++k) factor_column(k);
}

void SmallLu::factor_column(Index first) {
  const auto k = static_cast<std::size_t>(first), n = static_cast<std::size_t>(n_);
  auto& column = lu_[k];
  std::size_t pivot = k;
  for (std::size_t i = k + 1; i < n; ++i)
    if (std::abs(column[i]) > std::abs(column[pivot])) pivot = i;
  if (column[pivot] != 0.0) {
    if (pivot != k) {
      for (std::size_t j = 0; j < n; ++j) std::swap(lu_[j][k], lu_[j][pivot]);
      std::swap(row_[k], row_[pivot]);
    }
    for (std::size_t i = k + 1; i < n; ++i) column[i] /= column[k];
  }
  for (std::size_t j = k + 1; j < n; ++j) {
    const double upper = lu_[j][k];
    for (std::size_t i = k + 1; i < n; ++i) lu_[j][i] -= column[i] * upper;
  }
}

// Not multiplying by zero keeps zeros in front of factors that are not finite.
[[gnu::always_inline]] inline void SmallLu::descend(std::size_t k, std::size_t n, double* y) const {
  if (y[k] == 0.0) return;
  for (std::size_t i = k + 1; i < n; ++i) y[i] -= y[k] * lu_[k][i];
}

[[gnu::always_inline]] inline void SmallLu::ascend(std::size_t k, double* y) const {
  if (y[k] == 0.0) return;
  y[k] /= lu_[k][k];
  for (std::size_t i = 0; i < k; ++i) y[i] -= y[k] * lu_[k][i];
}

/// As many unknowns as there may be are the usual number of them: with constants every loop is unrolled.
void SmallLu::substitute(double* y) const {
  const auto n = static_cast<std::size_t>(n_);
  if (n == kMost) {
    [&]<std::size_t... k>(std::index_sequence<k...>) {
      (descend(k, kMost, y), ...);
      (ascend(kMost - 1 - k, y), ...);
    }
    (std::make_index_sequence<kMost>());
    return;
  }
  for (std::size_t k = 0; k < n; ++k) descend(k, n, y);
  for (std::size_t k = n; k-- > 0;) ascend(k, y);
}

void SmallLu::solve(const VectorXd& b, VectorXd& x) const {
  if (!is_small()) {
    x = large_.solve(b);
    return;
  }
  x.resize(n_);
  for (Index i = 0; i < n_; ++i) x[i] = b[row_[static_cast<std::size_t>(i)]];
  substitute(x.data());
}

}  // namespace mho::circuit
