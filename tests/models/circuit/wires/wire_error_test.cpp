// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The wire-error table of facts.md §4: 0.5 … 35 µS, 1.73 Ω, reference topology, means held within ±15 %.
#include <gtest/gtest.h>

#include <Eigen/LU>

#include <cmath>
#include <tuple>

#include "models/circuit/network.hpp"
#include "models/device/cell.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kTolerance = 0.15;
constexpr int kDraws = 20;
constexpr LineParams kLines{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};
const device::CellParams kCell;

MatrixXd on_levels(const MatrixXd& levels) {
  return (levels.array() * device::step_siemens(kCell) + kCell.g_min_siemens).matrix();
}

TEST(WireError, MvmReproducesTheTable) {
  for (const auto& [n, expected] :
       {std::pair<Index, double>{8, 1.8e-3}, {16, 6.2e-3}, {32, 2.25e-2}, {64, 8e-2}, {128, 2.5e-1}}) {
    double mean = 0.0;
    for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
      const MatrixXd g = on_levels((8.0 * uniform_matrix(n, n, 1000 + draw).array()).floor());
      const VectorXd v = uniform_matrix(n, 1, 1000 + draw, 1);
      const VectorXd ideal = g.transpose() * v;
      mean +=
          (reduce_ports(g, kLines).transfer_siemens.transpose() * v - ideal).norm() / ideal.norm() / kDraws;
    }
    EXPECT_NEAR(mean, expected, kTolerance * expected) << n;
  }
}

TEST(WireError, InvReproducesTheTable) {
  // The table does not say which matrices; these are signed and well conditioned, 8 magnitude levels:
  // I + 0.4·N(0, 1)/√N, scaled to the largest level and rounded, as a differential pair.
  for (const auto& [n, expected] :
       {std::pair<Index, double>{8, 7e-4}, {16, 1.6e-3}, {32, 3.9e-3}, {64, 1e-2}, {128, 3e-2}}) {
    double mean = 0.0;
    for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
      MatrixXd a = MatrixXd::Identity(n, n) +
                   0.4 / std::sqrt(static_cast<double>(n)) * normal_matrix(n, n, 2000 + draw);
      a = (a * 7.0 / a.cwiseAbs().maxCoeff()).array().round();
      const device::DifferentialPair pair{.positive = on_levels(a.cwiseMax(0.0)),
                                          .negative = on_levels((-a).cwiseMax(0.0))};
      const VectorXd input = uniform_matrix(n, 1, 2000 + draw, 1);
      const VectorXd ideal = (pair.positive - pair.negative).partialPivLu().solve(input);
      const VectorXd real = inv_network(pair, kLines, 0.0).transfer_siemens.partialPivLu().solve(input);
      mean += (real - ideal).norm() / ideal.norm() / kDraws;
    }
    EXPECT_NEAR(mean, expected, kTolerance * expected) << n;
  }
}

}  // namespace
}  // namespace mho::circuit
