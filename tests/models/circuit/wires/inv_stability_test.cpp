// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_stability.hpp"

#include <gtest/gtest.h>

#include <optional>

#include "models/base/error.hpp"
#include "models/circuit/nodal/operating_point.hpp"
#include "models/circuit/topology/topology.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kGin = 20e-6;
constexpr std::uint64_t kSeed = 70;

/// The verdict of the eigenvalues of the whole loop, inverters included.
bool has_stable_eigenvalues(const device::DifferentialPair& pair, const LineParams& lines, double g_in,
                            double gain) {
  TopologyParams params;
  params.amplifiers = {{.gain = gain}};
  params.inverter_siemens = 100e-6;
  params.feedback_siemens = g_in;
  std::optional<CrossbarArray> negative;
  if (pair.negative.maxCoeff() > 0.0) negative = make_array(pair.negative, lines);
  const AmplifierCircuit loop = inv_topology(make_array(pair.positive, lines), negative, params).circuit;
  const Stability verdict = stability(loop, VectorXd::Zero(loop.n_states()), VectorXd::Zero(loop.n_inputs()));
  EXPECT_TRUE(verdict.is_computed);
  return verdict.is_stable();
}

/// Random cells whose diagonal is raised by `dominance` times N times their mean.
device::DifferentialPair pair_of(Index n, double dominance, bool has_negative, std::uint64_t seed) {
  device::DifferentialPair pair{.positive = random_cells(n, n, seed, 0.1), .negative = MatrixXd::Zero(n, n)};
  if (has_negative) pair.negative = random_cells(n, n, seed + 1, 0.1);
  pair.positive.diagonal().array() += dominance * 50e-6 * static_cast<double>(n);
  return pair;
}

TEST(InvStability, RejectsBadInput) {
  const auto pair = pair_of(3, 1.0, true, kSeed);
  EXPECT_THROW((void)is_surely_stable({pair.positive, MatrixXd::Zero(2, 2)}, {}, 0.0), InputError);
  EXPECT_THROW((void)is_surely_stable({-pair.positive, pair.negative}, {}, 0.0), InputError);
  EXPECT_THROW((void)is_surely_stable(pair, {.row_segment_ohm = -1.0}, 0.0), InputError);
  EXPECT_THROW((void)is_surely_stable(pair, {}, -1.0), InputError);
}

TEST(InvStability, KnowsTheSignOfOneCell) {
  const MatrixXd cell = MatrixXd::Constant(1, 1, 20e-6), none = MatrixXd::Zero(1, 1);
  EXPECT_TRUE(is_surely_stable({cell, none}, {}, 0.0));
  EXPECT_FALSE(is_surely_stable({none, none}, {}, 0.0));
  EXPECT_TRUE(is_surely_stable({cell, 0.5 * cell}, {}, 0.0));
  EXPECT_FALSE(is_surely_stable({cell, cell}, {}, 0.0));
  EXPECT_FALSE(is_surely_stable({0.5 * cell, cell}, {}, 0.0));
}

TEST(InvStability, NeverContradictsTheEigenvalues) {
  int n_proven = 0, n_stable = 0, n_unstable = 0;
  for (const Index n : {1, 2, 5, 12, 24}) {
    for (const double dominance : {0.0, 0.1, 0.2, 0.4, 0.8}) {
      for (const bool has_negative : {false, true}) {
        for (const double ohm : {0.0, 1.73, 30.0, 1000.0}) {
          const auto seed = kSeed + static_cast<std::uint64_t>(n + 100.0 * dominance + ohm);
          SCOPED_TRACE(testing::Message() << n << ' ' << dominance << ' ' << has_negative << ' ' << ohm);
          const auto pair = pair_of(n, dominance, has_negative, seed);
          const LineParams lines{.row_segment_ohm = ohm, .column_segment_ohm = ohm};
          const bool is_proven = is_surely_stable(pair, lines, kGin);
          const bool is_stable = has_stable_eigenvalues(pair, lines, kGin, 500.0) &&
                                 has_stable_eigenvalues(pair, lines, kGin, AmplifierModel::kNone);
          EXPECT_TRUE(is_stable || !is_proven);
          n_proven += is_proven ? 1 : 0;
          n_stable += is_stable ? 1 : 0;
          n_unstable += is_stable ? 0 : 1;
        }
      }
    }
  }
  EXPECT_GT(n_unstable, 40);
  EXPECT_GT(n_proven, 0.98 * n_stable) << "of " << n_stable << " stable loops";
}

TEST(InvStability, ProvesDominantLoops) {
  for (const Index n : {16, 32, 64, 128}) {
    for (const bool has_negative : {false, true}) {
      const LineParams lines{.row_segment_ohm = 1.0, .column_segment_ohm = 1.0};
      EXPECT_TRUE(is_surely_stable(pair_of(n, 0.7, has_negative, kSeed), lines, 0.0)) << n << has_negative;
    }
  }
}

}  // namespace
}  // namespace mho::circuit
