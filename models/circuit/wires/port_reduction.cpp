// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/port_reduction.hpp"

#include <Eigen/SparseCholesky>

#include <vector>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

/// Numbers the nodes inside the array and gathers conductances. Ports are nodes −1−p.
class NodalMatrix {
 public:
  explicit NodalMatrix(Eigen::Index ports) : ports_(ports) {}
  Eigen::Index new_node() { return nodes_++; }
  void connect(Eigen::Index a, Eigen::Index b, double g) {
    if (g == 0.0) return;
    add(a, a, g);
    add(b, b, g);
    add(a, b, -g);
    add(b, a, -g);
  }
  Eigen::MatrixXd port_matrix() const {
    Eigen::SparseMatrix<double> inner(nodes_, nodes_);
    inner.setFromTriplets(inner_.begin(), inner_.end());
    Eigen::SparseMatrix<double> cross(nodes_, ports_), outer(ports_, ports_);
    cross.setFromTriplets(cross_.begin(), cross_.end());
    outer.setFromTriplets(outer_.begin(), outer_.end());
    Eigen::MatrixXd result = outer;
    if (nodes_ == 0) return result;
    const Eigen::SimplicialLDLT<Eigen::SparseMatrix<double>> factor(inner);
    ensure(factor.info() == Eigen::Success, "array lines: factorisation of {} nodes failed", nodes_);
    result -= cross.transpose() * factor.solve(Eigen::MatrixXd(cross));
    return result;
  }

 private:
  void add(Eigen::Index a, Eigen::Index b, double g) {
    if (a >= 0 && b >= 0) inner_.emplace_back(a, b, g);
    if (a >= 0 && b < 0) cross_.emplace_back(a, -1 - b, g);
    if (a < 0 && b < 0) outer_.emplace_back(-1 - a, -1 - b, g);
  }
  Eigen::Index ports_;
  Eigen::Index nodes_ = 0;
  std::vector<Eigen::Triplet<double>> inner_, cross_, outer_;
};

/// Nodes of one line of `length` cells whose port is node `port`.
std::vector<Eigen::Index> add_line(NodalMatrix& matrix, Eigen::Index length, double segment_ohm,
                                   double port_ohm, LineEnd end, Eigen::Index port) {
  if (segment_ohm == 0.0) {
    const Eigen::Index node = port_ohm == 0.0 ? port : matrix.new_node();
    if (node != port) matrix.connect(node, port, 1.0 / port_ohm);
    return std::vector<Eigen::Index>(static_cast<std::size_t>(length), node);
  }
  std::vector<Eigen::Index> nodes;
  for (Eigen::Index k = 0; k < length; ++k) {
    nodes.push_back(matrix.new_node());
    if (k > 0) matrix.connect(nodes[static_cast<std::size_t>(k) - 1], nodes.back(), 1.0 / segment_ohm);
  }
  matrix.connect(end == LineEnd::kFirst ? nodes.front() : nodes.back(), port, 1.0 / (segment_ohm + port_ohm));
  return nodes;
}

}  // namespace

ArrayPorts reduce_ports(const Eigen::Ref<const Eigen::MatrixXd>& g_siemens, const LineParams& lines) {
  require_cells(g_siemens);
  validate(lines);
  const Eigen::Index n = g_siemens.rows(), m = g_siemens.cols();
  if (is_ideal(lines)) {
    return {.transfer_siemens = g_siemens,
            .row_self_siemens = g_siemens.rowwise().sum().asDiagonal(),
            .column_self_siemens = g_siemens.colwise().sum().asDiagonal()};
  }
  NodalMatrix matrix(n + m);
  std::vector<std::vector<Eigen::Index>> rows, columns;
  for (Eigen::Index i = 0; i < n; ++i)
    rows.push_back(add_line(matrix, m, lines.row_segment_ohm, lines.row_port_ohm, lines.row_end, -1 - i));
  for (Eigen::Index j = 0; j < m; ++j)
    columns.push_back(
        add_line(matrix, n, lines.column_segment_ohm, lines.column_port_ohm, lines.column_end, -1 - n - j));
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < m; ++j)
      matrix.connect(rows[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)],
                     columns[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)], g_siemens(i, j));
  }
  const Eigen::MatrixXd ports = matrix.port_matrix();
  return {.transfer_siemens = -ports.topRightCorner(n, m),
          .row_self_siemens = ports.topLeftCorner(n, n),
          .column_self_siemens = ports.bottomRightCorner(m, m)};
}

}  // namespace mho::circuit
