// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/decay_by_squaring.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <cmath>
#include <limits>

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;

constexpr int kMostSquarings = 20;
constexpr double kUnitRoundoff = 0.5 * std::numeric_limits<double>::epsilon();
// Of the error of the solution beyond N·u times the condition, an estimate of which is used.
constexpr double kSolutionMargin = 100.0;

/// Not below the 2-norm.
double norm_bound(const MatrixXd& b) {
  const double by_sums =
      std::sqrt(b.cwiseAbs().colwise().sum().maxCoeff() * b.cwiseAbs().rowwise().sum().maxCoeff());
  return std::min(by_sums, b.norm());
}

/// Between the fast modes, where Y⁻¹T is about 1, and the slow ones, where it is about its diagonal.
double middle_rate(const MatrixXd& t, const MatrixXd& y) {
  constexpr double kSlowest = 1e-6;
  const double slow = std::abs(t.diagonal().cwiseQuotient(y.diagonal()).mean());
  return std::sqrt(std::clamp(slow, kSlowest, 1.0));
}

}  // namespace

bool all_modes_decay(const MatrixXd& t, const MatrixXd& y) {
  const double n_roundoff = kUnitRoundoff * static_cast<double>(t.rows());
  const double gamma = middle_rate(t, y);
  const Eigen::PartialPivLU<MatrixXd> sum(gamma * y + t);
  MatrixXd power = sum.solve(gamma * y - t);
  double error = kSolutionMargin * n_roundoff / sum.rcond() * (1.0 + power.norm());
  for (int k = 0;; ++k) {
    const double norm = norm_bound(power), frobenius = power.norm();
    if (norm + error < 1.0) return true;
    // Written so that a NaN ends it.
    if (!(error < 1.0) || k == kMostSquarings) return false;
    // (B + δ)² = B² + Bδ + δB + δ², and the rounding of the product.
    error = (2.0 * norm + error) * error + 2.0 * n_roundoff * frobenius * frobenius;
    power = (power * power).eval();
  }
}

}  // namespace mho::circuit
