// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "platform/solve/solve_json.hpp"
#include "platform/solve/solve_table.hpp"

namespace mho::platform {
namespace {

using testing::HasSubstr;

SolveReport report() {
  SolveReport r;
  r.status = "converged";
  r.has_converged = true;
  r.m = r.n = 2;
  r.nonzeros = 3;
  r.seed = 9;
  r.config_hash = "0123456789abcdef0123456789abcdef";
  r.run.exit_cause = soc::ExitCause::kFinisher;
  r.run.exit_code = 0;
  r.run.cpu_instructions = 1000;
  r.run.cpu_cycles = 2000;
  r.run.simulated_time_ps = 2'000'000;
  r.run.wall_s = 0.5;
  r.run.energy = Energy::femtojoules(300);
  r.run.energy_by_component = {{"cpu", Energy::femtojoules(100)}, {"amc.dru", Energy::femtojoules(200)}};
  r.phases[0] = {.time_ps = 500'000, .energy = Energy::femtojoules(100)};
  r.phases[4] = {.time_ps = 1'500'000, .energy = Energy::femtojoules(200)};
  r.counters.inv = 5;
  r.counters.digital = 70;
  r.inv_macros_used = 1;
  r.mvm_macros_used = 8;
  r.answer.is_valid = true;
  r.answer.status = registers::job::JobStatus::kConverged;
  r.answer.block.iterations = 2;
  r.answer.block.digital_ops = 30;
  r.answer.block.schur_time_ns = 40;
  r.answer.block.schur_energy_pj = 7;
  r.answer.block.worst_leaf_condition = 0xffffffff;
  r.answer.residuals = {0.125, 0.0625};
  r.assessment.relative_error = 0.1;
  return r;
}

TEST(SolveJson, HasEveryKeyOfTheInterface) {
  const auto json = to_json(report(), "1.2.3");
  for (const char* key : {"status",
                          "firmware_status",
                          "n",
                          "method",
                          "iterations",
                          "bits",
                          "relative_error",
                          "relative_error_given",
                          "relative_residual",
                          "relative_residual_true",
                          "history",
                          "simulated_time_s",
                          "phases",
                          "cpu_instructions",
                          "cpu_cycles",
                          "energy_J",
                          "analog_ops",
                          "digital_ops",
                          "macros_used",
                          "max_writes_per_cell",
                          "wall_s",
                          "mips",
                          "seed",
                          "config_hash",
                          "version"}) {
    EXPECT_TRUE(json.contains(key)) << key;
  }
  for (const char* phase : {"boot", "plan", "program", "reprogram", "solve", "verify"}) {
    EXPECT_TRUE(json["phases"][phase].contains("time_s")) << phase;
    EXPECT_TRUE(json["phases"][phase].contains("energy_J")) << phase;
  }
  for (const char* key : {"inv", "mvm", "ginv", "program", "retries"})
    EXPECT_TRUE(json["analog_ops"].contains(key)) << key;
  EXPECT_TRUE(json["energy_J"].contains("total"));
}

TEST(SolveJson, ValuesAreThoseOfTheReport) {
  const auto json = to_json(report(), "1.2.3");
  EXPECT_EQ(json["status"], "converged");
  EXPECT_EQ(json["method"], "auto");
  EXPECT_EQ(json["iterations"], 2);
  EXPECT_EQ(json["relative_error"], 0.1);
  EXPECT_EQ(json["relative_residual"], 0.0625);
  EXPECT_EQ(json["history"], (std::vector<double>{0.125, 0.0625}));
  EXPECT_DOUBLE_EQ(json["simulated_time_s"], 2e-6);
  EXPECT_DOUBLE_EQ(json["phases"]["solve"]["time_s"], 1.5e-6);
  EXPECT_DOUBLE_EQ(json["energy_J"]["by_component"]["amc.dru"], 200e-15);
  EXPECT_EQ(json["analog_ops"]["inv"], 5);
  EXPECT_EQ(json["digital_ops"], 100);
  EXPECT_EQ(json["macros_used"], 9);
  EXPECT_EQ(json["schur"]["unit"], "dru");
  EXPECT_DOUBLE_EQ(json["schur"]["time_s"], 40e-9);
  EXPECT_DOUBLE_EQ(json["schur"]["energy_J"], 7e-12);
  EXPECT_EQ(json["version"], "1.2.3");
  EXPECT_TRUE(json["plan"]["worst_leaf"]["condition"].is_null());
}

TEST(SolveJson, APlanForAGinvMacroHasNoLeaves) {
  const std::set<std::string> of_leaves{"leaves",       "reordered_leaves", "unstable_leaves",
                                        "split_leaves", "smallest_margin",  "worst_leaf",
                                        "worst_block"};
  const auto keys_of = [](const SolveReport& r) {
    std::set<std::string> keys;
    const auto plan = to_json(r, "1")["plan"];
    for (const auto& [key, value] : plan.items()) keys.insert(key);
    return keys;
  };
  SolveReport r = report();
  std::set<std::string> with_leaves = keys_of(r);
  r.answer.block.ginv_macros_used = 1;
  std::set<std::string> expected{"tiles", "reordered_rows", "reordered_columns", "inv_slices", "commands"};
  EXPECT_EQ(keys_of(r), expected);
  expected.insert(of_leaves.begin(), of_leaves.end());
  EXPECT_EQ(with_leaves, expected);
}

TEST(SolveJson, WhatDoesNotExistIsNull) {
  SolveReport r = report();
  r.assessment = {};
  r.answer.residuals.clear();
  const auto json = to_json(r, "1");
  EXPECT_TRUE(json["relative_error"].is_null());
  EXPECT_TRUE(json["relative_residual"].is_null());
  EXPECT_TRUE(json["history"].empty() && json["history"].is_array());
}

TEST(SolveJson, TheFirmwaresOwnStatusStandsBesideOurs) {
  SolveReport r = report();
  r.status = "wrong_residual";
  EXPECT_EQ(to_json(r, "1")["status"], "wrong_residual");
  EXPECT_EQ(to_json(r, "1")["firmware_status"], "converged");
  r.answer.is_valid = false;
  EXPECT_TRUE(to_json(r, "1")["firmware_status"].is_null());
}

TEST(SolveTable, SaysWhatHappened) {
  const std::string text = to_table(report(), "A.mtx");
  EXPECT_THAT(text, HasSubstr("A.mtx: n = 2, 3 entries; chip 01234567, seed 9"));
  EXPECT_THAT(text, HasSubstr("converged"));
  EXPECT_THAT(text, HasSubstr("2 (2.00 bits each)"));
  EXPECT_THAT(text, HasSubstr("2^-3.32"));
  EXPECT_THAT(text, HasSubstr("amc.dru"));
  EXPECT_THAT(text, HasSubstr("66.7 %"));
}

TEST(SolveTable, FailuresShowTheirMessage) {
  SolveReport r = report();
  r.status = "unstable";
  r.message = "the block of rows 1 to 8 does not settle";
  r.answer.residuals.clear();
  r.assessment = {};
  const std::string text = to_table(r, "A.mtx");
  EXPECT_THAT(text, HasSubstr("the block of rows 1 to 8 does not settle"));
  EXPECT_THAT(text, testing::Not(HasSubstr("relative error")));
  EXPECT_THAT(text, testing::Not(HasSubstr("nan")));
}

TEST(WithPrefix, KeepsFourDigitsBelowAThousand) {
  EXPECT_EQ(with_prefix(0, "s"), "0 s");
  EXPECT_EQ(with_prefix(1, "s"), "1 s");
  EXPECT_EQ(with_prefix(1.2345e-3, "s"), "1.234 ms");
  EXPECT_EQ(with_prefix(999.96e-9, "J"), "1 µJ");
  EXPECT_EQ(with_prefix(999.94e-9, "J"), "999.9 nJ");
  EXPECT_EQ(with_prefix(-2.5e-12, "J"), "-2.5 pJ");
  EXPECT_EQ(with_prefix(123456, ""), "123.5 k");
  EXPECT_EQ(with_prefix(12, ""), "12");
  EXPECT_EQ(with_prefix(1e-21, "J"), "0.001 aJ");
  EXPECT_EQ(with_prefix(5e15, "J"), "5000 TJ");
}

TEST(SolveReport, BitsPerIterationNeedAHistory) {
  EXPECT_EQ(report().bits_per_iteration(), 2);
  EXPECT_EQ(SolveReport().bits_per_iteration(), 0);
}

}  // namespace
}  // namespace mho::platform
