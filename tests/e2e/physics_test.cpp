// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Effects of cells, lines and converters as a user switches them: each reaches the result, none is hidden by
// it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;

SolveResult solve_with(std::vector<std::string> keys) {
  std::vector<std::string> arguments{data_file("cage5.mtx")};
  for (std::string& key : keys) {
    arguments.push_back("--set");
    arguments.push_back(std::move(key));
  }
  return solve(arguments);
}

TEST(Physics, ResistiveLinesAreTheDefaultAndCancelled) {
  const SolveResult lines = solve_with({}),
                    ideal = solve_with({"lines.row_segment_ohm=0", "lines.column_segment_ohm=0"});
  EXPECT_EQ(lines.status(), "converged");
  EXPECT_EQ(ideal.status(), "converged");
  EXPECT_NE(lines.json["history"], ideal.json["history"]);
}

TEST(Physics, UncompensatedLinesAreRefusedOrEndAsWrongReads) {
  const ProgramResult refused =
      run_mho({"solve", data_file("cage5.mtx"), "--set", "mvm.line_compensation=false"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("mvm.line_compensation"));
  const SolveResult tried = solve_with({"mvm.line_compensation=false", "mvm.requires_exact_reads=false"});
  EXPECT_EQ(tried.program.exit_code, 1);
  EXPECT_EQ(tried.status(), "wrong_residual");
}

TEST(Physics, LinesThatCannotBeCancelledEndTheJob) {
  const SolveResult result = solve_with({"lines.row_segment_ohm=40", "lines.column_segment_ohm=40"});
  EXPECT_EQ(result.program.exit_code, 1);
  EXPECT_EQ(result.status(), "device_error");
  EXPECT_THAT(result.json["message"].get<std::string>(), HasSubstr("cells that cannot be programmed"));
}

TEST(Physics, StuckCellsAreNoticedWhileProgramming) {
  const SolveResult result = solve_with({"faults.stuck_off_rate=0.01"});
  EXPECT_EQ(result.program.exit_code, 1);
  EXPECT_EQ(result.status(), "device_error");
}

TEST(Physics, ModerateImperfectionsSlowTheIterationAndNoMore) {
  for (const char* key :
       {"noise.trap_probability=0.3", "retention.sigma_siemens_per_efold=0.04e-6", "adc.inl_bow_lsb=0.2",
        "adc.dnl_sigma_lsb=0.005", "dac.inl_bow_lsb=1", "write.mode=statistical", "write.device_sigma=0.3",
        "inv.line_compensation=true", "timing.mode=theory", "opamp.second_pole_hz=1e9", "inv.signs=inverters",
        "inv.signs=compensation"}) {
    SCOPED_TRACE(key);
    const SolveResult result = solve_with({key});
    EXPECT_EQ(result.status(), "converged");
    EXPECT_LE(result.json["relative_error"].get<double>(), 0x1p-24);
  }
}

double solve_time_s(const SolveResult& result) {
  return result.json["phases"]["solve"]["time_s"].get<double>();
}

// At rest these change nothing that a converter sees; they show in the time that it takes to get there.
TEST(Physics, AmplifiersWithMorePolesSettleInAnotherTime) {
  const SolveResult plain = solve_with({"timing.mode=theory"});
  for (const char* key : {"opamp.second_pole_hz=1e9", "opamp.input_farad=2e-14", "opamp.output_ohm=2e3",
                          "inv.signs=inverters", "inv.signs=compensation"}) {
    SCOPED_TRACE(key);
    const SolveResult result = solve_with({"timing.mode=theory", key});
    EXPECT_EQ(result.status(), "converged");
    EXPECT_NE(solve_time_s(result), solve_time_s(plain));
  }
}

TEST(Physics, ALoopWithTooMuchPhaseIsUnstable) {
  EXPECT_EQ(solve_with({"opamp.second_pole_hz=1e6"}).status(), "converged") << "two poles always settle here";
  EXPECT_EQ(solve_with({"opamp.second_pole_hz=1e6", "opamp.input_farad=1e-12"}).status(), "unstable");
}

TEST(Physics, SaturatedAmplifiersAreNamedAsTheCause) {
  const SolveResult low = solve_with({"opamp.v_sat_volt=0.01"});
  EXPECT_EQ(low.program.exit_code, 1);
  EXPECT_EQ(low.status(), "saturated");
  EXPECT_THAT(low.json["message"].get<std::string>(), HasSubstr("opamp.v_sat_volt"));
  EXPECT_TRUE(low.json["flags"]["saturated"].get<bool>());
  const SolveResult some = solve_with({"opamp.v_sat_volt=0.1"});
  EXPECT_NE(some.status(), "converged");
  EXPECT_TRUE(some.json["flags"]["saturated"].get<bool>());
  EXPECT_THAT(some.json["message"].get<std::string>(), HasSubstr("opamp.v_sat_volt"));
  EXPECT_FALSE(solve_with({}).json["flags"]["saturated"].get<bool>());
}

TEST(Physics, ImperfectionsBeyondAStepAreNeverCalledConverged) {
  for (const std::vector<std::string>& keys : std::vector<std::vector<std::string>>{
           {"adc.inl_bow_lsb=1"},
           {"adc.dnl_sigma_lsb=0.5"},
           {"retention.sigma_siemens_per_efold=5e-6", "retention.t0_s=1e-4"},
           {"noise.trap_probability=1", "noise.trap_amplitude=0.3", "solver.max_iterations=15"},
           {"temperature.kelvin=450", "temperature.high_per_kelvin=-0.002"}}) {
    SCOPED_TRACE(keys.front());
    const SolveResult result = solve_with(keys);
    EXPECT_NE(result.status(), "converged");
    EXPECT_EQ(result.program.exit_code, 1);
  }
}

TEST(Physics, AmplifiersThatNeverSettleRunIntoTheWatchdog) {
  for (const char* key : {"opamp.gbw_hz=1e-9", "opamp.slew_rate_volt_per_s=1e-300"}) {
    SCOPED_TRACE(key);
    const SolveResult result = solve_with({"timing.mode=theory", key});
    EXPECT_EQ(result.status(), "device_error");
    EXPECT_THAT(result.json["message"].get<std::string>(), HasSubstr("watchdog"));
  }
}

TEST(Physics, NoiseIsTheSameForTheSameSeed) {
  const std::vector<std::string> noisy{"noise.trap_probability=0.3"};
  EXPECT_EQ(without_wall_clock(solve_with(noisy).json), without_wall_clock(solve_with(noisy).json));
}

}  // namespace
}  // namespace mho::test
