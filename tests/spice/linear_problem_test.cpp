// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Linear circuits of `mho circuit` with ohmic cells against ngspice.
#include "tests/spice/problem_spice.hpp"

namespace mho::spice {
namespace {

INSTANTIATE_TEST_SUITE_P(Sizes, Spice, testing::Values(4, 8, 16));

TEST_P(Spice, InvRests) {
  expect_same_rest(inv_problem());
}

TEST_P(Spice, InvWithInvertersAndWiresRests) {
  Json problem = signed_inv_problem();
  problem["r_wire"] = {{"row", 3.0}, {"column", 1.73}};
  expect_same_rest(problem);
}

TEST_P(Spice, LineEndsAreConnectedAsTheProblemSays) {
  Json problem = signed_inv_problem();
  problem["r_wire"] = 20.0;
  problem["row_end"] = "both";
  problem["column_end"] = "first";
  expect_same_rest(problem);
  problem["row_end"] = "last";
  problem["column_end"] = "both";
  expect_same_rest(problem);
  problem["access"] = access_transistor();
  expect_same_rest(problem);
}

TEST_P(Spice, InvByCompensationRests) {
  Json problem = signed_inv_problem();
  problem["signs"] = "compensation";
  problem["g_in"] = 10e-6;
  expect_same_rest(problem);
  problem["r_wire"] = 1.73;
  problem["opamp"]["r_out"] = 50.0;
  expect_same_rest(problem);
}

TEST_P(Spice, InvByCompensationSettles) {
  Json problem = signed_inv_problem();
  problem["signs"] = "compensation";
  problem["g_in"] = 10e-6;
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
  problem["r_wire"] = 1.73;
  problem["opamp"]["cin"] = 0.05e-12;
  problem["tstop"] = 2.8e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, PortsHaveTheResistanceThatTheProblemSays) {
  Json problem = signed_inv_problem();
  problem["r_port"] = {{"row", 40.0}, {"column", 25.0}};
  expect_same_rest(problem);
  problem["r_wire"] = 2.0;
  problem["row_end"] = "both";
  problem["column_end"] = "both";
  expect_same_rest(problem);
  problem["access"] = access_transistor();
  expect_same_rest(problem);
  Json mvm = mvm_problem();
  mvm["r_port"] = 40.0;
  mvm["r_wire"] = {{"row", 0.0}, {"column", 3.0}};
  mvm["row_end"] = "both";
  mvm["column_end"] = "both";
  expect_same_rest(mvm);
}

TEST_P(Spice, InvSettles) {
  expect_same_waveform(inv_problem(), 10, kLinearTolerance);
}

TEST_P(Spice, InvWithInvertersWiresAndInputCapacitanceSettles) {
  Json problem = signed_inv_problem();
  problem["r_wire"] = 1.73;
  problem["opamp"]["cin"] = 0.1e-12;
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, InvWithSecondPoleAndOutputResistanceSettles) {
  Json problem = signed_inv_problem();
  problem["opamp"]["f2"] = 400e6;
  problem["opamp"]["r_out"] = 200.0;
  expect_same_rest(problem);
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, MvmWithoutAmplifiersGivesItsCurrents) {
  Json problem = mvm_problem();
  problem.erase("g_f");
  problem["r_wire"] = 1.73;
  expect_same_rest(problem);
  problem["G_neg"] = maker_.conductances(n(), n() + 2, false);
  expect_same_rest(problem);
  problem.erase("r_wire");
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, MvmWithInvertersRestsAndSettles) {
  Json problem = mvm_problem();
  problem["G_neg"] = maker_.conductances(n(), n() + 2, false);
  problem["r_wire"] = 1.73;
  expect_same_rest(problem);
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, MvmByCompensationRestsAndSettles) {
  Json problem = mvm_problem();
  problem["G_neg"] = maker_.conductances(n(), n() + 2, false);
  problem["signs"] = "compensation";
  expect_same_rest(problem);
  problem["r_wire"] = 1.73;
  problem["tstop"] = 2.8e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, GinvRestsAndSettles) {
  Json problem = ginv_problem("ginv");
  expect_same_rest(problem);
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, GinvWithSignsAndWiresRests) {
  Json problem = ginv_problem("ginv");
  problem["G_neg"] = maker_.conductances(n() + 3, n(), false);
  problem["r_wire"] = 1.73;
  expect_same_rest(problem);
  problem["signs"] = "compensation";
  expect_same_rest(problem);
  problem.erase("r_wire");
  problem["tstop"] = 5e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

/// Until loops with lines are at rest: at 4 and 8, of 16 ngspice takes minutes.
class SettledSpice : public Spice {
 protected:
  void SetUp() override {
    Spice::SetUp();
    wired_ = {{"row", 1.73}, {"column", 3.0}};
  }
  Json wired_;
};
INSTANTIATE_TEST_SUITE_P(Sizes, SettledSpice, testing::Values(4, 8));

TEST_P(SettledSpice, InvWithWiresSettles) {
  Json problem = inv_problem();
  problem["r_wire"] = wired_;
  problem["tstop"] = 50e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(SettledSpice, SignedInvWithWiresSettles) {
  Json problem = signed_inv_problem();
  problem["r_wire"] = wired_;
  problem["opamp"]["cin"] = 0.1e-12;
  problem["tstop"] = 30e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(SettledSpice, MvmWithWiresSettles) {
  Json problem = mvm_problem();
  problem["r_wire"] = wired_;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(SettledSpice, GinvWithWiresSettles) {
  Json problem = ginv_problem("ginv");
  problem["r_wire"] = wired_;
  problem["tstop"] = 30e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(Spice, InvWithWiresMoves) {
  Json problem = inv_problem();
  problem["r_wire"] = 1.73;
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kLinearTolerance);
}

TEST_P(SettledSpice, OutputsAreAsNoisy) {
  for (Json problem : {inv_problem(), mvm_problem()}) {
    SCOPED_TRACE(problem.at("kind").get<std::string>());
    problem["r_wire"] = 1.73;
    problem["opamp"]["noise"] = 5e-9;
    problem["opamp"]["cin"] = 0.1e-12;
    expect_same_noise(problem);
  }
}

TEST_P(Spice, AmplifiersTakeTheSamePower) {
  for (Json problem : {inv_problem(), signed_inv_problem(), mvm_problem(), ginv_problem("ginv")}) {
    SCOPED_TRACE(problem.at("kind").get<std::string>());
    problem["r_wire"] = 1.73;
    problem["opamp"]["vdd"] = 1.1;
    problem["opamp"]["i_q"] = 20e-6;
    expect_same_power(problem);
  }
}

}  // namespace
}  // namespace mho::spice
