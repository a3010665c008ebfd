// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/bench/solve/random_families.hpp"

#include <Eigen/QR>
#include <Eigen/SVD>
#include <algorithm>
#include <cmath>
#include <functional>

#include "models/base/error.hpp"
#include "models/base/random.hpp"

namespace mho::bench {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

MatrixXd normals(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed, std::uint32_t stream) {
  const Random random(seed);
  MatrixXd m(rows, columns);
  for (Eigen::Index i = 0; i < rows; ++i) {
    for (Eigen::Index j = 0; j < columns; ++j) {
      const RandomCoordinates at{stream, static_cast<std::uint16_t>(i), static_cast<std::uint16_t>(j)};
      m(i, j) = random.normal(RandomPurpose::kTest, at, 0);
    }
  }
  return m;
}

/// With orthonormal columns, `columns` <= `rows`.
MatrixXd orthogonal(int rows, int columns, std::uint64_t seed, std::uint32_t stream) {
  return normals(rows, columns, seed, stream).householderQr().householderQ() *
         MatrixXd::Identity(rows, columns);
}

VectorXd spread(int n, double kappa) {
  VectorXd values(n);
  for (int i = 0; i < n; ++i) values[i] = std::pow(kappa, -static_cast<double>(i) / (n - 1));
  return values;
}

double condition(const MatrixXd& a) {
  const VectorXd s = Eigen::BDCSVD<MatrixXd>(a).singularValues();
  return s[0] / s[s.size() - 1];
}

std::optional<MatrixXd> first_with(double kappa, const std::function<MatrixXd(std::uint32_t)>& draw) {
  constexpr std::uint32_t kDraws = 100;
  for (std::uint32_t k = 0; k < kDraws; ++k) {
    const MatrixXd a = draw(k);
    if (condition(a) <= kappa) return a;
  }
  return std::nullopt;
}

MatrixXd gram(int n, int rows_each, std::uint64_t seed) {
  const MatrixXd h = normals(Eigen::Index{n} * rows_each, n, seed, 0);
  return h.transpose() * h / static_cast<double>(h.rows());
}

MatrixXd toeplitz(int n, std::uint64_t seed, std::uint32_t draw) {
  const VectorXd diagonals = normals(2 * n - 1, 1, seed, draw);
  return MatrixXd::NullaryExpr(n, n,
                               [&](Eigen::Index i, Eigen::Index j) { return diagonals[n - 1 + i - j]; });
}

MatrixXd second_differences(int n) {
  MatrixXd a = 2 * MatrixXd::Identity(n, n);
  for (int i = 1; i < n; ++i) a(i, i - 1) = a(i - 1, i) = -1;
  return a;
}

std::optional<MatrixXd> grid(int n) {
  const int side = static_cast<int>(std::lround(std::sqrt(n)));
  if (side * side != n) return std::nullopt;
  const MatrixXd line = second_differences(side);
  MatrixXd a = MatrixXd::Zero(n, n);
  for (int block = 0; block < side; ++block) {
    a.block(block * side, block * side, side, side) += line;
    for (int other = 0; other < side; ++other) {
      a.block(block * side, other * side, side, side).diagonal().array() += line(block, other);
    }
  }
  return a;
}

/// `count` draws from 0 … 1 for one row.
VectorXd uniforms(std::uint64_t seed, int row, int count) {
  const Random random(seed);
  VectorXd values(count);
  for (int k = 0; k < count; ++k) {
    values[k] =
        random.uniform(RandomPurpose::kTest, {.unit = 2, .row = static_cast<std::uint16_t>(row), .column = 0},
                       static_cast<std::uint32_t>(k));
  }
  return values;
}

MatrixXd scattered(int n, std::uint64_t seed) {
  constexpr int kOthers = 8;
  MatrixXd a = MatrixXd::Zero(n, n);
  for (int i = 0; i < n; ++i) {
    const VectorXd u = uniforms(seed, i, 1 + 2 * kOthers);
    for (int k = 0; k < kOthers; ++k)
      a(i, std::min(n - 1, static_cast<int>(u[1 + k] * n))) = (2 * u[1 + kOthers + k] - 1) / kOthers;
    a(i, i) = 0.8 + 0.4 * u[0];
  }
  return a;
}

}  // namespace

bool is_of_ensembles(Family family) {
  return family != Family::kDense && family != Family::kSparse;
}

std::string_view name_of(Family family) {
  switch (family) {
    case Family::kGeneral:
      return "general";
    case Family::kSpd:
      return "spd";
    case Family::kNormal:
      return "normal";
    case Family::kToeplitz:
      return "toeplitz";
    case Family::kGram:
      return "gram";
    case Family::kWishart:
      return "wishart";
    case Family::kPoisson1d:
      return "poisson_1d";
    case Family::kPoisson2d:
      return "poisson_2d";
    case Family::kDense:
      return "dense";
    case Family::kSparse:
      return "sparse";
  }
  throw InternalError("a family without a name");
}

bool takes_kappa(Family family) {
  return family == Family::kGeneral || family == Family::kSpd || family == Family::kNormal ||
         family == Family::kToeplitz;
}

bool takes_rows(Family family) {
  return family == Family::kGeneral || family == Family::kNormal;
}

std::optional<MatrixXd> random_matrix(Family family, Shape shape, double kappa, std::uint64_t seed) {
  const int n = shape.columns;
  const int rank = std::min(shape.rows, n);
  switch (family) {
    case Family::kGeneral:
      return orthogonal(shape.rows, rank, seed, 0) * spread(rank, kappa).asDiagonal() *
             orthogonal(n, rank, seed, 1).transpose();
    case Family::kSpd: {
      const MatrixXd q = orthogonal(n, n, seed, 0);
      const MatrixXd a = q * spread(n, kappa).asDiagonal() * q.transpose();
      return (a + a.transpose()) / 2;
    }
    case Family::kNormal:
      return first_with(kappa, [&](std::uint32_t draw) { return normals(shape.rows, n, seed, draw); });
    case Family::kToeplitz:
      return first_with(kappa, [&](std::uint32_t draw) { return toeplitz(n, seed, draw); });
    case Family::kGram:
      return gram(n, 16, seed);
    case Family::kWishart:
      return gram(n, 4, seed);
    case Family::kPoisson1d:
      return second_differences(n);
    case Family::kPoisson2d:
      return grid(n);
    case Family::kDense:
      return normals(n, n, seed, 0) / std::sqrt(n) + 2 * MatrixXd::Identity(n, n);
    case Family::kSparse:
      return scattered(n, seed);
  }
  throw InternalError("a family without matrices");
}

}  // namespace mho::bench
