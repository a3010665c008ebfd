// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/access/array_bundle.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "models/base/error.hpp"

namespace mho::circuit {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {

double sign_of(double drive) {
  return drive < 0.0 ? -1.0 : 1.0;
}

}  // namespace

ArrayBundle::ArrayBundle(NonohmicArray array)
    : n_rows_(array.n_rows()), n_columns_(array.n_ports() - array.n_rows()) {
  parts_.push_back({.array = std::move(array)});
}

ArrayBundle::ArrayBundle(std::vector<Part> parts, Index n_rows, Index n_columns)
    : parts_(std::move(parts)), n_rows_(n_rows), n_columns_(n_columns) {
  require(!parts_.empty(), "arrays: none; a bundle needs one or more");
  const Index rows = parts_.front().array.n_rows(), columns = parts_.front().array.n_ports() - rows;
  require(n_rows >= 1 && n_rows <= rows && n_columns >= 1 && n_columns <= columns,
          "arrays: {} rows and {} columns in use of {}x{}", n_rows, n_columns, rows, columns);
  for (const Part& part : parts_) {
    require(part.array.n_rows() == rows && part.array.n_ports() == rows + columns,
            "arrays: {} and {} ports; all must have one size", rows + columns, part.array.n_ports());
    require(std::abs(part.drive) <= 1.0, "arrays: one is driven with {} times the columns; choose -1 ... 1",
            part.drive);
  }
}

/// Of all lines of a part.
VectorXd ArrayBundle::volt_of(const Part& part, const VectorXd& port_volt) const {
  require(port_volt.size() == n_ports(), "arrays: {} port voltages for {} ports", port_volt.size(),
          n_ports());
  VectorXd all = VectorXd::Zero(part.array.n_ports());
  all.head(n_rows_) = port_volt.head(n_rows_);
  all.segment(part.array.n_rows(), n_columns_) = part.drive * port_volt.tail(n_columns_);
  return all;
}

/// What the currents at all lines of a part add to those of the bundle.
VectorXd ArrayBundle::ampere_of(const Part& part, const VectorXd& ampere) const {
  VectorXd used(n_ports());
  used.head(n_rows_) = ampere.head(n_rows_);
  used.tail(n_columns_) = sign_of(part.drive) * ampere.segment(part.array.n_rows(), n_columns_);
  return used;
}

void ArrayBundle::reset(const VectorXd& port_volt) {
  for (Part& part : parts_) part.array.reset(volt_of(part, port_volt));
}

double ArrayBundle::move_to(const VectorXd& port_volt) {
  double largest = 0.0;
  for (Part& part : parts_) {
    const double change = part.array.move_to(volt_of(part, port_volt));
    // The largest, or the one that is not a number.
    if (!(change <= largest)) largest = change;
  }
  return largest;
}

void ArrayBundle::linearize() {
  for (Part& part : parts_) part.array.linearize();
}

MatrixXd ArrayBundle::port_siemens() const {
  MatrixXd sum = MatrixXd::Zero(n_ports(), n_ports());
  for (const Part& part : parts_) {
    const MatrixXd& all = part.array.port_siemens();
    const Index column = part.array.n_rows();
    const double sign = sign_of(part.drive);
    sum.topLeftCorner(n_rows_, n_rows_) += all.topLeftCorner(n_rows_, n_rows_);
    sum.topRightCorner(n_rows_, n_columns_) += part.drive * all.block(0, column, n_rows_, n_columns_);
    sum.bottomLeftCorner(n_columns_, n_rows_) += sign * all.block(column, 0, n_columns_, n_rows_);
    sum.bottomRightCorner(n_columns_, n_columns_) +=
        std::abs(part.drive) * all.block(column, column, n_columns_, n_columns_);
  }
  return sum;
}

VectorXd ArrayBundle::constant_ampere() const {
  VectorXd sum = VectorXd::Zero(n_ports());
  for (const Part& part : parts_) sum += ampere_of(part, part.array.constant_ampere());
  return sum;
}

VectorXd ArrayBundle::port_ampere() const {
  VectorXd sum = VectorXd::Zero(n_ports());
  for (const Part& part : parts_) sum += ampere_of(part, part.array.port_ampere());
  return sum;
}

}  // namespace mho::circuit
