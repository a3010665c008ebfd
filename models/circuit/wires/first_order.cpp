// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/first_order.hpp"

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

using Eigen::ArrayXd;
using Eigen::Index;
using Eigen::MatrixXd;

/// Share of a row port's voltage that arrives at each node of its line while the columns are grounded. Rows
/// of `g` are lines; all of them are swept together, as in line_sweeps.hpp.
MatrixXd line_shares(const MatrixXd& g, double segment_ohm, double end_ohm, LineEnd end) {
  const Index last = g.cols() - 1;
  const auto column = [&](Index from_port) { return end == LineEnd::kLast ? last - from_port : from_port; };
  const auto ohm = [&](Index from_port) { return from_port == 0 ? end_ohm : segment_ohm; };
  // The second connection, of a line whose voltage is not the port's anyway.
  const double far_siemens = end == LineEnd::kBoth && end_ohm > 0.0 ? 1.0 / end_ohm : 0.0;

  MatrixXd factors(g.rows(), g.cols()), gathered(g.rows(), g.cols());
  ArrayXd seen = ArrayXd::Constant(g.rows(), far_siemens), current = seen;
  for (Index k = last; k >= 0; --k) {
    seen += g.col(column(k)).array();
    const ArrayXd factor = 1.0 / (1.0 + ohm(k) * seen);
    factors.col(k) = factor.matrix();
    gathered.col(k) = current.matrix();
    seen *= factor;
    current *= factor;
  }
  MatrixXd shares(g.rows(), g.cols());
  ArrayXd share = ArrayXd::Ones(g.rows());
  for (Index k = 0; k <= last; ++k) {
    share = factors.col(k).array() * (ohm(k) * gathered.col(k).array() + share);
    shares.col(column(k)) = share.matrix();
  }
  return shares;
}

}  // namespace

MatrixXd first_order_gain(const Eigen::Ref<const MatrixXd>& g_siemens, const LineParams& lines) {
  MatrixXd gain = line_shares(g_siemens, lines.row_segment_ohm, row_end_ohm(lines), lines.row_end);
  gain.array() *=
      line_shares(g_siemens.transpose(), lines.column_segment_ohm, column_end_ohm(lines), lines.column_end)
          .transpose()
          .array();
  return gain;
}

MatrixXd first_order_transfer(const Eigen::Ref<const MatrixXd>& g_siemens, const LineParams& lines) {
  return g_siemens.cwiseProduct(first_order_gain(g_siemens, lines));
}

MatrixXd transfer_change(const Eigen::Ref<const MatrixXd>& before, const Eigen::Ref<const MatrixXd>& after,
                         const LineParams& lines) {
  require(before.rows() == after.rows() && before.cols() == after.cols(),
          "transfer change: {}x{} cells before and {}x{} after; sizes must agree", before.rows(),
          before.cols(), after.rows(), after.cols());
  require_cells(before);
  require_cells(after);
  validate(lines);
  return first_order_transfer(after, lines) - first_order_transfer(before, lines);
}

}  // namespace mho::circuit
