// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/models/circuit/wires/nodal_array.hpp"

#include <Eigen/LU>
#include <Eigen/SparseCholesky>

#include <vector>

namespace mho::circuit {
namespace {

using Eigen::Index;
using Nodes = std::vector<Index>;

/// Conductances of an array; the ports are nodes 0 … ports−1, rows first.
struct NodalArray {
  Index nodes;
  Index ports;
  std::vector<Eigen::Triplet<double>> entries;

  NodalArray(const Eigen::MatrixXd& g, const LineParams& lines) : nodes(g.rows() + g.cols()), ports(nodes) {
    std::vector<Nodes> rows, columns;
    for (Index i = 0; i < g.rows(); ++i)
      rows.push_back(line(g.cols(), lines.row_segment_ohm, lines.row_port_ohm, lines.row_end, i));
    for (Index j = 0; j < g.cols(); ++j)
      columns.push_back(
          line(g.rows(), lines.column_segment_ohm, lines.column_port_ohm, lines.column_end, g.rows() + j));
    for (Index i = 0; i < g.rows(); ++i) {
      for (Index j = 0; j < g.cols(); ++j) connect(at(rows, i, j), at(columns, j, i), g(i, j));
    }
  }

  static Index at(const std::vector<Nodes>& lines, Index line, Index position) {
    return lines[static_cast<std::size_t>(line)][static_cast<std::size_t>(position)];
  }

  void connect(Index a, Index b, double g) {
    entries.emplace_back(a, a, g);
    entries.emplace_back(b, b, g);
    entries.emplace_back(a, b, -g);
    entries.emplace_back(b, a, -g);
  }

  Nodes line(Index length, double segment_ohm, double port_ohm, LineEnd end, Index port) {
    if (segment_ohm == 0.0) {
      Index node = port;
      if (port_ohm > 0.0) connect(node = nodes++, port, 1.0 / port_ohm);
      return Nodes(static_cast<std::size_t>(length), node);
    }
    Nodes result;
    for (Index k = 0; k < length; ++k) {
      result.push_back(nodes++);
      if (k > 0) connect(result[result.size() - 2], result.back(), 1.0 / segment_ohm);
    }
    connect(end == LineEnd::kFirst ? result.front() : result.back(), port, 1.0 / (segment_ohm + port_ohm));
    return result;
  }
};

ArrayPorts split(const Eigen::MatrixXd& ports, Index n, Index m) {
  return {.transfer_siemens = -ports.topRightCorner(n, m),
          .row_self_siemens = ports.topLeftCorner(n, n),
          .column_self_siemens = ports.bottomRightCorner(m, m)};
}

}  // namespace

ArrayPorts dense_nodal_ports(const Eigen::MatrixXd& g_siemens, const LineParams& lines) {
  using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const NodalArray array(g_siemens, lines);
  Matrix all = Matrix::Zero(array.nodes, array.nodes);
  for (const auto& entry : array.entries) all(entry.row(), entry.col()) += entry.value();
  const Index p = array.ports, q = array.nodes - array.ports;
  Matrix ports = all.topLeftCorner(p, p);
  if (q > 0) {
    const Matrix inner = all.bottomRightCorner(q, q), cross = all.bottomLeftCorner(q, p);
    ports -= cross.transpose() * inner.partialPivLu().solve(cross);
  }
  return split(ports.cast<double>(), g_siemens.rows(), g_siemens.cols());
}

ArrayPorts sparse_nodal_ports(const Eigen::MatrixXd& g_siemens, const LineParams& lines) {
  using Sparse = Eigen::SparseMatrix<double>;
  const NodalArray array(g_siemens, lines);
  const Index p = array.ports, q = array.nodes - array.ports;
  Sparse all(array.nodes, array.nodes);
  all.setFromTriplets(array.entries.begin(), array.entries.end());
  Eigen::MatrixXd ports = Sparse(all.topLeftCorner(p, p));
  if (q > 0) {
    const Sparse inner = all.bottomRightCorner(q, q), cross = all.bottomLeftCorner(q, p);
    const Eigen::SimplicialLDLT<Sparse> factor(inner);
    ports -= cross.transpose() * factor.solve(Eigen::MatrixXd(cross));
  }
  return split(ports, g_siemens.rows(), g_siemens.cols());
}

}  // namespace mho::circuit
