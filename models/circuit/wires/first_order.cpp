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
/// of `g` are lines; all of them are swept together.
MatrixXd line_shares(const MatrixXd& g, double segment_ohm, double port_ohm, LineEnd end) {
  const Index last = g.cols() - 1;
  const auto column = [&](Index from_port) { return end == LineEnd::kFirst ? from_port : last - from_port; };
  MatrixXd shares(g.rows(), g.cols());
  // As in line_sweeps.hpp: first the factors, from the open end to the port, then their products back.
  ArrayXd carried = ArrayXd::Zero(g.rows());
  for (Index k = last; k >= 0; --k) {
    const double ohm = k == 0 ? segment_ohm + port_ohm : segment_ohm;
    const ArrayXd seen = g.col(column(k)).array() + carried;
    const ArrayXd factor = 1.0 / (1.0 + ohm * seen);
    carried = factor * seen;
    shares.col(column(k)) = factor.matrix();
  }
  for (Index k = 1; k <= last; ++k) shares.col(column(k)).array() *= shares.col(column(k - 1)).array();
  return shares;
}

}  // namespace

MatrixXd first_order_gain(const Eigen::Ref<const MatrixXd>& g_siemens, const LineParams& lines) {
  MatrixXd gain = line_shares(g_siemens, lines.row_segment_ohm, lines.row_port_ohm, lines.row_end);
  gain.array() *=
      line_shares(g_siemens.transpose(), lines.column_segment_ohm, lines.column_port_ohm, lines.column_end)
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
