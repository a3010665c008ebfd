// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Circuits of `mho circuit` whose amplifiers saturate, slew or clamp, with ohmic cells, against ngspice.
#include "tests/spice/problem_spice.hpp"

namespace mho::spice {
namespace {

void expect_grown(const Json& problem) {
  EXPECT_GT(solved(problem).answer.cwiseAbs().maxCoeff(), 0.05) << "it stayed at rest";
}

INSTANTIATE_TEST_SUITE_P(Sizes, Spice, testing::Values(4, 8, 16));

TEST_P(Spice, SaturatedInvRestsAndSettles) {
  Json problem = signed_inv_problem();
  problem["opamp"]["vsat"] = 0.15;
  for (auto& current : problem["I_in"]) current = 3.0 * static_cast<double>(n()) * current.get<double>();
  expect_same_rest(problem);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, SlewingInvSettles) {
  Json problem = inv_problem();
  problem["opamp"]["vsat"] = 0.3;
  problem["opamp"]["slew"] = 20e6;
  for (auto& current : problem["I_in"]) current = 3.0 * static_cast<double>(n()) * current.get<double>();
  expect_same_waveform(problem, 10, kNonlinearTolerance);
  problem["opamp"]["cin"] = 5e-15;  // stiff
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, AStronglySlewingInvRests) {
  Json problem = signed_inv_problem();
  problem["opamp"]["vsat"] = 0.3;
  // A hundredth of what the inputs of amplifiers of 100 MHz ask for on the way.
  problem["opamp"]["slew"] = 1e6;
  expect_same_rest(problem);
}

TEST_P(Spice, SaturatedMvmSettles) {
  Json problem = mvm_problem();
  problem["opamp"]["vsat"] = 0.2;
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, NnlsRestsAndSettles) {
  Json problem = ginv_problem("nnls");
  problem["opamp"]["gain"] = 200;  // a clamped amplifier unwinds at its own pole
  problem["tstop"] = 10e-9;
  expect_same_rest(problem);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, NnlsWithSignsAndWiresRests) {
  Json problem = ginv_problem("nnls");
  problem["r_wire"] = 1.73;
  expect_same_rest(problem);
  problem["G_neg"] = maker_.conductances(n() + 3, n(), false);
  // Of four arrays with their lines at N = 16 ngspice takes minutes.
  if (n() > 8) problem.erase("r_wire");
  expect_same_rest(problem);
  problem["signs"] = "compensation";
  expect_same_rest(problem);
}

TEST_P(Spice, EgvRestsAtItsEigenvector) {
  Json problem = egv_problem(false);
  expect_grown(problem);
  expect_same_rest(problem);
  problem["r_wire"] = 1.73;
  expect_same_rest(problem);
}

TEST_P(Spice, EgvWithSignsAndWiresRests) {
  Json problem = egv_problem(true);
  expect_grown(problem);
  expect_same_rest(problem);
  problem["r_wire"] = {{"row", 1.73}, {"column", 3.0}};
  expect_same_rest(problem);
}

TEST_P(Spice, EgvGrowsFromItsOffsets) {
  Json problem = egv_problem(false);
  problem["t_rise"] = 0.0;
  problem["tstop"] = 150e-9;
  problem["dt"] = 2.1e-9;
  expect_same_waveform(problem, 20, kNonlinearTolerance, "uic");
}

/// Transients with lines: sizes at which ngspice ends in seconds.
class WiredSpice : public Spice {
 protected:
  Json driven(Json problem, double factor) {
    problem["r_wire"] = 1.73;
    for (auto& current : problem["I_in"]) current = factor * static_cast<double>(n()) * current.get<double>();
    return problem;
  }
};
INSTANTIATE_TEST_SUITE_P(Sizes, WiredSpice, testing::Values(4, 8));

TEST_P(WiredSpice, SaturatedInvSettles) {
  Json problem = driven(inv_problem(), 3.0);
  problem["opamp"]["vsat"] = 0.15;
  expect_same_waveform(problem, 20, kNonlinearTolerance);
}

TEST_P(WiredSpice, SlewingInvSettles) {
  Json problem = driven(inv_problem(), 3.0);
  problem["opamp"]["vsat"] = 0.3;
  problem["opamp"]["slew"] = 20e6;
  expect_same_waveform(problem, 20, kNonlinearTolerance);
}

TEST_P(Spice, SlewingMvmSettles) {
  Json problem = mvm_problem();
  problem["opamp"]["slew"] = 20e6;
  problem["opamp"]["vsat"] = 1.0;
  expect_same_waveform(problem, 20, kNonlinearTolerance);
}

TEST_P(Spice, SlewingGinvSettles) {
  Json problem = ginv_problem("ginv");
  problem["opamp"]["slew"] = 20e6;
  problem["opamp"]["vsat"] = 1.0;
  expect_same_waveform(problem, 20, kNonlinearTolerance);
}

TEST_P(WiredSpice, NnlsSettles) {
  Json problem = ginv_problem("nnls");
  problem["r_wire"] = 1.73;
  problem["opamp"]["gain"] = 200;  // as above
  problem["tstop"] = 30e-9;
  expect_same_waveform(problem, 20, kNonlinearTolerance);
}

TEST_P(WiredSpice, EgvGrowsFromItsOffsets) {
  Json problem = egv_problem(false);
  problem["r_wire"] = 1.73;
  problem["t_rise"] = 0.0;
  problem["tstop"] = 100e-9;
  problem["dt"] = 2.1e-9;
  expect_same_waveform(problem, 20, kNonlinearTolerance, "uic");
}

}  // namespace
}  // namespace mho::spice
