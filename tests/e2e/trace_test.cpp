// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// The waveform of a real solve: small enough to open, and what traces/mho.gtkw shows of it is there.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "tests/e2e/program.hpp"

namespace mho::test {
namespace {

constexpr std::uintmax_t kMostBytes = 100'000'000;

/// Full names of the signals that the head of a VCD declares, buses with their range: soc.cpu.pc[31:0].
std::set<std::string> declared_signals(const std::string& vcd) {
  std::set<std::string> names;
  std::vector<std::string> scopes;
  std::istringstream lines(vcd);
  for (std::string line; std::getline(lines, line) && line.find("$enddefinitions") == std::string::npos;) {
    std::istringstream words(line);
    std::string keyword;
    words >> keyword;
    if (keyword == "$scope") {
      std::string kind, name;
      words >> kind >> name;
      scopes.push_back(name);
    } else if (keyword == "$upscope") {
      scopes.pop_back();
    } else if (keyword == "$var") {
      std::string kind, width, code, name, range, full;
      words >> kind >> width >> code >> name >> range;
      for (const std::string& scope : scopes) full += scope + ".";
      names.insert(full + name + (range == "$end" ? "" : range));
    }
  }
  return names;
}

/// Names of signals in a GTKWave save file; the other lines begin with a mark.
std::vector<std::string> shown_signals(const std::string& save_file) {
  std::vector<std::string> names;
  std::istringstream lines(save_file);
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty() && std::string("[@*-").find(line.front()) == std::string::npos) names.push_back(line);
  }
  return names;
}

TEST(DefaultTrace, HoldsEverySignalOfTheSaveFile) {
  const TemporaryFolder folder;
  const std::string file = folder.path("w.vcd");
  ASSERT_EQ(solve({data_file("cage3.mtx"), "--vcd", file}).status(), "converged");
  const std::set<std::string> declared = declared_signals(read_text(file));
  const std::vector<std::string> shown = shown_signals(read_text(MHO_TRACES "/mho.gtkw"));
  EXPECT_GT(shown.size(), 10u);
  for (const std::string& name : shown) EXPECT_TRUE(declared.contains(name)) << name;
}

/// The last value of a real signal, by the last part of its name.
double last_value(const std::string& vcd, const std::string& signal) {
  std::istringstream lines(vcd);
  std::string code;
  double value = 0.0;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, kind, width, id, name;
    words >> first;
    if (first == "$var" && words >> kind >> width >> id >> name && name == signal) code = id;
    if (!code.empty() && first.starts_with("r") && words >> id && id == code)
      value = std::stod(first.substr(1));
  }
  return value;
}

/// The values of a bus in the order of their changes, by the last part of its name.
std::vector<unsigned> values_of(const std::string& vcd, const std::string& signal) {
  std::istringstream lines(vcd);
  std::string code;
  std::vector<unsigned> values;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first, kind, width, id, name;
    words >> first;
    if (first == "$var" && words >> kind >> width >> id >> name && name == signal) code = id;
    if (!code.empty() && first.starts_with("b") && first[1] != 'x' && words >> id && id == code)
      values.push_back(static_cast<unsigned>(std::stoul(first.substr(1), nullptr, 2)));
  }
  return values;
}

TEST(DefaultTrace, ShowsThePhasesOfASolve) {
  const TemporaryFolder folder;
  const std::string file = folder.path("w.vcd");
  ASSERT_EQ(solve({data_file("cage5.mtx"), "--vcd", file}).status(), "converged");
  // Between programming and solving what belongs to every answer is written down.
  EXPECT_EQ(values_of(read_text(file), "phase"), (std::vector<unsigned>{0, 1, 2, 5, 4, 5}));
  solve({data_file("cage5.mtx"), "--vcd", file, "--set", "inv.count=2", "--set", "mvm.count=8"});
  const auto values = values_of(read_text(file), "phase");
  EXPECT_GT(std::ranges::count(values, 3u), 1) << "macros are written again";
}

TEST(DefaultTrace, EndsWithTheEnergyOfTheRun) {
  const TemporaryFolder folder;
  const std::string file = folder.path("w.vcd");
  const SolveResult result = solve({data_file("cage3.mtx"), "--vcd", file});
  const double total_J = result.json["energy_J"]["total"].get<double>();
  EXPECT_NEAR(last_value(read_text(file), "energy_total_joule"), total_J, 1e-9 * total_J);
}

TEST(DefaultTrace, OfTheLargestShippedMatrixStaysSmall) {
  const TemporaryFolder folder;
  const std::string file = folder.path("w.vcd");
  ASSERT_EQ(solve({data_file("Trefethen_500.mtx"), "--vcd", file}).status(), "converged");
  EXPECT_LT(std::filesystem::file_size(file), kMostBytes);
}

}  // namespace
}  // namespace mho::test
