// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// PA = LU with partial pivoting for systems that are solved again and again and have few unknowns, of which
// Eigen::PartialPivLU takes longer to begin than to solve. Results are those of Eigen 3.4 without FMA, bit
// for bit; larger systems are left to it.
#pragma once

#include <Eigen/Core>
#include <Eigen/LU>

#include <array>
#include <cstddef>

namespace mho::circuit {

class SmallLu {
 public:
  /// @param a  [n x n]. Singular matrices have factors too; solutions are then not finite unless b happens to
  /// fit.
  void compute(const Eigen::MatrixXd& a);

  /// x = A⁻¹·b, given the size if it lacks it. b and x are not the same object; the size of b is not checked.
  void solve(const Eigen::VectorXd& b, Eigen::VectorXd& x) const;

 private:
  static constexpr Eigen::Index kMost = 8;

  bool is_small() const { return n_ <= kMost; }
  void factor_column(Eigen::Index k);
  // What unknown k of n contributes to those below it, or above it.
  void descend(std::size_t k, std::size_t n, double* y) const;
  void ascend(std::size_t k, double* y) const;
  void substitute(double* y) const;

  Eigen::Index n_ = 0;
  std::array<std::array<double, kMost>, kMost> lu_;  ///< by columns; L has ones on its diagonal
  std::array<Eigen::Index, kMost> row_;              ///< of A, which row of LU is
  Eigen::PartialPivLU<Eigen::MatrixXd> large_;
};

}  // namespace mho::circuit
