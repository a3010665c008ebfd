// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// --register-coverage and mho register-coverage: a program that touches known registers is reported exactly,
// and watching changes nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "registers/dma.hpp"
#include "registers/uart.hpp"
#include "tests/e2e/program.hpp"
#include "tests/platform/guest.hpp"

namespace mho::test {
namespace {

namespace dma = registers::dma;
using Json = nlohmann::ordered_json;
using testing::HasSubstr;

Json parsed(const std::string& file) {
  return Json::parse(read_text(file));
}

Json use(std::uint64_t reads, std::uint64_t writes, std::uint64_t read, std::uint64_t written,
         std::uint64_t all_ones) {
  return {{"reads", reads},          {"writes", writes},
          {"unit_reads", 0},         {"unit_writes", 0},
          {"read_ones", read},       {"read_zeros", reads > 0 ? all_ones & ~read : 0},
          {"written_ones", written}, {"written_zeros", writes > 0 ? all_ones & ~written : 0}};
}

/// Raises and acknowledges an interrupt of the DMA with interrupts off, sets the divisor of the UART, ends.
void write_guest(const std::string& path) {
  Guest guest;
  guest.store(map::kDmaBase + dma::kIrqEnableOffset, dma::kIrqEnableDoneMask);
  guest.store(map::kDmaBase + dma::kIrqTestOffset, dma::kIrqTestDoneMask);
  guest.load(a0, map::kDmaBase + dma::kIrqStateOffset);
  guest.store(map::kDmaBase + dma::kIrqStateOffset, dma::kIrqStateDoneMask);
  guest.li(t5, map::kUartBase);
  guest.li(t6, registers::uart::kLcrDivisorAccessMask);
  guest.sb(t6, t5, registers::uart::kLcrOffset);
  guest.li(t6, 7);
  guest.sb(t6, t5, registers::uart::kDllOffset);
  guest.finish_with(0);
  const auto bytes = guest.elf();
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

TEST(RegisterCoverage, IsExactlyWhatTheProgramTouches) {
  const TemporaryFolder folder;
  const std::string elf = folder.path("guest.elf"), file = folder.path("out.json");
  write_guest(elf);
  ASSERT_EQ(run_mho({"run", elf, "-q", "--register-coverage", file}).exit_code, 0);
  const Json json = parsed(file);
  constexpr std::uint64_t kWord = 0xffff'ffff, kByte = 0xff;
  Json exit = use(0, 1, 0, 0x5555, kWord);
  exit["values"]["COMMAND"]["PASS"] = 1;
  const Json expected{
      {"finisher", {{"registers", {{"EXIT", exit}}}}},
      {"uart", {{"registers", {{"DLL", use(0, 1, 0, 7, kByte)}, {"LCR", use(0, 1, 0, 0x80, kByte)}}}}},
      {"dma",
       {{"registers",
         {{"IRQ_STATE", use(1, 1, 1, 1, kWord)},
          {"IRQ_ENABLE", use(0, 1, 0, 1, kWord)},
          {"IRQ_TEST", use(0, 1, 0, 1, kWord)}}}}}};
  EXPECT_EQ(json["blocks"], expected) << json["blocks"].dump(2);
  EXPECT_EQ(json["interrupts"]["dma"], (Json{{"raised", 1}, {"taken", 0}}));
  EXPECT_EQ(json["interrupts"]["external"], (Json{{"raised", 0}, {"taken", 0}}));
  EXPECT_EQ(json["dru_status"], Json::object());
}

TEST(RegisterCoverage, ReportCountsItAndListsTheRest) {
  const TemporaryFolder folder;
  const std::string elf = folder.path("guest.elf"), file = folder.path("out.json");
  write_guest(elf);
  ASSERT_EQ(run_mho({"run", elf, "-q", "--register-coverage", file}).exit_code, 0);
  const ProgramResult said = run_mho({"register-coverage", file, file, "--json", folder.path("sum.json")});
  ASSERT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, testing::ContainsRegex("dma +3 / 10 +3 / 14 "));
  EXPECT_THAT(said.out, HasSubstr("dma.IRQ_STATE.ERROR, dma.IRQ_ENABLE.ERROR, dma.IRQ_TEST.ERROR\n"));
  const Json sum = parsed(folder.path("sum.json"));
  EXPECT_EQ(sum["blocks"]["dma"]["registers"]["IRQ_STATE"]["reads"], 2);
  EXPECT_EQ(sum["summary"]["dma"]["registers"], (Json{{"touched", 3}, {"all", 10}}));
  EXPECT_EQ(sum["summary"]["dma"]["fields"], (Json{{"touched", 3}, {"all", 14}}));
  const auto registers = sum["untouched"]["registers"].get<std::vector<std::string>>();
  EXPECT_EQ(std::ranges::count(registers, "dma.CTRL"), 1);
  EXPECT_EQ(std::ranges::count(registers, "dma.IRQ_STATE"), 0);
  // A sum can be added to.
  const ProgramResult again = run_mho({"register-coverage", folder.path("sum.json"), file, "--json", "-"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(Json::parse(again.out)["blocks"]["dma"]["registers"]["IRQ_STATE"]["reads"], 3);
}

TEST(RegisterCoverage, SeesInterruptsAndStatusesOfFirmware) {
  const TemporaryFolder folder;
  const std::string file = folder.path("out.json");
  ASSERT_EQ(run_mho({"run", firmware_file("recovery.elf"), "-q", "--register-coverage", file}).exit_code, 0);
  const Json json = parsed(file);
  for (const char* status : {"BAD_COMMAND", "BUS_ERROR", "WATCHDOG", "ABORTED"}) {
    EXPECT_TRUE(json["dru_status"].contains(status)) << json["dru_status"].dump();
  }
  EXPECT_GT(json["interrupts"]["dru"]["raised"], 0);
  EXPECT_EQ(json["interrupts"]["dru"]["taken"], json["interrupts"]["external"]["taken"]);
}

TEST(RegisterCoverage, ChangesNothingInASolve) {
  const TemporaryFolder folder;
  const std::string file = folder.path("out.json");
  const SolveResult plain = solve({data_file("cage3.mtx")});
  const SolveResult watched =
      solve({data_file("cage3.mtx"), "--register-coverage", file, "--transactions", folder.path("bus.csv")});
  EXPECT_EQ(without_wall_clock(watched.json), without_wall_clock(plain.json));
  const Json json = parsed(file);
  EXPECT_EQ(json["job_status"], (Json{{"CONVERGED", 1}}));
  EXPECT_GT(json["dru_status"]["OK"], 0);
  EXPECT_GT(json["blocks"]["mvm"]["registers"]["CTRL"]["unit_writes"], 0);
  EXPECT_EQ(json["blocks"]["mvm"]["registers"]["CTRL"]["writes"], 0);
}

TEST(RegisterCoverage, RefusesOtherFiles) {
  const TemporaryFolder folder;
  const std::string file = folder.write("other.json", "{}");
  const ProgramResult refused = run_mho({"register-coverage", file});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("other.json: is not of the format 'mho register coverage 1'"));
  const std::string melted =
      folder.write("melted.json",
                   R"({"format": "mho register coverage 1", "interrupts": {}, "dru_status": {"MELTED": 1}})");
  const ProgramResult unknown = run_mho({"register-coverage", melted});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, testing::EndsWith("melted.json: value 'MELTED' of dru_status is unknown\n"));
  EXPECT_EQ(std::ranges::count(unknown.err, '\n'), 1) << unknown.err;
  EXPECT_EQ(run_mho({"run", firmware_file("hello.elf"), "--register-coverage", "-"}).exit_code, 2);
}

}  // namespace
}  // namespace mho::test
