// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/access/nonohmic_array.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

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

}  // namespace

LineNodes::LineNodes(Index rows, Index cols, const LineParams& lines) : rows_(rows), cols_(cols) {
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

Index LineNodes::row(Index i, Index j) const {
  if (row_is_port_) return i;
  return row_first_[static_cast<std::size_t>(i)] + (row_count_ > 1 ? j : 0);
}

Index LineNodes::column(Index i, Index j) const {
  if (column_is_port_) return rows_ + j;
  return column_first_[static_cast<std::size_t>(j)] + (column_count_ > 1 ? i : 0);
}

NonohmicArray::NonohmicArray(MatrixXd g_siemens, const LineParams& lines, CellModel cell)
    : g_siemens_(std::move(g_siemens)),
      cell_(std::move(cell)),
      nodes_(g_siemens_.rows(), g_siemens_.cols(), lines) {
  require_cells(g_siemens_);
  validate(lines);
  validate(cell_);
  metal_ = line_stamps(g_siemens_.rows(), g_siemens_.cols(), lines, nodes_);
  reset(VectorXd::Zero(n_ports()));
}

void NonohmicArray::reset(const VectorXd& port_volt) {
  const Index n = n_rows(), m = n_ports() - n;
  require(port_volt.size() == n_ports(), "array: {} port voltages for {}x{} cells", port_volt.size(), n, m);
  volt_ = VectorXd::Zero(nodes_.count());
  volt_.head(n_ports()) = port_volt;
  for (Index j = 0; j < m; ++j) {
    for (Index i = 0; i < n; ++i) {
      volt_[nodes_.row(i, j)] = port_volt[i];
      volt_[nodes_.column(i, j)] = port_volt[n + j];
    }
  }
  evaluate();
  linearize();
}

void NonohmicArray::evaluate() {
  current_ = VectorXd::Zero(nodes_.count());
  for (const auto& t : metal_) current_[t.row()] += t.value() * volt_[t.col()];
  cells_.resize(static_cast<std::size_t>(g_siemens_.size()));
  std::size_t k = 0;
  for (Index j = 0; j < g_siemens_.cols(); ++j) {
    for (Index i = 0; i < g_siemens_.rows(); ++i, ++k) {
      const Index c = nodes_.column(i, j), r = nodes_.row(i, j);
      cells_[k] = cell_current(cell_, g_siemens_(i, j), volt_[c], volt_[r]);
      current_[c] += cells_[k].ampere;
      current_[r] -= cells_[k].ampere;
    }
  }
}

void NonohmicArray::correct() {
  if (n_inside() > 0) correction_ = inside_->solve(current_.tail(n_inside()));
}

void NonohmicArray::linearize() {
  Triplets y = metal_;
  y.reserve(metal_.size() + 4 * cells_.size());
  std::size_t k = 0;
  for (Index j = 0; j < g_siemens_.cols(); ++j) {
    for (Index i = 0; i < g_siemens_.rows(); ++i, ++k) {
      const Index c = nodes_.column(i, j), r = nodes_.row(i, j);
      y.emplace_back(c, c, cells_[k].by_first_siemens);
      y.emplace_back(c, r, cells_[k].by_second_siemens);
      y.emplace_back(r, c, -cells_[k].by_first_siemens);
      y.emplace_back(r, r, -cells_[k].by_second_siemens);
    }
  }
  Sparse jacobian(nodes_.count(), nodes_.count());
  jacobian.setFromTriplets(y.begin(), y.end());
  const Index p = n_ports(), inside = n_inside();
  port_siemens_ = MatrixXd(jacobian.topLeftCorner(p, p));
  if (inside == 0) return;
  const bool is_first = inside_ == nullptr;
  if (is_first) inside_ = std::make_unique<Eigen::SparseLU<Sparse>>();
  const Sparse own = jacobian.bottomRightCorner(inside, inside);
  if (is_first) inside_->analyzePattern(own);
  inside_->factorize(own);
  require(inside_->info() == Eigen::Success,
          "array: the lines cannot be solved; is a line cut off by its transistors?");
  follow_ = inside_->solve(MatrixXd(jacobian.bottomLeftCorner(inside, p)));
  port_by_inside_ = jacobian.topRightCorner(p, inside);
  port_siemens_ -= port_by_inside_ * follow_;
  correct();
}

double NonohmicArray::move_to(const VectorXd& port_volt) {
  const Index p = n_ports(), inside = n_inside();
  require(port_volt.size() == p, "array: {} port voltages for {} ports", port_volt.size(), p);
  const VectorXd step = port_volt - volt_.head(p);
  double largest = step.cwiseAbs().maxCoeff();
  volt_.head(p) = port_volt;
  if (inside > 0) {
    const VectorXd follows = correction_ + follow_ * step;
    volt_.tail(inside) -= follows;
    largest = std::max(largest, follows.cwiseAbs().maxCoeff());
  }
  evaluate();
  correct();
  return largest;
}

VectorXd NonohmicArray::constant_ampere() const {
  VectorXd at_present = port_ampere();
  if (n_inside() > 0) at_present -= port_by_inside_ * correction_;
  return at_present - port_siemens_ * port_volt();
}

bool NonohmicArray::settle(const VectorXd& port_volt) {
  constexpr int kMaxNewton = 60;
  double last = std::numeric_limits<double>::infinity();
  for (int k = 0; k < kMaxNewton; ++k) {
    const double change = move_to(port_volt);
    linearize();
    // Quadratic until rounding: then steps no longer shrink.
    if (change == 0.0 || (change < 1e-12 && change >= 0.25 * last) || n_inside() == 0) return true;
    last = change;
  }
  return false;
}

}  // namespace mho::circuit
