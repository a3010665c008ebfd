// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Matrices and vectors for the driver's tests. Everything is a pure function of its arguments.
#pragma once

#include <Eigen/Dense>
#include <cstdint>
#include <vector>

#include "firmware/libmho/system.h"
#include "models/base/random.hpp"

namespace mho::test {

/// Numbers one after the other, for loops over random cases.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : random_(seed) {}

  /// In (0, 1).
  double uniform() { return random_.uniform(RandomPurpose::kTest, {}, counter_++); }
  /// In [-1, 1].
  double symmetric() { return 2.0 * uniform() - 1.0; }
  double normal() { return random_.normal(RandomPurpose::kTest, {}, counter_++); }
  std::uint64_t word64() {
    const auto w = random_.words(RandomPurpose::kTest, {}, counter_++);
    return (std::uint64_t{w[0]} << 32) | w[1];
  }
  /// In [low, high].
  std::int64_t integer(std::int64_t low, std::int64_t high) {
    return low + static_cast<std::int64_t>(word64() % static_cast<std::uint64_t>(high - low + 1));
  }

 private:
  Random random_;
  std::uint32_t counter_ = 0;
};

/// Entries uniform in [-1, 1].
Eigen::MatrixXd random_matrix(Eigen::Index rows, Eigen::Index columns, std::uint64_t seed);
Eigen::VectorXd random_vector(Eigen::Index n, std::uint64_t seed);
/// Random singular vectors, singular values spread evenly over the logarithms between 1 and 1/kappa.
Eigen::MatrixXd random_general(Eigen::Index n, double kappa, std::uint64_t seed);
/// Symmetric and positive definite with eigenvalues likewise.
Eigen::MatrixXd random_spd(Eigen::Index n, double kappa, std::uint64_t seed);
/// Diagonally dominant with about `fill` of the other entries, dominance 2.
Eigen::MatrixXd random_dominant(Eigen::Index n, double fill, std::uint64_t seed);

/// A x = b in compressed rows, as the host hands it over.
struct SparseSystem {
  std::vector<std::uint32_t> row_start{0};
  std::vector<std::uint32_t> column;
  std::vector<double> value;
  std::vector<double> rhs;
  std::uint32_t columns = 0;  ///< 0: as many as rows

  SparseSystem() = default;
  /// Zeros of A are left out.
  SparseSystem(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);

  /// Valid until a member changes.
  mho_sparse_system_t view() const;

 private:
  mutable std::vector<std::uint64_t> value_bits_, rhs_bits_;
};

}  // namespace mho::test
