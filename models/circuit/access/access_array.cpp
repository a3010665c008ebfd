// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/access/access_array.hpp"

#include <Eigen/SparseCore>
#include <Eigen/SparseLU>

#include <vector>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

constexpr int kMaxNewton = 60;

/// Numbers of the line nodes: ports first (rows, then columns), then what is inside.
class LineNodes {
 public:
  LineNodes(Index rows, Index cols, const LineParams& lines) : rows_(rows), cols_(cols) {
    Index next = rows + cols;
    row_first_.assign(static_cast<std::size_t>(rows), 0);
    column_first_.assign(static_cast<std::size_t>(cols), 0);
    row_count_ = lines.row_segment_ohm > 0.0 ? cols : 1;
    column_count_ = lines.column_segment_ohm > 0.0 ? rows : 1;
    row_is_port_ = lines.row_segment_ohm == 0.0 && lines.row_port_ohm == 0.0;
    column_is_port_ = lines.column_segment_ohm == 0.0 && lines.column_port_ohm == 0.0;
    for (Index i = 0; i < rows && !row_is_port_; ++i, next += row_count_)
      row_first_[static_cast<std::size_t>(i)] = next;
    for (Index j = 0; j < cols && !column_is_port_; ++j, next += column_count_)
      column_first_[static_cast<std::size_t>(j)] = next;
    count_ = next;
  }

  Index count() const { return count_; }
  Index n_ports() const { return rows_ + cols_; }
  Index row(Index i, Index j) const {
    if (row_is_port_) return i;
    return row_first_[static_cast<std::size_t>(i)] + (row_count_ > 1 ? j : 0);
  }
  Index column(Index i, Index j) const {
    if (column_is_port_) return rows_ + j;
    return column_first_[static_cast<std::size_t>(j)] + (column_count_ > 1 ? i : 0);
  }

 private:
  Index rows_, cols_, count_ = 0, row_count_ = 1, column_count_ = 1;
  bool row_is_port_ = true, column_is_port_ = true;
  std::vector<Index> row_first_, column_first_;
};

using Triplets = std::vector<Eigen::Triplet<double>>;

void add_resistor(Triplets& y, Index a, Index b, double ohm) {
  if (a == b || ohm == 0.0) return;
  const double g = 1.0 / ohm;
  y.emplace_back(a, a, g);
  y.emplace_back(b, b, g);
  y.emplace_back(a, b, -g);
  y.emplace_back(b, a, -g);
}

/// Conductances of the metal: segments along the lines and what leads to the ports.
Triplets line_stamps(Index rows, Index cols, const LineParams& lines, const LineNodes& nodes) {
  Triplets y;
  for (Index i = 0; i < rows; ++i) {
    for (Index j = 0; j + 1 < cols; ++j)
      add_resistor(y, nodes.row(i, j), nodes.row(i, j + 1), lines.row_segment_ohm);
    const double ohm = row_end_ohm(lines);
    if (lines.row_end != LineEnd::kLast) add_resistor(y, i, nodes.row(i, 0), ohm);
    if (lines.row_end != LineEnd::kFirst) add_resistor(y, i, nodes.row(i, cols - 1), ohm);
  }
  for (Index j = 0; j < cols; ++j) {
    for (Index i = 0; i + 1 < rows; ++i)
      add_resistor(y, nodes.column(i, j), nodes.column(i + 1, j), lines.column_segment_ohm);
    const double ohm = column_end_ohm(lines);
    if (lines.column_end != LineEnd::kLast) add_resistor(y, rows + j, nodes.column(0, j), ohm);
    if (lines.column_end != LineEnd::kFirst) add_resistor(y, rows + j, nodes.column(rows - 1, j), ohm);
  }
  return y;
}

struct Network {
  Eigen::SparseMatrix<double> jacobian;
  VectorXd current;  // out of every node into the array, ports included
};

Network evaluate(const MatrixXd& g, const Nmos1Params& access, const LineNodes& nodes, const Triplets& metal,
                 const VectorXd& volt) {
  Network network;
  Triplets y = metal;
  network.current = VectorXd::Zero(nodes.count());
  for (const auto& t : metal) network.current[t.row()] += t.value() * volt[t.col()];
  for (Index j = 0; j < g.cols(); ++j) {
    for (Index i = 0; i < g.rows(); ++i) {
      const Index c = nodes.column(i, j), r = nodes.row(i, j);
      const BranchCurrent cell = cell_current(access, g(i, j), volt[c], volt[r]);
      network.current[c] += cell.ampere;
      network.current[r] -= cell.ampere;
      y.emplace_back(c, c, cell.by_first_siemens);
      y.emplace_back(c, r, cell.by_second_siemens);
      y.emplace_back(r, c, -cell.by_first_siemens);
      y.emplace_back(r, r, -cell.by_second_siemens);
    }
  }
  network.jacobian.resize(nodes.count(), nodes.count());
  network.jacobian.setFromTriplets(y.begin(), y.end());
  return network;
}

}  // namespace

ArrayLinearization linearize_array(const MatrixXd& g_siemens, const LineParams& lines,
                                   const Nmos1Params& access, const VectorXd& row_volt,
                                   const VectorXd& column_volt) {
  require_cells(g_siemens);
  validate(lines);
  validate(access);
  const Index n = g_siemens.rows(), m = g_siemens.cols(), p = n + m;
  require(row_volt.size() == n && column_volt.size() == m, "array: {} and {} port voltages for {}x{} cells",
          row_volt.size(), column_volt.size(), n, m);
  const LineNodes nodes(n, m, lines);
  const Triplets metal = line_stamps(n, m, lines, nodes);
  VectorXd volt = VectorXd::Zero(nodes.count());
  volt.head(n) = row_volt;
  volt.segment(n, m) = column_volt;
  const Index inside = nodes.count() - p;

  // A line starts at the voltage of its port: without current that is the answer.
  for (Index i = 0; i < n; ++i)
    for (Index j = 0; j < m; ++j) {
      volt[nodes.row(i, j)] = row_volt[i];
      volt[nodes.column(i, j)] = column_volt[j];
    }
  ArrayLinearization result;
  Network network = evaluate(g_siemens, access, nodes, metal, volt);
  Eigen::SparseLU<Eigen::SparseMatrix<double>> lu;
  double last_change = 1e300;
  for (int k = 0; inside > 0 && k < kMaxNewton; ++k) {
    lu.compute(network.jacobian.bottomRightCorner(inside, inside));
    require(lu.info() == Eigen::Success,
            "array: the lines cannot be solved; is a line cut off by its transistors?");
    const VectorXd step = lu.solve(network.current.tail(inside));
    volt.tail(inside) -= step;
    network = evaluate(g_siemens, access, nodes, metal, volt);
    const double change = step.cwiseAbs().maxCoeff();
    // Quadratic until rounding: then steps no longer shrink.
    if (change == 0.0 || (change < 1e-12 && change >= 0.25 * last_change)) {
      result.has_converged = true;
      break;
    }
    last_change = change;
  }
  if (inside == 0) result.has_converged = true;

  MatrixXd at_ports = MatrixXd(network.jacobian.topLeftCorner(p, p));
  if (inside > 0) {
    lu.compute(network.jacobian.bottomRightCorner(inside, inside));
    const MatrixXd follow = lu.solve(MatrixXd(network.jacobian.bottomLeftCorner(inside, p)));
    at_ports -= network.jacobian.topRightCorner(p, inside) * follow;
  }
  VectorXd port_volt(p);
  port_volt << row_volt, column_volt;
  const VectorXd constant = network.current.head(p) - at_ports * port_volt;
  result.row_by_row = at_ports.topLeftCorner(n, n);
  result.row_by_column = at_ports.topRightCorner(n, m);
  result.column_by_row = at_ports.bottomLeftCorner(m, n);
  result.column_by_column = at_ports.bottomRightCorner(m, m);
  result.row_ampere = constant.head(n);
  result.column_ampere = constant.tail(m);
  return result;
}

}  // namespace mho::circuit
