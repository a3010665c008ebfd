// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "platform/circuit/problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "models/base/error.hpp"

namespace mho::platform {
namespace {

using circuit::AmplifierModel;
using testing::HasSubstr;
using Json = nlohmann::json;

Json inv() {
  return {{"kind", "inv"}, {"G", {{30e-6, 5e-6}, {2e-6, 20e-6}}}, {"I_in", {2e-6, -1e-6}}};
}

Json transient() {
  Json problem = inv();
  problem.update({{"analysis", "tran"}, {"t_rise", 1e-9}, {"tstop", 1e-8}, {"dt", 1e-9}});
  return problem;
}

CircuitProblem read(const Json& json) {
  return read_circuit_problem(json.dump(), "p.json");
}

std::string refusal(const std::string& text) {
  try {
    (void)read_circuit_problem(text, "p.json");
  } catch (const InputError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << "more than one line";
    return error.what();
  }
  return "accepted";
}

std::string refusal_of(const char* key, const Json& value, Json problem = inv()) {
  problem[key] = value;
  return refusal(problem.dump());
}

TEST(CircuitProblem, DefaultsOfAnOperatingPointAreIdeal) {
  const CircuitProblem problem = read(inv());
  EXPECT_EQ(problem.kind, CircuitKind::kInv);
  EXPECT_EQ(problem.analysis, CircuitAnalysis::kOperatingPoint);
  EXPECT_EQ(problem.topology.amplifiers.front().gain, AmplifierModel::kNone);
  EXPECT_TRUE(is_ideal(problem.lines));
  EXPECT_EQ(problem.g_siemens(1, 0), 2e-6);
  EXPECT_EQ(problem.input[1], -1e-6);
}

TEST(CircuitProblem, ModesAreComputedWhereTheyAreAskedFor) {
  EXPECT_FALSE(read(inv()).wants_modes);
  Json problem = inv();
  problem["modes"] = "slowest";
  EXPECT_TRUE(read(problem).wants_modes);
  EXPECT_THAT(refusal_of("modes", "all"), HasSubstr("one of if_needed, slowest"));
}

TEST(CircuitProblem, DefaultsOfATransientHaveGainAndPole) {
  const CircuitProblem problem = read(transient());
  EXPECT_EQ(problem.topology.amplifiers.front().gain, 1e5);
  EXPECT_EQ(problem.topology.amplifiers.front().gbw_hz, 100e6);
  EXPECT_EQ(problem.n_samples(), 11);
}

TEST(CircuitProblem, ReadsEveryKey) {
  Json json = transient();
  json.update({{"G_neg", {{0, 1e-6}, {2e-6, 0}}},
               {"inverter_G", 50e-6},
               {"r_wire", {{"row", 1.0}, {"column", 2.0}}},
               {"row_end", "last"},
               {"opamp",
                {{"gain", 1e3},
                 {"gbw", 5e8},
                 {"vsat", 0.5},
                 {"vos", {1e-3, 2e-3}},
                 {"cin", 1e-13},
                 {"slew", 1e8},
                 {"f2", 1e9},
                 {"r_out", 50},
                 {"noise", 4e-9}}}});
  const CircuitProblem problem = read(json);
  const auto& amplifiers = problem.topology.amplifiers;
  EXPECT_EQ((*problem.g_neg_siemens)(0, 1), 1e-6);
  EXPECT_EQ(problem.lines.column_segment_ohm, 2.0);
  EXPECT_EQ(problem.lines.row_end, circuit::LineEnd::kLast);
  ASSERT_EQ(amplifiers.size(), 2U);
  EXPECT_EQ(amplifiers[1].offset_volt, 2e-3);
  EXPECT_EQ(amplifiers[1].slew_rate_volt_per_s, 1e8);
  EXPECT_EQ(problem.topology.input_farad, 1e-13);
}

TEST(CircuitProblem, SyntaxErrorsSayWhere) {
  EXPECT_THAT(refusal("{\"kind\": "), HasSubstr("p.json: not JSON"));
  EXPECT_THAT(refusal("{\"kind\": \"inv\", \"G\": [[NaN]]}"), HasSubstr("no NaN"));
  EXPECT_THAT(refusal("{\"kind\": \"inv\", \"G\": [[1e999]]}"), HasSubstr("does not fit a double"));
  EXPECT_THAT(refusal("[1]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(refusal(""), HasSubstr("not JSON"));
  EXPECT_THAT(refusal(std::string(200'000, '[')), HasSubstr("nested more than 16 deep"));
}

TEST(CircuitProblem, UnknownKeysNameTheNearest) {
  EXPECT_THAT(refusal_of("I_inn", 1), HasSubstr("unknown key \"I_inn\"; the nearest is \"I_in\""));
  EXPECT_THAT(refusal_of("opamp", {{"GBW", 1e8}}), HasSubstr("the nearest is \"gbw\""));
  EXPECT_THAT(refusal_of("kind", "INV2"), HasSubstr("one of mvm, inv, ginv, nnls, egv"));
  EXPECT_THAT(refusal_of("analysis", "ac"), HasSubstr("one of op, tran"));
}

TEST(CircuitProblem, ConductancesAreChecked) {
  EXPECT_THAT(refusal_of("G", {{1e-6, -2e-6}, {1e-6, 1e-6}}), HasSubstr("G[0][1] is -2e-06"));
  EXPECT_THAT(refusal_of("G", {{1e-6, 2e-6}, {1e-6}}), HasSubstr("G[1] has 1 numbers and G[0] has 2"));
  EXPECT_THAT(refusal_of("G", {{1e-6, "x"}, {1e-6, 1e-6}}), HasSubstr("G[0][1] is \"x\""));
  EXPECT_THAT(refusal_of("G", {{1e-6, nullptr}, {1e-6, 1e-6}}), HasSubstr("G[0][1] is null"));
  EXPECT_THAT(refusal_of("G", Json::array()), HasSubstr("list of rows"));
  EXPECT_THAT(refusal_of("G", {{1e-6, 2e-6}}), HasSubstr("G is 1x2"));
  EXPECT_THAT(refusal_of("G", {{0, 0}, {1e-6, 1e-6}}), HasSubstr("row 0 of G is not connected"));
  EXPECT_THAT(refusal_of("G", {{0, 1e-6}, {0, 1e-6}}), HasSubstr("column 0 of G is not connected"));
  EXPECT_THAT(refusal_of("G_neg", {{1e-6}}), HasSubstr("both need one size"));
}

TEST(CircuitProblem, LengthsAndRangesAreChecked) {
  EXPECT_THAT(refusal_of("I_in", {1e-6}), HasSubstr("I_in has 1 numbers; it needs 2"));
  EXPECT_THAT(refusal_of("r_wire", -1.0), HasSubstr("r_wire is -1"));
  EXPECT_THAT(refusal_of("inverter_G", 0.0), HasSubstr("inverter_G is 0"));
  EXPECT_THAT(refusal_of("opamp", {{"gain", 0.5}}), HasSubstr("opamp: gain is 0.5"));
  EXPECT_THAT(refusal_of("opamp", {{"vsat", 0}}), HasSubstr("vsat is 0"));
  EXPECT_THAT(refusal_of("opamp", {{"vos", {1e-3}}}), HasSubstr("vos has 1 numbers; it needs 2"));
}

TEST(CircuitProblem, TimesAreChecked) {
  EXPECT_THAT(refusal_of("dt", 0.0, transient()), HasSubstr("dt is 0"));
  EXPECT_THAT(refusal_of("dt", 1.0, transient()), HasSubstr("longer than tstop"));
  EXPECT_THAT(refusal_of("dt", 1e-17, transient()), HasSubstr("samples"));
  EXPECT_THAT(refusal_of("t_rise", -1e-9, transient()), HasSubstr("t_rise"));
  Json problem = transient();
  problem.erase("tstop");
  EXPECT_THAT(refusal(problem.dump()), HasSubstr("\"tstop\" is missing"));
}

TEST(CircuitProblem, WhatAccessTransistorsCannotDoIsRefused) {
  const Json access{{"model", "nmos1"}, {"W", 1e-6},  {"L", 1e-7},
                    {"vto", 0.4},       {"kp", 1e-4}, {"v_gate", 1.1}};
  EXPECT_EQ(refusal_of("access", access), "accepted");
  EXPECT_EQ(refusal_of("access", access, transient()), "accepted");
  Json warm = inv();
  warm["temperature"] = 300.0;
  EXPECT_THAT(refusal_of("access", access, warm), HasSubstr("noise"));
  Json other = access;
  other["model"] = "bsim4";
  EXPECT_THAT(refusal_of("access", other), HasSubstr("one of nmos1"));
}

TEST(CircuitProblem, ReadsTheCurveOfTheCells) {
  Json json = inv();
  EXPECT_TRUE(read(json).cell.is_ohmic());
  json["cell"] = {{"model", "sinh"}, {"v0", 0.2}};
  EXPECT_EQ(read(json).cell.iv.v0_volt, 0.2);
  EXPECT_THAT(refusal_of("cell", {{"model", "sinh"}}), HasSubstr("\"v0\" is missing"));
  EXPECT_THAT(refusal_of("cell", {{"model", "sinh"}, {"v0", 1e-4}}), HasSubstr("v0 is 0.0001"));
  EXPECT_THAT(refusal_of("cell", {{"v0", 0.2}}), HasSubstr("no meaning for an ohmic cell"));
  EXPECT_THAT(refusal_of("cell", {{"model", "diode"}}), HasSubstr("one of ohmic, sinh"));
  json["temperature"] = 300.0;
  EXPECT_THAT(refusal(json.dump()), HasSubstr("noise of cells that are not ohmic"));
}

TEST(CircuitProblem, LoopsOfTransistorsThatAreCutOffAreRefused) {
  Json access{{"model", "nmos1"}, {"W", 1e-6}, {"L", 1e-7}, {"vto", 0.4}, {"kp", 1e-4}, {"v_gate", 0.4}};
  EXPECT_THAT(refusal_of("access", access), HasSubstr("give a v_gate above vto"));
  const Json mvm{{"kind", "mvm"}, {"G", {{30e-6, 5e-6}, {2e-6, 20e-6}}}, {"V", {0.1, 0.2}}};
  EXPECT_EQ(refusal_of("access", access, mvm), "accepted") << "its lines are driven";
  access["v_gate"] = 0.41;
  EXPECT_EQ(refusal_of("access", access), "accepted");
}

TEST(CircuitProblem, ConductancesThatLeaveTheArithmeticAreRefused) {
  EXPECT_THAT(refusal_of("G", {{30e-6, 5e-6}, {1e-320, 20e-6}}), HasSubstr("G[1][0] is 1e-320 S"));
  EXPECT_THAT(refusal_of("G_neg", {{30e-6, 1e-310}, {0.0, 20e-6}}), HasSubstr("G_neg[0][1]"));
  EXPECT_EQ(refusal_of("G", {{30e-6, 1e-300}, {0.0, 20e-6}}), "accepted");
}

TEST(CircuitProblem, KeysGivenTwiceAreRefused) {
  EXPECT_THAT(refusal(R"({"kind": "inv", "G": [[1e-6]], "I_in": [1e-6], "G": [[2e-6]]})"),
              HasSubstr("the key \"G\" is given twice"));
  EXPECT_THAT(refusal(R"({"kind": "inv", "G": [[1e-6]], "I_in": [1e-6], "opamp": {"gain": 9, "gain": 10}})"),
              HasSubstr("the key \"gain\" is given twice"));
  EXPECT_EQ(refusal(R"({"kind": "inv", "G": [[1e-6]], "I_in": [1e-6], "r_wire": {"row": 1, "column": 2},
                        "r_port": {"row": 1, "column": 2}})"),
            "accepted");
}

TEST(CircuitProblem, SaysThatAnMvmWithoutOutputsHasNoNoise) {
  const Json json{{"kind", "mvm"}, {"G", {{30e-6}}}, {"V", {0.2}}, {"temperature", 300.0}};
  const CircuitProblem problem = read(json);
  ASSERT_EQ(problem.notes.size(), 1U);
  EXPECT_THAT(problem.notes[0], HasSubstr("temperature is not used"));
}

TEST(CircuitProblem, KeysOfOtherKindsAreRefused) {
  EXPECT_THAT(refusal_of("V", {0.1, 0.1}), HasSubstr("no meaning for kind \"inv\""));
  EXPECT_THAT(refusal_of("g_lambda", 1e-6), HasSubstr("no meaning for kind \"inv\""));
  EXPECT_THAT(refusal_of("kind", "egv"), HasSubstr("g_lambda"));
  EXPECT_THAT(refusal_of("kind", "ginv"), HasSubstr("g_f"));
}

}  // namespace
}  // namespace mho::platform
