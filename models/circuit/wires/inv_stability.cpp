// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_stability.hpp"

#include <Eigen/Cholesky>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "models/base/error.hpp"
#include "models/circuit/wires/decay_by_squaring.hpp"
#include "models/circuit/wires/port_reduction.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// One sweep's bounds are too large by about the wires' loss [rms of the cells]. More sweeps remove that.
constexpr double kSmallLoss = 0.1;
constexpr int kManySweeps = 5;
// Covers the rounding of the sums, which are sums of positive products.
constexpr double kSumRounding = 1e-9;
// Taken off the diagonal, relative to its largest entry, before the factorisation: covers its rounding.
constexpr double kRounding = 1e-10;

/// What is known of the transfer T = known + E of one array.
struct TransferBounds {
  MatrixXd known;
  VectorXd row_sums;                  ///< T 1, not above the true one
  VectorXd rest_by_row, rest_by_col;  ///< E 1 and Eᵀ 1, not below the true ones
};

TransferBounds bound_transfer(const FirstOrderArray& array, int n_sweeps) {
  TransferBounds bounds{.known = array.transfer(), .row_sums = {}, .rest_by_row = {}, .rest_by_col = {}};
  array.bound_rest(n_sweeps, bounds.rest_by_row, bounds.rest_by_col);
  bounds.rest_by_row *= 1.0 + kSumRounding;
  bounds.rest_by_col *= 1.0 + kSumRounding;
  bounds.row_sums = (1.0 - kSumRounding) * bounds.known.rowwise().sum();
  return bounds;
}

/// All of it known, from the array's reduction.
TransferBounds exact_transfer(const ArrayPorts& ports) {
  const VectorXd none = VectorXd::Zero(ports.transfer_siemens.rows());
  return {.known = ports.transfer_siemens,
          .row_sums = ports.transfer_siemens.rowwise().sum(),
          .rest_by_row = none,
          .rest_by_col = none};
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
  constexpr double kSmallest = 0.25, kLargest = 64.0;
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

/// @param minus  nothing if the loop has no inverters
bool is_proven(const TransferBounds& plus, const std::optional<TransferBounds>& minus, double g_in_siemens) {
  if (!minus) return is_single_array_stable(plus);
  const auto weights = inverter_weights(minus->known, plus.known - minus->known);
  return std::ranges::any_of(weights,
                             [&](double q) { return is_pair_stable(plus, *minus, g_in_siemens, q); });
}

bool is_proven_by_bounds(const InvArrays& arrays, double g_in_siemens, int n_sweeps) {
  std::optional<TransferBounds> minus;
  if (arrays.negative) minus = bound_transfer(*arrays.negative, n_sweeps);
  return is_proven(bound_transfer(arrays.positive, n_sweeps), minus, g_in_siemens);
}

/// The equations of the header, for o alone or for o and d together.
bool is_proven_by_squaring(const ArrayPorts& plus, const std::optional<ArrayPorts>& minus,
                           double g_in_siemens) {
  const Index n = plus.transfer_siemens.rows();
  MatrixXd self = plus.row_self_siemens;
  self.diagonal().array() += g_in_siemens;
  if (!minus) return all_modes_decay(plus.transfer_siemens, self);
  self += minus->row_self_siemens;
  MatrixXd t(2 * n, 2 * n), y = MatrixXd::Zero(2 * n, 2 * n);
  t.topLeftCorner(n, n) = t.bottomLeftCorner(n, n) = plus.transfer_siemens - minus->transfer_siemens;
  t.topRightCorner(n, n) = minus->transfer_siemens;
  t.bottomRightCorner(n, n) = minus->transfer_siemens + 0.5 * self;
  y.topLeftCorner(n, n) = y.bottomRightCorner(n, n) = self;
  return all_modes_decay(t, y);
}

bool is_proven_by_reduction(const InvArrays& arrays, double g_in_siemens) {
  const ArrayPorts plus = reduce_ports(arrays.g_positive, arrays.lines);
  std::optional<ArrayPorts> minus;
  std::optional<TransferBounds> minus_transfer;
  if (arrays.negative) {
    minus = reduce_ports(*arrays.g_negative, arrays.lines);
    minus_transfer = exact_transfer(*minus);
  }
  return is_proven(exact_transfer(plus), minus_transfer, g_in_siemens) ||
         is_proven_by_squaring(plus, minus, g_in_siemens);
}

}  // namespace

bool is_surely_stable(const InvArrays& arrays, double g_in_siemens) {
  require(g_in_siemens >= 0.0 && std::isfinite(g_in_siemens),
          "INV stability: input conductance is {} S; it must not be negative", g_in_siemens);
  const double loss =
      std::max(arrays.positive.column_loss(), arrays.negative ? arrays.negative->column_loss() : 0.0);
  return (loss < kSmallLoss * static_cast<double>(arrays.size()) &&
          is_proven_by_bounds(arrays, g_in_siemens, 1)) ||
         is_proven_by_bounds(arrays, g_in_siemens, kManySweeps) ||
         is_proven_by_reduction(arrays, g_in_siemens);
}

bool is_surely_stable(const device::DifferentialPair& pair, const LineParams& lines, double g_in_siemens) {
  return is_surely_stable(InvArrays(pair.positive, &pair.negative, lines), g_in_siemens);
}

}  // namespace mho::circuit
