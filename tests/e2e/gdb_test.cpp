// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// A real gdb drives firmware of this repository on mho, as docs/debugging.md describes it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <utility>

#include "tests/e2e/gdb_client.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

struct Debugged {
  std::string said;  ///< by gdb
  ProgramResult mho;
};

class Gdb : public testing::Test {
 protected:
  void SetUp() override {
    gdb_ = find_program("gdb-multiarch");
    MHO_REQUIRE_TOOL(!gdb_.empty(), "gdb-multiarch");
  }

  /// Starts mho with `arguments`, and gdb with the symbols of `elf` and these commands once it is connected.
  Debugged debug(std::vector<std::string> arguments, const std::string& elf, const std::string& commands) {
    arguments.insert(arguments.begin(), MHO_PROGRAM);
    arguments.insert(arguments.end(), {"--gdb", "0"});
    RunningProgram mho(arguments);
    const TemporaryFolder folder;
    const std::string script =
        folder.write("script.gdb", fmt::format("set confirm off\nset pagination off\nset width 0\n"
                                               "target remote 127.0.0.1:{}\n{}",
                                               announced_port(mho), commands));
    RunningProgram gdb({gdb_, "-batch", "-nx", "-x", script, elf});
    const ProgramResult result = gdb.wait();
    return {.said = result.out + result.err, .mho = mho.wait()};
  }

  /// Runs a firmware program of the build under gdb, with further options of `mho run`.
  Debugged debug_run(const std::string& program, const std::string& commands,
                     const std::vector<std::string>& options = {}) {
    const std::string elf = firmware_file(program);
    std::vector<std::string> arguments{"run", elf, "-q"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return debug(std::move(arguments), elf, commands);
  }

  std::string gdb_;
};

TEST_F(Gdb, GoesThroughASessionWithAnInterruptHandler) {
  const Debugged run = debug_run("test_interrupts.elf",
                                 "break main\n"
                                 "continue\n"
                                 "info registers pc mcause mstatus\n"
                                 "stepi\n"
                                 "hbreak on_timer\n"
                                 "continue\n"
                                 "print timer_count\n"
                                 "backtrace\n"
                                 "print/x $mcause\n"
                                 "finish\n"
                                 "delete\n"
                                 "watch timer_count\n"
                                 "continue\n"
                                 "rwatch external_count\n"
                                 "delete 3\n"
                                 "continue\n"
                                 "delete\n"
                                 "monitor time\n"
                                 "monitor energy\n"
                                 "monitor amc status\n"
                                 "print/x *(unsigned*)0x0200bff8\n"
                                 "info float\n"
                                 "continue\n");
  SCOPED_TRACE(run.said);
  EXPECT_THAT(run.said, ContainsRegex("Breakpoint 1, .*main \\(\\) at .*interrupts.c"));
  EXPECT_THAT(run.said, ContainsRegex("mstatus +0x"));
  EXPECT_THAT(run.said, ContainsRegex("Breakpoint 2, on_timer \\(context=.*interrupts.c"));
  EXPECT_THAT(run.said, HasSubstr("$1 = 0\n"));
  EXPECT_THAT(run.said, ContainsRegex("#0 +on_timer .*interrupts.c"));
  EXPECT_THAT(run.said, ContainsRegex("#[0-9]+ .*mho_trap_handle .*"));
  EXPECT_THAT(run.said,
              ContainsRegex("<signal handler called>\n(#.*\n)*#[0-9]+ .*main \\(\\) at .*interrupts.c"));
  EXPECT_THAT(run.said, HasSubstr("$2 = 0x80000007\n"));
  EXPECT_THAT(run.said, ContainsRegex("\nmho_interrupt_dispatch \\(cause=.*interrupt.c"));
  EXPECT_THAT(run.said,
              ContainsRegex("Hardware watchpoint 3: timer_count\n\nOld value = 1\nNew value = 2\n"));
  EXPECT_THAT(run.said, ContainsRegex("Hardware read watchpoint 4: external_count\n\nValue = "));
  EXPECT_THAT(run.said, HasSubstr("s simulated; "));
  EXPECT_THAT(run.said, HasSubstr("macros programmed: 0 of"));
  EXPECT_THAT(run.said, ContainsRegex("\\$3 = 0x[0-9a-f]+\n"));
  EXPECT_THAT(run.said, HasSubstr("exited normally"));
  EXPECT_EQ(run.mho.exit_code, 0);
  EXPECT_EQ(run.mho.out, "interrupts ok\n");
}

TEST_F(Gdb, LeavesTheFiguresOfTheRunAsTheyAre) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_mho({"run", firmware_file("test_interrupts.elf"), "-q", "--json", folder.path("plain.json")})
                .exit_code,
            0);
  const Debugged run = debug_run("test_interrupts.elf",
                                 "break on_timer\n"
                                 "continue\n"
                                 "watch timer_count\n"
                                 "continue\n"
                                 "continue\n"
                                 "finish\n"
                                 "next\n"
                                 "step\n"
                                 "info registers\n"
                                 "info all-registers\n"
                                 "delete\n"
                                 "detach\n",
                                 {"--json", folder.path("debugged.json")});
  SCOPED_TRACE(run.said);
  EXPECT_EQ(run.mho.exit_code, 0);
  EXPECT_EQ(figures_of(folder.path("debugged.json")), figures_of(folder.path("plain.json")));
}

TEST_F(Gdb, StepsThroughSemihostingCallsAndSeesTheExitCode) {
  const TemporaryFolder folder;
  folder.write("given.txt", "for the guest");
  const Debugged run = debug_run("test_semihosting.elf",
                                 "break sys_semihost_open\n"
                                 "continue\n"
                                 "delete\n"
                                 "break sys_semihost\n"
                                 "continue\n"
                                 "stepi 3\n"
                                 "x/i $pc\n"
                                 "print $a0\n"
                                 "stepi\n"
                                 "stepi\n"
                                 "delete\n"
                                 "continue\n",
                                 {"--semihosting-dir", folder.path(".")});
  SCOPED_TRACE(run.said);
  EXPECT_THAT(run.said, HasSubstr("Breakpoint 2, "));
  EXPECT_THAT(run.said, ContainsRegex("exited with code 027"));
  EXPECT_EQ(run.mho.exit_code, 23);
  EXPECT_THAT(run.mho.out, HasSubstr("given.txt: 13 bytes: for the guest\n"));
}

TEST_F(Gdb, BacktracesGoThroughNestedTrapsIntoTheCodeThatTrapped) {
  const Debugged run = debug_run("test_trap_in_handler.elf",
                                 "break *mho_trap_entry\n"
                                 "continue\n"
                                 "backtrace\n"
                                 "continue\n"
                                 "delete\n"
                                 "break mho_trap_in_handler\n"
                                 "continue\n"
                                 "backtrace\n"
                                 "kill\n");
  SCOPED_TRACE(run.said);
  // At the first instruction of the entry, nothing saved yet; then behind the second trap.
  EXPECT_THAT(run.said, ContainsRegex("Breakpoint 1, .*\n(.*\n)?#0 .*\n#1 .*main \\(.*trap_in_handler.c"));
  EXPECT_THAT(run.said, ContainsRegex("#0 +mho_trap_in_handler .*\n#1 +<signal handler called>\n"
                                      "#2 .*trap_again .*trap_in_handler.c.*\n#3 .*mho_trap_handle .*\n"
                                      "#4 +<signal handler called>\n#5 .*main .*trap_in_handler.c"));
}

TEST_F(Gdb, BacktracesEndWhereTheProgramBegins) {
  const Debugged run = debug_run("hello.elf",
                                 "break mho_boot\n"
                                 "continue\n"
                                 "set backtrace past-main on\n"
                                 "backtrace\n"
                                 "kill\n");
  SCOPED_TRACE(run.said);
  EXPECT_THAT(run.said, ContainsRegex("#0 +mho_boot .*\n#1 .*_start \\(\\) .*\n"));
  EXPECT_THAT(run.said, testing::Not(HasSubstr("#2")));
}

TEST_F(Gdb, CountersOfASleepingGuestAreThoseOfNow) {
  const Debugged run = debug_run("test_asleep.elf",
                                 "shell (sleep 0.5; kill -INT $PPID) &\n"
                                 "continue\n"
                                 "printf \"mcycle %u, time %u\\n\", $mcycle, $time\n"
                                 "monitor time\n"
                                 "kill\n");
  SCOPED_TRACE(run.said);
  EXPECT_THAT(run.said, HasSubstr("SIGINT"));
  std::smatch csrs, said;
  ASSERT_TRUE(std::regex_search(run.said, csrs, std::regex("mcycle ([0-9]+), time ([0-9]+)")));
  ASSERT_TRUE(std::regex_search(
      run.said, said, std::regex("([0-9.]+) s simulated; ([0-9]+) clock cycles, of them ([0-9]+) asleep")));
  const double simulated_s = std::stod(said[1]);
  const std::uint64_t cycles = std::stoull(said[2]), asleep = std::stoull(said[3]);
  ASSERT_GT(simulated_s, 1e-3) << "was not asleep yet";
  constexpr double kDigits_s = 1e-8;  // of what `monitor time` prints
  EXPECT_NEAR(static_cast<double>(cycles) * 1e-9, simulated_s, simulated_s * 1e-11 + kDigits_s);
  EXPECT_LT(cycles - asleep, 100'000u);
  EXPECT_EQ(std::stoull(csrs[1]), cycles & 0xffff'ffff);
  EXPECT_EQ(std::stoull(csrs[2]), cycles / 100 & 0xffff'ffff);  // 10 MHz
}

TEST_F(Gdb, ResetsDevicesWithTheProgram) {
  const Debugged run = debug_run("test_interrupts.elf",
                                 "break on_transmitter_empty\n"
                                 "continue\n"
                                 "set var *(unsigned*)0x02004004 = 7\n"
                                 "x/3wx 0x0c002000\n"
                                 "monitor reset\n"
                                 "maint flush register-cache\n"
                                 "print/x $mie\n"
                                 "x/3wx 0x0c002000\n"
                                 "x/2wx 0x02004000\n"
                                 "x/1bx 0x10000001\n"
                                 "delete\n"
                                 "continue\n");
  SCOPED_TRACE(run.said);
  EXPECT_THAT(run.said, HasSubstr("devices reset, "));
  EXPECT_THAT(run.said, ContainsRegex("0xc002000:\t0x00000400\t0x00000000\t0x00000000\n"
                                      "\\$1 = 0x0\n"
                                      "0xc002000:\t0x00000000\t0x00000000\t0x00000000\n"
                                      "0x2004000:\t0xffffffff\t0xffffffff\n"
                                      "0x10000001:\t0x00\n"));
  EXPECT_THAT(run.said, HasSubstr("exited normally"));
  EXPECT_EQ(run.mho.exit_code, 0);
  EXPECT_EQ(run.mho.out, "interrupts ok\n");
}

TEST_F(Gdb, DumpsDevicesOverTheGapsBetweenRegisters) {
  // The last word of the enable bits of the PLIC and what is behind it. An error ends the commands of gdb.
  const std::string dump =
      "x/4wx 0x0c002008\n"
      "x/8bx 0x0c00200c\n";
  const Debugged write = debug_run("hello.elf", dump + "set var *(unsigned*)0x0c00200c = 1\n");
  SCOPED_TRACE(write.said);
  EXPECT_THAT(write.said, HasSubstr("0xc002008:\t0x00000000\t0x00000000\t0x00000000\t0x00000000\n"));
  EXPECT_THAT(write.said, HasSubstr("0xc00200c:\t0x00\t0x00\t0x00\t0x00\t0x00\t0x00\t0x00\t0x00\n"));
  EXPECT_THAT(write.said, HasSubstr("Cannot access memory at address 0xc00200c\n")) << "writes are refused";
  const Debugged beyond = debug_run("hello.elf", "x/2wx 0x0c5ffffc\n");
  EXPECT_THAT(beyond.said, HasSubstr("0xc5ffffc:\t0x00000000"));
  EXPECT_THAT(beyond.said, HasSubstr("Cannot access memory at address 0xc600000\n"));
}

TEST_F(Gdb, TellsWhetherItTraces) {
  const TemporaryFolder folder;
  const Debugged run = debug_run("hello.elf",
                                 "monitor trace\n"
                                 "monitor trace off\n"
                                 "monitor trace\n"
                                 "monitor trace often\n"
                                 "kill\n",
                                 {"--trace-instructions", folder.path("trace.txt")});
  SCOPED_TRACE(run.said);
  EXPECT_THAT(run.said, HasSubstr("trace is on; monitor trace on ends a gap in the files, monitor trace off "
                                  "begins one\ntrace off\ntrace is off; monitor trace on ends"));
  EXPECT_THAT(run.said, HasSubstr("'often' is neither on nor off; trace is off; "));
  const Debugged untraced = debug_run("hello.elf", "monitor trace\nkill\n");
  EXPECT_THAT(untraced.said, HasSubstr("nothing is traced; start mho with --vcd FILE"));
}

TEST_F(Gdb, DebugsTheDriverInASolve) {
  const Debugged run = debug({"solve", data_file("cage3.mtx"), "-q"}, firmware_file("solve.elf"),
                             "break on_dru_interrupt\n"
                             "continue\n"
                             "backtrace\n"
                             "monitor amc status\n"
                             "delete\n"
                             "continue\n");
  SCOPED_TRACE(run.said);
  EXPECT_THAT(run.said, ContainsRegex("Breakpoint 1, on_dru_interrupt"));
  EXPECT_THAT(run.said, ContainsRegex("<signal handler called>\n(#.*\n)+#[0-9]+ .*main \\("));
  EXPECT_THAT(run.said, HasSubstr("exited normally"));
  EXPECT_EQ(run.mho.exit_code, 0);
}

}  // namespace
}  // namespace mho::test
