// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "models/circuit/nonlinear/array_point.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mho::circuit {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

constexpr double kVerify = 0.2;
constexpr LineParams kChip{.row_segment_ohm = 1.73, .column_segment_ohm = 1.73};

TEST(ArrayPoint, ConductsAsWrittenAtTheVerifyVoltage) {
  const CellModel sinh{.access = {}, .iv = {.v0_volt = 0.3}};
  for (const double g : {0.5e-6, 10e-6, 35e-6}) {
    const double bare = bare_siemens(sinh, g, kVerify);
    EXPECT_LT(bare, g);
    EXPECT_NEAR(device::iv_point(sinh.iv, bare, kVerify).current_ampere, g * kVerify, 1e-12 * g * kVerify);
    for (const bool is_at_row : {true, false}) {
      const CellModel nmos{.access = Nmos1Params{.gamma_sqrt_volt = 0.3, .is_at_row = is_at_row}, .iv = {}};
      EXPECT_GT(bare_siemens(nmos, g, kVerify), g);
      const CellModel both{.access = nmos.access, .iv = sinh.iv};
      EXPECT_LT(bare_siemens(both, g, kVerify), bare_siemens(nmos, g, kVerify));
      for (const CellModel& model : {nmos, both}) {
        const double cell = bare_siemens(model, g, kVerify);
        EXPECT_NEAR(cell_current(model, cell, kVerify, 0.0).ampere, g * kVerify, 1e-12 * g * kVerify);
      }
    }
  }
  EXPECT_EQ(bare_siemens(sinh, -1e-9, kVerify), 0.0);
}

TEST(ArrayPoint, ATransistorThatCarriesLessIsToldApart) {
  const CellModel weak{.access = Nmos1Params{.width_metre = 1e-9}, .iv = {}};
  EXPECT_TRUE(std::isinf(bare_siemens(weak, 35e-6, kVerify)));
}

TEST(ArrayPoint, TheLinearisationIsTheCurrentsAndTheirDerivative) {
  const MatrixXd g = (MatrixXd(3, 3) << 30, 5, 8, 2, 10, 25, 4, 6, 2).finished() * 1e-6;
  const VectorXd u = (VectorXd(3) << 0.1, -0.2, 0.0).finished(),
                 v = (VectorXd(3) << 0.3, 0.0, -0.1).finished();
  const VectorXd du = (VectorXd(3) << 1, -2, 0.5).finished() * 1e-5;
  for (const CellModel& model :
       {CellModel{.access = {}, .iv = {.v0_volt = 0.2}}, CellModel{.access = Nmos1Params{}, .iv = {}},
        CellModel{.access = Nmos1Params{}, .iv = {.v0_volt = 0.2}}}) {
    const ArrayLinearization at = linearize(model, g, kChip, u, v);
    const PortCurrents here = port_currents(model, g, kChip, u, v),
                       there = port_currents(model, g, kChip, u + du, v - du);
    EXPECT_TRUE(at.has_converged && here.has_converged && there.has_converged);
    EXPECT_LT((at.row_current(u, v) - here.row).norm(), 1e-10 * here.row.norm());
    EXPECT_LT((at.column_current(u, v) - here.column).norm(), 1e-10 * here.column.norm());
    // What is left is of second order in the step.
    const double change = (there.row - here.row).norm();
    EXPECT_LT((at.row_current(u + du, v - du) - there.row).norm(), 1e-3 * change);
    EXPECT_LT((at.column_current(u + du, v - du) - there.column).norm(), 1e-3 * change);
  }
}

}  // namespace
}  // namespace mho::circuit
