// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#pragma once

#include <Eigen/Dense>

namespace mho::test {

/// What partial pivoting does not help (Wilkinson 1961): the last column doubles with every row eliminated.
inline Eigen::MatrixXd growing(Eigen::Index rows) {
  Eigen::MatrixXd a = Eigen::MatrixXd::Identity(rows, rows);
  a.triangularView<Eigen::StrictlyLower>().setConstant(-1);
  a.col(rows - 1).setOnes();
  return a;
}

}  // namespace mho::test
