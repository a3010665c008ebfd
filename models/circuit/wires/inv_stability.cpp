// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_stability.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "models/base/error.hpp"
#include "models/circuit/wires/first_order.hpp"
#include "models/circuit/wires/line_solver.hpp"
#include "models/circuit/wires/port_reduction.hpp"

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

/// What is known of the transfer T = known + E of one array.
struct TransferBounds {
  MatrixXd known;
  VectorXd row_sums;                  ///< T 1, not above the true one
  VectorXd rest_by_row, rest_by_col;  ///< E 1 and Eᵀ 1, not below the true ones
};

/// Sums of E from those of T; `margin` covers the error of the latter.
VectorXd rest_of(const VectorXd& sums, const VectorXd& known_sums, double margin) {
  return (sums - known_sums).cwiseMax(0.0).array() + margin;
}

/// Nothing if the wires could not be solved.
std::optional<TransferBounds> bound_transfer(const MatrixXd& g, const LineParams& lines) {
  const Index n = g.rows();
  TransferBounds bounds{
      .known = first_order_transfer(g, lines), .row_sums = {}, .rest_by_row = {}, .rest_by_col = {}};
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
  bounds.rest_by_row = rest_of(by_row, bounds.known.rowwise().sum(), margin);
  bounds.rest_by_col = rest_of(by_column, bounds.known.colwise().sum().transpose(), margin);
  return bounds;
}

/// All of it known, from the array's reduction.
std::optional<TransferBounds> exact_transfer(const MatrixXd& g, const LineParams& lines) {
  TransferBounds bounds;
  bounds.known = reduce_ports(g, lines).transfer_siemens;
  bounds.row_sums = bounds.known.rowwise().sum();
  bounds.rest_by_row = bounds.rest_by_col = VectorXd::Zero(g.rows());
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
  MatrixXd form = 0.5 * (t.known + t.known.transpose());
  form.diagonal() -= 0.5 * (t.rest_by_row + t.rest_by_col);
  return is_positive_definite(form);
}

/// Weights q of the inverters' part to try. For T = δ·1 and T⁻ the same in every cell, with row sums mδ, the
/// form is positive between about m/6 and 2 + 4m: 1 + m/2 is well inside for every m, and leaves room for
/// what E takes. Where T is no such matrix, the mixed terms should be about equal.
std::array<double, 2> inverter_weights(const MatrixXd& minus, const MatrixXd& difference) {
  constexpr double kSmallest = 0.25, kLargest = 16.0;
  const double m = minus.sum() / std::max(difference.sum(), 0.01 * minus.sum());
  return {std::clamp(1.0 + 0.5 * m, kSmallest, kLargest),
          std::clamp(minus.norm() / difference.norm(), kSmallest, kLargest)};
}

bool is_pair_stable(const TransferBounds& plus, const TransferBounds& minus, double g_in_siemens, double q) {
  const Index n = plus.known.rows();
  const MatrixXd difference = plus.known - minus.known;
  MatrixXd form(2 * n, 2 * n);  // the lower triangle counts
  form.topLeftCorner(n, n) = 0.5 * (difference + difference.transpose());
  form.bottomLeftCorner(n, n) = 0.5 * (minus.known.transpose() + q * difference);
  form.bottomRightCorner(n, n) = 0.5 * q * (minus.known + minus.known.transpose());

  form.diagonal().tail(n) += 0.5 * q * (plus.row_sums + minus.row_sums + VectorXd::Constant(n, g_in_siemens));
  // What E⁺ and E⁻ can take away, term by term of the form in the header.
  const VectorXd rows = plus.rest_by_row + minus.rest_by_row;
  const VectorXd columns = plus.rest_by_col + minus.rest_by_col;
  form.diagonal().head(n) -= 0.5 * (rows + columns + minus.rest_by_row + q * columns);
  form.diagonal().tail(n) -= 0.5 * (minus.rest_by_col + q * (rows + minus.rest_by_row + minus.rest_by_col));
  return is_positive_definite(form);
}

/// @param transfer_of  what is known of an array's transfer, or nothing
template <typename TransferOf>
bool is_proven(const device::DifferentialPair& pair, const LineParams& lines, double g_in_siemens,
               const TransferOf& transfer_of) {
  const std::optional<TransferBounds> plus = transfer_of(pair.positive, lines);
  if (!plus) return false;
  if (pair.negative.maxCoeff() == 0.0) return is_single_array_stable(*plus);
  const std::optional<TransferBounds> minus = transfer_of(pair.negative, lines);
  if (!minus) return false;
  const auto weights = inverter_weights(minus->known, plus->known - minus->known);
  return std::ranges::any_of(weights,
                             [&](double q) { return is_pair_stable(*plus, *minus, g_in_siemens, q); });
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
  return (!is_ideal(lines) && is_proven(pair, lines, g_in_siemens, bound_transfer)) ||
         is_proven(pair, lines, g_in_siemens, exact_transfer);
}

}  // namespace mho::circuit
