// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/lane_vectors.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "models/circuit/wires/lanes.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

LaneVector random_vector(std::size_t n, std::uint64_t seed) {
  const Eigen::MatrixXd draws = normal_matrix(static_cast<Eigen::Index>(n), 1, seed);
  LaneVector vector(n);
  std::copy_n(draws.data(), n, vector.begin());
  return vector;
}

TEST(LaneVectors, ArithmeticIsThatOfTheFormulas) {
  constexpr std::size_t kSize = 40;
  const LaneVector x = random_vector(kSize, 1), y = random_vector(kSize, 2), z = random_vector(kSize, 3);
  double xy = 0.0;
  for (std::size_t k = 0; k < kSize; ++k) xy += x[k] * y[k];
  EXPECT_NEAR(dot(x.data(), y.data(), kSize), xy, 1e-13);

  LaneVector changed = y;
  const double product = subtract_and_dot(0.7, x.data(), changed.data(), z.data(), kSize);
  double expected = 0.0;
  for (std::size_t k = 0; k < kSize; ++k) {
    EXPECT_NEAR(changed[k], y[k] - 0.7 * x[k], 1e-15);
    expected += z[k] * (y[k] - 0.7 * x[k]);
  }
  EXPECT_NEAR(product, expected, 1e-13);

  LaneVector own = y;
  const double square = subtract_and_dot(0.7, x.data(), own.data(), own.data(), kSize);
  EXPECT_NEAR(square, dot(changed.data(), changed.data(), kSize), 1e-13);

  scale(-2.0, changed.data(), kSize);
  for (std::size_t k = 0; k < kSize; ++k) EXPECT_EQ(changed[k], -2.0 * own[k]);
}

}  // namespace
}  // namespace mho::circuit
