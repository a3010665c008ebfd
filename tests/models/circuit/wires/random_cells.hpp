// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <Eigen/Core>

#include <cstdint>

#include "models/base/random.hpp"

namespace mho::circuit {

/// Uniform draws in (0, 1); `seed` and `unit` choose the matrix.
inline Eigen::MatrixXd uniform_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed,
                                      std::uint32_t unit = 0) {
  const Random random(seed);
  return Eigen::MatrixXd::NullaryExpr(rows, cols, [&](Eigen::Index i, Eigen::Index j) {
    return random.uniform(
        RandomPurpose::kTest,
        {.unit = unit, .row = static_cast<std::uint16_t>(i), .column = static_cast<std::uint16_t>(j)}, 0);
  });
}

/// Standard normal draws.
inline Eigen::MatrixXd normal_matrix(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed,
                                     std::uint32_t unit = 0) {
  const Random random(seed);
  return Eigen::MatrixXd::NullaryExpr(rows, cols, [&](Eigen::Index i, Eigen::Index j) {
    return random.normal(
        RandomPurpose::kTest,
        {.unit = unit, .row = static_cast<std::uint16_t>(i), .column = static_cast<std::uint16_t>(j)}, 0);
  });
}

/// Cells of 1 … 100 µS [siemens], a share of them open.
inline Eigen::MatrixXd random_cells(Eigen::Index rows, Eigen::Index cols, std::uint64_t seed,
                                    double open_share = 0.0) {
  const Eigen::ArrayXXd g = 1e-6 + 99e-6 * uniform_matrix(rows, cols, seed, 0).array();
  const Eigen::ArrayXXd chance = uniform_matrix(rows, cols, seed, 1).array();
  return (chance < open_share).select(0.0, g).matrix();
}

/// Largest difference relative to the largest entry.
inline double relative_difference(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  return (a - b).cwiseAbs().maxCoeff() / b.cwiseAbs().maxCoeff();
}

}  // namespace mho::circuit
