// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Switches of circuit effects: each makes a difference, and off is what a chip without the key does.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;
using Keys = std::vector<std::string>;

SolveResult solve_with(const char* matrix, const Keys& keys) {
  Keys arguments{data_file(matrix)};
  for (const std::string& key : keys) {
    arguments.emplace_back("--set");
    arguments.push_back(key);
  }
  return solve(arguments);
}

TEST(Effects, OffIsTheDefault) {
  const Keys off{"cell.nonlinearity_volt=0",
                 "access.model=none",
                 "access.width_metre=2e-6",
                 "lines.row_end=first",
                 "lines.column_end=last",
                 "faults.map=",
                 "opamp.noise_volt_per_sqrt_hz=0",
                 "dac.clip_volt=0",
                 "dac.inl_profile=",
                 "adc.inl_profile=",
                 "adc.aperture_jitter_s=0",
                 "temperature.low_per_kelvin=0",
                 "temperature.high_per_kelvin=0",
                 "inv.levels=8"};
  auto a = without_wall_clock(solve_with("cage5.mtx", {}).json),
       b = without_wall_clock(solve_with("cage5.mtx", off).json);
  a.erase("config_hash");
  b.erase("config_hash");
  EXPECT_EQ(a, b);
}

TEST(Effects, ModerateOnesChangeTheIterationAndNoMore) {
  const SolveResult plain = solve_with("cage5.mtx", {});
  for (const Keys& keys :
       std::vector<Keys>{{"lines.column_end=first"},
                         {"opamp.noise_volt_per_sqrt_hz=2e-9"},

                         {"adc.aperture_jitter_s=2e-10", "adc.input_frequency_hz=1e6"},
                         {"temperature.reference_kelvin=299", "temperature.low_per_kelvin=1e-3"},
                         {"temperature.kelvin=301"},
                         {"inv.levels=16"}}) {
    SCOPED_TRACE(keys.front());
    const SolveResult result = solve_with("cage5.mtx", keys);
    EXPECT_EQ(result.status(), "converged");
    EXPECT_NE(result.json["history"], plain.json["history"]);
  }
}

TEST(Effects, TheEndAtWhichRowsAreSensedCounts) {
  // At the default the difference may stay below a code of every converter.
  const Keys resistive{"lines.row_segment_ohm=20"};
  const Keys both{"lines.row_segment_ohm=20", "lines.row_end=both"};
  EXPECT_NE(solve_with("cage5.mtx", resistive).json["history"],
            solve_with("cage5.mtx", both).json["history"]);
}

TEST(Effects, HeatAloneMovesConductancesAndThermalNoise) {
  // Sixteen rows of cells that moved by 5 % of g_max no longer round to their numbers.
  const SolveResult hot = solve_with("cage5.mtx", {"temperature.kelvin=400"});
  EXPECT_EQ(hot.program.exit_code, 1);
  EXPECT_NE(hot.status(), "converged");
  // Of the noise, the first iteration shows it; cells are kept where they were written.
  const auto history = [](const char* kelvin) {
    const std::string key = std::string("temperature.kelvin=") + kelvin;
    return solve_with("cage5.mtx", {key, std::string("temperature.reference_kelvin=") + kelvin,
                                    "noise.thermal_bandwidth_hz=5e8"})
        .json["history"];
  };
  EXPECT_NE(history("300"), history("400"));
}

TEST(Effects, ADacAtItsLimitIsNamedInTheStatus) {
  const SolveResult result = solve_with("cage5.mtx", {"dac.clip_volt=0.15"});
  EXPECT_EQ(result.program.exit_code, 1);
  EXPECT_EQ(result.status(), "saturated");
  EXPECT_TRUE(result.json["flags"]["saturated"].get<bool>());
}

TEST(Effects, NoiseIsTheSameForTheSameSeed) {
  const Keys noisy{"opamp.noise_volt_per_sqrt_hz=2e-9"};
  EXPECT_EQ(without_wall_clock(solve_with("cage5.mtx", noisy).json),
            without_wall_clock(solve_with("cage5.mtx", noisy).json));
}

TEST(Effects, AmplifierNoiseBeyondAStepIsNeverCalledConverged) {
  EXPECT_NE(solve_with("cage5.mtx", {"opamp.noise_volt_per_sqrt_hz=1e-7"}).status(), "converged");
}

TEST(Effects, AStuckCellFromAMapIsNoticedWhileProgramming) {
  const TemporaryFolder folder;
  // One of the two cells has to be at level 0.
  folder.write("map.csv", "macro,index,array,row,column,state\ninv,0,positive,0,0,3\ninv,0,negative,0,0,3\n");
  const std::string chip = folder.write("chip.yaml", "faults:\n  map: map.csv\n");
  const SolveResult result = solve({data_file("cage5.mtx"), "-c", chip});
  EXPECT_EQ(result.status(), "device_error");
  EXPECT_THAT(result.json["message"].get<std::string>(), HasSubstr("cells that cannot be programmed"));
}

TEST(Effects, AMapThatDoesNotFitIsRefusedWithFileAndLine) {
  const TemporaryFolder folder;
  const std::string map = folder.write("map.csv", "inv,0,positive,0,0,on\ninv,900,positive,0,0,on\n");
  const ProgramResult result = run_mho({"solve", data_file("cage5.mtx"), "--set", "faults.map=" + map});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("map.csv:2: index = '900'"));
}

TEST(Effects, AConverterProfileChangesTheIteration) {
  const TemporaryFolder folder;
  std::string text;
  for (int i = 0; i < 255; ++i) text += i < 128 ? "0.2\n" : "-0.2\n";
  const std::string dac = folder.write("dac.txt", text);
  const std::string adc = folder.write("adc.txt", text.substr(text.find('\n') + 1));
  const SolveResult plain = solve_with("cage5.mtx", {});
  for (const std::string& key : {"dac.inl_profile=" + dac, "adc.inl_profile=" + adc}) {
    SCOPED_TRACE(key);
    const SolveResult result = solve_with("cage5.mtx", {key});
    EXPECT_EQ(result.status(), "converged");
    EXPECT_NE(result.json["history"], plain.json["history"]);
  }
}

// Small arrays with ideal lines, where every operation is quick.
const Keys kSmall{"mvm.size=8", "mvm.rows_per_read=8", "lines.row_segment_ohm=0",
                  "lines.column_segment_ohm=0"};

SolveResult solve_small_with(const Keys& more) {
  Keys keys = kSmall;
  keys.insert(keys.end(), more.begin(), more.end());
  return solve_with("cage3.mtx", keys);
}

TEST(Effects, CellsThatAreNotOhmicChangeTheIteration) {
  const SolveResult plain = solve_small_with({}), sinh = solve_small_with({"cell.nonlinearity_volt=0.5"});
  EXPECT_EQ(plain.status(), "converged");
  EXPECT_EQ(sinh.status(), "converged");
  EXPECT_NE(sinh.json["history"], plain.json["history"]);
}

TEST(Effects, StrongAccessTransistorsServeAndWeakOnesMakeReadsWrong) {
  EXPECT_EQ(solve_small_with({"access.model=nmos1"}).status(), "converged");
  // Conducts less against one direction of the current than write-verify has seen in the other.
  EXPECT_EQ(solve_small_with({"access.model=nmos1", "access.gate_volt=0.9", "solver.method=refine"}).status(),
            "wrong_residual");
}

TEST(Effects, AccessTransistorsServeOnTheDefaultChip) {
  const SolveResult plain = solve_with("cage3.mtx", {}),
                    nmos = solve_with("cage3.mtx", {"access.model=nmos1"});
  EXPECT_EQ(nmos.status(), "converged");
  EXPECT_NE(nmos.json["history"], plain.json["history"]);
}

TEST(Effects, InvCellsMayHaveOneToSixBits) {
  std::vector<int> iterations;
  for (const char* levels : {"2", "4", "8", "16", "32", "64"}) {
    SCOPED_TRACE(levels);
    const SolveResult result =
        solve_with("mesh1e1.mtx", {std::string("inv.levels=") + levels, "solver.method=refine"});
    EXPECT_EQ(result.status(), "converged");
    iterations.push_back(result.json["iterations"].get<int>());
  }
  EXPECT_LT(iterations.back(), iterations[2]) << "finer levels approximate the inverse better";
  EXPECT_LT(iterations[2], iterations.front());
}

}  // namespace
}  // namespace mho::test
