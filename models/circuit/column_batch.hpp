// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Products with and solutions for many columns at once, those of an array's reads, in the instruction set of
// the processor instead of that of the build. Every sum has one order whatever that set is: the one of Eigen
// 3.4 without FMA, bit for bit.
#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

namespace mho::circuit {

/// A·x [rows x columns of x]: each element's products are summed from 0 on in the order of the columns of A.
/// Rows that are no multiple of four, and more columns of A than 127, are left to Eigen, which splits some of
/// those sums. Sizes are not checked.
Eigen::MatrixXd multiply(const Eigen::MatrixXd& a, const Eigen::Ref<const Eigen::MatrixXd>& x);

/// A factorisation of a symmetric positive definite matrix, for solutions in panels of four rows.
class BatchCholesky {
 public:
  /// @param a  [n x n]. One that is not positive definite is not noticed; solutions then mean nothing.
  explicit BatchCholesky(const Eigen::MatrixXd& a);

  /// x becomes A⁻¹·x. The size is not checked. Const and thread-safe.
  void solve_in_place(Eigen::MatrixXd& x) const;

 private:
  Eigen::LLT<Eigen::MatrixXd> llt_;
  Eigen::VectorXd reciprocal_;  ///< of the diagonal of L
};

}  // namespace mho::circuit
