// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/ginv_network.hpp"

#include <cmath>

#include "models/base/error.hpp"

namespace mho::circuit {
namespace {

Eigen::MatrixXd block_diagonal(const Eigen::MatrixXd& first, const Eigen::MatrixXd& second) {
  const Eigen::Index m = first.rows(), n = second.rows();
  Eigen::MatrixXd both = Eigen::MatrixXd::Zero(m + n, m + n);
  both.topLeftCorner(m, m) = first;
  both.bottomRightCorner(n, n) = second;
  return both;
}

Eigen::VectorXd one_after_the_other(const Eigen::VectorXd& first, const Eigen::VectorXd& second) {
  Eigen::VectorXd both(first.size() + second.size());
  both << first, second;
  return both;
}

}  // namespace

Eigen::MatrixXd ginv_transfer(const Eigen::MatrixXd& direct, const Eigen::MatrixXd& mirrored) {
  const Eigen::Index m = direct.rows(), n = direct.cols();
  require(m > 0 && n > 0 && mirrored.rows() == n && mirrored.cols() == m,
          "GINV circuit: arrays of {}x{} and {}x{}; the second must be as the transpose of the first", m, n,
          mirrored.rows(), mirrored.cols());
  Eigen::MatrixXd transfer = Eigen::MatrixXd::Zero(m + n, m + n);
  transfer.topRightCorner(m, n) = direct;
  transfer.bottomLeftCorner(n, m) = mirrored;
  return transfer;
}

CrossbarArray ginv_array(const CrossbarArray& direct, const CrossbarArray& mirrored,
                         const GinvFeedback& feedback) {
  const double row = feedback.row_siemens, column = feedback.column_siemens;
  require(row >= 0.0 && std::isfinite(row) && column >= 0.0 && std::isfinite(column),
          "GINV circuit: feedback of {} S and {} S; conductances must not be negative", row, column);
  CrossbarArray loop{
      .ports = {.transfer_siemens =
                    ginv_transfer(direct.ports.transfer_siemens, mirrored.ports.transfer_siemens),
                .row_self_siemens =
                    block_diagonal(direct.ports.row_self_siemens, mirrored.ports.row_self_siemens),
                .column_self_siemens =
                    block_diagonal(mirrored.ports.column_self_siemens, direct.ports.column_self_siemens)},
      .row_sums_siemens = one_after_the_other(direct.row_sums_siemens, mirrored.row_sums_siemens),
      .column_sums_siemens = one_after_the_other(mirrored.column_sums_siemens, direct.column_sums_siemens)};
  const Eigen::Index m = direct.row_sums_siemens.size(), n = mirrored.row_sums_siemens.size();
  const Eigen::VectorXd own_siemens =
      one_after_the_other(Eigen::VectorXd::Constant(m, row), Eigen::VectorXd::Constant(n, column));
  loop.ports.transfer_siemens.diagonal() += own_siemens;
  loop.ports.row_self_siemens.diagonal() += own_siemens;
  loop.ports.column_self_siemens.diagonal() += own_siemens;
  loop.row_sums_siemens += own_siemens;
  loop.column_sums_siemens += own_siemens;
  return loop;
}

}  // namespace mho::circuit
