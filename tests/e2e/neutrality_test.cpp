// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// No acceleration and no observation changes an answer, and the same run gives the same files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

class Neutrality : public testing::TestWithParam<const char*> {
 protected:
  SolveResult run(std::vector<std::string> options) const {
    std::vector<std::string> arguments{data_file("mesh1e1.mtx"), "--set",
                                       std::string("solver.wait=") + GetParam()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return solve(arguments);
  }
};

TEST_P(Neutrality, NothingButTheWallClockDependsOnHowItIsSimulated) {
  const TemporaryFolder folder;
  const SolveResult base = run({"-o", folder.path("base.mtx")});
  ASSERT_EQ(base.status(), "converged");
  const std::vector<std::vector<std::string>> variants{
      {"--quantum", "100ns"},
      {"--quantum", "10ms"},
      {"--no-dmi"},
      {"--no-block-cache"},
      {"--no-native-code"},
      {"--no-dmi", "--no-block-cache", "--quantum", "1us"},
      {"--vcd", folder.path("w.vcd")},
      {"--transactions", folder.path("t.csv")},
      {"--vcd", folder.path("w.vcd"), "--trace-signals", "*", "--trace-window", "1ms:1100us"}};
  for (const auto& variant : variants) {
    SCOPED_TRACE(testing::PrintToString(variant));
    auto options = variant;
    options.insert(options.end(), {"-o", folder.path("x.mtx")});
    const SolveResult result = run(options);
    EXPECT_EQ(without_wall_clock(result.json), without_wall_clock(base.json));
    EXPECT_EQ(read_text(folder.path("x.mtx")), read_text(folder.path("base.mtx")));
  }
}

INSTANTIATE_TEST_SUITE_P(Wait, Neutrality, testing::Values("interrupt", "poll"));

TEST(Reproducibility, TwoRunsWriteTheSameFiles) {
  const TemporaryFolder folder;
  const auto run = [&](const std::string& name) {
    return run_mho({"solve", data_file("cage5.mtx"), "-q", "--json", folder.path(name + ".json"), "--vcd",
                    folder.path(name + ".vcd"), "--transactions", folder.path(name + ".csv"), "-o",
                    folder.path(name + ".mtx")});
  };
  ASSERT_EQ(run("a").exit_code, 0);
  ASSERT_EQ(run("b").exit_code, 0);
  const auto json = [&](const std::string& name) { return figures_of(folder.path(name + ".json")).dump(); };
  EXPECT_EQ(json("a"), json("b"));
  EXPECT_EQ(read_text(folder.path("a.csv")), read_text(folder.path("b.csv")));
  EXPECT_EQ(read_text(folder.path("a.mtx")), read_text(folder.path("b.mtx")));
  EXPECT_EQ(without_date(read_text(folder.path("a.vcd"))), without_date(read_text(folder.path("b.vcd"))));
  EXPECT_GT(read_text(folder.path("a.vcd")).size(), 10000u);
  EXPECT_GT(read_text(folder.path("a.csv")).size(), 10000u);
}

TEST(Reproducibility, AnotherSeedIsAnotherRun) {
  const auto one = solve({data_file("cage3.mtx"), "--seed", "1"}).json;
  const auto two = solve({data_file("cage3.mtx"), "--seed", "2"}).json;
  EXPECT_NE(one["history"], two["history"]);
  EXPECT_EQ(two["seed"], 2);
}

TEST(Energy, TheTransactionsOfTheFileAreThoseOfTheLedger) {
  const TemporaryFolder folder;
  const SolveResult result = solve({data_file("cage3.mtx"), "--transactions", folder.path("t.csv")});
  EXPECT_EQ(result.status(), "converged");
  const std::string csv = read_text(folder.path("t.csv"));
  EXPECT_THAT(
      csv, testing::StartsWith("id,job,initiator,target,command,address,bytes,start_s,duration_s,energy_J"));
  EXPECT_THAT(csv, testing::HasSubstr(",dru,"));
  EXPECT_THAT(csv, testing::HasSubstr(",cpu,"));
  std::istringstream lines(csv);
  std::string line;
  std::getline(lines, line);
  double sum_J = 0;
  std::size_t rows = 0;
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    std::string cell;
    for (int i = 0; i < 10; ++i) std::getline(cells, cell, ',');
    sum_J += std::stod(cell);
    ++rows;
  }
  EXPECT_GT(rows, 500u);
  const auto& energy = result.json["energy_J"];
  // Decimal rounding of each row.
  EXPECT_NEAR(sum_J / energy["by_purpose"]["transactions"].get<double>(), 1, 1e-9);
  double purposes_J = 0;
  for (const auto& [name, part] : energy["by_purpose"].items()) purposes_J += part.get<double>();
  EXPECT_NEAR(purposes_J / energy["total"].get<double>(), 1, 1e-12);
}

}  // namespace
}  // namespace mho::test
