// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;

TEST(BenchCommand, UnknownSuitesAreRefused) {
  const ProgramResult result = run_mho({"bench", "weather"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("weather"));
}

#if MHO_HAS_BENCHMARKS
TEST(BenchCommand, FiguresCarryUnitWorkAndMachine) {
  const TemporaryFolder folder;
  const std::string file = folder.path("bench.json");
  const ProgramResult result = run_mho({"bench", "circuit", "--filter", "InvSolve", "--json", file});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::ordered_json::parse(read_text(file));
  EXPECT_GT(json["machine"]["cpus"].get<int>(), 0);
  ASSERT_FALSE(json["figures"].empty());
  for (const auto& figure : json["figures"]) {
    EXPECT_EQ(figure["suite"], "circuit");
    EXPECT_GT(figure["value"].get<double>(), 0);
    EXPECT_NE(figure["unit"], "");
    EXPECT_GT(figure["iterations"].get<int>(), 0);
  }
}

TEST(BenchCommand, ASolveIsSetBesideNamedDigitalHardware) {
  const TemporaryFolder folder;
  const std::string file = folder.path("bench.json");
  const ProgramResult result = run_mho({"bench", "solve", "--filter", "dense_16/", "--json", file});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::ordered_json::parse(read_text(file));
  ASSERT_EQ(json["figures"].size(), 1u);
  const auto& counters = json["figures"][0]["counters"];
  EXPECT_EQ(counters["n"], 16);
  EXPECT_LE(counters["relative_error"].get<double>(), 0x1p-23);
  for (const char* unit : {"s", "J"}) {
    double phases = 0;
    for (const char* phase : {"boot", "plan", "program", "reprogram", "solve", "verify"}) {
      phases += counters[std::string(phase) + "_" + unit].get<double>();
    }
    const double total = counters[std::string("total_") + unit].get<double>();
    EXPECT_NEAR(phases, total, 1e-9 * total) << unit;
  }
  EXPECT_GT(counters["eigen_lu_s"].get<double>(), 0);
  ASSERT_FALSE(json["baselines"].empty());
  for (const auto& baseline : json["baselines"]) {
    const std::string key = baseline["key"];
    const double operations = 2.0 / 3.0 * 16 * 16 * 16 + 2.0 * 16 * 16;
    EXPECT_DOUBLE_EQ(counters[key + "_device_s"].get<double>(),
                     operations / baseline["operations_per_s"].get<double>());
    EXPECT_GT(counters[key + "_J"].get<double>(), 0) << key;
    EXPECT_THAT(result.out, HasSubstr(baseline["name"].get<std::string>()));
    EXPECT_THAT(result.out, HasSubstr(baseline["source"].get<std::string>()));
  }
}

TEST(BenchCommand, LargeBelongsToTheSuiteSolve) {
  const ProgramResult result = run_mho({"bench", "bus", "--large"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--large belongs to the suite solve"));
}

TEST(BenchCommand, RefusesAFilterThatIsNoRegularExpression) {
  const ProgramResult result = run_mho({"bench", "bus", "--filter", "("});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--filter '('"));
}

TEST(BenchCommand, AFilterThatMatchesNothingGivesNoFigures) {
  const TemporaryFolder folder;
  const std::string file = folder.path("bench.json");
  EXPECT_EQ(run_mho({"bench", "bus", "--filter", "no such measurement", "--json", file}).exit_code, 0);
  EXPECT_TRUE(nlohmann::ordered_json::parse(read_text(file))["figures"].empty());
}

TEST(BenchCommand, ASignalEndsTheMeasurementsAndLeavesNothingBehind) {
  const TemporaryFolder folder;
  ASSERT_EQ(setenv("TMPDIR", folder.path("").c_str(), 1), 0);
  RunningProgram program({MHO_PROGRAM, "bench", "circuit"});
  constexpr int kTries = 6000;
  int tries = 0;
  // The measurement says on which machine it runs.
  while (program.err().find("CPU") == std::string::npos && ++tries < kTries)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  program.send_signal(SIGTERM);
  const ProgramResult result = program.wait();
  unsetenv("TMPDIR");
  EXPECT_EQ(result.exit_code, 128 + SIGTERM) << result.err;
  // Beside what the test itself has there.
  EXPECT_THAT(folder.files(), testing::Each(testing::Not(testing::StartsWith("mho-bench"))));
}
#else
TEST(BenchCommand, SaysWhenTheProgramsWereNotBuilt) {
  const ProgramResult result = run_mho({"bench", "circuit"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("MHO_BUILD_BENCHMARKS=ON"));
}
#endif

}  // namespace
}  // namespace mho::test
