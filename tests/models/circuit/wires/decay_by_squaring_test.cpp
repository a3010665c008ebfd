// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/decay_by_squaring.hpp"

#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <Eigen/LU>

#include <cmath>
#include <cstdint>

#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;

MatrixXd identity(Index n) {
  return MatrixXd::Identity(n, n);
}

/// Damping `decay` of a mode that turns at 1 rad/s.
MatrixXd turning(double decay) {
  MatrixXd t(2, 2);
  t << decay, -1.0, 1.0, decay;
  return t;
}

TEST(DecayBySquaring, KnowsTheSignOfOneMode) {
  const MatrixXd one = identity(1);
  EXPECT_TRUE(all_modes_decay(one, one));
  EXPECT_TRUE(all_modes_decay(1e-6 * one, one));
  EXPECT_FALSE(all_modes_decay(-1e-6 * one, one));
  EXPECT_FALSE(all_modes_decay(0.0 * one, one));
}

TEST(DecayBySquaring, OscillationsMayBeSlowToDecayButHaveTo) {
  EXPECT_TRUE(all_modes_decay(turning(1e-4), identity(2)));
  EXPECT_FALSE(all_modes_decay(turning(0.0), identity(2)));
  EXPECT_FALSE(all_modes_decay(turning(-1e-4), identity(2)));
}

TEST(DecayBySquaring, TransientGrowthIsNoInstability) {
  // Far from normal: the symmetric part is indefinite, both eigenvalues are 1.
  MatrixXd t(2, 2);
  t << 1.0, 100.0, 0.0, 1.0;
  EXPECT_TRUE(all_modes_decay(t, identity(2)));
}

TEST(DecayBySquaring, ASingularSumIsNoProof) {
  // μ = −γ: the Cayley transform has a pole.
  EXPECT_FALSE(all_modes_decay(-identity(3), identity(3)));
}

TEST(DecayBySquaring, AgreesWithTheEigenvaluesOfRandomMatrices) {
  int n_decaying = 0, n_growing = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Index n = 3 + static_cast<Index>(seed % 30);
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    // Eigenvalues of t fill a disc about `shift`, of radius about 1; y is near the identity.
    const double shift = 0.5 + 0.04 * static_cast<double>(seed % 25);
    const MatrixXd t = normal_matrix(n, n, seed) / std::sqrt(static_cast<double>(n)) + shift * identity(n);
    const MatrixXd y = 0.05 * uniform_matrix(n, n, seed) + identity(n);
    const Eigen::EigenSolver<MatrixXd> eigen(y.partialPivLu().solve(t), false);
    const double slowest = eigen.eigenvalues().real().minCoeff();
    if (std::abs(slowest) < 1e-4) continue;  // too near to call
    EXPECT_EQ(all_modes_decay(t, y), slowest > 0.0) << slowest;
    ++(slowest > 0.0 ? n_decaying : n_growing);
  }
  EXPECT_GT(n_decaying, 15);
  EXPECT_GT(n_growing, 15);
}

}  // namespace
}  // namespace mho::circuit
