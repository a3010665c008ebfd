// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Circuits of `mho circuit` with access transistors and sinh cells against ngspice.
#include "tests/spice/problem_spice.hpp"

namespace mho::spice {
namespace {

INSTANTIATE_TEST_SUITE_P(Sizes, Spice, testing::Values(4, 8, 16));

/// Transients: sizes at which ngspice ends in seconds.
class NonohmicSpice : public Spice {};
INSTANTIATE_TEST_SUITE_P(Sizes, NonohmicSpice, testing::Values(4, 8));

TEST_P(Spice, MvmWithAccessTransistorsGivesItsCurrents) {
  Json problem = mvm_problem();
  problem.erase("g_f");
  problem.erase("opamp");
  problem["access"] = access_transistor();
  expect_same_rest(problem);
  problem["access"]["side"] = "column";
  problem["r_wire"] = 3.0;
  expect_same_rest(problem);
}

TEST_P(Spice, InvWithAccessTransistorsRests) {
  Json problem = inv_problem();
  problem["access"] = access_transistor();
  for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
  expect_same_rest(problem);
  problem["r_wire"] = 1.73;
  problem["G_neg"] = maker_.conductances(n(), n(), false);
  expect_same_rest(problem);
}

TEST_P(Spice, GinvWithAccessTransistorsRests) {
  for (const char* kind : {"ginv", "nnls"}) {
    Json problem = ginv_problem(kind);
    problem["access"] = access_transistor();
    for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
    expect_same_rest(problem);
    problem["r_wire"] = 1.73;
    problem["access"]["side"] = "column";
    expect_same_rest(problem);
  }
}

TEST_P(Spice, EgvWithAccessTransistorsRestsWhereItGrowsTo) {
  Json problem = egv_problem(false);
  problem["access"] = access_transistor();
  problem["g_lambda"] = 0.75 * problem["g_lambda"].get<double>();
  expect_same_rest(problem);
  problem["r_wire"] = 1.73;
  expect_same_rest(problem);
}

TEST_P(NonohmicSpice, EgvWithAccessTransistorsGrowsFromItsOffsets) {
  Json problem = egv_problem(false);
  problem["access"] = access_transistor();
  problem["r_wire"] = 1.73;
  problem["g_lambda"] = 0.75 * problem["g_lambda"].get<double>();
  problem["t_rise"] = 0.0;
  problem["tstop"] = 100e-9;
  problem["dt"] = 2.1e-9;
  expect_same_waveform(problem, 20, kNonlinearTolerance, "uic");
}

TEST_P(NonohmicSpice, InvWithAccessTransistorsSettles) {
  Json problem = inv_problem();
  problem["access"] = access_transistor();
  for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
  expect_same_waveform(problem, 10, kNonlinearTolerance);
  problem["r_wire"] = 1.73;
  problem["G_neg"] = maker_.conductances(n(), n(), false);
  problem["tstop"] = 10e-9;
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, SaturatedInvWithAccessTransistorsAndStrayCapacitanceSettles) {
  Json problem = inv_problem();
  problem["access"] = access_transistor();
  problem["opamp"]["vsat"] = 0.3;
  problem["opamp"]["cin"] = 0.1e-12;
  problem["opamp"]["r_out"] = 100.0;
  problem["tstop"] = 10e-9;
  for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, MvmWithAccessTransistorsSettles) {
  Json problem = mvm_problem();
  problem["access"] = access_transistor();
  problem["r_wire"] = 3.0;
  problem["tstop"] = 10e-9;
  expect_same_rest(problem);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, MvmCurrentsOfAccessTransistorsFollow) {
  Json problem = mvm_problem();
  problem.erase("g_f");
  problem["access"] = access_transistor();
  problem["r_wire"] = 3.0;
  problem["tstop"] = 7e-9;
  expect_same_waveform(problem, 10, kNonlinearTolerance);
  problem["G_neg"] = maker_.conductances(n(), n() + 2, false);
  problem["opamp"]["r_out"] = 50.0;
  expect_same_rest(problem);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(NonohmicSpice, GinvWithAccessTransistorsSettles) {
  Json problem = ginv_problem("ginv");
  problem["access"] = access_transistor();
  problem["r_wire"] = 1.73;
  problem["tstop"] = 10e-9;
  expect_same_rest(problem);
  expect_same_waveform(problem, 10, kNonlinearTolerance);
}

TEST_P(Spice, SinhCellsRestInEveryKind) {
  const Json cell{{"model", "sinh"}, {"v0", 0.2}};
  for (Json problem : {inv_problem(), signed_inv_problem(), mvm_problem(), ginv_problem("ginv"),
                       ginv_problem("nnls"), egv_problem(false)}) {
    SCOPED_TRACE(problem.at("kind").get<std::string>());
    problem["cell"] = cell;
    problem["r_wire"] = 1.73;
    if (problem.at("kind") == "nnls") problem["opamp"]["gain"] = 200;
    expect_same_rest(problem);
    problem["access"] = access_transistor();
    if (problem.at("kind") != "egv") expect_same_rest(problem);
  }
}

TEST_P(NonohmicSpice, SinhCellsSettle) {
  for (Json problem : {inv_problem(), mvm_problem(), ginv_problem("ginv"), ginv_problem("nnls")}) {
    SCOPED_TRACE(problem.at("kind").get<std::string>());
    problem["cell"] = {{"model", "sinh"}, {"v0", 0.2}};
    problem["r_wire"] = 1.73;
    problem["tstop"] = 10e-9;
    if (problem.at("kind") == "nnls") problem["opamp"]["gain"] = 200;  // as above
    expect_same_waveform(problem, 10, kNonlinearTolerance);
  }
}

TEST_P(Spice, InvWithAccessTransistorsMoves) {
  Json problem = inv_problem();
  problem["access"] = access_transistor();
  for (auto& current : problem["I_in"]) current = 0.25 * static_cast<double>(n()) * current.get<double>();
  problem["tstop"] = 15e-9;
  expect_same_waveform(problem, 20, kNonlinearTolerance);
}

}  // namespace
}  // namespace mho::spice
