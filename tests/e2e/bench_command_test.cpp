// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(BenchCommand, AFilterThatMatchesNothingGivesNoFigures) {
  const TemporaryFolder folder;
  const std::string file = folder.path("bench.json");
  EXPECT_EQ(run_mho({"bench", "bus", "--filter", "no such measurement", "--json", file}).exit_code, 0);
  EXPECT_TRUE(nlohmann::ordered_json::parse(read_text(file))["figures"].empty());
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
