// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The `mho run` command as a user sees it: the program itself is started, MHO_PROGRAM names it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/models/trace/vcd_reader.hpp"
#include "tests/platform/guest.hpp"

namespace mho::platform::cli {
namespace {

using namespace mho::test;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

struct Outcome {
  int exit_code;
  std::string out, err;
};

class RunCommand : public testing::Test {
 protected:
  RunCommand()
      : folder_(testing::TempDir() + "mho_" + testing::UnitTest::GetInstance()->current_test_info()->name()) {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  ~RunCommand() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  /// Starts mho with these arguments.
  Outcome mho(const std::string& arguments) const {
    const std::string command =
        std::string(MHO_PROGRAM) + " " + arguments + " > " + path("out") + " 2> " + path("err");
    const int status = std::system(command.c_str());
    return {.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -1,
            .out = read_text(path("out")),
            .err = read_text(path("err"))};
  }
  std::string write_elf(Guest& guest, std::vector<std::pair<std::string, std::uint32_t>> symbols = {}) const {
    const auto bytes = guest.elf(std::move(symbols));
    std::ofstream(path("guest.elf"), std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
    return path("guest.elf");
  }
  std::string guest_that_ends_with(std::uint32_t code) const {
    Guest guest;
    guest.print("hello\n");
    guest.finish_with(code);
    return write_elf(guest);
  }
  std::string endless_guest() const {
    Guest guest;
    const auto loop = guest.here_label();
    guest.addi(a0, a0, 1);
    guest.j(loop);
    return write_elf(guest);
  }
  /// Its handler of traps ends the program.
  std::string guest_with_a_wrong_access(std::uint32_t code) const {
    Guest guest;
    const auto handler = guest.label();
    guest.la(t0, handler);
    guest.csrw(csr::mtvec, t0);
    guest.store(map::kDacBase, 1);
    guest.align(4);
    guest.bind(handler);
    guest.finish_with(code);
    return write_elf(guest);
  }
  std::string one_equation() const {
    std::ofstream(path("a.mtx")) << "%%MatrixMarket matrix array real general\n1 1\n2\n";
    return path("a.mtx");
  }
  /// Wrong input: code 2 and one line that contains `text`.
  void expect_refusal(const std::string& arguments, const std::string& text) const {
    const Outcome outcome = mho(arguments);
    EXPECT_EQ(outcome.exit_code, 2) << arguments;
    EXPECT_THAT(outcome.err, AllOf(StartsWith("mho: "), HasSubstr(text))) << arguments;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
  }

  const std::string folder_;
};

TEST_F(RunCommand, HelpAndVersionAreForEveryone) {
  const Outcome help = mho("--help");
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("run"));
  const Outcome run_help = mho("run --help");
  EXPECT_EQ(run_help.exit_code, 0);
  for (const char* option : {"--max-instructions", "--max-time", "--quantum", "--no-native-code",
                             "--trace-instructions", "--profile", "--coverage", "--semihosting-dir", "--json",
                             "--vcd", "--transactions", "--trace-signals", "--trace-window", "Examples"}) {
    EXPECT_THAT(run_help.out, HasSubstr(option));
  }
  const Outcome version = mho("--version");
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("mho "));
}

TEST_F(RunCommand, WrongCommandLinesAreRefusedInOneLine) {
  const std::string elf = guest_that_ends_with(0);
  expect_refusal("", "subcommand");
  expect_refusal("run", "firmware");
  expect_refusal("run " + elf + " --bogus", "--bogus");
  expect_refusal("run " + elf + " --quantum 10parsecs", "--quantum 10parsecs");
  expect_refusal("run " + elf + " --quantum 0us", "--quantum 0us");
  expect_refusal("run " + elf + " --max-time later", "--max-time later");
  expect_refusal("run " + elf + " --max-instructions -3", "--max-instructions");
  expect_refusal("run " + elf + " --trace-window 1us:2us", "--vcd");
  expect_refusal("run " + elf + " --set cpu.clock=1", "cpu.clock");
  expect_refusal("run " + elf + " --semihosting-dir /no/such", "--semihosting-dir /no/such");
  expect_refusal("run " + elf + " --profile -", "--profile");
  expect_refusal("run " + elf + " --profile " + path("p"), "no symbols of functions");
  expect_refusal("run " + elf + " --coverage " + path("c"), "-g");
  EXPECT_FALSE(std::filesystem::exists(path("p")) || std::filesystem::exists(path("c")));
}

TEST_F(RunCommand, SwitchesOfTheCpuChangeNoFigure) {
  Guest guest;
  guest.li(t0, 1000);
  const auto loop = guest.here_label();
  guest.addi(t0, t0, -1);
  guest.bne(t0, zero, loop);
  guest.finish_with(0);
  const std::string elf = write_elf(guest);
  const auto figures_with = [&](const std::string& options) {
    EXPECT_EQ(mho("run " + elf + " --json " + path("r.json") + options).exit_code, 0) << options;
    auto figures = nlohmann::json::parse(read_text(path("r.json")));
    for (const char* key : {"wall_s", "mips"}) figures.erase(key);
    return figures;
  };
  const auto figures = figures_with("");
  EXPECT_GT(figures["cpu_instructions"], 2000);
  for (const char* option : {" --no-dmi", " --no-block-cache", " --no-native-code", " --quantum 100ns"})
    EXPECT_EQ(figures_with(option), figures) << option;
}

TEST_F(RunCommand, WrongFilesAreRefusedAndLeaveNothingBehind) {
  const std::string elf = guest_that_ends_with(0), vcd = path("w.vcd"), csv = path("t.csv");
  std::ofstream(path("text.elf")) << "int main() {}\n";
  expect_refusal("run " + path("none.elf"), "none.elf: no such file");
  expect_refusal("run " + folder_, "is a directory");
  expect_refusal("run " + path("text.elf") + " --vcd " + vcd, "not an ELF file");
  expect_refusal("run " + elf + " --vcd /no/such/folder/w.vcd", "/no/such/folder/w.vcd");
  expect_refusal("run " + elf + " --json /no/such/folder/o.json", "/no/such/folder/o.json");
  expect_refusal("run " + elf + " --trace-instructions /no/such/folder/i.txt", "/no/such/folder/i.txt");
  expect_refusal("run " + elf + " --vcd " + vcd + " --transactions " + csv + " --trace-signals 'soc.cpo.*'",
                 "soc.cpo.*");
  EXPECT_FALSE(std::filesystem::exists(vcd));
  EXPECT_FALSE(std::filesystem::exists(csv));
}

TEST_F(RunCommand, WrongInputKeepsEarlierFiles) {
  const std::string elf = guest_that_ends_with(0);
  std::ofstream(path("text.elf")) << "int main() {}\n";
  for (const char* name : {"w.vcd", "t.csv", "i.txt", "r.json"}) std::ofstream(path(name)) << "earlier";
  const std::string outputs = " --vcd " + path("w.vcd") + " --transactions " + path("t.csv") +
                              " --trace-instructions " + path("i.txt") + " --json " + path("r.json");
  expect_refusal("run " + path("text.elf") + outputs, "not an ELF file");
  expect_refusal("run " + elf + outputs + " --trace-signals 'soc.cpo.*'", "soc.cpo.*");
  // The last file to be created cannot be: a folder has the name that it needs first.
  std::filesystem::create_directories(path("i.txt.part"));
  expect_refusal("run " + elf + outputs, "i.txt");
  for (const char* name : {"w.vcd", "t.csv", "i.txt", "r.json"}) EXPECT_EQ(read_text(path(name)), "earlier");
  for (const char* name : {"w.vcd.part", "t.csv.part", "r.json.part"}) {
    EXPECT_FALSE(std::filesystem::exists(path(name))) << name;
  }
}

TEST_F(RunCommand, AnInterruptedRunDoesNotLeaveTheFinalName) {
  const std::string elf = endless_guest(), vcd = path("w.vcd");
  const std::string command = "timeout -s KILL 2 " + std::string(MHO_PROGRAM) + " run " + elf + " --vcd " +
                              vcd + " > " + path("out") + " 2> " + path("err");
  EXPECT_NE(std::system(command.c_str()), 0);
  EXPECT_FALSE(std::filesystem::exists(vcd));
  EXPECT_TRUE(std::filesystem::exists(vcd + ".part")) << "the run had not begun";
}

TEST_F(RunCommand, OutputsNeverOverwriteInputsOrEachOther) {
  const std::string elf = guest_that_ends_with(0), before = read_text(elf);
  std::ofstream(path("chip.yaml")) << "seed: 3\n";
  for (const std::string option :
       {"--json", "--vcd", "--transactions", "--trace-instructions", "--profile", "--coverage"}) {
    expect_refusal("run " + elf + " " + option + " " + elf, option + " " + elf + ": is the file given as");
    expect_refusal("run " + elf + " -c " + path("chip.yaml") + " " + option + " " + path("chip.yaml"), "-c");
  }
  expect_refusal("run " + elf + " --json " + path("j") + " --vcd " + path("j"),
                 "is the file given as --json");
  expect_refusal("run " + elf + " --transactions " + path("j") + " --trace-instructions " + path("./j"),
                 "choose another name");
  expect_refusal("run " + elf + " --json " + path("j") + " --vcd " + path("j.part"), "choose another name");
  EXPECT_EQ(read_text(elf), before);
  EXPECT_EQ(read_text(path("chip.yaml")), "seed: 3\n");
  EXPECT_FALSE(std::filesystem::exists(path("j")));
}

TEST_F(RunCommand, AFullStdoutIsNotTakenForSuccess) {
  for (const char* arguments : {"config --defaults", "--version", "solve --help"}) {
    const std::string command = std::string(MHO_PROGRAM) + " " + arguments + " >/dev/full 2>" + path("err");
    const int status = std::system(command.c_str());
    EXPECT_EQ(WEXITSTATUS(status), 2) << arguments;
    EXPECT_THAT(read_text(path("err")), StartsWith("mho: stdout: cannot be written")) << arguments;
  }
}

TEST_F(RunCommand, UartIsOnStdoutAndTheExitCodeIsTheGuests) {
  const Outcome pass = mho("run " + guest_that_ends_with(0));
  EXPECT_EQ(pass.exit_code, 0);
  EXPECT_EQ(pass.out, "hello\n");
  EXPECT_THAT(pass.err, HasSubstr("finisher"));
  const Outcome fail = mho("run " + guest_that_ends_with(7));
  EXPECT_EQ(fail.exit_code, 7);
  EXPECT_THAT(fail.err, HasSubstr("code 7"));
  const Outcome large = mho("run " + guest_that_ends_with(300));
  EXPECT_EQ(large.exit_code, 255);
  EXPECT_THAT(large.err, AllOf(HasSubstr("300"), HasSubstr("255")));
  EXPECT_EQ(mho("run --quiet " + guest_that_ends_with(0)).err, "");
}

TEST_F(RunCommand, TohostIsTheNumberOfTheFailedTest) {
  constexpr std::uint32_t kTohost = soc::kRamBase + 0x8000;
  Guest guest;
  guest.store(kTohost, 9 << 1 | 1);
  guest.store(kTohost + 4, 0);
  guest.j(guest.here_label());
  const Outcome outcome = mho("run " + write_elf(guest, {{"tohost", kTohost}}));
  EXPECT_EQ(outcome.exit_code, 9);
  EXPECT_THAT(outcome.err, HasSubstr("htif"));
}

TEST_F(RunCommand, HangsAndLimitsGiveOneAndSayWhy) {
  Guest guest;
  guest.wfi();
  const Outcome hang = mho("run " + write_elf(guest));
  EXPECT_EQ(hang.exit_code, 1);
  EXPECT_THAT(hang.err, AllOf(HasSubstr("hang"), HasSubstr("wfi"), HasSubstr("0x80000004")));
  const std::string elf = endless_guest();
  const Outcome instructions = mho("run " + elf + " --max-instructions 5000");
  EXPECT_EQ(instructions.exit_code, 1);
  EXPECT_THAT(instructions.err, AllOf(HasSubstr("max_instructions"), HasSubstr("5000 instructions")));
  const Outcome time = mho("run " + elf + " --max-time 20us");
  EXPECT_EQ(time.exit_code, 1);
  EXPECT_THAT(time.err, AllOf(HasSubstr("max_time"), HasSubstr("at pc 0x8000000")));
}

TEST_F(RunCommand, SaysWhichAccessAProgramDiedOf) {
  for (const std::uint32_t code : {133u, 0u}) {
    const Outcome outcome = mho("run " + guest_with_a_wrong_access(code) + " --json " + path("r.json"));
    const auto notes = nlohmann::json::parse(read_text(path("r.json")))["notes"];
    if (code == 0) {
      EXPECT_TRUE(notes.empty()) << "a program that ends well has seen to it";
      EXPECT_THAT(outcome.err, Not(HasSubstr("access fault")));
      continue;
    }
    const std::string note =
        "access fault at pc 0x8000001c: 4-byte write to 0x40010000: dac[0].ID is read-only";
    EXPECT_EQ(notes, nlohmann::json::array({note}));
    EXPECT_THAT(outcome.err, HasSubstr("\nmho: " + note + "\n"));
  }
}

TEST_F(RunCommand, SaysWhichInterruptIsLeftWaiting) {
  Guest guest;
  guest.store(map::kClintBase, 1);
  guest.li(t0, 1u << 3);
  guest.csrw(csr::mie, t0);
  const auto loop = guest.here_label();
  guest.addi(a0, a0, 1);
  guest.j(loop);
  const std::string elf = write_elf(guest);
  const std::string note = "mho: the software interrupt is pending and enabled, but mstatus.MIE is 0\n";
  EXPECT_THAT(mho("run " + elf + " --max-time 20us").err, HasSubstr(note));
  EXPECT_EQ(mho("run " + elf + " --max-time 20us --quiet").err, "");
}

TEST_F(RunCommand, ASolveSaysWhichAccessItsFirmwareDiedOf) {
  const Outcome outcome = mho("solve " + one_equation() + " --firmware " + guest_with_a_wrong_access(133));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_THAT(outcome.out, HasSubstr("access fault at pc 0x8000001c: 4-byte write to 0x40010000: dac[0].ID"));
}

TEST_F(RunCommand, ASignalEndsASolveWithItsFiles) {
  const std::string command = std::string("timeout --preserve-status -s TERM 2 ") + MHO_PROGRAM + " solve " +
                              one_equation() + " --firmware " + endless_guest() + " --vcd " + path("w.vcd") +
                              " --json " + path("r.json") + " > " + path("out") + " 2> " + path("err");
  const int status = std::system(command.c_str());
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 143);
  const auto json = nlohmann::json::parse(read_text(path("r.json")));
  EXPECT_EQ(json["status"], "firmware_failed");
  EXPECT_THAT(json["message"].get<std::string>(), HasSubstr("signal 15"));
  EXPECT_TRUE(std::filesystem::exists(path("w.vcd")));
}

TEST_F(RunCommand, ASignalEndsARunAsALimitDoes) {
  // With --foreground the signal comes once, as that of a terminal does.
  for (const auto& [options, code] : {std::pair("--foreground -s INT", 130), std::pair("-s TERM", 143)}) {
    const std::string elf = endless_guest();
    const std::string command = std::string("timeout --preserve-status ") + options + " 2 " + MHO_PROGRAM +
                                " run " + elf + " --vcd " + path("w.vcd") + " --json " + path("r.json") +
                                " --register-coverage " + path("c.json") + " > " + path("out") + " 2> " +
                                path("err");
    const int status = std::system(command.c_str());
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), code);
    EXPECT_THAT(read_text(path("err")),
                AllOf(HasSubstr("ended by mho (signal)"), HasSubstr("at pc 0x8000000")));
    const auto json = nlohmann::json::parse(read_text(path("r.json")));
    EXPECT_EQ(json["exit_cause"], "signal");
    EXPECT_EQ(json["exit_code"], code);
    EXPECT_GT(json["cpu_instructions"], 1000);
    for (const char* file : {"w.vcd", "c.json"}) EXPECT_TRUE(std::filesystem::remove(path(file))) << file;
  }
}

TEST_F(RunCommand, JsonHoldsTheResult) {
  const std::string elf = guest_that_ends_with(300);
  EXPECT_EQ(mho("run " + elf + " --json " + path("r.json")).out, "hello\n");
  const auto file = nlohmann::json::parse(read_text(path("r.json")));
  EXPECT_EQ(file["exit_code"], 255);
  EXPECT_EQ(file["guest_code"], 300);
  EXPECT_EQ(file["exit_cause"], "finisher");
  EXPECT_GT(file["cpu_instructions"], 10);
  EXPECT_DOUBLE_EQ(file["simulated_time_s"], file["cpu_cycles"].get<double>() * 1e-9);
  EXPECT_GT(file["wall_s"], 0.0);
  EXPECT_TRUE(file.contains("mips"));
  double sum = 0;
  for (const auto& [name, energy] : file["energy_J"]["by_component"].items()) sum += energy.get<double>();
  EXPECT_NEAR(sum, file["energy_J"]["total"].get<double>(), 1e-12 * sum);

  const Outcome piped = mho("run " + elf + " --json -");
  EXPECT_EQ(nlohmann::json::parse(piped.out)["exit_code"], 255);
  EXPECT_THAT(piped.err, HasSubstr("hello\n"));
}

TEST_F(RunCommand, ArgumentsAfterTwoDashesReachTheGuest) {
  constexpr std::uint32_t kGetCommandLine = 0x15, kWrite0 = 0x04;
  constexpr std::uint32_t kBlock = soc::kRamBase + 0x4000, kBuffer = soc::kRamBase + 0x5000;
  Guest guest;
  guest.store(kBlock, kBuffer);
  guest.store(kBlock + 4, 100);
  guest.li(a1, kBlock);
  guest.semihost(kGetCommandLine);
  guest.li(a1, kBuffer);
  guest.semihost(kWrite0);
  guest.finish_with(0);
  const Outcome outcome = mho("run " + write_elf(guest) + " --max-time 1s -- --fast -n 3 input.bin");
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "guest.elf --fast -n 3 input.bin");
}

TEST_F(RunCommand, ClockComesFromTheConfiguration) {
  const std::string elf = guest_that_ends_with(0);
  ASSERT_EQ(mho("run " + elf + " --set cpu.clock_hz=500000000 --json " + path("r.json")).exit_code, 0);
  const auto file = nlohmann::json::parse(read_text(path("r.json")));
  EXPECT_DOUBLE_EQ(file["simulated_time_s"], file["cpu_cycles"].get<double>() * 2e-9);
}

TEST_F(RunCommand, TracesAreReadableAndTheSameInEveryRun) {
  const std::string elf = guest_that_ends_with(0);
  const auto run = [&](const std::string& tag) {
    const Outcome outcome = mho("run " + elf + " --vcd " + path(tag + ".vcd") + " --transactions " +
                                path(tag + ".csv") + " --trace-instructions " + path(tag + ".txt") +
                                " --json " + path(tag + ".json") + " --trace-signals soc.cpu.pc_every");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  };
  run("a");
  run("b");
  const auto json = nlohmann::json::parse(read_text(path("a.json")));

  const std::string vcd = read_text(path("a.vcd")), other = read_text(path("b.vcd"));
  EXPECT_EQ(vcd.substr(vcd.find('\n')), other.substr(other.find('\n')));
  const VcdFile waves = VcdReader(vcd).read();
  EXPECT_TRUE(waves.types.contains("soc.cpu.pc"));
  EXPECT_TRUE(
      std::ranges::any_of(waves.changes, [](const VcdChange& c) { return c.path == "soc.cpu.pc_every"; }));
  EXPECT_EQ(waves.last_time, json["cpu_cycles"].get<std::uint64_t>() * 1000);

  const std::string csv = read_text(path("a.csv"));
  EXPECT_EQ(csv, read_text(path("b.csv")));
  // Six characters and the store to the finisher.
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 7);
  EXPECT_THAT(csv, HasSubstr(",cpu,uart,write,0x10000000,1,"));
  EXPECT_THAT(csv, HasSubstr(",cpu,finisher,write,0x00100000,4,"));

  const std::string instructions = read_text(path("a.txt"));
  EXPECT_EQ(instructions, read_text(path("b.txt")));
  EXPECT_EQ(std::count(instructions.begin(), instructions.end(), '\n'), json["cpu_instructions"].get<long>());
  EXPECT_THAT(instructions, StartsWith("0.000 80000000 "));

  const std::string plain = path("plain.json");
  ASSERT_EQ(mho("run " + elf + " --json " + plain).exit_code, 0);
  auto untraced = nlohmann::json::parse(read_text(plain)), traced = json;
  for (auto* each : {&untraced, &traced}) {
    each->erase("wall_s");
    each->erase("mips");
  }
  EXPECT_EQ(untraced, traced);
}

TEST_F(RunCommand, WindowCutsTheWaveform) {
  const std::string elf = endless_guest();
  ASSERT_EQ(mho("run " + elf + " --max-time 5us --vcd " + path("w.vcd") +
                " --trace-signals 'soc.cpu.*' --trace-window 1us:1.1us")
                .exit_code,
            1);
  const VcdFile waves = VcdReader(read_text(path("w.vcd"))).read();
  EXPECT_EQ(waves.first_time, 1'000'000u);
  EXPECT_LE(waves.last_time, 1'100'000u);
  EXPECT_GT(waves.changes.size(), 30u);
}

}  // namespace
}  // namespace mho::platform::cli
