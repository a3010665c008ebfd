// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/models/circuit/nodal_oracle.hpp"

#include <Eigen/LU>

#include <algorithm>
#include <random>

namespace mho::circuit::test {
namespace {

/// Unknowns are all voltages; node equations say that the currents into a node add up to zero.
class Nodal {
 public:
  explicit Nodal(Eigen::Index nodes)
      : matrix_(Eigen::MatrixXd::Zero(nodes, nodes)), right_(Eigen::VectorXd::Zero(nodes)) {}

  /// Conductance between `node` and `other`, seen from the equation of `node` only.
  void conductance(Eigen::Index node, Eigen::Index other, double g) {
    matrix_(node, node) -= g;
    matrix_(node, other) += g;
  }
  void to_ground(Eigen::Index node, double g) { matrix_(node, node) -= g; }
  void current_into(Eigen::Index node, double ampere) { right_[node] -= ampere; }
  /// Equation `row`: v(out) = gain · (offset − v(in)).
  void amplifier(Eigen::Index row, Eigen::Index out, Eigen::Index in, double gain, double offset) {
    matrix_(row, out) = 1.0 / gain;
    matrix_(row, in) = 1.0;
    right_[row] = offset;
  }
  void inverter(Eigen::Index row, Eigen::Index out, Eigen::Index in) {
    matrix_(row, out) = matrix_(row, in) = 1.0;
  }
  void source(Eigen::Index row, Eigen::Index node, double volt) {
    matrix_(row, node) = 1.0;
    right_[row] = volt;
  }
  Eigen::VectorXd solve() const { return matrix_.fullPivLu().solve(right_); }

 private:
  Eigen::MatrixXd matrix_;
  Eigen::VectorXd right_;
};

}  // namespace

Eigen::VectorXd inv_by_nodal_analysis(const device::DifferentialPair& pair, double g_in, double gain,
                                      const Eigen::VectorXd& offsets, const Eigen::VectorXd& input_ampere) {
  const Eigen::Index n = pair.rows();
  // Nodes: 0 … n−1 summing, n … 2n−1 outputs, 2n … 3n−1 inverted outputs.
  Nodal nodal(3 * n);
  for (Eigen::Index i = 0; i < n; ++i) {
    for (Eigen::Index j = 0; j < n; ++j) {
      nodal.conductance(i, n + j, pair.positive(i, j));
      nodal.conductance(i, 2 * n + j, pair.negative(i, j));
    }
    // A voltage source behind g_in that would push input_ampere into a virtual ground.
    nodal.to_ground(i, g_in);
    nodal.current_into(i, input_ampere[i]);
    nodal.amplifier(n + i, n + i, i, gain, offsets[i]);
    nodal.inverter(2 * n + i, 2 * n + i, n + i);
  }
  return nodal.solve().segment(n, n);
}

Eigen::VectorXd mvm_by_nodal_analysis(const device::DifferentialPair& pair, double g_feedback, double gain,
                                      const Eigen::VectorXd& offsets, const Eigen::VectorXd& v_rows) {
  const Eigen::Index rows = pair.rows();
  const Eigen::Index cols = pair.cols();
  // Nodes: summing per column, output per column, row, inverted row.
  const Eigen::Index out = cols, row0 = 2 * cols, inv0 = 2 * cols + rows;
  Nodal nodal(2 * cols + 2 * rows);
  for (Eigen::Index c = 0; c < cols; ++c) {
    for (Eigen::Index r = 0; r < rows; ++r) {
      nodal.conductance(c, row0 + r, pair.positive(r, c));
      nodal.conductance(c, inv0 + r, pair.negative(r, c));
    }
    nodal.conductance(c, out + c, g_feedback);
    nodal.amplifier(out + c, out + c, c, gain, offsets[c]);
  }
  for (Eigen::Index r = 0; r < rows; ++r) {
    nodal.source(row0 + r, row0 + r, v_rows[r]);
    nodal.inverter(inv0 + r, inv0 + r, row0 + r);
  }
  return nodal.solve().segment(out, cols);
}

device::DifferentialPair random_pair(int rows, int cols, std::uint64_t seed, bool dominant, double spread) {
  std::mt19937_64 engine(seed);
  const auto uniform = [&engine] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
  const device::CellParams cell;
  device::LevelMatrix levels(rows, cols);
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < cols; ++j) {
      const int range = dominant ? 1 : 7;
      levels(i, j) = static_cast<std::int8_t>(static_cast<int>(uniform() * (2 * range + 1)) - range);
      if (dominant && i == j) levels(i, j) = 7;
    }
  }
  auto pair = device::pair_from_levels(levels, cell);
  const double amplitude = spread * device::full_scale_siemens(cell);
  for (auto* g : {&pair.positive, &pair.negative}) {
    for (double& x : g->reshaped()) x = std::max(0.0, x + amplitude * (2.0 * uniform() - 1.0));
  }
  return pair;
}

Eigen::MatrixXd random_matrix(int rows, int cols, std::uint64_t seed, double amplitude) {
  std::mt19937_64 engine(seed);
  return Eigen::MatrixXd::NullaryExpr(
      rows, cols, [&] { return amplitude * (static_cast<double>(engine() >> 11) * 0x1p-52 - 1.0); });
}

}  // namespace mho::circuit::test
