// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/firmware/libmho/random_systems.hpp"

#include <bit>
#include <cmath>

namespace mho::test {
namespace {

Eigen::MatrixXd random_orthogonal(Eigen::Index n, Draws& draws) {
  Eigen::MatrixXd m(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) m(i, j) = draws.normal();
  }
  return m.householderQr().householderQ();
}

Eigen::VectorXd spread(Eigen::Index n, double kappa) {
  Eigen::VectorXd v(n);
  for (Eigen::Index i = 0; i < n; ++i) {
    v[i] = n == 1 ? 1.0 : std::pow(kappa, -static_cast<double>(i) / static_cast<double>(n - 1));
  }
  return v;
}

std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double v : values) bits.push_back(std::bit_cast<std::uint64_t>(v));
  return bits;
}

}  // namespace

Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed) {
  Draws draws(seed);
  Eigen::MatrixXd m(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) m(i, j) = draws.symmetric();
  }
  return m;
}

Eigen::VectorXd random_vector(Eigen::Index n, std::uint64_t seed) {
  return random_matrix(n, 1, seed);
}

Eigen::MatrixXd random_general(Eigen::Index n, double kappa, std::uint64_t seed) {
  Draws draws(seed);
  const Eigen::MatrixXd left = random_orthogonal(n, draws);
  return left * spread(n, kappa).asDiagonal() * random_orthogonal(n, draws);
}

Eigen::MatrixXd random_spd(Eigen::Index n, double kappa, std::uint64_t seed) {
  Draws draws(seed);
  const Eigen::MatrixXd q = random_orthogonal(n, draws);
  const Eigen::MatrixXd m = q * spread(n, kappa).asDiagonal() * q.transpose();
  return 0.5 * (m + m.transpose());
}

Eigen::MatrixXd random_dominant(Eigen::Index n, double fill, std::uint64_t seed) {
  Draws draws(seed);
  Eigen::MatrixXd m = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      if (i != j && draws.uniform() < fill) m(i, j) = draws.symmetric();
    }
    m(i, i) = 2.0 * m.row(i).cwiseAbs().sum() + 0.5;
  }
  return m;
}

SparseSystem::SparseSystem(const Eigen::MatrixXd& a, const Eigen::VectorXd& b)
    : rhs(b.data(), b.data() + b.size()), columns(static_cast<std::uint32_t>(a.cols())) {
  for (Eigen::Index i = 0; i < a.rows(); ++i) {
    for (Eigen::Index j = 0; j < a.cols(); ++j) {
      if (a(i, j) == 0.0) continue;
      column.push_back(static_cast<std::uint32_t>(j));
      value.push_back(a(i, j));
    }
    row_start.push_back(static_cast<std::uint32_t>(value.size()));
  }
}

mho_sparse_system_t SparseSystem::view() const {
  value_bits_ = bits_of(value);
  rhs_bits_ = bits_of(rhs);
  const auto rows = static_cast<std::uint32_t>(row_start.size() - 1);
  return {.rows = rows,
          .columns = columns == 0 ? rows : columns,
          .row_start = row_start.data(),
          .column = column.data(),
          .value = value_bits_.data(),
          .rhs = rhs_bits_.data()};
}

}  // namespace mho::test
