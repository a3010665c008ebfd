// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/held_array.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.hpp"
#include "models/circuit/nonlinear/array_point.hpp"
#include "tests/models/circuit/wires/random_cells.hpp"

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr LineParams kLines{
    .row_segment_ohm = 5.0, .column_segment_ohm = 3.0, .row_port_ohm = 20.0, .column_end = LineEnd::kLast};
// Rounds stop here; the full solution stops at rounding.
constexpr double kLaw = 1e-12, kAgreement = 1e-10;

/// @returns the error that is left after at most `most` rounds
double settle(const HeldArray& array, const VectorXd& u, const VectorXd& v, HeldArray::State& state,
              int most) {
  double error = std::numeric_limits<double>::infinity();
  for (int k = 0; k < most && error > kLaw; ++k) error = array.move_to(u, v, state);
  return error;
}

TEST(HeldArray, RoundsLeadToTheFullSolution) {
  const MatrixXd g = random_cells(12, 9, 1, 0.1);
  const VectorXd u = 0.4 * uniform_matrix(12, 1, 2).array() - 0.2, v = 0.1 * uniform_matrix(9, 1, 3);
  for (const CellModel& model :
       {CellModel{}, CellModel{.access = {}, .iv = {.v0_volt = 0.15}},
        CellModel{.access = Nmos1Params{}, .iv = {}},
        CellModel{.access = Nmos1Params{.lambda_per_volt = 0.1, .gamma_sqrt_volt = 0.4, .is_at_row = false},
        .iv = {}}}) {
    const HeldArray array(model, g, kLines);
    HeldArray::State state = array.at_rest();
    ASSERT_LE(settle(array, u, v, state, 15), kLaw);
    const PortCurrents full = port_currents(model, g, kLines, u, v);
    ASSERT_TRUE(full.has_converged);
    EXPECT_LT(relative_difference(state.row_ampere, full.row), kAgreement);
    EXPECT_LT(relative_difference(state.column_ampere, full.column), kAgreement);
  }
}

TEST(HeldArray, FollowsPortsThatMoveABit) {
  const CellModel model{.access = Nmos1Params{}, .iv = {}};
  const MatrixXd g = random_cells(8, 8, 4);
  const VectorXd u = 0.2 * uniform_matrix(8, 1, 5), v = VectorXd::Constant(8, 1e-4);
  const HeldArray array(model, g, kLines);
  HeldArray::State followed = array.at_rest(), fresh = array.at_rest();
  ASSERT_LE(settle(array, u, VectorXd::Zero(8), followed, 15), kLaw);
  ASSERT_LE(settle(array, u, v, followed, 15), kLaw);
  ASSERT_LE(settle(array, u, v, fresh, 15), kLaw);
  EXPECT_LT(relative_difference(followed.column_ampere, fresh.column_ampere), kAgreement);
  EXPECT_LT(relative_difference(followed.row_ampere, fresh.row_ampere), kAgreement);
}

TEST(HeldArray, OhmicCellsNeedOneRound) {
  const HeldArray array({}, random_cells(6, 6, 6), kLines);
  HeldArray::State state = array.at_rest();
  EXPECT_LE(array.move_to(VectorXd::Constant(6, 0.2), VectorXd::Zero(6), state), kLaw);
}

TEST(HeldArray, TransistorsThatAreOffHaveNoSlopes) {
  const HeldArray array({.access = Nmos1Params{.v_gate_volt = 0.1}, .iv = {}}, random_cells(3, 3, 7), kLines);
  HeldArray::State state = array.at_rest();
  EXPECT_TRUE(std::isinf(array.move_to(VectorXd::Constant(3, 0.2), VectorXd::Zero(3), state)));
}

TEST(HeldArray, RefusesNegativeCells) {
  EXPECT_THROW(HeldArray({}, MatrixXd::Constant(2, 2, -1e-6), kLines), InputError);
}

}  // namespace
}  // namespace mho::circuit
