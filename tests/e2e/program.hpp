// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
//
// Runs the built `mho` the way a user does: arguments in, exit code, output and files out.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace mho::test {

struct ProgramResult {
  int exit_code = -1;  ///< 128 + signal when it was killed
  std::string out, err;
};

/// Runs mho with these arguments, in the current directory.
ProgramResult run_mho(const std::vector<std::string>& arguments);

/// The first program of this name in PATH; empty: there is none.
std::string find_program(std::string_view name);

/// `mho solve … -q --json -` and its JSON. Fails the test when the output is none.
struct SolveResult {
  ProgramResult program;
  nlohmann::ordered_json json;
  std::string status() const { return json.value("status", "no JSON"); }
};
SolveResult solve(std::vector<std::string> arguments);

/// The JSON without the figures of the wall clock.
nlohmann::ordered_json without_wall_clock(nlohmann::ordered_json json);
/// That of a JSON file.
nlohmann::ordered_json figures_of(const std::filesystem::path& file);

/// A file of tests/data.
std::string data_file(std::string_view name);
/// A firmware program of the build.
std::string firmware_file(std::string_view name);

std::string read_text(const std::filesystem::path& file);
/// Without the lines that begin with `prefix` and the line after each.
std::string without_date(const std::string& vcd);

/// A folder that is gone after the test.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  std::string path(std::string_view name) const { return (folder_ / name).string(); }
  std::string write(std::string_view name, std::string_view text) const;
  /// Names of the files in it, sorted.
  std::vector<std::string> files() const;

 private:
  std::filesystem::path folder_;
};

/// A program that runs beside the test; killed when the object dies before it.
class RunningProgram {
 public:
  /// @param words  the path of the program and its arguments
  explicit RunningProgram(std::vector<std::string> words);
  ~RunningProgram();
  RunningProgram(const RunningProgram&) = delete;
  RunningProgram& operator=(const RunningProgram&) = delete;

  /// What it has written to stderr until now.
  std::string err() const;
  void send_signal(int number) const;
  /// Waits for its end. Once.
  ProgramResult wait();

 private:
  TemporaryFolder folder_;
  int child_ = 0;
};

}  // namespace mho::test
