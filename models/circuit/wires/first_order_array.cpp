// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/first_order_array.hpp"

#include <algorithm>
#include <cmath>

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

FirstOrderArray::FirstOrderArray(const Eigen::Ref<const MatrixXd>& g_siemens, const LineParams& lines)
    : swept_(g_siemens, lines), storage_(2 * (swept_.size() + kVectorOffset)) {
  const SweepCoefficients array = swept_.coefficients();
  double* const from_column = storage_.data();
  double* const to_column = from_column + swept_.size() + kVectorOffset;
  LaneVector one(static_cast<std::size_t>(std::max(array.rows, array.stride)), 1.0);

  std::fill_n(from_column, swept_.size(), 0.0);
  std::fill_n(from_column + (swept_.rows() - 1) * array.stride, swept_.cols(), swept_.column_far_siemens());
  descend_columns(array, from_column, from_column);
  ascend_columns(array, from_column, one.data());

  std::fill_n(to_column, swept_.size(), 0.0);
  for (Index i = 0; i < swept_.rows(); ++i)
    to_column[i * array.stride + swept_.cols() - 1] = swept_.row_far_siemens();
  couple_through_rows(array, to_column, one.data(), to_column);

  row_self_.resize(swept_.rows());
  double loss = 0.0;
  for (Index i = 0; i < swept_.rows(); ++i) {
    const Index begin = swept_.swept_row(i) * array.stride;
    row_self_[i] = VectorXd::Map(to_column + begin, swept_.cols()).sum();
    loss += (1.0 - VectorXd::Map(from_column + begin, swept_.cols()).array()).square().sum();
  }
  column_loss_ = std::sqrt(loss);
  find_transfer();
}

PortGains FirstOrderArray::gains() const {
  return {.from_column = storage_.data(), .to_column = storage_.data() + swept_.size() + kVectorOffset};
}

void FirstOrderArray::find_transfer() {
  const PortGains factors = gains();
  transfer_.resize(swept_.rows(), swept_.cols());
  // By bands of rows, as SweptArray reads them.
  for (Index i0 = 0; i0 < swept_.rows(); i0 += kSweepRows) {
    const Index end = std::min(i0 + kSweepRows, swept_.rows());
    for (Index j = 0; j < swept_.cols(); ++j) {
      for (Index i = i0; i < end; ++i) {
        const std::size_t at = swept_.place(i, j);
        transfer_(i, j) = factors.to_column[at] * factors.from_column[at];
      }
    }
  }
}

VectorXd FirstOrderArray::in_order(const LaneVector& swept_rows) const {
  VectorXd rows(swept_.rows());
  for (Index i = 0; i < rows.size(); ++i) rows[i] = swept_rows[static_cast<std::size_t>(swept_.swept_row(i))];
  return rows;
}

VectorXd FirstOrderArray::ground_columns(const double* currents, double* volt) const {
  const SweepCoefficients array = swept_.coefficients();
  LaneVector row_sums(static_cast<std::size_t>(array.rows));
  descend_columns(array, currents, volt);
  ascend_and_weigh(array, volt, gains().to_column, row_sums.data());
  return in_order(row_sums);
}

void FirstOrderArray::couple(const VectorXd& row_volt, const VectorXd& column_volt, double* volt) const {
  const SweepCoefficients array = swept_.coefficients();
  LaneVector rows(static_cast<std::size_t>(array.rows), 0.0);
  LaneVector columns(static_cast<std::size_t>(array.stride), 0.0);
  for (Index i = 0; i < swept_.rows(); ++i) rows[static_cast<std::size_t>(swept_.swept_row(i))] = row_volt[i];
  for (Index j = 0; j < swept_.cols(); ++j)
    columns[static_cast<std::size_t>(swept_.swept_column(j))] = column_volt[j];
  couple_with_ports(array, gains(), columns.data(), rows.data(), volt);
}

/// What of `currents` into the column lines arrives at each of their ports if the cells are grounded.
VectorXd FirstOrderArray::column_sums(const double* currents) const {
  const Index stride = swept_.stride();
  VectorXd swept_sums = VectorXd::Zero(swept_.cols());
  for (Index i = 0; i < swept_.rows(); ++i) {
    swept_sums.array() += VectorXd::Map(currents + i * stride, swept_.cols()).array() *
                          VectorXd::Map(gains().from_column + i * stride, swept_.cols()).array();
  }
  VectorXd sums(swept_.cols());
  for (Index j = 0; j < sums.size(); ++j) sums[j] = swept_sums[swept_.swept_column(j)];
  return sums;
}

void FirstOrderArray::bound_rest(int n_sweeps, VectorXd& by_row, VectorXd& by_column) const {
  const SweepCoefficients array = swept_.coefficients();
  LaneVector vector(swept_.size());
  double* const q = vector.data();
  // C w for w = 1, column lines without cells left away.
  const auto start = [&] { couple_through_rows(array, swept_.cells(), nullptr, q); };
  const VectorXd no_rows = VectorXd::Zero(swept_.rows()), no_columns = VectorXd::Zero(swept_.cols());
  start();
  for (int k = 1; k < n_sweeps; ++k) {
    (void)ground_columns(q, q);
    couple(no_rows, VectorXd::Ones(swept_.cols()), q);
  }
  if (n_sweeps == 1) by_column = column_sums(q);
  by_row = ground_columns(q, q);
  if (n_sweeps == 1) return;
  start();
  for (int k = 1; k < n_sweeps; ++k) {
    VectorXd::Map(q, static_cast<Index>(swept_.size())) +=
        VectorXd::Map(gains().to_column, static_cast<Index>(swept_.size()));
    (void)ground_columns(q, q);
    couple(no_rows, no_columns, q);
  }
  by_column = column_sums(q);
}

}  // namespace mho::circuit
