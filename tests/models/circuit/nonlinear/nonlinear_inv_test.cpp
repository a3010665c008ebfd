// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/nonlinear_inv.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "models/base/error.hpp"
#include "models/circuit/inv_circuit.hpp"
#include "tests/models/circuit/nonlinear/inv_example.hpp"

namespace mho::circuit {
namespace {

using Eigen::Index;
using Eigen::MatrixXd;
using Eigen::VectorXd;

const OpampParams kOpamp{.gain = 500};

NonlinearInv circuit_of(const CellModel& model, const LineParams& lines, const OpampParams& opamp = kOpamp) {
  return {model, bare_pair(model, cells(), kVerify), lines, opamp, kIn, kOffsets};
}

TEST(NonlinearInv, NearlyOhmicCellsGiveTheInvCircuit) {
  const CellModel model{.access = {}, .iv = {.v0_volt = 1e3}};
  for (const LineParams& lines : {LineParams{}, kChip}) {
    const InvCircuit ohmic(inv_network(cells(), lines, kIn), kOpamp, kOffsets);
    const InvResult expected = ohmic.solve(kInput, kEpsilon);
    const NonlinearInvResult result = circuit_of(model, lines).solve(kInput, kEpsilon);
    EXPECT_EQ(result.inv.status, InvStatus::kOk);
    EXPECT_LT((result.inv.v - expected.v).norm(), 1e-7 * expected.v.norm());
    EXPECT_NEAR(result.inv.settling_time_s, expected.settling_time_s, 1e-6 * expected.settling_time_s);
  }
}

/// Current that is left at each node with ideal lines, cell by cell.
VectorXd residual(const VectorXd& v, const auto& cell_ampere) {
  const VectorXd s = kOffsets - v / kOpamp.gain;
  VectorXd left = kInput - kIn * s;
  for (Index i = 0; i < 4; ++i) {
    for (Index j = 0; j < 4; ++j)
      left[i] += cell_ampere(true, i, j, v[j], s[i]) + cell_ampere(false, i, j, -v[j], s[i]);
  }
  return left;
}

TEST(NonlinearInv, ObeysKirchhoffWithSinhCells) {
  const CellModel model{.access = {}, .iv = {.v0_volt = 0.1}};
  const auto bare = bare_pair(model, cells(), kVerify);
  const NonlinearInvResult result = circuit_of(model, {}).solve(kInput, kEpsilon);
  ASSERT_EQ(result.inv.status, InvStatus::kOk);
  const VectorXd left = residual(result.inv.v, [&](bool is_positive, Index i, Index j, double v, double s) {
    return 0.1 * (is_positive ? bare.positive : bare.negative)(i, j) * std::sinh((v - s) / 0.1);
  });
  EXPECT_LT(left.norm(), 1e-9 * kInput.norm());
}

TEST(NonlinearInv, ObeysKirchhoffWithTransistors) {
  const CellModel model{.access = Nmos1Params{.gamma_sqrt_volt = 0.4}, .iv = {}};
  const auto bare = bare_pair(model, cells(), kVerify);
  const NonlinearInvResult result = circuit_of(model, {}).solve(kInput, kEpsilon);
  ASSERT_EQ(result.inv.status, InvStatus::kOk);
  const VectorXd left = residual(result.inv.v, [&](bool is_positive, Index i, Index j, double v, double s) {
    return cell_current(model, (is_positive ? bare.positive : bare.negative)(i, j), v, s).ampere;
  });
  EXPECT_LT(left.norm(), 1e-9 * kInput.norm());
}

TEST(NonlinearInv, TheNetworkIsTheTangentAtTheOperatingPoint) {
  const CellModel model{.access = Nmos1Params{.gamma_sqrt_volt = 0.4}, .iv = {}};
  const NonlinearInv circuit = circuit_of(model, kChip);
  const NonlinearInvResult at = circuit.solve(kInput, kEpsilon);
  ASSERT_EQ(at.inv.status, InvStatus::kOk);
  const MatrixXd loop = at.network.transfer_siemens + at.network.self_siemens / kOpamp.gain;
  const VectorXd change = 1e-3 * kInput.reverse();
  const VectorXd moved =
      circuit.solve(kInput + change, kEpsilon).inv.v - circuit.solve(kInput - change, kEpsilon).inv.v;
  // What is left is of third order in the step.
  EXPECT_LT((loop * moved + 2.0 * change).norm(), 1e-6 * change.norm());
}

TEST(NonlinearInv, SaturationIsReported) {
  const CellModel model{.access = {}, .iv = {.v0_volt = 0.5}};
  const OpampParams low{.gain = 500, .v_sat_volt = 0.05};
  const NonlinearInvResult result = circuit_of(model, kChip, low).solve(10 * kInput, kEpsilon);
  EXPECT_EQ(result.inv.status, InvStatus::kSaturated);
  EXPECT_LE(result.inv.v.cwiseAbs().maxCoeff(), 0.05);
}

TEST(NonlinearInv, RefusesSizesThatDoNotFit) {
  EXPECT_THROW((void)circuit_of({}, {}).solve(VectorXd::Zero(3), kEpsilon), InputError);
}

}  // namespace
}  // namespace mho::circuit
