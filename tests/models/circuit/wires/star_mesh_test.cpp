// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/star_mesh.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using RowMajor =
    Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, Eigen::Unaligned>;

/// Network of the last size − pivots nodes, by the Schur complement of the nodal matrix in long double.
Eigen::MatrixXd eliminated(const Eigen::MatrixXd& conductances, Index pivots) {
  using Matrix = Eigen::Matrix<long double, Eigen::Dynamic, Eigen::Dynamic>;
  const Index size = conductances.rows(), rest = size - pivots;
  Matrix nodal = -conductances.cast<long double>();
  nodal.diagonal() = conductances.cast<long double>().rowwise().sum();
  const Matrix cross = nodal.topRightCorner(pivots, rest);
  const Matrix schur = nodal.bottomRightCorner(rest, rest) -
                       cross.transpose() * nodal.topLeftCorner(pivots, pivots).fullPivLu().solve(cross);
  return (-schur).cast<double>();
}

Eigen::MatrixXd symmetric_network(Index size, std::uint64_t seed) {
  Eigen::MatrixXd g = random_cells(size, size, seed, 0.3);
  g = (g + g.transpose()).eval();
  g.diagonal().setZero();
  return g;
}

TEST(StarMesh, OneStarBecomesItsMesh) {
  // Node 0 with conductances 1, 2, 3 to nodes 1, 2, 3: the mesh has products over the sum. The other nodes of
  // the group hang on node 3 only, so that their elimination leaves nothing.
  constexpr Index kSize = 8, kStride = 8;
  LaneVector storage(kSize * kStride, 0.0), ratios(4 * kStride, 0.0);
  RowMajor g(storage.data(), kSize, kStride);
  g(0, 4) = 1.0;
  g(0, 5) = 2.0;
  g(0, 6) = 3.0;
  g(1, 7) = g(2, 7) = g(3, 7) = 1.0;
  eliminate_leading_nodes(g.data(), 4, kSize, kStride, ratios.data());
  EXPECT_DOUBLE_EQ(g(4, 5), 2.0 / 6.0);
  EXPECT_DOUBLE_EQ(g(4, 6), 3.0 / 6.0);
  EXPECT_DOUBLE_EQ(g(5, 6), 6.0 / 6.0);
  EXPECT_EQ(g(4, 7), 0.0);
}

TEST(StarMesh, AgreesWithTheSchurComplementEntryByEntry) {
  for (const auto& [pivots, size] : {std::pair<Index, Index>{4, 8}, {4, 20}, {8, 28}, {16, 60}, {36, 100}}) {
    const Index stride = (size + 7) / 8 * 8;
    const Eigen::MatrixXd network = symmetric_network(size, static_cast<std::uint64_t>(size));
    LaneVector storage(static_cast<std::size_t>(size * stride), 0.0);
    LaneVector ratios(static_cast<std::size_t>(pivots * stride), 0.0);
    RowMajor g(storage.data(), size, stride);
    g.leftCols(size).triangularView<Eigen::StrictlyUpper>() = network;
    eliminate_leading_nodes(g.data(), pivots, size, stride, ratios.data());
    const Eigen::MatrixXd expected = eliminated(network, pivots);
    for (Index a = pivots; a < size; ++a) {
      for (Index b = a + 1; b < size; ++b)
        EXPECT_NEAR(g(a, b) / expected(a - pivots, b - pivots), 1.0, 1e-13) << size << ": " << a << ", " << b;
    }
  }
}

TEST(StarMesh, LeavesEqualAFullElimination) {
  // Each lane on its own: a 4x4 block of cells, all nodes and terminals in one nodal matrix.
  LeafQuad quad{};
  constexpr int kSide = LeafQuad::kSide;
  for (int lane = 0; lane < kLanes; ++lane) {
    const auto cells = random_cells(kSide, kSide, 7 + static_cast<std::uint64_t>(lane), 0.2);
    for (int i = 0; i < kSide; ++i) {
      for (int j = 0; j < kSide; ++j) {
        quad.cell[i][j][lane] = cells(i, j);
        quad.row_segment[i][j][lane] = j == 0 ? 0.02 : 0.5;
        quad.column_segment[i][j][lane] = i == kSide - 1 ? 0.03 : 0.4;
      }
    }
  }
  reduce_leaves(quad);
  for (int lane = 0; lane < kLanes; ++lane) {
    // Inner nodes first: w(i, 0…2) and b(1…3, j); then left, bottom, right = w(i, 3), top = b(0, j).
    constexpr Index kInner = 24, kSize = 40;
    const auto row_node = [](int i, int j) { return j == kSide - 1 ? kInner + 8 + i : i * 3 + j; };
    const auto column_node = [](int i, int j) { return i == 0 ? kInner + 12 + j : 12 + (i - 1) * 4 + j; };
    Eigen::MatrixXd network = Eigen::MatrixXd::Zero(kSize, kSize);
    const auto connect = [&](Index a, Index b, double g) {
      network(a, b) += g;
      network(b, a) += g;
    };
    for (int i = 0; i < kSide; ++i) {
      for (int j = 0; j < kSide; ++j) {
        connect(row_node(i, j), column_node(i, j), quad.cell[i][j][lane]);
        connect(row_node(i, j), j == 0 ? kInner + i : row_node(i, j - 1), quad.row_segment[i][j][lane]);
        connect(column_node(i, j), i == kSide - 1 ? kInner + 4 + j : column_node(i + 1, j),
                quad.column_segment[i][j][lane]);
      }
    }
    const Eigen::MatrixXd expected = eliminated(network, kInner);
    for (int a = 0; a < LeafQuad::kTerminals; ++a) {
      for (int b = a + 1; b < LeafQuad::kTerminals; ++b)
        EXPECT_NEAR(quad.network[a][b][lane], expected(a, b), 1e-13 * expected(a, b) + 1e-18)
            << "lane " << lane << ": " << a << ", " << b;
    }
  }
}

}  // namespace
}  // namespace mho::circuit
