// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/ginv_network.hpp"

#include <gtest/gtest.h>
#include <Eigen/Dense>

#include <limits>

#include "models/base/error.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "models/circuit/nodal/operating_point.hpp"
#include "tests/models/circuit/nodal_oracle.hpp"

namespace mho::circuit {
namespace {

using test::inv_by_nodal_analysis;
using test::random_matrix;
using test::random_pair;

constexpr double kGin = 20e-6;
constexpr LineParams kIdealLines{};

device::DifferentialPair mirrored(const device::DifferentialPair& pair) {
  return {.positive = pair.negative.transpose(), .negative = pair.positive.transpose()};
}

InvNetwork ginv_network(const device::DifferentialPair& direct, const device::DifferentialPair& copy,
                        const GinvFeedback& feedback, double g_in) {
  const CrossbarArray positive =
      ginv_array(make_array(direct.positive, kIdealLines), make_array(copy.positive, kIdealLines), feedback);
  const CrossbarArray negative =
      ginv_array(make_array(direct.negative, kIdealLines), make_array(copy.negative, kIdealLines), {});
  return inv_network(positive.ports, negative.ports, g_in);
}

OpampParams ideal_opamp() {
  OpampParams opamp;
  opamp.gain = std::numeric_limits<double>::infinity();
  opamp.v_sat_volt = 1e3;
  return opamp;
}

TEST(GinvNetwork, RejectsArraysThatDoNotMatchAndNegativeFeedback) {
  const CrossbarArray a = make_array(random_pair(3, 2, 1, false).positive, kIdealLines);
  const CrossbarArray b = make_array(random_pair(2, 3, 2, false).positive, kIdealLines);
  EXPECT_THROW((void)ginv_array(a, a, {.row_siemens = 1e-6}), InputError);
  EXPECT_THROW((void)ginv_array(a, b, {.row_siemens = -1e-6}), InputError);
  EXPECT_THROW((void)ginv_array(a, b, {.row_siemens = 1e-6, .column_siemens = -1e-9}), InputError);
  EXPECT_NO_THROW((void)ginv_array(a, b, {.row_siemens = 1e-6}));
}

TEST(GinvNetwork, RestsWhereEveryCellAndResistorByItselfPutsIt) {
  const auto direct = random_pair(4, 2, 3, false);
  // Written to the same levels with errors of its own.
  auto copy = mirrored(direct);
  copy.positive *= 1.01;
  copy.negative *= 0.99;
  const GinvFeedback feedback{.row_siemens = 30e-6, .column_siemens = 2e-6};
  // The same circuit as one array of 6 x 6 cells, two blocks of them single resistors.
  device::DifferentialPair cells{.positive = Eigen::MatrixXd::Zero(6, 6),
                                 .negative = Eigen::MatrixXd::Zero(6, 6)};
  cells.positive.topRightCorner(4, 2) = direct.positive;
  cells.negative.topRightCorner(4, 2) = direct.negative;
  cells.positive.bottomLeftCorner(2, 4) = copy.positive;
  cells.negative.bottomLeftCorner(2, 4) = copy.negative;
  cells.positive.diagonal() << 30e-6, 30e-6, 30e-6, 30e-6, 2e-6, 2e-6;
  OpampParams opamp;
  opamp.gain = 300.0;
  opamp.v_sat_volt = 1e3;
  const Eigen::VectorXd offsets = random_matrix(6, 1, 5, 2e-3), input = random_matrix(6, 1, 6, 1e-6);
  const Eigen::VectorXd expected = inv_by_nodal_analysis(cells, kGin, opamp.gain, offsets, input);
  const InvResult result =
      InvCircuit(ginv_network(direct, copy, feedback, kGin), opamp, offsets).solve(input);
  ASSERT_EQ(result.status, InvStatus::kOk);
  EXPECT_LT((result.v - expected).cwiseAbs().maxCoeff(), 1e-9 * expected.cwiseAbs().maxCoeff());
}

TEST(GinvNetwork, SolvesLeastSquaresWithAndWithoutDamping) {
  for (const double damping : {0.0, 5e-6}) {
    const auto pair = random_pair(5, 3, 7, false, /*spread=*/0.0);
    const double g_f = 40e-6;
    const Eigen::MatrixXd a = pair.positive - pair.negative;
    const Eigen::VectorXd f = random_matrix(5, 1, 8, 1e-6), g = random_matrix(3, 1, 9, 1e-6);
    // min ‖A x + f‖² + g_λ g_f ‖x‖² + 2 g_f gᵀ x, as the least squares of a taller matrix for g = 0.
    Eigen::MatrixXd tall = Eigen::MatrixXd::Zero(8, 3);
    tall << a, std::sqrt(damping * g_f) * Eigen::MatrixXd::Identity(3, 3);
    Eigen::VectorXd rhs = Eigen::VectorXd::Zero(8);
    rhs.head(5) = -f;
    Eigen::VectorXd expected = tall.colPivHouseholderQr().solve(rhs);
    expected -= (tall.transpose() * tall).ldlt().solve(g_f * g);
    Eigen::VectorXd input(8);
    input << f, g;
    const InvNetwork network =
        ginv_network(pair, mirrored(pair), {.row_siemens = g_f, .column_siemens = damping}, /*g_in=*/0.0);
    const InvResult result = InvCircuit(network, ideal_opamp(), {}).solve(input);
    ASSERT_EQ(result.status, InvStatus::kOk);
    EXPECT_LT((result.v.tail(3) - expected).norm(), 1e-9 * expected.norm());
    EXPECT_LT((result.v.head(5) + (a * expected + f) / g_f).norm(), 1e-9 * result.v.norm());
  }
}

TEST(GinvNetwork, SettlesWhateverTheMatrixAndItsOrderOfRows) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const auto pair = random_pair(6, 4, seed, false, /*spread=*/0.0);
    const InvNetwork network = ginv_network(pair, mirrored(pair), {.row_siemens = 10e-6}, kGin);
    EXPECT_TRUE(InvCircuit(network, ideal_opamp(), {}).is_stable()) << seed;
  }
}

TEST(GinvNetwork, OfAColumnOfZerosDoesNotSettleUnlessDamped) {
  auto pair = random_pair(5, 2, 11, false, /*spread=*/0.0);
  pair.negative.col(1) = pair.positive.col(1);
  const auto circuit = [&](double damping) {
    return InvCircuit(
        ginv_network(pair, mirrored(pair), {.row_siemens = 10e-6, .column_siemens = damping}, kGin),
        ideal_opamp(), {});
  };
  EXPECT_FALSE(circuit(0.0).is_stable());
  EXPECT_TRUE(circuit(1e-6).is_stable());
}

TEST(GinvNetwork, AgreesWithTheCircuitThatHasItsCopyAtTheNonInvertingInputs) {
  const auto pair = random_pair(5, 3, 13, false);
  const GinvFeedback feedback{.row_siemens = 40e-6, .column_siemens = 3e-6};
  TopologyParams params;
  params.amplifiers = {AmplifierModel{.gain = 1e9}};
  params.inverter_siemens = 100e-6;
  params.feedback_siemens = feedback.row_siemens;
  params.ridge_siemens = feedback.column_siemens;
  const Topology other =
      ginv_topology(make_array(pair.positive, kIdealLines), make_array(pair.negative, kIdealLines), params);
  Eigen::VectorXd input = Eigen::VectorXd::Zero(8);
  input.head(5) = random_matrix(5, 1, 14, 1e-6);
  const RestPoint rest = rest_point(other.circuit, input.head(5));
  ASSERT_EQ(rest.status, RestStatus::kOk);
  OpampParams opamp = ideal_opamp();
  opamp.gain = 1e9;
  const InvResult result =
      InvCircuit(ginv_network(pair, mirrored(pair), feedback, kGin), opamp, {}).solve(input);
  ASSERT_EQ(result.status, InvStatus::kOk);
  for (std::size_t j = 0; j < 3; ++j) {
    EXPECT_NEAR(result.v[5 + static_cast<Eigen::Index>(j)], rest.node_volt[other.outputs[j]],
                1e-6 * result.v.cwiseAbs().maxCoeff());
  }
}

}  // namespace
}  // namespace mho::circuit
