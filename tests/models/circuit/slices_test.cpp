// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/slices.hpp"

#include <gtest/gtest.h>

#include <Eigen/LU>

#include "models/base/error.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/nonlinear/nonlinear_inv.hpp"
#include "tests/models/circuit/nodal_oracle.hpp"

namespace mho::circuit {
namespace {

using test::random_matrix;
using test::random_pair;

constexpr double kGin = 20e-6, kWeight = 1.0 / 8.0, kEpsilon = 1e-3;
constexpr int kSize = 5;
constexpr double kRounding = 1e-11;
const OpampParams kOpamp{.gain = 300, .v_sat_volt = 100};
constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

device::DifferentialPair upper_cells() {
  return random_pair(kSize, kSize, 1, true);
}
device::DifferentialPair lower_cells() {
  return random_pair(kSize, kSize, 2, false);
}

InvNetwork two_slices(const LineParams& lines) {
  const auto of = [&](const Eigen::MatrixXd& upper, const Eigen::MatrixXd& lower) {
    return add_slice(reduce_ports(upper, lines), reduce_ports(lower, lines), kWeight);
  };
  const auto upper = upper_cells(), lower = lower_cells();
  return inv_network(of(upper.positive, lower.positive), of(upper.negative, lower.negative), kGin);
}

TEST(Slices, RefuseArraysThatDoNotFit) {
  const auto one = reduce_ports(Eigen::MatrixXd::Constant(2, 2, 1e-6), {});
  const auto other = reduce_ports(Eigen::MatrixXd::Constant(2, 3, 1e-6), {});
  EXPECT_THROW((void)add_slice(one, other, kWeight), InputError);
  EXPECT_THROW((void)add_slice(one, one, 1.5), InputError);
}

TEST(Slices, ObeyKirchhoffCellByCell) {
  const auto upper = upper_cells(), lower = lower_cells();
  const Eigen::VectorXd offsets = random_matrix(kSize, 1, 3, 1e-3);
  const Eigen::VectorXd input = random_matrix(kSize, 1, 4, 2e-6);
  const InvResult result = InvCircuit(two_slices({}), kOpamp, offsets).solve(input);
  ASSERT_EQ(result.status, InvStatus::kOk);
  const Eigen::VectorXd s = offsets - result.v / kOpamp.gain;
  for (int i = 0; i < kSize; ++i) {
    double left = input[i] - kGin * s[i];
    for (int j = 0; j < kSize; ++j) {
      const double v = result.v[j];
      left += upper.positive(i, j) * (v - s[i]) + upper.negative(i, j) * (-v - s[i]);
      left += lower.positive(i, j) * (kWeight * v - s[i]) + lower.negative(i, j) * (-kWeight * v - s[i]);
    }
    EXPECT_NEAR(left, 0.0, kRounding * input.cwiseAbs().maxCoeff());
  }
}

TEST(Slices, GiveTheIdealSolutionOfTheSumOfTheirMatrices) {
  OpampParams ideal = kOpamp;
  ideal.gain = 1e12;
  const auto upper = upper_cells(), lower = lower_cells();
  const Eigen::MatrixXd g = upper.positive - upper.negative + kWeight * (lower.positive - lower.negative);
  const Eigen::VectorXd input = random_matrix(kSize, 1, 4, 2e-6);
  const Eigen::VectorXd expected = -g.partialPivLu().solve(input);
  const InvResult result = InvCircuit(two_slices({}), ideal, {}).solve(input);
  EXPECT_LT((result.v - expected).norm(), 1e-9 * expected.norm());
}

TEST(Slices, AreAPlainCircuitOfTheSummedConductancesWithTheRestOfTheLoadToGround) {
  const auto upper = upper_cells(), lower = lower_cells();
  device::DifferentialPair sum{.positive = upper.positive + kWeight * lower.positive,
                               .negative = upper.negative + kWeight * lower.negative};
  InvNetwork plain = inv_network(sum, kGin);
  plain.self_siemens.diagonal() += (1.0 - kWeight) * (lower.positive + lower.negative).rowwise().sum();
  const Eigen::VectorXd offsets = random_matrix(kSize, 1, 3, 1e-3);
  const Eigen::VectorXd input = random_matrix(kSize, 1, 4, 2e-6);
  const InvResult expected = InvCircuit(plain, kOpamp, offsets).solve(input);
  const InvResult result = InvCircuit(two_slices({}), kOpamp, offsets).solve(input);
  EXPECT_LT((result.v - expected.v).norm(), kRounding * expected.v.norm());
  EXPECT_NEAR(result.settling_time_s, expected.settling_time_s, 1e-9 * expected.settling_time_s);
  EXPECT_NEAR(result.power.load_watt, expected.power.load_watt, 1e-9 * expected.power.load_watt);
}

TEST(Slices, LoadTheNodesAndSlowTheLoop) {
  const InvNetwork one = inv_network(upper_cells(), kGin);
  const InvCircuit plain(one, kOpamp, {});
  const InvCircuit sliced(two_slices({}), kOpamp, {});
  EXPECT_GT(sliced.settling_time_s(kEpsilon), plain.settling_time_s(kEpsilon));
}

TEST(Slices, OfNearlyOhmicCellsAgreeWithTheSolverOfOthers) {
  const CellModel model{.access = {}, .iv = {.v0_volt = 1e3}};
  const Eigen::VectorXd offsets = random_matrix(kSize, 1, 3, 1e-3);
  const Eigen::VectorXd input = random_matrix(kSize, 1, 4, 2e-6);
  for (const LineParams& lines : {LineParams{}, kChip}) {
    const InvResult expected = InvCircuit(two_slices(lines), kOpamp, offsets).solve(input, kEpsilon);
    const NonlinearInv cells(model,
                             {{.bare = bare_pair(model, upper_cells(), 0.2)},
                              {.bare = bare_pair(model, lower_cells(), 0.2), .weight = kWeight}},
                             lines, kOpamp, kGin, offsets);
    const InvResult result = cells.solve(input, kEpsilon).inv;
    ASSERT_EQ(result.status, InvStatus::kOk);
    EXPECT_LT((result.v - expected.v).norm(), 1e-6 * expected.v.norm());
    EXPECT_NEAR(result.settling_time_s, expected.settling_time_s, 1e-5 * expected.settling_time_s);
  }
}

}  // namespace
}  // namespace mho::circuit
