// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// --profile and --coverage of a program whose calls and counts are known
// (tests/firmware/programs/profiled.c), and the tools that read the files. Names of sources are relative to
// the root of the repository, where this test runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <regex>
#include <sstream>

#include "tests/e2e/program.hpp"
#include "tests/support/external_tool.hpp"

namespace mho::test {
namespace {

using testing::ContainsRegex;
using testing::HasSubstr;

const std::string kSource = "tests/firmware/programs/profiled.c";

struct Call {
  std::uint64_t count = 0, cycles = 0;
};

/// What a file in callgrind's format says, by names.
struct CallgrindFile {
  std::vector<std::uint64_t> summary, own_sum = {0, 0, 0};
  std::map<std::pair<std::string, std::string>, Call> calls;  ///< (caller, callee)
  std::map<std::string, std::uint64_t> own_cycles;

  explicit CallgrindFile(const std::string& text) {
    std::istringstream lines(text);
    std::map<std::string, std::string> names;
    const auto named = [&](const std::string& value) {
      const auto space = value.find(' ');
      if (space == std::string::npos) return names.at(value);
      return names[value.substr(0, space)] = value.substr(space + 1);
    };
    std::string function, callee;
    std::uint64_t calls_count = 0;
    for (std::string line; std::getline(lines, line);) {
      std::istringstream words(line);
      if (line.starts_with("summary:")) {
        words.ignore(8);
        for (std::uint64_t value = 0; words >> value;) summary.push_back(value);
      } else if (line.starts_with("fn=")) {
        function = named(line.substr(3));
      } else if (line.starts_with("cfn=")) {
        callee = named(line.substr(4));
      } else if (line.starts_with("calls=")) {
        calls_count = std::stoull(line.substr(6));
      } else if (!line.empty() && std::isdigit(static_cast<unsigned char>(line[0])) != 0) {
        std::uint64_t number = 0, cycles = 0, instructions = 0, energy = 0;
        words >> number >> cycles >> instructions >> energy;
        if (calls_count > 0) {
          Call& call = calls[{function, callee}];
          call.count += std::exchange(calls_count, 0);
          call.cycles += cycles;
        } else {
          own_cycles[function] += cycles;
          own_sum[0] += cycles;
          own_sum[1] += instructions;
          own_sum[2] += energy;
        }
      }
    }
  }
};

class Profile : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    result_ = run_mho({"run", firmware_file("test_profiled.elf"), "--json", folder_->path("watched.json"),
                       "--profile", folder_->path("out.callgrind"), "--coverage", folder_->path("out.info")});
  }
  static void TearDownTestSuite() { delete folder_; }

  static nlohmann::ordered_json json(const std::string& name) { return figures_of(folder_->path(name)); }
  /// Runs a program to its end; for tools that read the files.
  static ProgramResult run_tool(const std::vector<std::string>& words) {
    return RunningProgram(words).wait();
  }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline ProgramResult result_;
};

TEST_F(Profile, ChangesNothing) {
  ASSERT_EQ(result_.exit_code, 0) << result_.err;
  ASSERT_EQ(
      run_mho({"run", firmware_file("test_profiled.elf"), "--json", folder_->path("plain.json")}).exit_code,
      0);
  EXPECT_EQ(json("watched.json"), json("plain.json"));
}

TEST_F(Profile, AddsUpToTheRun) {
  const CallgrindFile file(read_text(folder_->path("out.callgrind")));
  const auto figures = json("watched.json");
  ASSERT_EQ(file.summary.size(), 3u);
  EXPECT_EQ(file.summary[0], figures["cpu_cycles"].get<std::uint64_t>());
  EXPECT_EQ(file.summary[1], figures["cpu_instructions"].get<std::uint64_t>());
  EXPECT_EQ(file.own_sum, file.summary);
  // The static power of the core is not an instruction's.
  EXPECT_GT(file.summary[2], 0u);
  EXPECT_LT(static_cast<double>(file.summary[2]) * 1e-15,
            figures["energy_J"]["by_component"]["cpu"].get<double>());
}

TEST_F(Profile, CountsCallsOfEveryKind) {
  const CallgrindFile file(read_text(folder_->path("out.callgrind")));
  const auto count = [&](const char* caller, const char* callee) {
    const auto found = file.calls.find({caller, callee});
    return found == file.calls.end() ? 0 : found->second.count;
  };
  EXPECT_EQ(count("main", "middle"), 3u);
  EXPECT_EQ(count("middle", "leaf"), 6u);
  EXPECT_EQ(count("main", "jumps_on"), 4u);
  EXPECT_EQ(count("jumps_on", "tail"), 4u);
  EXPECT_EQ(count("main", "recurse"), 1u);
  EXPECT_EQ(count("recurse", "recurse"), 5u);
  EXPECT_EQ(count("main", "escapes"), 1u);
  EXPECT_EQ(count("escapes", "longjmp"), 1u);
  EXPECT_EQ(count("main", "is_interrupted"), 1u);
  EXPECT_EQ(count("main", "printf"), 1u);
}

TEST_F(Profile, InclusiveCostIsWhatTheGuestMeasures) {
  const CallgrindFile file(read_text(folder_->path("out.callgrind")));
  std::smatch measured;
  ASSERT_TRUE(std::regex_search(result_.out, measured, std::regex("middle took ([0-9]+) cycles")));
  // The three calls cost the same; reading the clock and the call itself take some cycles more.
  const double each = static_cast<double>(file.calls.at({"main", "middle"}).cycles) / 3.0;
  constexpr double kReadingTheClock = 25;
  EXPECT_LE(each, std::stod(measured[1]));
  EXPECT_GE(each, std::stod(measured[1]) - kReadingTheClock);
}

TEST_F(Profile, RecursionCountsOnce) {
  const CallgrindFile file(read_text(folder_->path("out.callgrind")));
  std::uint64_t inclusive = file.own_cycles.at("recurse");
  for (const auto& [names, call] : file.calls) {
    if (names.first == "recurse") inclusive += call.cycles;
  }
  EXPECT_EQ(inclusive, file.calls.at({"main", "recurse"}).cycles);
}

TEST_F(Profile, HandlersAreNotChargedToWhomTheyInterrupt) {
  const CallgrindFile file(read_text(folder_->path("out.callgrind")));
  EXPECT_GT(file.own_cycles.at("on_software"), 1000u);
  EXPECT_LT(file.calls.at({"main", "is_interrupted"}).cycles, 100u);
}

TEST_F(Profile, IsThatOfTheBuiltInDriverInASolve) {
  const SolveResult plain = solve({data_file("cage3.mtx")});
  const SolveResult watched = solve({data_file("cage3.mtx"), "--profile", folder_->path("solve.callgrind"),
                                     "--coverage", folder_->path("solve.info")});
  EXPECT_EQ(without_wall_clock(watched.json), without_wall_clock(plain.json));
  const CallgrindFile file(read_text(folder_->path("solve.callgrind")));
  ASSERT_EQ(file.summary.size(), 3u);
  EXPECT_EQ(file.summary[1], watched.json["cpu_instructions"].get<std::uint64_t>());
  EXPECT_EQ(file.calls.at({"main", "mho_job_run"}).count, 1u);
  EXPECT_THAT(read_text(folder_->path("solve.info")), HasSubstr("firmware/libmho/job.c\n"));
}

TEST_F(Profile, IsReadByCallgrindAnnotate) {
  const std::string tool = find_program("callgrind_annotate");
  MHO_REQUIRE_TOOL(!tool.empty(), "callgrind_annotate");
  const ProgramResult said =
      run_tool({tool, "--inclusive=yes", "--threshold=100", folder_->path("out.callgrind")});
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_EQ(said.err, "");
  EXPECT_THAT(said.out, ContainsRegex("PROGRAM TOTALS"));
  EXPECT_THAT(said.out, ContainsRegex("profiled.c:middle"));
}

TEST_F(Profile, CoverageCountsLines) {
  const std::string text = read_text(folder_->path("out.info"));
  const auto begin = text.find(kSource + "\n");
  ASSERT_NE(begin, std::string::npos) << result_.err;
  const std::string record = text.substr(begin, text.find("end_of_record", begin) - begin);
  std::istringstream source(read_text(kSource));
  unsigned marked = 0;
  std::smatch match;
  unsigned number = 0;
  for (std::string line; std::getline(source, line);) {
    ++number;
    if (!std::regex_search(line, match, std::regex("// executed ([0-9]+) times"))) continue;
    ++marked;
    EXPECT_THAT(record, HasSubstr("DA:" + std::to_string(number) + "," + match[1].str() + "\n")) << line;
  }
  EXPECT_EQ(marked, 6u);
  EXPECT_THAT(record, HasSubstr("FNDA:3,middle\n"));
  EXPECT_THAT(record, HasSubstr("FNDA:6,recurse\n"));
}

TEST_F(Profile, CoverageIsReadByLcov) {
  const std::string lcov = find_program("lcov"), genhtml = find_program("genhtml");
  MHO_REQUIRE_TOOL(!lcov.empty() && !genhtml.empty(), "lcov");
  const ProgramResult summary = run_tool({lcov, "--summary", folder_->path("out.info")});
  EXPECT_EQ(summary.exit_code, 0) << summary.err;
  EXPECT_THAT(summary.out + summary.err, ContainsRegex("lines\\.+: [0-9.]+% "));
  const ProgramResult html = run_tool({genhtml, folder_->path("out.info"), "-o", folder_->path("html")});
  EXPECT_EQ(html.exit_code, 0) << html.out << html.err;
  EXPECT_THAT(read_text(folder_->path("html") + "/index.html"), HasSubstr("programs"));
}

}  // namespace
}  // namespace mho::test
