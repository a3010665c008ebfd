// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The driver's answer to what goes wrong: the right solution or an error that says what, within a bounded
// simulated time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Two solves' worth of time-outs and more; what goes on longer has hung.
SolveResult solve_with(const std::vector<std::string>& faults, std::vector<std::string> more = {}) {
  std::vector<std::string> arguments{
      data_file("cage3.mtx"),   "--set",      "inv.count=4", "--set", "mvm.count=32", "--set",
      "solver.watchdog_s=0.05", "--max-time", "1s"};
  for (const std::string& fault : faults) arguments.insert(arguments.end(), {"--fault", fault});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return solve(arguments);
}

std::uint64_t count_of(const SolveResult& result) {
  return result.json.at("faults_injected").at(0).at("count").get<std::uint64_t>();
}

void expect_right(const SolveResult& result) {
  EXPECT_EQ(result.status(), "converged") << result.json.value("message", "");
  EXPECT_EQ(result.program.exit_code, 0);
  EXPECT_LE(result.json.at("relative_error").get<double>(), 0x1p-23);
}

TEST(Faults, LostInterruptsCostTimeOnly) {
  const SolveResult good = solve_with({});
  EXPECT_FALSE(good.json.contains("faults_injected"));
  const SolveResult lost = solve_with({"dru.irq:lost"});
  expect_right(lost);
  EXPECT_GE(count_of(lost), 1u);
  EXPECT_EQ(lost.json.at("relative_error"), good.json.at("relative_error"));
  EXPECT_GT(lost.json.at("simulated_time_s"), good.json.at("simulated_time_s"));
  EXPECT_LT(lost.json.at("simulated_time_s").get<double>(),
            good.json.at("simulated_time_s").get<double>() + 0.01);
}

TEST(Faults, SpuriousInterruptsAreServedAndForgotten) {
  const SolveResult result = solve_with({"dru.irq:spurious,time=100us", "dru.irq:spurious,time=2ms"});
  expect_right(result);
  EXPECT_EQ(count_of(result), 1u);
}

TEST(Faults, FailuresThatPassAreRecoveredFrom) {
  for (const char* fault : {"bus:error,initiator=dru,count=1", "macro.inv:hung,count=1,duration=1ms",
                            "macro.mvm:hung,count=1,duration=1ms"}) {
    const SolveResult result = solve_with({fault});
    expect_right(result);
    EXPECT_EQ(count_of(result), 1u) << fault;
  }
}

TEST(Faults, FailuresThatStayAreReportedWithTheirCause) {
  const SolveResult hung = solve_with({"macro.inv:hung"});
  EXPECT_EQ(hung.status(), "device_error");
  EXPECT_THAT(hung.json.at("message").get<std::string>(), HasSubstr("watchdog"));
  EXPECT_EQ(hung.json.at("recoveries"), 1);
  const SolveResult bus = solve_with({"bus:error,initiator=dru"});
  EXPECT_EQ(bus.status(), "device_error");
  EXPECT_THAT(bus.json.at("message").get<std::string>(), HasSubstr("bus error"));
}

TEST(Faults, WrongConversionsAreNeverCalledGood) {
  for (const char* fault : {"adc.channel1:dead", "adc:code_error=+4,probability=0.01", "dac.channel0:stuck=0",
                            "dac.channel2:stuck=100"}) {
    const SolveResult result = solve_with({fault});
    EXPECT_GE(count_of(result), 1u) << fault;
    if (result.status() == "converged") {
      EXPECT_LE(result.json.at("relative_error").get<double>(), 0x1p-23) << fault;
    } else {
      EXPECT_EQ(result.program.exit_code, 1) << fault;
      EXPECT_NE(result.status(), "firmware_failed") << fault;
    }
  }
}

/// Dense, of one leaf and one tile, its checksums held; cells that move are those of the top slice.
SolveResult solve_disturbed(const std::vector<std::string>& cells) {
  const TemporaryFolder folder;
  const std::string matrix = folder.write("a.mtx",
                                          "%%MatrixMarket matrix array real general\n4 4\n"
                                          "8\n3\n3\n1\n2\n8\n1\n2\n1\n2\n8\n1\n2\n1\n3\n8\n");
  std::vector<std::string> arguments{matrix, "--set", "mvm.checksum=on"};
  for (const std::string& cell : cells) arguments.insert(arguments.end(), {"--fault", "macro.mvm0:" + cell});
  return solve(arguments);
}

std::uint64_t mismatches(const SolveResult& result) {
  return result.json.at("analog_ops").at("checksum_mismatches").get<std::uint64_t>();
}

TEST(Faults, ACellThatMovedIsSeenByTheChecksum) {
  EXPECT_EQ(mismatches(solve_disturbed({})), 0u);
  const SolveResult result = solve_disturbed({"disturbed=+2,array=positive,row=1,column=2"});
  EXPECT_EQ(count_of(result), 1u);
  EXPECT_GT(mismatches(result), 0u);
  EXPECT_NE(result.status(), "converged");
  EXPECT_EQ(result.program.exit_code, 1);
}

TEST(Faults, CellsThatCancelInTheChecksumAreSeenByTheVerification) {
  const SolveResult result = solve_disturbed(
      {"disturbed=+2,array=positive,row=1,column=2", "disturbed=+2,array=negative,row=1,column=3"});
  EXPECT_EQ(mismatches(result), 0u);
  EXPECT_EQ(result.status(), "wrong_residual");
  EXPECT_EQ(result.program.exit_code, 1);
}

TEST(Faults, AStuckCellFailsItsWriteAndTheJobSaysSo) {
  const std::vector<std::string> chip{data_file("cage3.mtx"), "--set", "inv.count=4", "--set",
                                      "mvm.count=32"};
  const auto with = [&](const std::string& fault) {
    std::vector<std::string> arguments = chip;
    arguments.insert(arguments.end(), {"--fault", fault});
    return solve(arguments);
  };
  const std::string cell = "stuck=4,array=positive,row=0,column=0";
  const SolveResult stuck = with("macro.mvm:" + cell);
  EXPECT_EQ(stuck.status(), "device_error");
  EXPECT_GE(count_of(stuck), 1u);
  expect_right(with("macro.mvm:" + cell + ",time=900ms"));
}

TEST(Faults, ATimerThatIsSilentCostsNothingWhileOtherInterruptsCome) {
  const SolveResult good = solve_with({}), lost = solve_with({"timer.irq:lost"});
  expect_right(lost);
  EXPECT_EQ(lost.json.at("simulated_time_s"), good.json.at("simulated_time_s"));
  expect_right(solve_with({"timer.irq:spurious,time=0,every=100us"}));
}

TEST(Faults, TheSameSeedHasTheSameFaults) {
  const std::vector<std::string> faults{"adc:code_error=+1,probability=0.001"};
  const SolveResult first = solve_with(faults, {"--seed", "3"}), again = solve_with(faults, {"--seed", "3"});
  EXPECT_EQ(without_wall_clock(first.json), without_wall_clock(again.json));
  EXPECT_NE(first.json.at("faults_injected"), solve_with(faults, {"--seed", "4"}).json.at("faults_injected"));
}

TEST(Faults, WhatFitsNothingChangesNothing) {
  nlohmann::ordered_json good = without_wall_clock(solve_with({}).json);
  nlohmann::ordered_json with = without_wall_clock(solve_with({"dma:error", "bus:error,time=900ms"}).json);
  EXPECT_EQ(with.at("faults_injected").at(0).at("count"), 0);
  with.erase("faults_injected");
  EXPECT_EQ(good, with);
}

TEST(Faults, FlippedBitsOfTheJobAreNoticed) {
  // The job block is the first thing above the firmware's memory; n is its third word.
  const SolveResult block = solve_with({"ram:flip,address=0x82000008,bit=1,time=0"});
  EXPECT_EQ(block.status(), "firmware_failed");
  EXPECT_THAT(block.json.at("message").get<std::string>(), HasSubstr("CRC"));
}

TEST(Faults, ComeFromAFileToo) {
  const TemporaryFolder folder;
  const std::string file = folder.write("faults.yaml", "faults:\n  - dru.irq:lost,count=1\n");
  const SolveResult result = solve_with({}, {"--faults", file});
  expect_right(result);
  EXPECT_EQ(count_of(result), 1u);
}

TEST(Faults, InAProgramAreReportedToo) {
  const TemporaryFolder folder;
  const std::string json = folder.path("run.json");
  const ProgramResult program =
      run_mho({"run", firmware_file("test_dma.elf"), "--fault", "dma:error,count=1", "--json", json});
  const auto report = nlohmann::ordered_json::parse(read_text(json));
  EXPECT_EQ(report.at("faults_injected").at(0).at("count"), 1);
  EXPECT_NE(program.exit_code, 0);  // the test program notices
  EXPECT_THAT(program.err, HasSubstr("happened 1 time"));
}

TEST(Faults, ThatAreNoneAreRefusedInOneLine) {
  for (const char* fault :
       {"gpu:dead", "adc.lane9:dead", "ram:flip,address=0,bit=1,time=0", "bus:error,count=none"}) {
    const ProgramResult program = run_mho({"solve", data_file("cage3.mtx"), "--fault", fault});
    EXPECT_EQ(program.exit_code, 2) << fault;
    EXPECT_THAT(program.err, HasSubstr(fault));
    EXPECT_EQ(std::count(program.err.begin(), program.err.end(), '\n'), 1) << program.err;
  }
}

}  // namespace
}  // namespace mho::test
