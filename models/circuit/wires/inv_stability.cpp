// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_stability.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <cmath>
#include <optional>

#include "models/base/error.hpp"
#include "models/circuit/wires/first_order.hpp"
#include "models/circuit/wires/line_solver.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// Accuracy of the wire solutions, and what is added to the sums for it: the error is in the energy norm and
// relative to the largest current, so a thousand times more is allowed.
constexpr double kSumTolerance = 1e-7;
constexpr double kSumMargin = 1e-4;
// Taken off the diagonal, relative to its largest entry, before the factorisation: covers its rounding.
constexpr double kRounding = 1e-10;

/// What is known of the transfer T = first + E of one array.
struct TransferBounds {
  MatrixXd first;
  VectorXd row_sums;                  ///< T 1, not above the true one
  VectorXd rest_by_row, rest_by_col;  ///< E 1 and Eᵀ 1, not below the true ones
};

/// Sums of E from those of T; `margin` covers the error of the latter.
VectorXd rest_of(const VectorXd& sums, const VectorXd& first_sums, double margin) {
  return (sums - first_sums).cwiseMax(0.0).array() + margin;
}

/// Nothing if the wires could not be solved.
std::optional<TransferBounds> bound_transfer(const MatrixXd& g, const LineParams& lines) {
  const Index n = g.rows();
  TransferBounds bounds{
      .first = first_order_transfer(g, lines), .row_sums = {}, .rest_by_row = {}, .rest_by_col = {}};
  if (is_ideal(lines)) {
    bounds.row_sums = bounds.first.rowwise().sum();
    bounds.rest_by_row = bounds.rest_by_col = VectorXd::Zero(n);
    return bounds;
  }
  const LineSolver solver(g, lines);
  const VectorXd zero = VectorXd::Zero(n), one = VectorXd::Ones(n);
  const LineSolverOptions options{.tolerance = kSumTolerance};
  VectorXd into_rows, into_columns, ignored;
  if (solver.solve_ports(zero, one, options, into_rows, ignored) != LineStatus::kOk ||
      solver.solve_ports(one, zero, options, ignored, into_columns) != LineStatus::kOk)
    return std::nullopt;
  const VectorXd by_row = -into_rows, by_column = -into_columns;
  const double margin = kSumMargin * std::max(by_row.maxCoeff(), by_column.maxCoeff());
  bounds.row_sums = by_row.array() - margin;
  bounds.rest_by_row = rest_of(by_row, bounds.first.rowwise().sum(), margin);
  bounds.rest_by_col = rest_of(by_column, bounds.first.colwise().sum().transpose(), margin);
  return bounds;
}

bool is_positive_definite(MatrixXd& symmetric) {
  const double largest = symmetric.diagonal().maxCoeff();
  if (!(largest > 0.0)) return false;
  symmetric.diagonal().array() -= kRounding * largest;
  const Eigen::LLT<Eigen::Ref<MatrixXd>> factors(symmetric);
  return factors.info() == Eigen::Success;
}

bool is_single_array_stable(const TransferBounds& t) {
  MatrixXd form = 0.5 * (t.first + t.first.transpose());
  form.diagonal() -= 0.5 * (t.rest_by_row + t.rest_by_col);
  return is_positive_definite(form);
}

bool is_pair_stable(const TransferBounds& plus, const TransferBounds& minus, double g_in_siemens) {
  const Index n = plus.first.rows();
  const MatrixXd difference = plus.first - minus.first;
  // The weight of the inverters' part that makes the mixed terms small.
  const double q = std::clamp(minus.first.norm() / difference.norm(), 0.25, 4.0);
  MatrixXd form(2 * n, 2 * n);  // the lower triangle counts
  form.topLeftCorner(n, n) = 0.5 * (difference + difference.transpose());
  form.bottomLeftCorner(n, n) = 0.5 * (minus.first.transpose() + q * difference);
  form.bottomRightCorner(n, n) = 0.5 * q * (minus.first + minus.first.transpose());

  form.diagonal().tail(n) += 0.5 * q * (plus.row_sums + minus.row_sums + VectorXd::Constant(n, g_in_siemens));
  // What E⁺ and E⁻ can take away, term by term of the form in the header.
  const VectorXd rows = plus.rest_by_row + minus.rest_by_row;
  const VectorXd columns = plus.rest_by_col + minus.rest_by_col;
  form.diagonal().head(n) -= 0.5 * (rows + columns + minus.rest_by_row + q * columns);
  form.diagonal().tail(n) -= 0.5 * (minus.rest_by_col + q * (rows + minus.rest_by_row + minus.rest_by_col));
  return is_positive_definite(form);
}

}  // namespace

bool is_surely_stable(const device::DifferentialPair& pair, const LineParams& lines, double g_in_siemens) {
  require(pair.rows() == pair.cols() && pair.negative.rows() == pair.rows() &&
              pair.negative.cols() == pair.cols(),
          "INV stability: arrays of {}x{} and {}x{} cells; both must be square and equal", pair.rows(),
          pair.cols(), pair.negative.rows(), pair.negative.cols());
  require_cells(pair.positive);
  require_cells(pair.negative);
  require(g_in_siemens >= 0.0 && std::isfinite(g_in_siemens),
          "INV stability: input conductance is {} S; it must not be negative", g_in_siemens);
  validate(lines);
  const auto plus = bound_transfer(pair.positive, lines);
  if (!plus) return false;
  if (pair.negative.maxCoeff() == 0.0) return is_single_array_stable(*plus);
  const auto minus = bound_transfer(pair.negative, lines);
  return minus && is_pair_stable(*plus, *minus, g_in_siemens);
}

}  // namespace mho::circuit
