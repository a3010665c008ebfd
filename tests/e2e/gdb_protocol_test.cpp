// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The gdb server of a running mho, by its protocol: stops, state, memory, and that debugging changes nothing.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <fstream>
#include <utility>

#include "registers/dru.hpp"
#include "registers/memory_map.hpp"
#include "tests/e2e/gdb_client.hpp"
#include "tests/platform/guest.hpp"

namespace mho::test {
namespace {

constexpr std::uint32_t kPc = 32, kCsr = 65;
constexpr std::uint32_t kData = soc::kRamBase + 0x1000;
constexpr std::array<std::uint8_t, 4> kOne{1};

/// A guest in a file, with the addresses that tests name.
class GuestFile {
 public:
  explicit GuestFile(Guest& guest) : path_(folder_.path("guest.elf")) {
    const auto bytes = guest.elf();
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
  const std::string& path() const { return path_; }

 private:
  TemporaryFolder folder_;
  std::string path_;
};

/// Counts in a1 from 0 to 1000, storing it at each turn, and ends with code 7.
struct Counting {
  Guest guest;
  std::uint32_t store = 0, load = 0, end = 0;

  Counting() {
    guest.li(a0, kData);
    guest.li(a2, 1000);
    guest.li(a1, 0);
    const auto again = guest.here_label();
    guest.addi(a1, a1, 1);
    store = guest.here();
    guest.sw(a1, a0, 0);
    load = guest.here();
    guest.lw(a3, a0, 4);
    guest.bne(a1, a2, again);
    end = guest.here();
    guest.finish_with(7);
  }
};

/// A debugger at the first instruction of such a guest.
struct CountingSession : Counting {
  GuestFile file{guest};
  GdbClient gdb;

  explicit CountingSession(std::vector<std::string> options = {}) : gdb(command(std::move(options))) {}

 private:
  std::vector<std::string> command(std::vector<std::string> options) const {
    options.insert(options.begin(), {"run", file.path()});
    return options;
  }
};

/// Counts for ever.
Guest endless() {
  Guest guest;
  const auto again = guest.here_label();
  guest.addi(a0, a0, 1);
  guest.j(again);
  return guest;
}

std::string run_command(const std::string& json, const std::string& file) {
  const ProgramResult result = run_mho({"run", file, "-q", "--json", json});
  EXPECT_EQ(result.exit_code, 7) << result.err;
  return figures_of(json).dump(1);
}

TEST(GdbServer, WaitsBeforeTheFirstInstructionAndReportsTheExit) {
  CountingSession session;
  GdbClient& gdb = session.gdb;
  EXPECT_EQ(gdb.request("?"), "T05thread:1;");
  EXPECT_EQ(gdb.read_register(kPc), soc::kRamBase);
  EXPECT_NE(gdb.monitor("time").find("0 instructions"), std::string::npos);
  EXPECT_EQ(gdb.request("c"), "W07");
  EXPECT_EQ(gdb.wait().exit_code, 7);
}

TEST(GdbServer, BreakpointsOfBothKindsStopBeforeTheInstruction) {
  for (const int kind : {0, 1}) {
    CountingSession session;
    GdbClient& gdb = session.gdb;
    gdb.request("qSupported:swbreak+;hwbreak+");
    gdb.insert(kind, session.store);
    const std::string expected = kind == 0 ? "T05thread:1;swbreak:;" : "T05thread:1;hwbreak:;";
    for (std::uint32_t turn = 1; turn <= 3; ++turn) {
      EXPECT_EQ(gdb.request("c"), expected);
      EXPECT_EQ(gdb.read_register(kPc), session.store);
      EXPECT_EQ(gdb.read_register(a1), turn);
      EXPECT_EQ(gdb.read_word(kData), turn - 1);
    }
    // The memory does not show them.
    EXPECT_EQ(gdb.read_word(session.store), encode::s(0x23, 2, a0, a1, 0));
    gdb.remove(kind, session.store);
    EXPECT_EQ(gdb.request("c"), "W07");
  }
}

TEST(GdbServer, WatchpointsStopBeforeTheAccess) {
  CountingSession session;
  GdbClient& gdb = session.gdb;
  gdb.insert(2, kData);
  EXPECT_EQ(gdb.request("c"), fmt::format("T05thread:1;watch:{:x};", kData));
  EXPECT_EQ(gdb.read_register(kPc), session.store);
  EXPECT_EQ(gdb.request("c"), fmt::format("T05thread:1;watch:{:x};", kData));
  EXPECT_EQ(gdb.read_register(a1), 2u);
  gdb.remove(2, kData);
  gdb.insert(3, kData + 7, 1);
  EXPECT_EQ(gdb.request("c"), fmt::format("T05thread:1;rwatch:{:x};", kData + 4));
  EXPECT_EQ(gdb.read_register(kPc), session.load);
  gdb.remove(3, kData + 7, 1);
  gdb.insert(4, kData, 8);
  EXPECT_EQ(gdb.request("c"), fmt::format("T05thread:1;awatch:{:x};", kData));
  EXPECT_EQ(gdb.request("c"), fmt::format("T05thread:1;awatch:{:x};", kData + 4));
  EXPECT_EQ(gdb.request("D"), "OK");
  EXPECT_EQ(gdb.wait().exit_code, 7);
}

TEST(GdbServer, StepsOneInstruction) {
  CountingSession session;
  GdbClient& gdb = session.gdb;
  for (std::uint32_t step = 1; step <= 20; ++step) {
    EXPECT_EQ(gdb.request("vCont;s:1"), "T05thread:1;");
    EXPECT_NE(gdb.monitor("time").find(fmt::format("{} instructions", step)), std::string::npos);
  }
  EXPECT_EQ(gdb.read_register(a1), 4u);
}

TEST(GdbServer, ADebuggedRunGivesTheFiguresOfAnUndebuggedOne) {
  const TemporaryFolder folder;
  CountingSession session({"-q", "--json", folder.path("debugged.json")});
  GdbClient& gdb = session.gdb;
  gdb.insert(0, session.store);
  gdb.insert(4, kData, 8);
  for (int stop = 0; stop < 300; ++stop) {
    ASSERT_EQ(gdb.request(stop % 5 == 0 ? "s" : "c").substr(0, 3), "T05");
    gdb.request("g");
    gdb.monitor("energy");
    gdb.read_word(soc::memory_map::kClintBase + 0xbff8);
  }
  gdb.remove(0, session.store);
  gdb.remove(4, kData, 8);
  EXPECT_EQ(gdb.request("c"), "W07");
  gdb.wait();
  EXPECT_EQ(figures_of(folder.path("debugged.json")).dump(1),
            run_command(folder.path("plain.json"), session.file.path()));
}

TEST(GdbServer, RegistersAndMemoryCanBeChanged) {
  CountingSession session;
  GdbClient& gdb = session.gdb;
  gdb.run_to(session.end);
  EXPECT_EQ(gdb.request("P8=78563412"), "OK");
  EXPECT_EQ(gdb.read_register(8), 0x1234'5678u);
  EXPECT_EQ(gdb.request(fmt::format("P{:x}=00600000", kCsr + 0x300)), "OK");  // mstatus: FS dirty
  EXPECT_EQ(gdb.request("P21=0000803f"), "OK");
  EXPECT_EQ(gdb.read_register(33), 0x3f80'0000u);
  EXPECT_EQ(gdb.read_register(4161), 3u);
  // The last instructions become an exit with another code.
  Guest other;
  other.skip_to(session.end);
  other.finish_with(9);
  const auto code = other.finish();
  const std::vector<std::uint8_t> tail(code.begin() + (session.end - soc::kRamBase), code.end());
  gdb.write_memory(session.end, tail);
  EXPECT_EQ(gdb.request("c"), "W09");
}

TEST(GdbServer, DevicesAreReadWithoutEffectAndWrittenByBus) {
  const TemporaryFolder folder;
  Guest guest;
  guest.load(a0, map::kClintBase + 0x4000);
  guest.finish_with(a0);
  const GuestFile file(guest);
  GdbClient gdb({"run", file.path(), "--transactions", folder.path("bus.csv")});
  EXPECT_EQ(gdb.read_word(map::kClintBase + 0x4000), 0xffff'ffffu);
  EXPECT_EQ(gdb.request("m30000000,4"), "E0e");
  gdb.write_memory(map::kClintBase + 0x4000, kOne);
  EXPECT_EQ(gdb.read_word(map::kClintBase + 0x4000), 1u);
  gdb.write_memory(map::kUartBase, std::array<std::uint8_t, 1>{'A'});
  EXPECT_EQ(gdb.request("c"), "W01");
  const ProgramResult result = gdb.wait();
  EXPECT_EQ(result.out, "A");
  const std::string csv = read_text(folder.path("bus.csv"));
  std::size_t count = 0;
  for (std::size_t at = csv.find("debugger"); at != std::string::npos; at = csv.find("debugger", at + 1))
    ++count;
  EXPECT_EQ(count, 2u);
}

/// Enables the software interrupt and sleeps; the handler ends with code 3.
struct Sleeping {
  Guest guest;
  std::uint32_t behind = 0;

  explicit Sleeping(bool is_enabled) {
    const auto handler = guest.label(), start = guest.label();
    guest.j(start);
    guest.align(4);
    guest.bind(handler);
    guest.finish_with(3);
    guest.bind(start);
    guest.la(t0, handler);
    guest.csrw(csr::mtvec, t0);
    if (is_enabled) guest.csrrwi(zero, csr::mie, 8);
    guest.csrrwi(zero, csr::mstatus, 8);
    guest.wfi();
    behind = guest.here();
    guest.finish_with(4);
  }
};

TEST(GdbServer, ASleepThatNothingEndsStaysAttached) {
  for (const bool is_enabled : {true, false}) {
    Sleeping sleeping(is_enabled);
    const GuestFile file(sleeping.guest);
    GdbClient gdb({"run", file.path()});
    for (int times = 0; times < 2; ++times) gdb.run_and_interrupt();
    EXPECT_EQ(gdb.read_register(kPc), sleeping.behind);
    EXPECT_NE(gdb.console().find("sleeps for ever"), std::string::npos);
    if (is_enabled) {
      gdb.write_memory(map::kClintBase, kOne);
      EXPECT_EQ(gdb.request("c"), "W03");
    } else {
      EXPECT_EQ(gdb.request("D"), "OK");
      const ProgramResult result = gdb.wait();
      EXPECT_EQ(result.exit_code, 1);
      EXPECT_NE(result.err.find("sleeps for ever"), std::string::npos);
    }
  }
}

TEST(GdbServer, InterruptsAndKillsARunningGuest) {
  Guest guest = endless();
  const GuestFile file(guest);
  GdbClient gdb({"run", file.path()});
  for (int times = 0; times < 2; ++times) gdb.run_and_interrupt();
  gdb.send("k");
  const ProgramResult result = gdb.wait();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("killed by the debugger"), std::string::npos);
}

TEST(GdbServer, ARunThatMhoEndsIsReportedAsASignal) {
  Guest guest = endless();
  const GuestFile file(guest);
  GdbClient gdb({"run", file.path(), "--max-instructions", "1000"});
  EXPECT_EQ(gdb.request("c"), "X0f");
  EXPECT_NE(gdb.console().find("limit of 1000 instructions"), std::string::npos);
  EXPECT_EQ(gdb.wait().exit_code, 1);
}

TEST(GdbServer, ASignalEndsARunningAndAStandingGuestWithAllFiles) {
  for (const bool is_running : {true, false}) {
    const TemporaryFolder folder;
    Guest guest = endless();
    const GuestFile file(guest);
    GdbClient gdb({"run", file.path(), "--json", folder.path("result.json")});
    gdb.run_and_interrupt();
    if (is_running) gdb.send_and_await_acknowledgement("c");
    gdb.send_signal(SIGTERM);
    // A gdb that has not resumed the guest would take a stop for the answer to its next request.
    EXPECT_EQ(gdb.receive(), is_running ? "X0f" : "closed");
    EXPECT_EQ(gdb.wait().exit_code, 128 + SIGTERM);
    EXPECT_EQ(nlohmann::json::parse(read_text(folder.path("result.json"))).at("exit_cause"), "signal");
  }
}

TEST(GdbServer, ASignalEndsTheWaitForGdb) {
  Guest guest = endless();
  const GuestFile file(guest);
  RunningProgram program({MHO_PROGRAM, "run", file.path(), "--gdb", "0"});
  announced_port(program);
  program.send_signal(SIGINT);
  const ProgramResult result = program.wait();
  EXPECT_EQ(result.exit_code, 128 + SIGINT) << result.err;
}

TEST(GdbServer, AClientThatDisappearsHasDetached) {
  CountingSession session;
  GdbClient& gdb = session.gdb;
  gdb.run_to(session.store);
  gdb.disconnect();
  EXPECT_EQ(gdb.wait().exit_code, 7);
}

TEST(GdbServer, TheProgramCanBeLoadedAgain) {
  CountingSession session;
  GdbClient& gdb = session.gdb;
  gdb.run_to(session.end);
  gdb.write_memory(soc::kRamBase, std::array<std::uint8_t, 4>{});
  EXPECT_NE(gdb.monitor("reset").find("loaded"), std::string::npos);
  EXPECT_EQ(gdb.read_register(kPc), soc::kRamBase);
  EXPECT_EQ(gdb.read_register(a1), 0u);
  EXPECT_NE(gdb.read_word(soc::kRamBase), 0u);
  EXPECT_EQ(gdb.request("c").substr(0, 3), "T05");
  EXPECT_EQ(gdb.read_register(a1), 1000u);
  EXPECT_EQ(gdb.request("D"), "OK");
}

TEST(GdbServer, TracesCanHaveAGap) {
  const TemporaryFolder folder;
  CountingSession session({"--trace-instructions", folder.path("trace.txt")});
  GdbClient& gdb = session.gdb;
  gdb.run_to(session.store);
  EXPECT_EQ(gdb.monitor("trace off"), "trace off\n");
  for (int turn = 0; turn < 500; ++turn) gdb.request("c");
  EXPECT_EQ(gdb.monitor("trace on"), "trace on\n");
  gdb.request("D");
  EXPECT_EQ(gdb.wait().exit_code, 7);
  const std::string trace = read_text(folder.path("trace.txt"));
  EXPECT_NE(trace.find("x11=00000001\n"), std::string::npos);
  EXPECT_EQ(trace.find("x11=00000064\n"), std::string::npos);
  EXPECT_NE(trace.find("x11=000001f6\n"), std::string::npos);
  EXPECT_NE(CountingSession().gdb.monitor("trace on").find("nothing is traced"), std::string::npos);
}

TEST(GdbServer, HelpsWithItsCommands) {
  CountingSession session;
  GdbClient& gdb = session.gdb;
  for (const char* word : {"time", "energy", "reset", "trace", "amc status", "help"}) {
    EXPECT_NE(gdb.monitor("help").find(word), std::string::npos) << word;
  }
  EXPECT_NE(gdb.monitor("dance").find("'dance' is no monitor command"), std::string::npos);
  EXPECT_NE(gdb.monitor("amc status").find("macros programmed: 0 of 64 INV"), std::string::npos);
  EXPECT_NE(gdb.monitor("energy").find("amc.inv_macros"), std::string::npos);
}

TEST(GdbServer, APortThatIsTakenIsWrongInput) {
  Counting counting;
  const GuestFile file(counting.guest);
  RunningProgram first({MHO_PROGRAM, "run", file.path(), "--gdb", "0"});
  const ProgramResult second = run_mho({"run", file.path(), "--gdb", std::to_string(announced_port(first))});
  EXPECT_EQ(second.exit_code, 2);
  EXPECT_NE(second.err.find("choose another port"), std::string::npos);
}

TEST(GdbServer, SolvesUnderADebuggerAsWithout) {
  const std::vector<std::string> arguments{"solve", data_file("cage3.mtx"), "-q", "--json"};
  const TemporaryFolder folder;
  auto plain = arguments, debugged = arguments;
  plain.push_back(folder.path("plain.json"));
  debugged.push_back(folder.path("debugged.json"));
  ASSERT_EQ(run_mho(plain).exit_code, 0);
  GdbClient gdb(debugged);
  gdb.insert(2, soc::memory_map::kDruBase + registers::dru::kDoorbellOffset);
  int stops = 0;
  for (;;) {
    const std::string stop = gdb.request("c");
    if (stop.substr(0, 3) != "T05") {
      EXPECT_EQ(stop, "W00");
      break;
    }
    ++stops;
    gdb.monitor("amc status");
    gdb.monitor("energy");
    gdb.request("s");
  }
  EXPECT_GT(stops, 0);
  EXPECT_EQ(gdb.wait().exit_code, 0);
  EXPECT_EQ(figures_of(folder.path("debugged.json")), figures_of(folder.path("plain.json")));
}

}  // namespace
}  // namespace mho::test
