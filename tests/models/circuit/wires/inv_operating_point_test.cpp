// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/wires/inv_operating_point.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "models/base/error.hpp"
#include "models/circuit/network.hpp"
#include "tests/models/circuit/wires/nodal_array.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

#include <Eigen/LU>

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kGin = 20e-6;

device::DifferentialPair random_pair(Index n, std::uint64_t seed) {
  return {.positive = random_cells(n, n, seed, 0.1), .negative = random_cells(n, n, seed + 1, 0.1)};
}

/// By the sparse oracle's port matrices and a dense LU with full pivoting.
VectorXd reference_outputs(const device::DifferentialPair& pair, const LineParams& lines,
                           const InvPointParams& params, const VectorXd& input, const VectorXd& offsets,
                           const VectorXd& inverters = {}) {
  const auto plus = sparse_nodal_ports(pair.positive, lines),
             minus = sparse_nodal_ports(pair.negative, lines);
  MatrixXd self = plus.row_self_siemens + minus.row_self_siemens;
  self.diagonal().array() += params.g_in_siemens;
  const MatrixXd loop =
      plus.transfer_siemens - params.inverter_gain * minus.transfer_siemens + self / params.gain;
  VectorXd ampere = self * offsets - input;
  if (inverters.size() > 0) ampere -= minus.transfer_siemens * inverters;
  return loop.fullPivLu().solve(ampere);
}

TEST(InvOperatingPoint, RejectsBadInput) {
  const auto pair = random_pair(3, 1);
  const VectorXd input = VectorXd::Ones(3);
  EXPECT_THROW((void)inv_operating_point(pair, {}, {.gain = 0.0}, input), InputError);
  EXPECT_THROW((void)inv_operating_point(pair, {}, {.g_in_siemens = -1.0}, input), InputError);
  EXPECT_THROW((void)inv_operating_point(pair, {}, {.tolerance = 0.0}, input), InputError);
  EXPECT_THROW((void)inv_operating_point(pair, {}, {.inverter_gain = 0.0}, input), InputError);
  EXPECT_THROW((void)inv_operating_point(pair, {}, {.inverter_gain = 1.1}, input), InputError);
  EXPECT_THROW((void)inv_operating_point(pair, {}, {}, VectorXd::Ones(2)), InputError);
  EXPECT_THROW((void)inv_operating_point(pair, {}, {}, input, VectorXd::Ones(2)), InputError);
  const InvArrays arrays(pair.positive, &pair.negative, {});
  const InvPointSolver solver(arrays, {});
  EXPECT_THROW(
      (void)solver.solve({.input_ampere = {}, .offset_volt = {}, .inverter_volt = VectorXd::Ones(2)}),
      InputError);
  EXPECT_THROW((void)solver.solve({}, 0.0), InputError);
  EXPECT_THROW((void)inv_operating_point(pair, {.row_segment_ohm = -1.0}, {}, input), InputError);
  EXPECT_THROW((void)inv_operating_point({random_cells(3, 2, 1), random_cells(3, 2, 2)}, {}, {}, input),
               InputError);
}

TEST(InvOperatingPoint, AgreesWithADirectSolution) {
  for (const Index n : {1, 4, 15, 32, 64}) {
    for (const double gain : {500.0, 1e5, std::numeric_limits<double>::infinity()}) {
      const auto seed = static_cast<std::uint64_t>(1000 + 10 * n);
      SCOPED_TRACE(testing::Message() << "N " << n << ", gain " << gain << ", seed " << seed);
      const auto pair = random_pair(n, seed);
      const LineParams lines{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73, .row_port_ohm = 5.0};
      const InvPointParams params{.gain = gain, .g_in_siemens = kGin, .tolerance = 1e-12};
      const VectorXd input = 1e-6 * normal_matrix(n, 1, seed, 3),
                     offsets = 1e-3 * normal_matrix(n, 1, seed, 4);
      const auto point = inv_operating_point(pair, lines, params, input, offsets);
      EXPECT_EQ(point.status, InvPointStatus::kOk);
      EXPECT_LE(point.iterations, 8);
      EXPECT_FALSE(point.was_reduced);
      const VectorXd expected = reference_outputs(pair, lines, params, input, offsets);
      EXPECT_LE(relative_difference(point.output_volt, expected), 1e-9);
      EXPECT_LE((point.summing_volt - (offsets - point.output_volt / gain)).cwiseAbs().maxCoeff(), 1e-15);
    }
  }
}

TEST(InvOperatingPoint, AgreesForAnyConnectionOfTheLines) {
  constexpr LineEnd kEnds[] = {LineEnd::kFirst, LineEnd::kLast, LineEnd::kBoth};
  for (const LineEnd row_end : kEnds) {
    for (const LineEnd column_end : kEnds) {
      const auto pair = random_pair(21, 4000);
      const LineParams lines{.row_segment_ohm = 3.0,
                             .column_segment_ohm = 5.0,
                             .row_port_ohm = 20.0,
                             .column_port_ohm = 10.0,
                             .row_end = row_end,
                             .column_end = column_end};
      const InvPointParams params{.gain = 300.0, .g_in_siemens = kGin, .tolerance = 1e-12};
      const VectorXd input = 1e-6 * normal_matrix(21, 1, 4001), offsets = 1e-3 * normal_matrix(21, 1, 4002);
      const auto point = inv_operating_point(pair, lines, params, input, offsets);
      EXPECT_FALSE(point.was_reduced);
      EXPECT_LE(
          relative_difference(point.output_volt, reference_outputs(pair, lines, params, input, offsets)),
          1e-9);
    }
  }
}

TEST(InvOperatingPoint, OneSolverServesManyInputs) {
  // At 200 Ω the arrays are reduced.
  for (const double ohm : {1.73, 200.0}) {
    const auto pair = random_pair(20, 4100);
    const LineParams lines{.row_segment_ohm = ohm, .column_segment_ohm = ohm};
    const InvPointParams params{.gain = 300.0, .inverter_gain = 0.98, .tolerance = 1e-12};
    const InvArrays arrays(pair.positive, &pair.negative, lines);
    const InvPointSolver solver(arrays, params);
    for (std::uint64_t seed = 4101; seed < 4104; ++seed) {
      const VectorXd input = 1e-6 * normal_matrix(20, 1, seed, 0),
                     offsets = 1e-3 * normal_matrix(20, 1, seed, 1),
                     inverters = 1e-2 * normal_matrix(20, 1, seed, 2);
      const auto point =
          solver.solve({.input_ampere = input, .offset_volt = offsets, .inverter_volt = inverters});
      EXPECT_LE(relative_difference(point.output_volt,
                                    reference_outputs(pair, lines, params, input, offsets, inverters)),
                1e-9)
          << ohm;
    }
  }
}

TEST(InvOperatingPoint, TheToleranceBoundsTheCurrentsThatAreMissed) {
  // Heavy lines, where many sweeps are needed.
  const auto pair = random_pair(64, 5000);
  const LineParams lines{.row_segment_ohm = 15.0, .column_segment_ohm = 15.0};
  const InvNetwork network = inv_network(pair, lines, kGin);
  const VectorXd input = 1e-6 * normal_matrix(64, 1, 5001);
  for (const double tolerance : {1e-3, 1e-6, 1e-9, 1e-12}) {
    const InvPointParams params{.gain = 1e4, .g_in_siemens = kGin, .tolerance = tolerance};
    const auto point = inv_operating_point(pair, lines, params, input);
    ASSERT_FALSE(point.was_reduced);
    const MatrixXd loop = network.transfer_siemens + network.self_siemens / params.gain;
    EXPECT_LE((loop * point.output_volt + input).norm(), tolerance * input.norm()) << tolerance;
  }
}

TEST(InvOperatingPoint, WeakInvertersCountForLess) {
  // Ideal lines: G⁺ − κG⁻.
  const auto pair = random_pair(9, 3000);
  const InvPointParams params{.gain = std::numeric_limits<double>::infinity(), .inverter_gain = 0.9};
  const VectorXd input = 1e-6 * normal_matrix(9, 1, 3001);
  const auto point = inv_operating_point(pair, {}, params, input);
  const VectorXd expected = -(pair.positive - 0.9 * pair.negative).fullPivLu().solve(input);
  EXPECT_LE(relative_difference(point.output_volt, expected), 1e-9);
  EXPECT_GT(point.reciprocal_condition, 0.0);
  EXPECT_LT(point.reciprocal_condition, 1.0);
}

TEST(InvOperatingPoint, FallsBackToTheReductionWhereItDoesNotConverge) {
  // 20 kΩ a segment: what is right to first order is no help any more.
  const auto pair = random_pair(60, 2000);
  const LineParams lines{.row_segment_ohm = 2e4, .column_segment_ohm = 2e4};
  const InvPointParams params{.gain = 1e5, .g_in_siemens = kGin};
  const VectorXd input = 1e-6 * normal_matrix(60, 1, 2001);
  const auto point = inv_operating_point(pair, lines, params, input);
  ASSERT_EQ(point.status, InvPointStatus::kOk);
  const InvNetwork network = inv_network(pair, lines, kGin);
  const MatrixXd loop = network.transfer_siemens + network.self_siemens / params.gain;
  EXPECT_LE((loop * point.output_volt + input).norm(), 1e-8 * input.norm());
}

TEST(InvOperatingPoint, AnEmptyLoopIsSingular) {
  const device::DifferentialPair pair{.positive = MatrixXd::Zero(3, 3), .negative = MatrixXd::Zero(3, 3)};
  const auto point = inv_operating_point(pair, {.row_segment_ohm = 1.0}, {}, VectorXd::Ones(3));
  EXPECT_EQ(point.status, InvPointStatus::kSingular);
  EXPECT_EQ(point.output_volt, VectorXd::Zero(3));
}

}  // namespace
}  // namespace mho::circuit
