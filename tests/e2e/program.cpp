// SPDX-License-Identifier: Apache-2.0
// SPDX-FileCopyrightText: The mho authors
#include "tests/e2e/program.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace mho::test {
namespace {

namespace fs = std::filesystem;

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::runtime_error("waitpid failed");
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Runs and solves leave a file of their own in $MHO_REGISTER_COVERAGE_FOLDER, if that is set.
void add_register_coverage(std::vector<std::string>& words) {
  const char* folder = std::getenv("MHO_REGISTER_COVERAGE_FOLDER");
  if (folder == nullptr || words.size() < 2 || (words[1] != "run" && words[1] != "solve")) return;
  if (std::ranges::find(words, "--register-coverage") != words.end()) return;
  static unsigned runs = 0;
  const std::string name = "e2e-" + std::to_string(::getpid()) + "-" + std::to_string(runs++) + ".json";
  words.insert(words.begin() + 2, {"--register-coverage", (fs::path(folder) / name).string()});
}

}  // namespace

RunningProgram::RunningProgram(std::vector<std::string> words) {
  const std::string out = folder_.path("out");
  const std::string err = folder_.path("err");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
  const int failed = ::posix_spawn(&child_, words.front().c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + words.front());
}

RunningProgram::~RunningProgram() {
  if (child_ == 0) return;
  ::kill(child_, SIGKILL);
  wait_for(child_);
}

std::string RunningProgram::err() const {
  return read_text(folder_.path("err"));
}

void RunningProgram::send_signal(int number) const {
  ::kill(child_, number);
}

ProgramResult RunningProgram::wait() {
  ProgramResult result;
  result.exit_code = wait_for(child_);
  child_ = 0;
  result.out = read_text(folder_.path("out"));
  result.err = read_text(folder_.path("err"));
  return result;
}

ProgramResult run_mho(const std::vector<std::string>& arguments) {
  std::vector<std::string> words{MHO_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  add_register_coverage(words);
  return RunningProgram(words).wait();
}

std::string find_program(std::string_view name) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const auto candidate = fs::path(folder) / name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate.string();
  }
  return {};
}

SolveResult solve(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "solve");
  arguments.insert(arguments.end(), {"-q", "--json", "-"});
  SolveResult result;
  result.program = run_mho(arguments);
  result.json = nlohmann::ordered_json::parse(result.program.out, nullptr, false);
  if (result.json.is_discarded()) {
    ADD_FAILURE() << "no JSON; exit code " << result.program.exit_code << ", stderr: " << result.program.err;
    result.json = nlohmann::ordered_json::object();
  }
  return result;
}

nlohmann::ordered_json without_wall_clock(nlohmann::ordered_json json) {
  json.erase("wall_s");
  json.erase("mips");
  return json;
}

nlohmann::ordered_json figures_of(const std::filesystem::path& file) {
  return without_wall_clock(nlohmann::ordered_json::parse(read_text(file)));
}

std::string data_file(std::string_view name) {
  return std::string(MHO_TEST_DATA "/").append(name);
}
std::string firmware_file(std::string_view name) {
  return std::string(MHO_FIRMWARE "/").append(name);
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return std::move(text).str();
}

std::string without_date(const std::string& vcd) {
  const std::size_t begin = vcd.find("$date");
  if (begin == std::string::npos) return vcd;
  const std::size_t end = vcd.find("$end", begin);
  return vcd.substr(0, begin) + vcd.substr(std::min(end, vcd.size()));
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (fs::temp_directory_path() / "mho-e2e-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot create a temporary folder");
  folder_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code error;
  fs::remove_all(folder_, error);
}

std::string TemporaryFolder::write(std::string_view name, std::string_view text) const {
  std::ofstream(folder_ / name, std::ios::binary) << text;
  return path(name);
}

std::vector<std::string> TemporaryFolder::files() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder_)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

}  // namespace mho::test
